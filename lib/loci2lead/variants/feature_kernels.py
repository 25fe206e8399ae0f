"""The arithmetic of the summary features, compiled: one call per locus fills the rows of all its alleles.

The order of what each function writes is that of `features.FEATURES`.
"""

from math import log1p, log2, log10, sqrt, tanh
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.candidates import tract_of
from loci2lead.variants.scan import Array
from loci2lead.variants.slips import slip_rate

_CLEAR = 3.0
_UNKNOWN = 4


class Surroundings(NamedTuple):
    """What the alleles of a chunk share: reference codes and depths from `start` on, tracts, neighbours, library.

    `near` holds (position, share of reads) of the chunk's alleles; the slip curves are those of SlipModel.
    """

    start: int
    reference: NDArray[np.uint8]
    depth: NDArray[np.int32]
    tract_start: NDArray[np.int64]
    tract_end: NDArray[np.int64]
    tract_unit: NDArray[np.int64]
    near: NDArray[np.float64]
    slip_level: NDArray[np.float64]
    slip_growth: NDArray[np.float64]
    library_depth: float
    read_length: float


class Evidence(NamedTuple):
    """A locus as arrays: reads, costs and haplotypes as in Locus, and per allele what `allele_table` holds."""

    alleles: NDArray[np.int64]
    read: NDArray[np.int64]
    carries: NDArray[np.bool_]
    costs: NDArray[np.float64]
    haplotypes: NDArray[np.bool_]
    copies: NDArray[np.float64]


@njit(cache=True)
def fill_features(out: Array, locus: Evidence, block: ReadBlock, around: Surroundings, width: int) -> None:
    """Fill `out` (alleles × features); `width` is that of the window whose bases count as nearby."""
    for index in range(len(locus.alleles)):
        margin = margins(locus.costs, locus.haplotypes, index)
        shown = 0
        for value in margin:
            shown += value > _CLEAR
        row = out[index]
        position, change = locus.alleles[index, 0], locus.alleles[index, 1]
        low = position - width // 2
        window = window_of(around.reference, low - around.start, width)
        _likelihoods(row[0:8], locus.copies[index], locus.costs, margin, shown)
        _depths(row[8:13], locus.carries[:, index], margin, shown, around.library_depth)
        _biases(row[13:23], locus.read, block, margin, position, low, window)
        row[23], row[24], row[25] = change == 0, change > 0, change < 0
        row[26] = log2(1.0 + abs(change)) / 5
        row[27] = locus.alleles[index, 6]
        _context(row[28:37], locus.alleles[index], shown / max(len(margin), 1), around, window)
        _neighbourhood(row[37:43], locus, index, around.near)
        row[43], row[44] = around.read_length / 150, log1p(around.library_depth) / 5
        row[45] = _level_shift(around.depth, position - around.start)


@njit(cache=True)
def margins(costs: Array, haplotypes: Array, index: int) -> Array:
    """Return per read the Phred by which haplotypes with the allele beat those without (negative: lose)."""
    out = np.empty(len(costs))
    for r in range(len(costs)):
        with_it, without = np.inf, np.inf
        for h in range(len(haplotypes)):
            if haplotypes[h, index]:
                with_it = min(with_it, costs[r, h])
            else:
                without = min(without, costs[r, h])
        out[r] = without - with_it
    return out


@njit(cache=True)
def _squash(cost: float) -> float:
    return cost / (cost + 30.0)


@njit(cache=True)
def _likelihoods(row: Array, copies: Array, costs: Array, margin: Array, shown: int) -> None:
    unclear, reference = 0, 0
    for r in range(len(margin)):
        if abs(margin[r]) <= _CLEAR:
            unclear += 1
        elif margin[r] <= _CLEAR and costs[r, 0] <= _CLEAR:
            reference += 1
    count = max(len(margin), 1)
    for k in range(3):
        row[k] = _squash(copies[k])
    row[3] = _squash(np.sort(copies)[1])
    row[4], row[5] = shown / count, reference / count
    row[6], row[7] = max(count - shown - unclear - reference, 0) / count, unclear / count


@njit(cache=True)
def _depths(row: Array, carries: Array, margin: Array, shown: int, library_depth: float) -> None:
    total = 0.0
    for value in margin:
        if value > _CLEAR:
            total += value
    count = len(margin)
    row[0] = carries.sum() / max(count, 1)
    row[1], row[2] = log1p(shown) / 5, log1p(count) / 5
    row[3] = min(count / max(library_depth, 1.0), 4.0) / 2
    row[4] = tanh(total / shown / 20) if shown else 0.0


@njit(cache=True)
def _biases(row: Array, read: Array, block: ReadBlock, margin: Array, position: int, low: int, window: Array) -> None:
    """Write strand, imbalance, quality, read-end, spread and mismatch differences of alt and rest.

    `window` holds the reference codes from `low` on, the allele's position in their middle.
    """
    qualities, wrong = _views(read, block, low, window)
    begins, ends, flags = block.start, block.end, block.flag
    sums = np.zeros((2, 5))
    places, squares = 0.0, 0.0
    for i in range(len(read)):
        r = read[i]
        kind = 0 if margin[i] > _CLEAR else 1
        begin, end = begins[r], ends[r]
        place = (position - begin) / max(end - begin, 1)
        inside = min(max(place, 0.0), 1.0)
        sums[kind, 0] += (flags[r] & 0x10) == 0
        sums[kind, 1] += qualities[i] / 40
        sums[kind, 2] += min(inside, 1.0 - inside)
        sums[kind, 3] += min(wrong[i], 5) / 5
        sums[kind, 4] += 1
        if kind == 0:
            places += place
            squares += place * place
    count = sums[0, 4]
    row[0], row[1] = _two_means(sums, 0)
    row[2] = (row[0] - row[1]) * sqrt(min(count, 1e4)) / 5
    row[3], row[4] = _two_means(sums, 1)
    row[5], row[6] = _two_means(sums, 2)
    # Squares over alternate reads give the spread of where the allele lies in them.
    row[7] = sqrt(max(squares / count - (places / count) ** 2, 0.0)) if count > 1 else 0.0
    row[8], row[9] = _two_means(sums, 3)


