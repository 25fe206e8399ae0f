"""Figures with their uncertainty: intervals by bootstrap and Wilson, calibration error, paired differences."""

from collections.abc import Callable
from math import comb, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def wilson_interval(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a proportion (Wilson 1927); (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    p = successes / trials
    centre = p + z * z / (2 * trials)
    half = z * sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def bootstrap_interval(
    statistic: Callable[[NDArray[np.integer]], float],
    size: int,
    rng: np.random.Generator,
    rounds: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval of `statistic(indices)` over resampled row indices; NaN rounds are left out."""
    values = np.array([statistic(rng.integers(0, size, size)) for _ in range(rounds)], dtype=float)
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def expected_calibration_error(probability: Array, outcome: Array, bins: int = 10) -> float:
    """Return the mean gap of predicted and observed frequency over equally filled bins (Naeini 2015)."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(part) * abs(float(probability[part].mean() - outcome[part].mean())) for part in parts]
    return sum(gaps) / len(order)


def mcnemar_exact(first_only: int, second_only: int) -> float:
    """Return the two-sided exact p of McNemar's test: how odd a split of the discordant pairs is at even odds."""
    discordant, fewer = first_only + second_only, min(first_only, second_only)
    tail = sum(comb(discordant, k) for k in range(fewer + 1)) / 2**discordant
    return min(1.0, 2 * tail)
