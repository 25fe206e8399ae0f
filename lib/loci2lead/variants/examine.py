"""One chunk of the genome: from reads to judged loci. Chunks lie on a fixed grid, whatever regions are asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments, base_codes
from loci2lead.io.fasta import Reference
from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.candidates import Gates, find_candidates
from loci2lead.variants.haplotypes import encode
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus, build_locus, group
from loci2lead.variants.realign import slip_tables
from loci2lead.variants.repeats import Repeats, find_repeats
from loci2lead.variants.scan import Scan, scan

CHUNK, HALO = 10_000, 400


@dataclass(frozen=True)
class Examined:
    """A chunk's reads, reference codes (from `scan.start`), tracts, and the loci that begin in [start, end)."""

    contig: str
    start: int
    end: int
    block: ReadBlock
    longest: int
    reference: NDArray[np.uint8]
    repeats: Repeats
    scan: Scan
    loci: list[Locus]


def examine(
    alignments: Alignments,
    reference: Reference,
    contig: str,
    start: int,
    library: LibraryProfile,
    gates: Gates,
) -> Examined:
    """Examine the chunk that begins at `start`, a multiple of CHUNK."""
    length = reference.lengths[contig]
    end = min(start + CHUNK, length)
    low, high = max(start - HALO, 0), min(end + HALO, length)
    sequence = reference.fetch(contig, low, high)
    codes = base_codes(sequence)
    block = alignments.read(contig, low, high)
    result = _sorted_events(scan(block, codes, low))
    longest = int((block.end - block.start).max()) if block.size else 0
    table = slip_tables(library.slips)
    repeats = find_repeats(encode(sequence))
    loci = [
        build_locus(members, block, longest, result, codes, repeats, table)
        for members in group(find_candidates(result, block, codes, gates), repeats, low)
        if start <= members[0].position < end
    ]
    return Examined(contig, start, end, block, longest, codes, repeats, result, loci)


def _sorted_events(found: Scan) -> Scan:
    order = np.argsort(found.position, kind="stable")
    events = (a[order] for a in (found.position, found.change, found.read, found.query, found.key))
    return Scan(found.start, found.depth, found.bases, *events)
