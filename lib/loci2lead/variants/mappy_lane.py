"""Alignment by the mappy library, for where no aligner can be installed: one primary alignment per read.

Supplementary alignments are left out, so use a program of `aligners` where structural variants matter.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pysam

from loci2lead.errors import InputError
from loci2lead.io.fastq import Lane, Read, read_pairs

_PAIRS_PER_CHUNK = 5_000
# The longest fragment of a proper pair in minimap2's preset for short reads (-x sr).
_LONGEST_FRAGMENT = 800
_SOFT_CLIP = 4
_COMPLEMENT = str.maketrans("ACGTNacgtn", "TGCANtgcan")

Pair = tuple[Read, Read]
Records = list[pysam.AlignedSegment]


def align_lane(
    lane: Lane, reference: Path, output: Path, header: pysam.AlignmentHeader, read_group: str, threads: int
) -> None:
    """Write both reads of every pair of `lane` to the BAM `output`, in the order of the FASTQ files.

    `read_group` is the id of a read group in `header`. Raises InputError where the reference cannot be read.
    """
    import mappy

    aligner = mappy.Aligner(str(reference), preset="sr")
    if not aligner:
        raise InputError("mappy cannot index the reference", file=reference, expected="FASTA")

    def align_chunk(chunk: list[Pair]) -> list[Records]:
        buffer = mappy.ThreadBuffer()
        return [_align_pair(pair, aligner, buffer, header, read_group) for pair in chunk]

    with pysam.AlignmentFile(str(output), "wb", header=header) as bam, ThreadPoolExecutor(threads) as pool:
        for chunks in _batched(_batched(read_pairs(lane), _PAIRS_PER_CHUNK), threads):
            for chunk in pool.map(align_chunk, chunks):
                for records in chunk:
                    for record in records:
                        bam.write(record)


def _batched(items: Iterator, size: int) -> Iterator[list]:
    while batch := list(islice(items, size)):
        yield batch


def _align_pair(pair: Pair, aligner: Any, buffer: Any, header: pysam.AlignmentHeader, read_group: str) -> Records:
    best: dict[int, Any] = {}
    for hit in aligner.map(pair[0].bases, pair[1].bases, buf=buffer):
        if hit.is_primary:
            best.setdefault(hit.read_num, hit)
    proper = 0x2 if len(best) == 2 and _is_proper(best[1], best[2]) else 0
    records = []
    for mate, read in enumerate(pair, start=1):
        record = _record(read, mate, best.get(mate), header)
        record.flag |= 0x1 | proper | (0x40 if mate == 1 else 0x80)
        record.set_tag("RG", read_group)
        records.append(record)
    return records


def _is_proper(first: Any, second: Any) -> bool:
    """Return whether two alignments point at each other within the longest fragment."""
    if first.ctg != second.ctg or first.strand == second.strand:
        return False
    forward, reverse = (first, second) if first.strand > 0 else (second, first)
    return forward.r_st <= reverse.r_st and reverse.r_en - forward.r_st <= _LONGEST_FRAGMENT


def _record(read: Read, mate: int, hit: Any, header: pysam.AlignmentHeader) -> pysam.AlignedSegment:
    record = pysam.AlignedSegment(header)
    record.query_name = read.name
    record.flag = 0 if hit else 0x4
    reverse = bool(hit) and hit.strand < 0
    record.query_sequence = read.bases.translate(_COMPLEMENT)[::-1] if reverse else read.bases
    record.query_qualities = pysam.qualitystring_to_array(read.qualities[::-1] if reverse else read.qualities)
    if not hit:
        return record
    record.flag |= 0x10 if reverse else 0
    record.reference_id = header.get_tid(hit.ctg)
    record.reference_start = hit.r_st
    record.mapping_quality = hit.mapq
    # mappy counts on the first read as given, and on the second reverse-complemented.
    before, after = hit.q_st, len(read.bases) - hit.q_en
    if reverse == (mate == 1):
        before, after = after, before
    clips = [(_SOFT_CLIP, before)], [(_SOFT_CLIP, after)]
    aligned = [(operation, length) for length, operation in hit.cigar]
    record.cigartuples = [part for part in [*clips[0], *aligned, *clips[1]] if part[1]]
    record.set_tag("NM", hit.NM)
    return record
