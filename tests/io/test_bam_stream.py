"""Reads from a BAM's bytes are the reads that htslib gives, whatever the order of windows; damage is seen."""

from pathlib import Path

import numpy as np
import pysam
import pytest

from loci2lead.errors import InputError
from loci2lead.io.alignments import Alignments
from loci2lead.io.bam_stream import BamStream
from loci2lead.io.fasta import Reference
from tests.variants.drawn_reads import CONTIG, draw_sequence, write_fasta

LENGTH = 120_000
SEQUENCE = draw_sequence(LENGTH)
CIGARS = ("60M", "10S50M", "20M3I37M", "30M5D30M", "5H60M", "20M900N40M", "30=1X29=", "12I20M28S", "60I", "*")


def write_odd_bam(path: Path, rng: np.random.Generator, contigs: tuple[str, ...] = (CONTIG, "other")) -> Path:
    """Write reads of every kind: all CIGAR operations, N, no qualities, no sequence, every flag, mates, far gaps."""
    head = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": c, "LN": LENGTH} for c in contigs]}
    with pysam.AlignmentFile(str(path), "wb", header=head) as bam:
        for contig in range(len(contigs)):
            starts = np.sort(np.concatenate([rng.integers(0, 9_000, 300), rng.integers(70_000, 118_000, 400)]))
            for number, start in enumerate(starts.tolist()):
                record = pysam.AlignedSegment(bam.header)
                record.query_name = f"pair{number // 2 if number % 3 else number}"
                record.flag = int(rng.choice([0, 16, 99, 0x400, 0x100, 0x800, 0x200]))
                record.reference_id, record.reference_start = contig, start
                record.mapping_quality = int(rng.integers(0, 61))
                record.cigarstring = str(rng.choice(CIGARS))
                if rng.random() < 0.95:
                    record.query_sequence = "".join(rng.choice(list("ACGTNRM"), 60))
                    if rng.random() < 0.9:
                        record.query_qualities = pysam.qualitystring_to_array("".join(rng.choice(list("#5FI"), 60)))
                bam.write(record)
    pysam.index(str(path))
    return path


@pytest.fixture
def both(rng: np.random.Generator, tmp_path: Path) -> tuple[Alignments, Alignments]:
    """Return the same file opened for the fast reader and for htslib."""
    reference = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE, "other": SEQUENCE}))
    path = write_odd_bam(tmp_path / "x.bam", rng)
    fast, slow = Alignments(path, reference), Alignments(path, reference)
    assert fast._stream is not None
    slow._stream = None
    return fast, slow


def test_the_same_reads_as_htslib_in_any_order_of_windows(
    both: tuple[Alignments, Alignments], rng: np.random.Generator
) -> None:
    fast, slow = both
    ascending = [(CONTIG, s, s + 10_800) for s in range(0, LENGTH, 10_000)]
    drawn = [(str(rng.choice([CONTIG, "other"])), int(s), int(s) + 700) for s in rng.integers(0, LENGTH, 60)]
    for window in [*ascending, *drawn, ("other", 0, LENGTH), (CONTIG, 5, 6)]:
        for name, own, other in zip(fast.read(*window)._fields, fast.read(*window), slow.read(*window), strict=True):
            assert own.dtype == other.dtype and np.array_equal(own, other), (window, name)


def test_damage_inside_is_an_error_of_the_input(tmp_path: Path, both: tuple[Alignments, Alignments]) -> None:
    content = bytearray((tmp_path / "x.bam").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    damaged = tmp_path / "damaged.bam"
    damaged.write_bytes(content)
    (tmp_path / "damaged.bam.bai").write_bytes((tmp_path / "x.bam.bai").read_bytes())
    alignments = Alignments(damaged, Reference(tmp_path / "ref.fa"))
    with pytest.raises(InputError, match="damaged"):
        for contig in (CONTIG, "other"):
            alignments.read(contig, 0, LENGTH)


def test_a_cigar_kept_in_a_tag_is_left_to_htslib(tmp_path: Path) -> None:
    reference = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE}))
    head = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": CONTIG, "LN": LENGTH}]}
    with pysam.AlignmentFile(str(tmp_path / "long.bam"), "wb", header=head) as bam:
        record = pysam.AlignedSegment(bam.header)
        record.query_name, record.reference_id, record.reference_start, record.mapping_quality = "r", 0, 10, 60
        record.cigartuples = [(0, 1), (1, 1)] * 33_000
        record.query_sequence = "A" * 66_000
        bam.write(record)
    pysam.index(str(tmp_path / "long.bam"))
    block = Alignments(tmp_path / "long.bam", reference).read(CONTIG, 0, 100)
    assert block.size == 1 and len(block.operations) == 66_000


@pytest.mark.parametrize("content", [b"", b"CSI\1rest", b"BAI\1\x05\0\0\0\x01"])
def test_a_foreign_or_cut_index_is_refused(tmp_path: Path, content: bytes, both: tuple[Alignments, Alignments]) -> None:
    (tmp_path / "bad.bai").write_bytes(content)
    with pytest.raises(ValueError, match=r"\.bai"):
        BamStream(tmp_path / "x.bam", tmp_path / "bad.bai")
