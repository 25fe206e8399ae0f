"""The smallest share of an allele that a depth would have shown: what "not found" is worth."""

from functools import lru_cache
from math import ceil

import numpy as np

# Reads with which somatic alleles pass, on simulated pairs of the tuning region: SNVs with 5 to 10 reads 122 of 123
# (4 reads: 9 of 14), indels with 9 and 10 reads 26 of 27 (7 and 8 reads: 21 of 24), most misses in long repeats.
FEWEST_READS, FEWEST_READS_OF_INDEL = 5, 9
# The share below which nothing is looked for.
LEAST_SHARE = 0.02
CONFIDENCE = 0.95


@lru_cache(maxsize=4096)
def smallest_share(depth: int, indel: bool = False) -> float:
    """Return the least share of which `depth` molecules show enough reads with 95 % confidence; 1 if none does."""
    fewest = FEWEST_READS_OF_INDEL if indel else FEWEST_READS
    needed = max(fewest, ceil(LEAST_SHARE * depth))
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
