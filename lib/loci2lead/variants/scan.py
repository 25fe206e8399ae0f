"""One pass over reads: depth, base counts, and every insertion and deletion placed leftmost."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock

Array = NDArray[Any]
LOWEST_BASE_QUALITY = 10
LOWEST_MAPQ = 5


@dataclass(frozen=True)
class Scan:
    """What the reads show on [start, start + n).

    `depth` counts reads over each base (deleted ones included), `bases` (n × 4) those of good quality.
    Reads below LOWEST_MAPQ are left out. The indel events are parallel arrays: `position`
    of the first deleted base or of the base before which bases are inserted, `change` in length, `read`,
    `query` (offset of the inserted bases in the read block), `key` (a hash of the inserted bases).
    """

    start: int
    depth: NDArray[np.int32]
    bases: NDArray[np.int32]
    position: NDArray[np.int64]
    change: NDArray[np.int64]
    read: NDArray[np.int64]
    query: NDArray[np.int64]
    key: NDArray[np.int64]


def scan(block: ReadBlock, reference: NDArray[np.uint8], start: int) -> Scan:
    """Scan the reads of `block` over the reference codes that begin at `start`."""
    n = len(reference)
    depth = np.zeros(n + 1, np.int32)
    bases = np.zeros((n, 4), np.int32)
    indels = int(np.isin(block.operations, (1, 2)).sum())
    events = np.zeros((5, indels), np.int64)
    found = _scan(block, reference, start, depth, bases, events)
    depth = np.cumsum(depth[:-1], dtype=np.int32)
    return Scan(start, depth, bases, *(row[:found].copy() for row in events))


@njit(cache=True)
def _scan(block: ReadBlock, reference: Array, lo: int, depth: Array, counts: Array, events: Array) -> int:
    starts, ends, mapqs, offsets = block.start, block.end, block.mapq, block.offset
    bases, qualities, cigar_offsets = block.bases, block.qualities, block.cigar_offset
    operations, lengths = block.operations, block.lengths
    n = len(reference)
    found = 0
    for r in range(len(starts)):
        first, last = max(starts[r] - lo, 0), min(ends[r] - lo, n)
        if last <= first or mapqs[r] < LOWEST_MAPQ:
            continue
        depth[first] += 1
        depth[last] -= 1
        position, query, before = starts[r] - lo, offsets[r], 0
        for c in range(cigar_offsets[r], cigar_offsets[r + 1]):
            operation, length = operations[c], lengths[c]
            if operation in (0, 7, 8):
                for k in range(length):
                    at, base = position + k, bases[query + k]
                    if 0 <= at < n and base < 4 and qualities[query + k] >= LOWEST_BASE_QUALITY:
                        counts[at, base] += 1
                position += length
                query += length
                before = length
            elif operation == 1 or operation == 2:
                at, where, moves = position, query, before - 1
                if operation == 1:
                    while moves > 0 and bases[where - 1] == bases[where + length - 1]:
                        at, where, moves = at - 1, where - 1, moves - 1
                else:
                    while moves > 0 and at > 0 and at + length <= n and reference[at - 1] == reference[at + length - 1]:
                        at, moves = at - 1, moves - 1
                if before > 0 and 0 < at < n and c + 1 < cigar_offsets[r + 1]:
                    events[0, found] = at + lo
                    events[1, found] = length if operation == 1 else -length
                    events[2, found] = r
                    events[3, found] = where
                    events[4, found] = _hash(bases, where, length) if operation == 1 else 0
                    found += 1
                if operation == 1:
                    query += length
                else:
                    position += length
                    before = 0
            elif operation == 3:
                position += length
                before = 0
            elif operation == 4:
                query += length
                before = 0
    return found


@njit(cache=True)
def _hash(bases: Array, start: int, length: int) -> int:
    value = 17
    for k in range(start, start + length):
        value = (value * 1_000_003 + bases[k] + 1) & 0x3FFFFFFFFFFF
    return value
