"""Reads as flat arrays: what is kept, what is left out, and that nothing is lost on the way."""

from pathlib import Path

import numpy as np
import pysam
import pytest

from loci2lead.errors import InputError
from loci2lead.io.alignments import QUALITY_IF_MISSING, Alignments, base_codes
from loci2lead.io.fasta import Reference
from tests.variants.drawn_reads import CONTIG, draw_sequence, write_bam, write_fasta

SEQUENCE = draw_sequence(4_000)


def test_packs_what_pysam_reads(tmp_path: Path) -> None:
    reads = [
        {"start": 100, "cigar": "5S45M", "bases": SEQUENCE[95:145]},
        {
            "start": 110,
            "cigar": "20M2I20M3D10M",
            "bases": SEQUENCE[110:130] + "GG" + SEQUENCE[130:150] + SEQUENCE[153:163],
        },
        {"start": 120, "cigar": "30M", "bases": SEQUENCE[120:150], "quality": None, "mapq": 7},
        {"start": 130, "cigar": "30M", "bases": SEQUENCE[130:160], "flag": 0x400},
        {"start": 900, "cigar": "30M", "bases": SEQUENCE[900:930]},
    ]
    reference = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE}))
    alignments = Alignments(write_bam(tmp_path / "x.bam", SEQUENCE, reads), reference)
    block = alignments.read(CONTIG, 0, 500)
    assert block.size == 3
    assert block.start.tolist() == [100, 110, 120]
    assert block.end.tolist() == [145, 163, 150]
    assert block.mapq.tolist() == [60, 60, 7]
    assert np.array_equal(block.bases, np.concatenate([base_codes(r["bases"]) for r in reads[:3]]))
    assert set(block.qualities[block.offset[2] :].tolist()) == {QUALITY_IF_MISSING}
    assert block.operations.tolist() == [4, 0, 0, 1, 0, 2, 0, 0]
    assert block.cigar_offset.tolist() == [0, 2, 7, 8]
    assert alignments.next_read_start(CONTIG, 300) == 900
    assert alignments.next_read_start(CONTIG, 2_000) is None
    assert alignments.read(CONTIG, 2_000, 3_000).size == 0


def test_mates_share_a_pair_number(tmp_path: Path) -> None:
    reads = [
        {"start": s, "cigar": "50M", "bases": SEQUENCE[s : s + 50], "name": n}
        for s, n in ((10, "a"), (20, "b"), (40, "a"))
    ]
    reference = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE}))
    block = Alignments(write_bam(tmp_path / "x.bam", SEQUENCE, reads), reference).read(CONTIG, 0, 100)
    assert block.pair.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("groups", "name"), [([], "SAMPLE"), (["P1"], "P1"), (["P1", "P1"], "P1"), (["P1", "P2"], "SAMPLE")]
)
def test_sample_name_comes_from_the_read_groups(tmp_path: Path, groups: list[str], name: str) -> None:
    reference = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE}))
    head = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": CONTIG, "LN": len(SEQUENCE)}]}
    if groups:
        head["RG"] = [{"ID": str(i), "SM": g} for i, g in enumerate(groups)]
    path = tmp_path / "x.bam"
    pysam.AlignmentFile(str(path), "wb", header=head).close()
    pysam.index(str(path))
    assert Alignments(path, reference).sample == name


def test_another_reference_is_refused_before_reading(tmp_path: Path) -> None:
    bam = write_bam(tmp_path / "x.bam", SEQUENCE, [])
    other = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE[:-1]}))
    with pytest.raises(InputError, match="another reference"):
        Alignments(bam, other)
