"""The scan against slow counting with pysam, and candidates against hand-made reads."""

from pathlib import Path

import numpy as np
import pytest

from loci2lead.io.alignments import Alignments, base_codes
from loci2lead.io.fasta import Reference
from loci2lead.variants.candidates import Gates, find_candidates
from loci2lead.variants.scan import LOWEST_BASE_QUALITY, LOWEST_MAPQ, scan
from tests.variants.drawn_reads import CONTIG, DrawnSample, draw_sequence, write_bam, write_fasta

SEQUENCE = draw_sequence(4_000)


def test_counts_agree_with_pysam(tmp_path: Path) -> None:
    sample = DrawnSample(tmp_path, length=4_000)
    alignments = Alignments(sample.bam, Reference(sample.reference))
    found = scan(alignments.read(CONTIG, 500, 3_500), base_codes(sample.sequence[400:3_600]), 400)
    bases, depth, indels = np.zeros((4_000, 4), int), np.zeros(4_000, int), 0
    import pysam

    for read in pysam.AlignmentFile(str(sample.bam)).fetch(CONTIG, 500, 3_500):
        if read.mapping_quality < LOWEST_MAPQ:
            continue
        depth[read.reference_start : read.reference_end] += 1
        for query, position in read.get_aligned_pairs(matches_only=True):
            if read.query_qualities[query] >= LOWEST_BASE_QUALITY:
                bases[position, "ACGT".index(read.query_sequence[query])] += 1
        where = read.reference_start
        for operation, length in read.cigartuples:
            indels += operation in (1, 2) and 400 < where < 3_600
            where += length if operation in (0, 2) else 0
    assert np.array_equal(found.bases, bases[400:3_600])
    assert np.array_equal(found.depth, depth[400:3_600])
    assert len(found.position) == indels


def candidates(folder: Path, reads: list[dict]) -> list[tuple]:
    reference = Reference(write_fasta(folder / "ref.fa", {CONTIG: SEQUENCE}))
    block = Alignments(write_bam(folder / "x.bam", SEQUENCE, reads), reference).read(CONTIG, 0, 4_000)
    codes = base_codes(SEQUENCE)
    found = find_candidates(scan(block, codes, 0), block, codes, Gates())
    return [(a.position, a.ref, a.alt, a.reads) for a in found]


def plain(count: int, start: int = 1950) -> list[dict]:
    return [{"start": start, "cigar": "120M", "bases": SEQUENCE[start : start + 120]}] * count


def deletion(at: int, length: int, start: int = 1950) -> dict:
    left = at - start
    bases = SEQUENCE[start:at] + SEQUENCE[at + length : start + 120 + length]
    return {"start": start, "cigar": f"{left}M{length}D{120 - left}M", "bases": bases}


def insertion(at: int, text: str, start: int = 1950) -> dict:
    left = at - start
    bases = SEQUENCE[start:at] + text + SEQUENCE[at : start + 120 - left + left]
    return {"start": start, "cigar": f"{left}M{len(text)}I{120 - left}M", "bases": bases}


def test_indels_of_a_run_meet_at_its_left_end_wherever_the_aligner_put_them(tmp_path: Path) -> None:
    reads = plain(10) + [deletion(at, 1) for at in (2001, 2006, 2012)] + [insertion(at, "A") for at in (2001, 2013)]
    assert candidates(tmp_path, reads) == [(2001, "", "A", 2), (2001, "A", "", 3)]


@pytest.mark.parametrize(("alt", "rest", "kept"), [(1, 3, False), (2, 8, True), (2, 40, False), (6, 40, True)])
def test_gates(tmp_path: Path, alt: int, rest: int, kept: bool) -> None:
    base = "A" if SEQUENCE[2030] != "A" else "C"
    changed = SEQUENCE[1950:2030] + base + SEQUENCE[2031:2070]
    reads = plain(rest) + [{"start": 1950, "cigar": "120M", "bases": changed}] * alt
    assert bool(candidates(tmp_path, reads)) == kept


def test_low_quality_bases_and_badly_mapped_reads_do_not_count(tmp_path: Path) -> None:
    base = "A" if SEQUENCE[2030] != "A" else "C"
    changed = SEQUENCE[1950:2030] + base + SEQUENCE[2031:2070]
    poor = [{"start": 1950, "cigar": "120M", "bases": changed, "quality": 5}] * 5
    lost = [{"start": 1950, "cigar": "120M", "bases": changed, "mapq": 0}] * 5
    assert candidates(tmp_path, plain(5) + poor + lost) == []
