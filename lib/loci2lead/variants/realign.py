"""Reads against haplotypes: the Phred cost of each read under each, with the library's own slip rates.

A banded alignment in the manner of a pair HMM, best path only, free at the haplotype's ends. Opening a gap
costs a constant, but at the beginning of a repeat what a slip of that repeat costs in this library.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.genotyping import HIGHEST_SPREAD
from loci2lead.variants.rows import Rows
from loci2lead.variants.scan import Array
from loci2lead.variants.slips import UNIT_CLASSES, SlipModel

GAP_OPEN, GAP_EXTEND = 45.0, 6.0
_FEWEST_UNITS, _MOST_UNITS = 3, 25
# Above the bound that genotyping puts on a read's costs, so that stopping early changes nothing there.
_LIMIT = HIGHEST_SPREAD + 1.0
_HOPELESS = 20.0
# Every so many bases the least cost is looked at.
_CHECKED = 4
_PHRED = np.arange(64)
_ERROR = 10.0 ** (-np.clip(_PHRED, 3, 40) / 10.0)
MATCH_COST = (-10 * np.log10(1 - _ERROR)).astype(np.float32)
MISMATCH_COST = (-10 * np.log10(_ERROR / 3)).astype(np.float32)


def slip_tables(slips: SlipModel) -> NDArray[np.float32]:
    """Return (shorter, longer) × unit length 1, 2, 3+ × units: what opening a gap at a repeat's beginning costs."""
    table = np.full((2, UNIT_CLASSES, _MOST_UNITS + 1), GAP_OPEN, dtype=np.float32)
    units = np.arange(_MOST_UNITS + 1)
    for kind in range(UNIT_CLASSES):
        costs = slips.costs(units, np.full(len(units), kind + 1))
        extension = GAP_EXTEND * kind
        for direction in (0, 1):
            table[direction, kind, _FEWEST_UNITS:] = np.clip(
                costs[direction][_FEWEST_UNITS:] - extension, 1.0, GAP_OPEN
            )
    return table


