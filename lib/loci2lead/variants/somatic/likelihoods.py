"""Likelihoods of an allele's origin: not there, artefact, germline or somatic, from the reads of the pair.

Each read says by how many Phred the haplotypes with the allele explain it better than those without
(`margin`). For a share f of the molecules the reads are a mixture, and each origin integrates the mixture
over the shares it allows: in the manner of Strelka's and Mutect2's allele-fraction models, on a fixed grid.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Shares of the allele among the molecules, finer where they are small.
SHARES = np.concatenate([[0.0], np.geomspace(0.004, 0.1, 13), np.linspace(0.12, 0.96, 22), [0.985]])
# Shares of the tumour's alleles that the normal may carry by contamination, with their prior weights.
LEAKS = np.array([0.0, 0.01, 0.03, 0.06, 0.12, 0.2])
_LEAK_PRIOR = np.array([0.80, 0.06, 0.05, 0.04, 0.03, 0.02])
_LN = float(np.log(10.0))
HYPOTHESES = ("artefact", "one_sided", "germline", "somatic")


@dataclass(frozen=True)
class Evidence:
    """Reads of one sample for one allele: `margin` in Phred, `weight` (1/2 for mates over the same place).

    `sides` (2 × reads) are the halves that damage and machine errors prefer: the strand of the read, and the
    strand of the fragment that read 1 shows (oxidation, Costello 2013).
    """

    margin: Array
    weight: Array
    sides: NDArray[np.bool_]


@njit(cache=True)
def mixture(margin: Array, weight: Array, shares: Array) -> Array:
    """Return log10 of the reads' likelihood at each share, relative to share 0."""
    out = np.zeros(len(shares))
    for r in range(len(margin)):
        gain = 10.0 ** (margin[r] / 10.0) - 1.0
        for s in range(len(shares)):
            out[s] += weight[r] * np.log10(max(1.0 + shares[s] * gain, 1e-12))
    return out


def origins(tumour: Evidence, normal: Evidence | None) -> Array:
    """Return log10 likelihoods of HYPOTHESES relative to the allele not being there at all.

    Without a normal, germline means a share near one half or one of the tumour's reads, somatic any share.
    """
    shares = SHARES
    in_tumour = mixture(tumour.margin, tumour.weight, shares)
    in_normal = mixture(normal.margin, normal.weight, shares) if normal else np.zeros(len(shares))
    moved = _MOVED_WITH_NORMAL if normal else _MOVED_ALONE
    return np.array(
        [
            _mean(in_tumour[_SMALL] + in_normal[_SMALL], _SMALL_PRIOR),
            _one_sided(tumour, normal),
            _germline(in_tumour, in_normal, moved),
            _somatic(in_tumour, normal),
        ]
    )


_SMALL = (SHARES > 0) & (SHARES <= 0.3)
_SMALL_PRIOR = 1.0 / SHARES[_SMALL]
_SMALL_PRIOR /= _SMALL_PRIOR.sum()
_PRESENT = SHARES > 0
_SOMATIC_PRIOR = np.gradient(SHARES)[_PRESENT] * (1.5 - SHARES[_PRESENT])
_SOMATIC_PRIOR /= _SOMATIC_PRIOR.sum()
_HET = np.exp(-0.5 * ((SHARES - 0.5) / 0.04) ** 2) + 1e-6
_HOM = np.exp(-0.5 * ((SHARES - 1.0) / 0.02) ** 2) + 1e-6
_GERMLINE_PRIOR = (0.65 * _HET / _HET.sum() + 0.35 * _HOM / _HOM.sum())[_PRESENT]
# In the tumour, copy number and loss move a germline allele; where nothing but the share tells it from a somatic one,
# such a move is taken to be rare.
_MOVED_WITH_NORMAL, _MOVED_ALONE = 0.5, 0.12
_MOVED = np.gradient(SHARES)[_PRESENT] / np.gradient(SHARES)[_PRESENT].sum()


def _germline(in_tumour: Array, in_normal: Array, moved: float) -> float:
    in_both = [_mean(in_tumour[_PRESENT], _MOVED), _mean(in_tumour[_PRESENT], _GERMLINE_PRIOR)]
    return _mean(in_normal[_PRESENT], _GERMLINE_PRIOR) + _mean(np.array(in_both), np.array([moved, 1 - moved]))


def _somatic(in_tumour: Array, normal: Evidence | None) -> float:
    if normal is None:
        return gain_of_presence(in_tumour)
    leaked = np.stack([mixture(normal.margin, normal.weight, SHARES[_PRESENT] * leak) for leak in LEAKS])
    joint = in_tumour[_PRESENT] + leaked
    return _mean(joint.ravel(), (_LEAK_PRIOR[:, None] * _SOMATIC_PRIOR).ravel())


def gain_of_presence(logs: Array) -> float:
    """Return log10 of the likelihood gained by any share, from the likelihoods at SHARES."""
    return _mean(logs[_PRESENT], _SOMATIC_PRIOR)


def _one_sided(tumour: Evidence, normal: Evidence | None) -> float:
    """Return the likelihood of an error that only one side's reads show, at any share up to 0.6."""
    allowed = (SHARES > 0) & (SHARES <= 0.6)
    prior = np.full(int(allowed.sum()), 1.0 / allowed.sum())
    logs = []
    for kind in (0, 1):
        for side in (False, True):
            total = np.zeros(int(allowed.sum()))
            for sample in (tumour, normal):
                if sample is not None:
                    own = sample.sides[kind] == side
                    total += mixture(sample.margin[own], sample.weight[own], SHARES[allowed])
            logs.append(_mean(total, prior))
    return _mean(np.array(logs), np.full(4, 0.25))


def _mean(logs: Array, prior: Array) -> float:
    """Return log10 of the mean of 10**logs under a prior."""
    top = float(logs.max())
    return top + float(np.log10(np.sum(prior * 10.0 ** (logs - top))))
