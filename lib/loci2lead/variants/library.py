"""What is learned about a library before calling: slip rates, depth, read length, and its fingerprint."""

from dataclasses import dataclass

import numpy as np

from loci2lead.io.alignments import Alignments, base_codes, fingerprint
from loci2lead.io.fasta import Reference
from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.haplotypes import encode
from loci2lead.variants.repeats import find_repeats
from loci2lead.variants.scan import scan
from loci2lead.variants.slips import SlipModel, fit_slips, tract_lengths

PROBES, PROBE_LENGTH = 24, 8_000
_MARGIN = 200


@dataclass(frozen=True)
class LibraryProfile:
    """Slip curves, median depth over covered bases, median read length, and a hash of the sampled reads."""

    slips: SlipModel
    depth: float
    read_length: float
    fingerprint: str


def measure_library(alignments: Alignments, reference: Reference) -> LibraryProfile:
    """Measure a library on windows spread over what is covered: the same for every region and shard."""
    blocks: list[ReadBlock] = []
    tables, depths, lengths = [], [], []
    for contig, start in probe_windows(alignments, reference):
        end = min(start + PROBE_LENGTH, reference.lengths[contig])
        low = max(start - _MARGIN, 0)
        sequence = reference.fetch(contig, low, end + _MARGIN)
        block = alignments.read(contig, start, end)
        result = scan(block, base_codes(sequence), low)
        blocks.append(block)
        tables.append(tract_lengths(block, result, find_repeats(encode(sequence))))
        depths.append(result.depth[result.depth > 0])
        lengths.append(np.diff(block.offset))
    depth = np.concatenate([np.zeros(0, np.int32), *depths])
    length = np.concatenate([np.zeros(0, np.int64), *lengths])
    return LibraryProfile(
        fit_slips(tables),
        float(np.median(depth)) if len(depth) else 0.0,
        float(np.median(length)) if len(length) else 0.0,
        fingerprint(blocks),
    )


def probe_windows(alignments: Alignments, reference: Reference) -> list[tuple[str, int]]:
    """Return up to PROBES windows that hold reads, found from evenly spaced points of the genome."""
    contigs = [c for c in alignments.contigs if c in reference.lengths]
    total = sum(reference.lengths[c] for c in contigs)
    found: list[tuple[str, int]] = []
    before, done = 0, ("", -1)
    for contig in contigs:
        length = reference.lengths[contig]
        points = [p * total // PROBES - before for p in range(PROBES)]
        for point in [p for p in points if 0 <= p < length]:
            wanted = max(point, done[1]) if done[0] == contig else point
            start = alignments.next_read_start(contig, wanted) if wanted < length else None
            if start is not None:
                found.append((contig, start))
                done = (contig, start + PROBE_LENGTH)
        before += length
    return found