@njit(cache=True)
def gap_costs(haplotype: NDArray[np.uint8], table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (deletion, insertion) × position: the cost of opening a gap right before each haplotype base."""
    n = len(haplotype)
    costs = np.full((2, n + 1), GAP_OPEN, dtype=np.float32)
    for unit in range(1, 5):
        i = 0
        while i + unit < n:
            length = 0
            while i + unit + length < n and haplotype[i + length] == haplotype[i + unit + length]:
                length += 1
            units = (length + unit) // unit
            if units >= _FEWEST_UNITS:
                kind = min(unit, UNIT_CLASSES) - 1
                for direction in range(2):
                    cost = table[direction, kind, min(units, _MOST_UNITS)]
                    costs[direction, i] = min(costs[direction, i], cost)
            i += max(length, 1)
    return costs


@njit(cache=True)
def score_reads(
    rows: Rows,
    block: ReadBlock,
    haplotypes: Array,
    ends: Array,
    table: Array,
    band: int,
    match: Array,
    mismatch: Array,
) -> Array:
    """Return reads × haplotypes costs; `haplotypes` are concatenated codes, `ends` where each ends.

    `rows` bound each read's bases and say at which haplotype offset its first one should lie; `band` is how
    far an alignment may stray from that diagonal. A cost more than _LIMIT above the read's best is only said
    to be that high.
    """
    first, last, column = rows.first, rows.last, rows.column
    bases, qualities = block.bases, block.qualities
    count = len(ends)
    out = np.zeros((len(first), count), dtype=np.float32)
    parts = [haplotypes[(0 if h == 0 else ends[h - 1]) : ends[h]] for h in range(count)]
    gaps = [gap_costs(part, table) for part in parts]
    for r in range(len(first)):
        if last[r] - first[r] < 2 or first[r] < 0:
            continue
        best = np.float32(1e9)
        for h in range(count):
            out[r, h] = _ungapped(bases, qualities, first[r], last[r], parts[h], column[r], match, mismatch)
            # Beyond it, counting mismatches was given up: the sum is no cost yet.
            if out[r, h] <= _HOPELESS:
                best = min(best, out[r, h])
        for h in range(count):
            if out[r, h] >= 1.0:
                limit = best + np.float32(_LIMIT)
                out[r, h] = _banded(
                    bases, qualities, first[r], last[r], parts[h], gaps[h], column[r], band, match, mismatch, limit
                )
                best = min(best, out[r, h])
    return out


@njit(cache=True)
def _ungapped(
    bases: Array,
    qualities: Array,
    first: int,
    last: int,
    haplotype: Array,
    column: int,
    match: Array,
    mismatch: Array,
) -> np.floating[Any]:
    if column < 0 or column + last - first > len(haplotype):
        return np.float32(1e9)
    total = np.float32(0)
    for k in range(last - first):
        quality = min(qualities[first + k], np.uint8(63))
        if bases[first + k] == haplotype[column + k]:
            total += match[quality]
        else:
            total += mismatch[quality]
            if total > _HOPELESS:
                break
    return total


@njit(cache=True)
def _banded(
    bases: Array,
    qualities: Array,
    first: int,
    last: int,
    haplotype: Array,
    costs: Array,
    column: int,
    band: int,
    match: Array,
    mismatch: Array,
    limit: np.floating[Any],
) -> np.floating[Any]:
    n = len(haplotype)
    far = np.float32(1e9)
    # Rows of the read before (0) and of this one (1): match, insertion, deletion; base j of the haplotype at j + 1.
    m0, i0, d0 = np.full(n + 3, far, np.float32), np.full(n + 3, far, np.float32), np.full(n + 3, far, np.float32)
    m1, i1, d1 = m0.copy(), i0.copy(), d0.copy()
    for k in range(last - first):
        base, quality = bases[first + k], min(qualities[first + k], np.uint8(63))
        same, other = match[quality], mismatch[quality]
        if base > 3:
            same = other = np.float32(6)
        low, high = min(max(column + k - band, 0), n), max(min(column + k + band + 1, n), 0)
        if low >= high:
            low, high = min(low, n), min(low, n)
        if k == 0:
            _begin(haplotype[low:high], base, same, other, m1[low + 1 : high + 1])
        else:
            _match(
                haplotype[low:high], base, same, other, m0[low:high], i0[low:high], d0[low:high], m1[low + 1 : high + 1]
            )
            _insert(
                costs[1, low + 1 : high + 1], m0[low + 1 : high + 1], i0[low + 1 : high + 1], i1[low + 1 : high + 1]
            )
        m1[low], d1[low] = far, far
        _delete(costs[0, low:high], m1[low : high + 1], d1[low : high + 1])
        m1[high + 1], i1[high + 1], d1[high + 1] = far, far, far
        if k % _CHECKED == 0:
            least = far
            for cost in m1[low + 1 : high + 1]:
                least = min(least, cost)
            for cost in i1[low + 1 : high + 1]:
                least = min(least, cost)
            if least > limit:
                return least
        m0, m1 = m1, m0
        i0, i1 = i1, i0
        d0, d1 = d1, d0
    low, high = max(column + last - first - 1 - band, 0), min(column + last - first + band, n)
    best = far
    for j in range(low, high):
        best = min(best, min(m0[j + 1], i0[j + 1]))
    return best


@njit(cache=True)
def _begin(haplotype: Array, base: int, same: Any, other: Any, m1: Array) -> None:
    for x in range(len(haplotype)):
        code = haplotype[x]
        m1[x] = np.float32(6) if code > 3 else (same if base == code else other)


@njit(cache=True)
def _match(haplotype: Array, base: int, same: Any, other: Any, m0: Array, i0: Array, d0: Array, m1: Array) -> None:
    for x in range(len(haplotype)):
        code = haplotype[x]
        cost = np.float32(6) if code > 3 else (same if base == code else other)
        m1[x] = min(m0[x], min(i0[x], d0[x])) + cost


@njit(cache=True)
def _insert(opening: Array, m0: Array, i0: Array, i1: Array) -> None:
    for x in range(len(opening)):
        i1[x] = min(m0[x] + opening[x], i0[x] + np.float32(GAP_EXTEND)) + np.float32(0.1)


@njit(cache=True)
def _delete(opening: Array, m1: Array, d1: Array) -> None:
    """`m1` and `d1` begin one cell before the first one that `opening` is for."""
    for x in range(len(opening)):
        d1[x + 1] = min(m1[x] + opening[x], d1[x] + np.float32(GAP_EXTEND))
