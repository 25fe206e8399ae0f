"""How often this library's polymerase slips, measured from its reads without any truth.

Reads that span a homopolymer or short tandem repeat show its length. Tracts where one length prevails count
as homozygous, and the share of other lengths, by unit and number of units, is the slip rate: a log-linear
curve per unit length, fitted by Poisson regression with a weak prior (after Strelka2's and DRAGEN's
sample-specific indel error models).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.repeats import Repeats
from loci2lead.variants.scan import LOWEST_MAPQ, Array, Scan

FLANK = 5
UNIT_CLASSES = 3
# Log rate at nine units and its growth per unit, before any read was seen; strength in pseudo-observations.
_PRIOR = np.array([np.log(0.005), np.log(1.4)])
_PRECISION = np.array([0.05, 20.0])
_LEAST, _MOST = 2e-5, 0.45


@dataclass(frozen=True)
class SlipModel:
    """Curves per unit length (1, 2, 3 and more): log rate at nine units, growth, and the share that shortens."""

    level: tuple[float, ...]
    growth: tuple[float, ...]
    shorter: tuple[float, ...]

    def rate(self, units: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the chance that a read shows a tract with another number of units."""
        kind = np.minimum(unit, UNIT_CLASSES) - 1
        log_rate = np.array(self.level)[kind] + np.array(self.growth)[kind] * (np.minimum(units, 25) - 9)
        return np.clip(np.exp(log_rate), _LEAST, _MOST)

    def costs(self, units: NDArray[np.int64], unit: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
        """Return Phred costs of a read one unit shorter and one unit longer than the tract."""
        rate, share = self.rate(units, unit), np.array(self.shorter)[np.minimum(unit, UNIT_CLASSES) - 1]
        return -10 * np.log10(rate * share), -10 * np.log10(rate * (1 - share))


@njit(cache=True)
def slip_rate(level: Array, growth: Array, units: int, unit: int) -> float:
    """Return SlipModel.rate of one tract, from the model's curves."""
    kind = min(unit, UNIT_CLASSES) - 1
    return min(max(exp(level[kind] + growth[kind] * (min(units, 25) - 9)), _LEAST), _MOST)


def tract_lengths(block: ReadBlock, scan: Scan, repeats: Repeats) -> NDArray[np.int64]:
    """Return per tract: unit, units, spanning reads, and how many show −2 or fewer, −1, 0, +1, +2 or more units."""
    tracts = np.zeros((len(repeats.start), 8), dtype=np.int64)
    tracts[:, 0], tracts[:, 1] = repeats.unit, repeats.units()
    begin, end = repeats.start + scan.start, repeats.end + scan.start
    good = block.mapq >= max(LOWEST_MAPQ, 20)
    starts, ends = np.sort(block.start[good]), np.sort(block.end[good])
    # Reads that start before the tract minus reads that end before its end; both are sorted lists.
    reaching = np.searchsorted(starts, begin - FLANK, side="right") - np.searchsorted(ends, end + FLANK)
    tracts[:, 2] = np.maximum(reaching, 0)
    for position, change, read in zip(scan.position, scan.change, scan.read, strict=True):
        index = int(np.searchsorted(begin, position, side="right")) - 1
        for tract in range(max(index - 3, 0), index + 1):
            spans = block.start[read] <= begin[tract] - FLANK and block.end[read] >= end[tract] + FLANK
            if position == begin[tract] and spans and good[read] and change % repeats.unit[tract] == 0:
                step = int(np.clip(change // repeats.unit[tract], -2, 2))
                tracts[tract, 5 + step] += 1
    tracts[:, 5] = np.maximum(tracts[:, 2] - tracts[:, [3, 4, 6, 7]].sum(axis=1), 0)
    return tracts


def fit_slips(tables: Iterable[NDArray[np.int64]]) -> SlipModel:
    """Fit the curves to tables of tract_lengths; with few reads they stay near the prior."""
    tracts = np.concatenate([np.zeros((0, 8), np.int64), *tables])
    tracts = tracts[tracts[:, 2] >= 8]
    fits = [_fit_unit(tracts[np.minimum(tracts[:, 0], UNIT_CLASSES) == kind]) for kind in range(1, UNIT_CLASSES + 1)]
    level, growth, shorter = zip(*fits, strict=True)
    return SlipModel(level, growth, shorter)


def _fit_unit(tracts: NDArray[np.int64]) -> tuple[float, float, float]:
    lengths = tracts[:, 3:8]
    mode = lengths.argmax(axis=1)
    units = tracts[:, 1] + mode - 2
    total = lengths.sum(axis=1)
    ordered = np.sort(lengths, axis=1)
    runner_up = ordered[:, -2] / np.maximum(total, 1)
    rate = np.full(len(tracts), 0.02)
    solution = _PRIOR.copy()
    for _ in range(4):
        # A second length above these shares is taken for a second allele, not for slip.
        homozygous = runner_up <= np.clip(2.5 * rate + 0.12, 0.15, 0.4)
        slipped = (total - ordered[:, -1])[homozygous]
        solution = _poisson(units[homozygous] - 9.0, total[homozygous], slipped)
        rate = np.exp(solution[0] + solution[1] * (np.minimum(units, 25) - 9))
    shorter, longer = 3.0, 2.0
    for column in range(5):
        below = column < mode[homozygous]
        above = column > mode[homozygous]
        shorter += float(lengths[homozygous][below, column].sum())
        longer += float(lengths[homozygous][above, column].sum())
    return float(solution[0]), float(solution[1]), shorter / (shorter + longer)


def _poisson(x: NDArray[np.float64], trials: NDArray[np.int64], events: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (level, growth) of log rate = level + growth · x by penalised Newton steps."""
    design = np.stack([np.ones_like(x), np.minimum(x, 16.0)])
    solution = _PRIOR.copy()
    for _ in range(25):
        expected = trials * np.minimum(np.exp(design.T @ solution), 0.9)
        gradient = design @ (expected - events) + _PRECISION * (solution - _PRIOR)
        curvature = (design * expected) @ design.T + np.diag(_PRECISION)
        step = np.linalg.solve(curvature, gradient)
        solution = solution - np.clip(step, -1.0, 1.0)
        solution[1] = np.clip(solution[1], 0.05, 0.8)
        if np.abs(step).max() < 1e-6:
            break
    return solution
