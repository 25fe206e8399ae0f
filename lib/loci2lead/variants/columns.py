"""Loci without indels: one column of the pileup, judged in one compiled call."""

import numpy as np
from numba import njit

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.genotyping import bound_costs, copy_costs, pair_costs, read_weights
from loci2lead.variants.rows import ABSENT, DELETED, UNKNOWN
from loci2lead.variants.scan import LOWEST_MAPQ, Array


@njit(cache=True)
def judge_column(
    block: ReadBlock,
    longest: int,
    position: int,
    codes: Array,
    haplotypes: Array,
    priors: Array,
    match: Array,
    mismatch: Array,
) -> tuple[Array, Array, Array, Array]:
    """Return a Locus' reads, carries, costs and copies; `codes` are the reference's base and those of the alleles.

    `longest` is the longest span of a read of the block, `match` and `mismatch` costs by base quality.
    """
    starts, ends, mapqs = block.start, block.end, block.mapq
    offsets, bases, qualities = block.offset, block.bases, block.qualities
    cigar_offsets, operations, lengths = block.cigar_offset, block.operations, block.lengths
    # As for indels, a read that ends right before the position or begins right after it belongs to the locus.
    low = np.searchsorted(starts, max(position - 1, 0) - longest)
    near = np.arange(low, np.searchsorted(starts, position + 2))
    reads = near[(ends[near] > max(position - 1, 0)) & (mapqs[near] >= LOWEST_MAPQ)]
    count = len(codes)
    carries = np.zeros((len(reads), count - 1), np.bool_)
    raw = np.zeros((len(reads), count), np.float32)
    for i in range(len(reads)):
        r = reads[i]
        at, query, base, quality = starts[r], offsets[r], ABSENT, 0
        for c in range(cigar_offsets[r], cigar_offsets[r + 1]):
            operation, length = operations[c], lengths[c]
            if operation in (0, 7, 8):
                if at <= position < at + length:
                    base, quality = bases[query + position - at], qualities[query + position - at]
                at += length
                query += length
            elif operation in (1, 4):
                query += length
            elif operation in (2, 3):
                if at <= position < at + length:
                    base = DELETED
                at += length
        for k in range(count):
            if base < UNKNOWN:
                raw[i, k] = match[min(quality, 63)] if base == codes[k] else mismatch[min(quality, 63)]
            if k:
                carries[i, k - 1] = base == codes[k]
    costs = bound_costs(raw, mapqs[reads])
    pairs = pair_costs(costs, read_weights(block.pair[reads]))
    return reads, carries, costs, copy_costs(pairs, haplotypes, priors)
