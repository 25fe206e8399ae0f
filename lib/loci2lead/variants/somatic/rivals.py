"""Which haplotypes of a locus the reads of a pair need: only these may explain an allele's reads away.

In a long repeat, slip makes candidates of every length, each read fits some of them, and a true allele one unit
longer than such a candidate would look superfluous. So haplotypes are taken up one by one, each with the share of
the molecules that fits best, as long as the reads speak for it against the mixture of those already taken.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.somatic.likelihoods import SHARES, gain_of_presence, mixture

# log10 of the likelihood that a further haplotype must gain.
_LEAST_GAIN = 2.0
_MOST = 6

Reads = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Costs of a sample's reads (reads × haplotypes, Phred) and the reads' weights."""


def needed_haplotypes(samples: Sequence[Reads]) -> NDArray[np.bool_]:
    """Return which haplotypes the reads of all samples need; the first, the reference, always counts."""
    costs = np.concatenate([costs for costs, _ in samples])
    weights = np.concatenate([weights for _, weights in samples])
    needed = np.arange(costs.shape[1]) == 0
    if costs.shape[1] == 2:
        return np.ones(2, dtype=bool)
    model = 10.0 ** (-costs[:, 0] / 10)
    while needed.sum() < _MOST and not needed.all():
        others = np.flatnonzero(~needed)
        gains, shares = zip(*(_best_share(costs[:, h], model, weights) for h in others), strict=True)
        best = int(np.argmax(gains))
        if gains[best] < _LEAST_GAIN:
            break
        chosen, share = others[best], shares[best]
        needed[chosen] = True
        model = (1 - share) * model + share * 10.0 ** (-costs[:, chosen] / 10)
    return needed


def _best_share(
    costs: NDArray[np.float64], model: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Return log10 of the likelihood that a haplotype beside the model gains, and its best share."""
    logs = mixture(-costs - 10 * np.log10(model), weights, SHARES)
    return gain_of_presence(logs), float(SHARES[int(np.argmax(logs))])
