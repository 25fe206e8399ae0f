"""Assembly of tangled loci: edits spell the haplotype, reads written in many ways become one genotype."""

import numpy as np
import pysam
import pytest

from loci2lead.io.alignments import base_codes, pack
from loci2lead.variants.assembly import assemble, edits_between
from loci2lead.variants.candidates import Allele, Gates, find_candidates
from loci2lead.variants.haplotypes import encode
from loci2lead.variants.loci import group
from loci2lead.variants.realign import slip_tables
from loci2lead.variants.repeats import find_repeats
from loci2lead.variants.scan import scan
from loci2lead.variants.slips import SlipModel
from loci2lead.variants.tangles import Surroundings, clusters, is_tangled, untangle

RNG = np.random.default_rng(11)
LEFT, RIGHT = ("".join(RNG.choice(list("ACGT"), 300)) + "C" for _ in range(2))
REPEAT = "GATA" * 4 + "TC" + "GATA" * 5 + "TC" + "GATA" * 7
REFERENCE = LEFT + REPEAT + RIGHT
FIRST, SECOND = len(LEFT), len(LEFT) + 16 + 2 + 20 + 2
HAPLOTYPE = LEFT + "GATA" + REPEAT[:40] + "GATAGATA" + REPEAT[40:] + RIGHT
TABLE = slip_tables(SlipModel((-6.0, -7.0, -7.0), (0.3, 0.3, 0.3), (0.5, 0.5, 0.5)))


@pytest.mark.parametrize("seed", range(40))
def test_edits_spell_the_haplotype(seed: int) -> None:
    rng = np.random.default_rng(seed)
    window = rng.integers(0, 2 + seed % 3, 60).astype(np.uint8)
    haplotype = window.tolist()
    for place in sorted(rng.choice(50, 3, replace=False).tolist(), reverse=True):
        kind = int(rng.integers(3))
        haplotype[place : place + (0 if kind == 1 else 1 + 2 * (kind == 2))] = [3] if kind == 0 else [1] * (3 - kind)
    edits = edits_between(100, window, np.array(haplotype, np.uint8))
    made, done = [], 0
    for position, ref, alt in sorted(edits):
        assert window[position - 100 : position - 100 + len(ref)].tobytes() == ref
        made += [*window[done : position - 100].tolist(), *alt]
        done = position - 100 + len(ref)
    assert [*made, *window[done:].tolist()] == haplotype


def reads_of(haplotype: str, alignments: list[tuple[int, str]]) -> list[pysam.AlignedSegment]:
    """Return perfect reads of a haplotype: (place in it and on the reference, CIGAR) each."""
    found = []
    for number, (start, cigar) in enumerate(alignments):
        read = pysam.AlignedSegment()
        read.query_name, read.flag, read.reference_id, read.mapping_quality = f"r{number}", 0, 0, 60
        read.reference_start, read.cigarstring = start, cigar
        length = sum(n for operation, n in read.cigartuples if operation in (0, 1, 4))
        read.query_sequence = haplotype[start : start + length]
        read.query_qualities = pysam.qualitystring_to_array("I" * length)
        found.append(read)
    return found


def cluster_of(
    alignments: list[tuple[int, str]], haplotype: str = HAPLOTYPE
) -> tuple[list[list[Allele]], Surroundings]:
    """Return the alleles that the alignments show, and what loci are built from."""
    codes, block = base_codes(REFERENCE), pack(reads_of(haplotype, alignments))
    found, repeats = scan(block, codes, 0), find_repeats(encode(REFERENCE))
    groups = group(find_candidates(found, block, codes, Gates()), repeats, 0)
    around = Surroundings(block, int((block.end - block.start).max()), found, codes, repeats, TABLE)
    (cluster,) = clusters(groups)
    return cluster, around


def tangle() -> list[tuple[int, str]]:
    """Return reads of 150 bases over the repeat: some show one insertion, some both as one, some a jumble."""
    alignments = []
    for start in range(FIRST - 100, FIRST - 20, 2):
        before = FIRST - start
        style = start // 2 % 3
        if style == 0:
            alignments.append((start, f"{before}M4I40M{106 - before}S"))
        elif style == 1:
            alignments.append((start, f"{before + 22}M12I{116 - before}M"))
        else:
            alignments.append((start, f"{before + 3}M1I7M1D29M{110 - before}S"))
    return alignments


def test_a_tangle_becomes_the_genotype_that_its_reads_spell() -> None:
    cluster, around = cluster_of(tangle())
    assert is_tangled(cluster)
    found = untangle(cluster, around)
    assert found is not None
    assert [(a.position, a.ref, a.alt) for a in found.alleles] == [(FIRST, "", "GATA"), (SECOND, "", "GATAGATA")]
    assert (found.copies.argmin(axis=1) == 2).all()
    assert found.carries.any(axis=0).all()
    assert [a.reads for a in found.alleles] == found.carries.sum(axis=0).tolist()


def test_alignments_that_agree_are_left_alone() -> None:
    one = LEFT + "GATA" + REPEAT + RIGHT
    cluster, around = cluster_of([(s, f"{FIRST - s}M4I{146 - FIRST + s}M") for s in range(220, 280, 3)], one)
    assert not is_tangled(cluster)
    assert untangle(cluster, around) is None


def test_nothing_is_assembled_from_bad_bases_or_a_repeat_longer_than_any_word() -> None:
    block = pack(reads_of(HAPLOTYPE, tangle()))
    codes = base_codes(REFERENCE)
    assert assemble(block, 200, codes, 0, FIRST, FIRST + len(REPEAT))
    poor = block._replace(qualities=np.full_like(block.qualities, 5))
    assert assemble(poor, 200, codes, 0, FIRST, FIRST + len(REPEAT)) == []
    long = base_codes(LEFT + "A" * 200 + RIGHT)
    assert assemble(block, 200, long, 0, FIRST, FIRST + 150) == []
