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
from loci2lead.variants.loci import Locus, group
from loci2lead.variants.realign import slip_tables
from loci2lead.variants.repeats import Repeats, find_repeats
from loci2lead.variants.scan import Scan, scan
from loci2lead.variants.tangles import Surroundings, clusters, is_tangled, untangle

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
    untangled: bool = False,
) -> Examined:
    """Examine the chunk that begins at `start`, a multiple of CHUNK; `untangled`: assemble where alignments differ."""
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
    surroundings = Surroundings(block, longest, result, codes, repeats, table)
    groups = group(find_candidates(result, block, codes, gates), repeats, low)
    loci: list[Locus] = []
    for cluster in clusters(groups) if untangled else [[members] for members in groups]:
        assembled = untangle(cluster, surroundings) if untangled and is_tangled(cluster) else None
        first = cluster[0][0].position
        if assembled is not None and assembled.alleles[0].position // CHUNK == first // CHUNK:
            loci += [assembled] if start <= first < end else []
        else:
            loci += [surroundings.build(members) for members in cluster if start <= members[0].position < end]
    return Examined(contig, start, end, block, longest, codes, repeats, result, loci)


def _sorted_events(found: Scan) -> Scan:
    order = np.argsort(found.position, kind="stable")
    events = (a[order] for a in (found.position, found.change, found.read, found.query, found.key))
    return Scan(found.start, found.depth, found.bases, *events)
