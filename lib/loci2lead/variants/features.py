"""Summary features of a candidate allele: likelihoods, read support, biases, context, neighbours, library.

Counts enter as shares or logarithms, so that a model trained at one depth holds at another. Mapping quality,
soft clips and fragment lengths are left out on purpose: they differ between aligners, the simulator has no
aligner, and a model that had seen them refused true indels of a library that clips more. Mapping quality
still bounds what each read may say in the likelihoods.
"""

from collections.abc import Sequence
from math import log2

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.variants.candidates import Allele, tract_at
from loci2lead.variants.examine import Examined
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus
from loci2lead.variants.rows import DELETED, Rows, lay_out
from loci2lead.variants.scan import Array

WIDTH = 33
_CLEAR = 3.0
FEATURES = (
    *("cost_0", "cost_1", "cost_2", "cost_gap", "share_alt", "share_reference", "share_other", "share_unclear"),
    *("share_carried", "log_alt", "log_depth", "relative_depth", "support_margin"),
    *("strand_alt", "strand_rest", "strand_imbalance", "quality_alt", "quality_rest"),
    *("end_alt", "end_rest", "spread_alt", "mismatch_alt", "mismatch_rest"),
    *("snp", "insertion", "deletion", "log_length", "transition", "unit_1", "unit_2", "unit_3"),
    *("tract_units", "slip_rate", "one_unit", "excess_over_slip", "gc", "entropy", "neighbours", "neighbour_share"),
    *("locus_alleles", "allele_rank", "best_other", "haplotypes", "read_length", "library_depth", "level_shift"),
)


def locus_features(examined: Examined, locus: Locus, near: NDArray[np.float64], library: LibraryProfile) -> NDArray:
    """Return alleles × features (float32). `near` holds (position, share of reads) of the chunk's alleles."""
    return np.stack([_allele_features(examined, locus, i, near, library) for i in range(len(locus.alleles))])


def support(locus: Locus, index: int) -> NDArray[np.float64]:
    """Return per read the Phred by which haplotypes with the allele beat those without (negative: lose)."""
    carrying = locus.haplotypes[:, index]
    return locus.costs[:, ~carrying].min(axis=1) - locus.costs[:, carrying].min(axis=1)


def allele_rows(examined: Examined, locus: Locus, index: int) -> Rows:
    """Return the locus' reads laid out over WIDTH columns centred on the allele."""
    start = locus.alleles[index].position - WIDTH // 2
    return lay_out(examined.block, locus.read, start, WIDTH)


def reference_window(examined: Examined, start: int) -> NDArray[np.uint8]:
    """Return WIDTH reference codes from `start`, 4 beyond the chunk."""
    window = np.full(WIDTH, 4, dtype=np.uint8)
    offset = start - examined.scan.start
    low, high = max(offset, 0), min(offset + WIDTH, len(examined.reference))
    window[low - offset : high - offset] = examined.reference[low:high]
    return window


def _allele_features(
    examined: Examined, locus: Locus, index: int, near: NDArray[np.float64], library: LibraryProfile
) -> NDArray[np.float32]:
    allele, margin = locus.alleles[index], support(locus, index)
    rows = allele_rows(examined, locus, index)
    alt = margin > _CLEAR
    values = [
        *_likelihoods(locus, index, margin, alt),
        *_depths(examined, locus, index, margin, alt, library),
        *_biases(examined, locus, rows, alt),
        *_kind(allele),
        *_context(examined, allele, float(alt.mean()) if len(alt) else 0.0, library),
        *_neighbourhood(locus, index, near),
        library.read_length / 150,
        np.log1p(library.depth) / 5,
        _level_shift(examined, allele),
    ]
    return np.array(values, dtype=np.float32)


def _squash(cost: float) -> float:
    return cost / (cost + 30.0)


def _likelihoods(locus: Locus, index: int, margin: NDArray, alt: NDArray) -> list[float]:
    costs = [float(c) for c in locus.copies[index]]
    is_unclear = np.abs(margin) <= _CLEAR
    count, shown, unclear = max(len(margin), 1), np.count_nonzero(alt), np.count_nonzero(is_unclear)
    reference = np.count_nonzero((locus.costs[:, 0] <= _CLEAR) & ~alt & ~is_unclear)
    other = max(int(count - shown - unclear - reference), 0)
    shares = [float(n) / count for n in (shown, reference, other, unclear)]
    return [*(_squash(c) for c in costs), _squash(sorted(costs)[1]), *shares]


def _depths(
    examined: Examined, locus: Locus, index: int, margin: NDArray, alt: NDArray, library: LibraryProfile
) -> list[float]:
    count = max(len(locus.read), 1)
    return [
        float(locus.carries[:, index].sum()) / count,
        np.log1p(float(alt.sum())) / 5,
        np.log1p(float(len(locus.read))) / 5,
        min(len(locus.read) / max(library.depth, 1.0), 4.0) / 2,
        float(np.tanh(margin[alt].mean() / 20)) if alt.any() else 0.0,
    ]


