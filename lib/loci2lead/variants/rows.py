"""Reads laid out column by column over a window of the reference, with the stretch of each read inside it."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.scan import LOWEST_MAPQ, Array

UNKNOWN, DELETED, ABSENT = 4, 5, 6


class Rows(NamedTuple):
    """Reads × columns over [start, start + width) of the reference.

    `base` is 0 to 3, UNKNOWN, DELETED or ABSENT; `quality` Phred; `inserted` the bases inserted after a
    column. `read` are indices into the block; `first`/`last` bound the read's bases in the window (absolute
    offsets, soft clips included), `column` is where the first of them falls (negative inside a left clip).
    """

    start: int
    read: NDArray[np.int64]
    base: NDArray[np.uint8]
    quality: NDArray[np.uint8]
    inserted: NDArray[np.uint8]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    column: NDArray[np.int64]


def reads_over(block: ReadBlock, longest: int, start: int, end: int) -> NDArray[np.int64]:
    """Return the indices of well-mapped reads that overlap [start, end); `longest` is the longest span."""
    low = int(np.searchsorted(block.start, start - longest))
    high = int(np.searchsorted(block.start, end))
    near = slice(low, high)
    return np.flatnonzero((block.end[near] > start) & (block.mapq[near] >= LOWEST_MAPQ)) + low


def lay_out(block: ReadBlock, reads: NDArray[np.int64], start: int, width: int) -> Rows:
    """Lay the given reads out over `width` columns from `start`."""
    count = len(reads)
    base = np.full((count, width), ABSENT, np.uint8)
    quality, inserted = np.zeros((count, width), np.uint8), np.zeros((count, width), np.uint8)
    bounds = np.zeros((3, count), np.int64)
    _lay_out(reads, block, start, base, quality, inserted, bounds)
    return Rows(start, reads, base, quality, inserted, *bounds)


@njit(cache=True)
def _lay_out(
    reads: Array, block: ReadBlock, lo: int, base: Array, quality: Array, inserted: Array, bounds: Array
) -> None:
    starts, offsets, bases, qualities = block.start, block.offset, block.bases, block.qualities
    cigar_offsets, operations, lengths = block.cigar_offset, block.operations, block.lengths
    width = base.shape[1]
    for i in range(len(reads)):
        r = reads[i]
        position, query = starts[r] - lo, offsets[r]
        first, last, column, clip = -1, -1, 0, 0
        for c in range(cigar_offsets[r], cigar_offsets[r + 1]):
            operation, length = operations[c], lengths[c]
            if operation in (0, 7, 8):
                a, b = max(0, -position), min(length, width - position)
                if b > a:
                    if first < 0:
                        clipped = min(clip, a + position) if a == 0 else 0
                        first, column = query + a - clipped, position + a - clipped
                    last = query + b
                    for k in range(a, b):
                        base[i, position + k] = bases[query + k]
                        quality[i, position + k] = qualities[query + k]
                position += length
                query += length
                clip = 0
            elif operation == 1:
                if 0 < position <= width:
                    inserted[i, position - 1] = min(length, 255)
                    if first >= 0:
                        last = query + length
                query += length
            elif operation == 2 or operation == 3:
                for k in range(max(0, position), min(width, position + length)):
                    base[i, k] = DELETED
                    quality[i, k] = qualities[max(query - 1, offsets[r])]
                position += length
            elif operation == 4:
                if first >= 0 and position < width:
                    last = query + min(length, width - position)
                clip = length
                query += length
        bounds[0, i], bounds[1, i], bounds[2, i] = first, last, column
