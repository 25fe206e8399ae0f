"""Posteriors of noise, germline and somatic: by likelihoods and priors alone, and what random errors leave of them."""

import numpy as np
from numpy.typing import NDArray

# log10 chances of each origin per candidate allele, against not being there; and what an indel adds.
_PRIOR = np.array([-3.0, -3.5, -3.0, -4.5])
_INDEL = np.array([0.0, 0.0, -0.8, -0.8])
_LEAST = -30.0


def log_chances(origins: NDArray[np.float64], indel: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return alleles × (noise, germline, somatic): log10 posteriors, none below −30."""
    logs = origins.reshape(-1, len(_PRIOR)) + _PRIOR + indel[:, None] * _INDEL
    top = np.maximum(logs.max(axis=1, keepdims=True), 0.0)
    weight = 10.0 ** np.maximum(logs - top, _LEAST)
    absent = 10.0 ** np.maximum(-top[:, 0], _LEAST)
    chances = np.stack([absent + weight[:, 0] + weight[:, 1], weight[:, 2], weight[:, 3]], axis=1)
    return np.log10(chances / chances.sum(axis=1, keepdims=True))


def against_chance(
    chances: NDArray[np.float64], origins: NDArray[np.float64], indel: NDArray[np.bool_], density: float
) -> NDArray[np.float64]:
    """Return posteriors after holding somatic alleles against random errors at the sample's own `density`.

    The network learns from pairs with hundreds of somatic alleles per megabase, where two reads of an allele are
    often true; in a tumour with five they hardly ever are. Artefacts stay as the network judges them.
    """
    odds = origins[:, 3] + np.log10(density) + indel * _INDEL[3]
    error = 1 / (1 + 10.0 ** np.clip(odds, -12, 12))
    out = chances.copy()
    out[:, 0] += chances[:, 2] * error
    out[:, 2] -= chances[:, 2] * error
    return out