def _biases(examined: Examined, locus: Locus, rows: Rows, alt: NDArray) -> list[float]:
    """Return strand, quality, read-end and mismatch differences of alt and rest."""
    block, read = examined.block, locus.read
    window = reference_window(examined, rows.start)
    sums = _bias_sums(
        rows.base, rows.quality, window, alt, block.flag[read], block.start[read], block.end[read], rows.start
    )
    strand, quality, ends, mismatches = (_two_means(sums[0, kind], sums[1, kind], sums[:, 5]) for kind in (0, 1, 2, 3))
    count = float(sums[0, 5])
    # Squares over alternate reads give the spread of where the allele lies in them.
    spread = np.sqrt(max(sums[1, 4] / count - (sums[0, 4] / count) ** 2, 0.0)) if count > 1 else 0.0
    imbalance = (strand[0] - strand[1]) * np.sqrt(min(count, 1e4)) / 5
    return [*strand, imbalance, *quality, *ends, float(spread), *mismatches]


@njit(cache=True)
def _bias_sums(
    base: Array, quality: Array, window: Array, alt: Array, flag: Array, start: Array, end: Array, first: int
) -> Array:
    """Return (alt, rest) × sums over reads of forward strand, quality, end, mismatches, place (and place²), count.

    The place sums are of alternate reads only: the sum in the first row, the sum of squares in the second.
    """
    sums = np.zeros((2, 6))
    middle = base.shape[1] // 2
    for r in range(base.shape[0]):
        row = 0 if alt[r] else 1
        place = (first + middle - start[r]) / max(end[r] - start[r], 1)
        inside = min(max(place, 0.0), 1.0)
        wrong = 0
        for c in range(base.shape[1]):
            if c != middle and base[r, c] < DELETED and base[r, c] != window[c]:
                wrong += 1
        sums[row, 0] += (flag[r] & 0x10) == 0
        sums[row, 1] += quality[r, middle] / 40
        sums[row, 2] += min(inside, 1.0 - inside)
        sums[row, 3] += min(wrong, 5) / 5
        sums[row, 5] += 1
        if row == 0:
            sums[0, 4] += place
            sums[1, 4] += place * place
    return sums


def _two_means(alt: float, rest: float, counts: NDArray) -> tuple[float, float]:
    """Return the mean over alt reads and over the rest from their sums; where one is empty, the other's mean."""
    if not counts.any():
        return 0.0, 0.0
    inside = alt / counts[0] if counts[0] else rest / counts[1]
    outside = rest / counts[1] if counts[1] else alt / counts[0]
    return float(inside), float(outside)


def _kind(allele: Allele) -> list[float]:
    transition = {allele.ref, allele.alt} in ({"A", "G"}, {"C", "T"})
    length = np.log2(1 + abs(allele.change)) / 5
    return [allele.change == 0, allele.change > 0, allele.change < 0, length, transition]


def _context(examined: Examined, allele: Allele, share: float, library: LibraryProfile) -> list[float]:
    tract = tract_at(examined.repeats, examined.scan.start, allele)
    unit = units = 0
    rate = 1e-4
    if tract >= 0:
        unit = int(examined.repeats.unit[tract])
        units = int(examined.repeats.units()[tract])
        rate = float(library.slips.rate(np.array([units]), np.array([unit]))[0])
    window = reference_window(examined, allele.position - WIDTH // 2)
    counts = np.bincount(window, minlength=5)[:4].tolist()
    known = max(sum(counts), 1)
    entropy = -sum(n / known * log2(n / known) for n in counts if n) / 2
    return [
        unit == 1,
        unit == 2,
        unit >= 3,
        min(units, 25) / 25,
        np.log10(rate) / 4,
        unit > 0 and abs(allele.change) == unit,
        float(np.clip(np.log2((share + 0.01) / (rate + 0.01)), -4, 6)) / 6,
        (counts[1] + counts[2]) / known,
        entropy,
    ]


def _neighbourhood(locus: Locus, index: int, near: NDArray[np.float64]) -> list[float]:
    allele = locus.alleles[index]
    distance = np.abs(near[:, 0] - allele.position)
    others = (distance <= 25) & (distance > 0)
    shares = [a.reads / max(a.depth, 1) for a in locus.alleles]
    rank = sum(s > shares[index] for s in shares)
    rest = [s for i, s in enumerate(shares) if i != index]
    return [
        min(int(others.sum()), 8) / 8,
        float(near[others, 1].max()) if others.any() else 0.0,
        min(len(locus.alleles), 8) / 8,
        min(rank, 4) / 4,
        max(rest, default=0.0),
        len(locus.haplotypes) / 10,
    ]


def _level_shift(examined: Examined, allele: Allele) -> float:
    """Return the depth over the allele against 100 bases around it (a deletion or a pile of misplaced reads)."""
    offset = allele.position - examined.scan.start
    around = examined.scan.depth[max(offset - 100, 0) : offset + 100]
    here = float(examined.scan.depth[offset])
    return float(np.clip(np.log2((here + 1) / (float(around.mean()) + 1)), -2, 2)) / 2


def chunk_alleles(loci: Sequence[Locus]) -> NDArray[np.float64]:
    """Return (position, share of reads) of all alleles of a chunk."""
    rows = [(a.position, a.reads / max(a.depth, 1)) for locus in loci for a in locus.alleles]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)
