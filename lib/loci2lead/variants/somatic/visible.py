"""The smallest share of an allele that a depth would have shown: what "not found" is worth."""

from functools import lru_cache
from math import ceil

import numpy as np

# Reads that must show an allele before it can pass, measured on simulated pairs (see tests/benchmarks/somatic.py),
# and the share below which nothing is looked for.
FEWEST_READS = 4
LEAST_SHARE = 0.02
CONFIDENCE = 0.95


@lru_cache(maxsize=4096)
def smallest_share(depth: int) -> float:
    """Return the least share of which `depth` molecules show enough reads with 95 % confidence; 1 if none does."""
    needed = max(FEWEST_READS, ceil(LEAST_SHARE * depth))
    if depth < needed:
        return 1.0
    low, high = needed / depth / 4, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if _at_least(needed, depth, middle) < CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_least(successes: int, trials: int, chance: float) -> float:
    """Return the binomial chance of `successes` or more."""
    if chance >= 1.0:
        return 1.0
    k = np.arange(successes)
    steps = np.log((trials - k[:-1]) / (k[:-1] + 1)) if successes > 1 else np.zeros(0)
    choose = np.concatenate([[0.0], np.cumsum(steps)])
    logs = choose + k * np.log(chance) + (trials - k) * np.log1p(-chance)
    return float(1.0 - np.exp(logs).sum())