@njit(cache=True)
def _two_means(sums: Array, kind: int) -> tuple[float, float]:
    """Return the mean over alt reads and over the rest; where one is empty, the other's mean."""
    alt, rest = sums[0, 4], sums[1, 4]
    if alt + rest == 0:
        return 0.0, 0.0
    inside = sums[0, kind] / alt if alt else sums[1, kind] / rest
    outside = sums[1, kind] / rest if rest else sums[0, kind] / alt
    return inside, outside


@njit(cache=True)
def _views(read: Array, block: ReadBlock, low: int, window: Array) -> tuple[Array, Array]:
    """Return each read's quality in the middle of the window, and its mismatches in the rest of it."""
    starts, offsets, bases, qualities = block.start, block.offset, block.bases, block.qualities
    cigar_offsets, operations, lengths = block.cigar_offset, block.operations, block.lengths
    width = len(window)
    middle = width // 2
    quality, wrong = np.zeros(len(read), np.int64), np.zeros(len(read), np.int64)
    for i in range(len(read)):
        r = read[i]
        at, query = starts[r] - low, offsets[r]
        for c in range(cigar_offsets[r], cigar_offsets[r + 1]):
            operation, length = operations[c], lengths[c]
            if operation == 0 or operation == 7 or operation == 8:
                for k in range(max(0, -at), min(length, width - at)):
                    if at + k == middle:
                        quality[i] = qualities[query + k]
                    elif bases[query + k] != window[at + k]:
                        wrong[i] += 1
                at += length
                query += length
            elif operation == 1 or operation == 4:
                query += length
            elif operation == 2 or operation == 3:
                if at <= middle < at + length:
                    quality[i] = qualities[max(query - 1, offsets[r])]
                at += length
    return quality, wrong


@njit(cache=True)
def window_of(reference: Array, offset: int, width: int) -> Array:
    """Return `width` reference codes from `offset` on, unknown beyond the chunk."""
    window = np.full(width, _UNKNOWN, np.uint8)
    for k in range(max(0, -offset), min(width, len(reference) - offset)):
        window[k] = reference[offset + k]
    return window


@njit(cache=True)
def _context(row: Array, allele: Array, share: float, around: Surroundings, window: Array) -> None:
    change = allele[1]
    tract = tract_of(
        around.tract_start, around.tract_end, around.tract_unit,
        allele[2] - around.start, allele[3] - around.start, change,
    )  # fmt: skip
    unit, units, rate = 0, 0, 1e-4
    if tract >= 0:
        unit = around.tract_unit[tract]
        units = (around.tract_end[tract] - around.tract_start[tract]) // unit
        rate = slip_rate(around.slip_level, around.slip_growth, units, unit)
    counts = np.zeros(5)
    for code in window:
        counts[code] += 1
    known = max(counts[:4].sum(), 1.0)
    entropy = 0.0
    for n in counts[:4]:
        if n:
            entropy -= n / known * log2(n / known)
    row[0], row[1], row[2] = unit == 1, unit == 2, unit >= 3
    row[3], row[4] = min(units, 25) / 25, log10(rate) / 4
    row[5] = unit > 0 and abs(change) == unit
    row[6] = min(max(log2((share + 0.01) / (rate + 0.01)), -4.0), 6.0) / 6
    row[7], row[8] = (counts[1] + counts[2]) / known, entropy / 2


@njit(cache=True)
def _neighbourhood(row: Array, locus: Evidence, index: int, near: Array) -> None:
    others, highest = 0, 0.0
    for k in range(len(near)):
        distance = abs(near[k, 0] - locus.alleles[index, 0])
        if 0 < distance <= 25:
            others += 1
            highest = max(highest, near[k, 1])
    own = locus.alleles[index, 4] / max(locus.alleles[index, 5], 1)
    rank, best = 0, 0.0
    for other in range(len(locus.alleles)):
        share = locus.alleles[other, 4] / max(locus.alleles[other, 5], 1)
        rank += share > own
        if other != index:
            best = max(best, share)
    row[0], row[1] = min(others, 8) / 8, highest
    row[2], row[3] = min(len(locus.alleles), 8) / 8, min(rank, 4) / 4
    row[4], row[5] = best, len(locus.haplotypes) / 10


@njit(cache=True)
def _level_shift(depth: Array, offset: int) -> Any:
    """Return the depth over the allele against 100 bases around it (a deletion or a pile of misplaced reads)."""
    around = depth[max(offset - 100, 0) : offset + 100].mean()
    return min(max(log2((depth[offset] + 1.0) / (around + 1.0)), -2.0), 2.0) / 2
