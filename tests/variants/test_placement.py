"""Alignments of simulated reads: CIGARs that spell the read, and indels near ends given up as aligners do."""

import numpy as np
import pytest

from loci2lead.variants.haplotypes import INSERTED, Variant, build_haplotype, encode
from loci2lead.variants.placement import DELETION, INSERTION, MATCH, SOFT_CLIP, project
from tests.variants.drawn_reads import draw_sequence

SEQUENCE = draw_sequence(4_000)
REFERENCE = encode(SEQUENCE)
# A place where a deletion of the four bases that follow cannot be shifted.
PLACE = next(p for p in range(540, 600) if SEQUENCE[p] != SEQUENCE[p + 4] and SEQUENCE[p + 1] != SEQUENCE[p + 5])


def read_of(variants: list[Variant], start: int, length: int):
    haplotype = build_haplotype(REFERENCE, 0, variants)
    begin = int(np.flatnonzero(haplotype.positions == start)[0])
    return haplotype.bases[begin : begin + length], haplotype.positions[begin : begin + length]


def consistent(bases, placed) -> int:
    """Return how many aligned bases differ, after checking that the CIGAR uses every base."""
    position, cigar = placed
    query = wrong = 0
    for operation, length in cigar:
        if operation == MATCH:
            wrong += int((bases[query : query + length] != REFERENCE[position : position + length]).sum())
        position += length if operation in (MATCH, DELETION) else 0
        query += length if operation != DELETION else 0
    assert query == len(bases)
    return wrong


def test_a_read_without_indel_is_one_match() -> None:
    bases, positions = read_of([], 500, 100)
    assert project(bases, positions, REFERENCE, 0) == (500, [(MATCH, 100)])


def test_indels_in_the_middle_are_kept_leftmost() -> None:
    deletion = Variant("c", PLACE, SEQUENCE[PLACE : PLACE + 5], SEQUENCE[PLACE])
    insertion = Variant("c", PLACE, SEQUENCE[PLACE], SEQUENCE[PLACE] + "GGTGC")
    for variant, operation in ((deletion, DELETION), (insertion, INSERTION)):
        bases, positions = read_of([variant], 500, 120)
        placed = project(bases, positions, REFERENCE, 0)
        assert [op for op, _ in placed[1]] == [MATCH, operation, MATCH]
        assert consistent(bases, placed) == 0


@pytest.mark.parametrize("distance", range(1, 12))
@pytest.mark.parametrize("left", [True, False])
def test_indels_near_an_end_become_mismatches_or_clips(distance: int, left: bool) -> None:
    variant = Variant("c", PLACE, SEQUENCE[PLACE : PLACE + 5], SEQUENCE[PLACE])
    start = PLACE + 1 - distance if left else PLACE + 1 - 100 + distance
    bases, positions = read_of([variant], start, 100)
    placed = project(bases, positions, REFERENCE, 0)
    wrong = consistent(bases, placed)
    operations = {op for op, _ in placed[1]}
    if distance < 5:
        assert DELETION not in operations
        assert wrong <= 3
    assert operations <= {MATCH, DELETION, SOFT_CLIP}


def test_an_aligner_from_end_to_end_shows_mismatches_where_others_clip() -> None:
    variant = Variant("c", PLACE, SEQUENCE[PLACE : PLACE + 5], SEQUENCE[PLACE])
    bases, positions = read_of([variant], PLACE + 1 - 6, 100)
    clipped, whole = (project(bases, positions, REFERENCE, 0, 24, clip) for clip in (5, 1_000))
    assert clipped[1][0][0] == SOFT_CLIP and consistent(bases, clipped) == 0
    assert whole[1] == [(MATCH, 100)] and consistent(bases, whole) > 1


def test_a_read_of_inserted_bases_only_is_not_placed() -> None:
    bases = encode("ACGTACGTAC")
    assert project(bases, np.full(10, INSERTED), REFERENCE, 0) is None
