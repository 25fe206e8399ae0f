"""Reads against haplotypes: the Phred cost of each read under each, with the library's own slip rates.

A banded alignment in the manner of a pair HMM, best path only, free at the haplotype's ends. Opening a gap
costs a constant, but at the beginning of a repeat what a slip of that repeat costs in this library.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.alignments import ReadBlock
from loci2lead.variants.rows import Rows
from loci2lead.variants.scan import Array
from loci2lead.variants.slips import UNIT_CLASSES, SlipModel

GAP_OPEN, GAP_EXTEND = 45.0, 6.0
_FEWEST_UNITS, _MOST_UNITS = 3, 25
# Above the bound that genotyping puts on a read's costs, so that stopping early changes nothing there.
_LIMIT = 60.0
_HOPELESS = 20.0
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
    n, width = len(haplotype), 2 * band + 1
    far = np.float32(1e9)
    m0, i0 = np.full(width + 2, far, np.float32), np.full(width + 2, far, np.float32)
    d0 = np.full(width + 2, far, np.float32)
    m1, i1, d1 = m0.copy(), i0.copy(), d0.copy()
    for k in range(last - first):
        base, quality = bases[first + k], min(qualities[first + k], np.uint8(63))
        shift = column + k - band
        for w in range(1, width + 1):
            m1[w], i1[w], d1[w] = far, far, far
            j = shift + w - 1
            if j < 0 or j >= n:
                continue
            same = match[quality] if base == haplotype[j] else mismatch[quality]
            if base > 3 or haplotype[j] > 3:
                same = np.float32(6)
            # Cells of the row above lie one column to the left in haplotype terms: same w is j - 1.
            before = np.float32(0) if k == 0 else min(m0[w], min(i0[w], d0[w]))
            m1[w] = before + same
            if k > 0:
                i1[w] = min(m0[w + 1] + costs[1, j + 1], i0[w + 1] + GAP_EXTEND) + np.float32(0.1)
            if j > 0:
                d1[w] = min(m1[w - 1] + costs[0, j], d1[w - 1] + GAP_EXTEND)
        least = far
        for w in range(1, width + 1):
            least = min(least, min(m1[w], i1[w]))
        if least > limit:
            return least
        m0, m1 = m1, m0
        i0, i1 = i1, i0
        d0, d1 = d1, d0
    best = far
    for w in range(1, width + 1):
        best = min(best, min(m0[w], i0[w]))
    return best
