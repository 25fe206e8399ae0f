"""How often this library shows each substitution by damage: measured on sites that no allele explains.

Deaminated (FFPE) cytosines read as C>T and G>A, oxidised guanines as G>T and C>A, at rates of the library's
own that base qualities do not know. A substitution that is commoner than the others bounds how surely one
read can speak for it.
"""

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.somatic.survey import Survey

# Counts above this share of the depth may be alleles, and say nothing about damage.
_NOISE_SHARE = 0.03
_FEWEST_READS = 10


def excess_rates(seen: Survey, sample: int = 0) -> NDArray[np.float64]:
    """Return, by reference and read base (4 × 4), the chance of damage beyond what any substitution shows."""
    counts = seen.counts[sample]
    depth = counts.sum(axis=1)
    looked, shown = np.zeros(4), np.zeros((4, 4))
    for base in range(4):
        at = (seen.reference == base) & (depth >= _FEWEST_READS)
        noise = np.where(counts[at] <= np.maximum(1, _NOISE_SHARE * depth[at])[:, None], counts[at], 0)
        looked[base] = depth[at].sum()
        shown[base] = noise.sum(axis=0)
    rates = shown / np.maximum(looked, 1)[:, None]
    off_diagonal = ~np.eye(4, dtype=bool)
    usual = 1.5 * float(np.median(rates[off_diagonal])) + 2.0 / max(float(looked.mean()), 1.0)
    return np.where(off_diagonal, np.maximum(rates - usual, 0.0), 0.0)
