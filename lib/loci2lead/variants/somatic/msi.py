"""Microsatellite instability from reads: how many repeats show lengths that the normal, or slip, does not explain.

Against a normal, a site is unstable where the tumour's lengths differ from the normal's (G test, as MSIsensor's
chi-squared test, Niu 2014). Alone, sites are held against slip and germline lengths (see `msi_alone`), and the unstable
ones are those expected: the sum of their chances, of which each may be small where the purity is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from loci2lead.io.alignments import Alignments, base_codes
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.models.metrics import wilson_interval
from loci2lead.variants.haplotypes import encode
from loci2lead.variants.library import PROBE_LENGTH, probe_windows
from loci2lead.variants.repeats import Repeats, find_repeats
from loci2lead.variants.scan import scan
from loci2lead.variants.slips import tract_lengths
from loci2lead.variants.somatic.msi_alone import unstable_chances

DEPTH_NEEDED, SITES_NEEDED = 20, 20
# Shares of unstable sites from which a tumour counts as high. Set by hand: on 24 simulated tumours of the tuning region
# with 40 sites each, stable ones had 0 to 0.07 with a normal and unstable ones 0.03 to 0.09 at a purity of 0.2, 0.07 to
# 0.37 above it; alone, on 18 others of a purity of 0.2 with 86 sites, 0.04 to 0.12 and 0.17 to 0.26.
HIGH_WITH_NORMAL, HIGH_ALONE = 0.08, 0.15
_SHORTEST, _LONGEST = (10, 6, 5, 5), 24
# Against a normal, weak shifts count too: of p-values of 0.005 to 0.05, 0.02 parted the tuning tumours best.
_P_VALUE_WITH_NORMAL = 0.02
_HALO = 200


@dataclass(frozen=True)
class Msi:
    """The verdict: "high", "stable" or "not_determined", and what it rests on."""

    status: str
    sites: int
    unstable: int
    mode: str
    reason: str | None

    def plain(self) -> dict[str, Any]:
        """Return the content of the JSON."""
        score = self.unstable / self.sites if self.sites else None
        low, high = wilson_interval(self.unstable, self.sites)
        return {
            "status": self.status,
            "score": None if score is None else round(score, 4),
            "score_low": round(low, 4) if self.sites else None,
            "score_high": round(high, 4) if self.sites else None,
            "sites": self.sites,
            "unstable": self.unstable,
            "sites_needed": SITES_NEEDED,
            "depth_needed": DEPTH_NEEDED,
            "mode": self.mode,
            "reason": self.reason,
        }


def measure_msi(tumour: Alignments, normal: Alignments | None, reference: Reference, regions: Intervals | None) -> Msi:
    """Judge the microsatellites inside `regions`, or on windows spread over what the tumour covers."""
    samples = [tumour] if normal is None else [tumour, normal]
    parts = [p for w in _windows(tumour, reference, regions) for p in _tracts(samples, reference, *w)]
    tables = [np.concatenate([np.zeros((0, 8), np.int64), *own]) for own in zip(*parts, strict=True)] if parts else []
    if not tables:
        return _verdict(np.zeros(0), normal is not None)
    enough = np.logical_and.reduce([t[:, 3:8].sum(axis=1) >= DEPTH_NEEDED for t in tables])
    tables = [t[enough] for t in tables]
    unstable = _against_normal(*tables) if normal is not None else unstable_chances(tables[0])
    return _verdict(unstable, normal is not None)


def _verdict(unstable: NDArray, with_normal: bool) -> Msi:
    mode = "tumour_normal" if with_normal else "tumour_alone"
    count = round(float(unstable.sum()))
    if len(unstable) < SITES_NEEDED:
        reason = f"{len(unstable)} microsatellites have {DEPTH_NEEDED} spanning reads, {SITES_NEEDED} are needed"
        return Msi("not_determined", len(unstable), count, mode, reason)
    cut = HIGH_WITH_NORMAL if with_normal else HIGH_ALONE
    return Msi("high" if count >= cut * len(unstable) else "stable", len(unstable), count, mode, None)


def _windows(tumour: Alignments, reference: Reference, regions: Intervals | None) -> Iterator[tuple[str, int, int]]:
    if regions is not None:
        yield from regions
        return
    for contig, start in probe_windows(tumour, reference):
        yield contig, start, min(start + PROBE_LENGTH, reference.lengths[contig])


def _tracts(
    samples: Sequence[Alignments], reference: Reference, contig: str, start: int, end: int
) -> Iterator[tuple[NDArray[np.int64], ...]]:
    """Yield the tract tables of a window, one per sample, rows of the same tracts."""
    low, high = max(start - _HALO, 0), min(end + _HALO, reference.lengths[contig])
    sequence = reference.fetch(contig, low, high)
    repeats = find_repeats(encode(sequence))
    units = repeats.units()
    needed = np.array(_SHORTEST)[np.minimum(repeats.unit, len(_SHORTEST)) - 1]
    kept = (units >= needed) & (units <= _LONGEST)
    kept &= (repeats.start + low >= start) & (repeats.end + low <= end)
    if not kept.any():
        return
    chosen = Repeats(repeats.start[kept], repeats.end[kept], repeats.unit[kept])
    codes = base_codes(sequence)
    tables = []
    for alignments in samples:
        block = alignments.read(contig, low, high)
        tables.append(tract_lengths(block, scan(block, codes, low), chosen))
    yield tuple(tables)


def _against_normal(tumour: NDArray[np.int64], normal: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which tracts show other lengths in the tumour than in the normal, by a G test over the lengths."""
    own, other = tumour[:, 3:8].astype(float), normal[:, 3:8].astype(float)
    both = own + other
    totals = own.sum(axis=1, keepdims=True), other.sum(axis=1, keepdims=True)
    grand = totals[0] + totals[1]
    statistic = np.zeros(len(own))
    for seen, total in zip((own, other), totals, strict=True):
        expected = both * total / grand
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic += 2 * np.where(seen > 0, seen * np.log(seen / expected), 0.0).sum(axis=1)
    freedom = np.maximum((both > 0).sum(axis=1) - 1, 1)
    return chi2.sf(statistic, freedom) < _P_VALUE_WITH_NORMAL
