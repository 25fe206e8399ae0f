"""Summary features of a candidate allele: likelihoods, read support, biases, context, neighbours, library.

Counts enter as shares or logarithms, so that a model trained at one depth holds at another. Mapping quality,
soft clips and fragment lengths are left out on purpose: they differ between aligners, the simulator has no
aligner, and a model that had seen them refused true indels of a library that clips more. Mapping quality
still bounds what each read may say in the likelihoods.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.candidates import Allele, tract_at
from loci2lead.variants.examine import Examined
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus
from loci2lead.variants.rows import DELETED, Rows, lay_out

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
    costs = locus.copies[index]
    unclear = np.abs(margin) <= _CLEAR
    reference = ~alt & ~unclear & (locus.costs[:, 0] <= _CLEAR)
    count = max(len(margin), 1)
    other = count - alt.sum() - unclear.sum() - reference.sum()
    shares = [alt.sum() / count, reference.sum() / count, max(other, 0) / count, unclear.sum() / count]
    return [*(_squash(c) for c in costs), _squash(float(np.sort(costs)[1])), *shares]


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
    forward = (block.flag[read] & 0x10) == 0
    centre = rows.start + WIDTH // 2
    length = np.maximum(block.end[read] - block.start[read], 1)
    place = (centre - block.start[read]) / length
    ends = np.minimum(np.clip(place, 0, 1), np.clip(1 - place, 0, 1))
    here = rows.base != 6
    window = reference_window(examined, rows.start)
    wrong = here & (rows.base != window[None, :]) & (rows.base < DELETED)
    wrong[:, WIDTH // 2] = False
    mismatches = np.minimum(wrong.sum(axis=1), 5) / 5
    quality = rows.quality[:, WIDTH // 2] / 40
    strand = _two_means(forward, alt)
    means = [*_two_means(quality, alt), *_two_means(ends, alt)]
    spread = float(np.std(place[alt])) if alt.sum() > 1 else 0.0
    count = min(float(alt.sum()), 1e4)
    imbalance = (strand[0] - strand[1]) * np.sqrt(count) / 5
    return [*strand, imbalance, *means, spread, *_two_means(mismatches, alt)]


def _two_means(values: NDArray, alt: NDArray) -> tuple[float, float]:
    """Return the mean over alt reads and over the rest; where one is empty, the other's mean."""
    if not len(values):
        return 0.0, 0.0
    inside = values[alt].mean() if alt.any() else values.mean()
    outside = values[~alt].mean() if not alt.all() else values.mean()
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
    known = window[window < 4]
    counts = np.bincount(known, minlength=4) / max(len(known), 1)
    entropy = -float(np.sum(counts[counts > 0] * np.log2(counts[counts > 0]))) / 2
    return [
        unit == 1,
        unit == 2,
        unit >= 3,
        min(units, 25) / 25,
        np.log10(rate) / 4,
        unit > 0 and abs(allele.change) == unit,
        float(np.clip(np.log2((share + 0.01) / (rate + 0.01)), -4, 6)) / 6,
        float(counts[1] + counts[2]),
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
