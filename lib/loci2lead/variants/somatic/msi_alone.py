"""Unstable microsatellites of a tumour alone: a mixture of steady tracts and of tracts that some cells changed.

Every tract has two germline lengths, seen through the library's slip. In an unstable one a share of the molecules of
one copy has another length, mostly a shorter one. Slip, that share and how many tracts are unstable are those under
which the sample's reads are likeliest, so that neither germline lengths nor slip count as instability.
"""

from itertools import combinations_with_replacement, product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Lengths are told as -2 or fewer, -1, 0, 1, 2 or more units beside the reference's.
_BINS = 5
_GENOTYPES = tuple(combinations_with_replacement(range(_BINS), 2))
# Slip: log rate at nine units of one base, its growth per unit, and the share that shortens; longer units slip e^2
# times less and grow less.
_LEVELS, _GROWTHS, _SHORTER = np.arange(-6.5, -3.4, 0.5), np.arange(0.3, 0.71, 0.1), (0.55, 0.7, 0.85)
_LEVEL_PRIOR, _GROWTH_PRIOR = (-5.0, 1.5), (0.5, 0.1)
_LONGER_UNITS = np.array([[0.0, 1.0], [-2.0, 0.6], [-2.0, 0.6]])
_LEAST_RATE, _MOST_RATE = 1e-3, 0.45
_FURTHER = 0.1
# Shares of one copy's molecules that are changed, shares of tracts that are unstable, and their share beforehand.
_CHANGED, _UNSTABLE, _BEFOREHAND = (0.1, 0.2, 0.4, 0.8), (0.0, 0.03, 0.1, 0.2, 0.35, 0.5), 0.1
_LOST, _STEP = 0.8, 0.5


def unstable_chances(tracts: NDArray[np.int64]) -> Array:
    """Return the chance that each tract is unstable; `tracts` as `tract_lengths` gives them, all well covered."""
    counts = tracts[:, 3:8].astype(np.float64)
    if not len(counts):
        return np.zeros(0)
    units = np.minimum(tracts[:, 1] + counts.argmax(axis=1) - 2, 25)
    offset, slower = _LONGER_UNITS[np.minimum(tracts[:, 0], 3) - 1].T
    best, chances = -np.inf, np.zeros(len(counts))
    for level, growth, shorter in product(_LEVELS, _GROWTHS, _SHORTER):
        rate = np.clip(np.exp(level + offset + growth * slower * (units - 9)), _LEAST_RATE, _MOST_RATE)
        shown = _slipped(rate, shorter)
        prior = -0.5 * sum(((x - m) / s) ** 2 for x, (m, s) in ((level, _LEVEL_PRIOR), (growth, _GROWTH_PRIOR)))
        steady = _steady(counts, shown)
        for changed in _CHANGED:
            moved = _moved(counts, shown, changed)
            for share in _UNSTABLE:
                own = np.log1p(-share) + steady
                total = prior + float((np.logaddexp(own, np.log(share) + moved) if share else own).sum())
                if total > best:
                    best = total
                    chances = 1 / (1 + np.exp(steady - moved) * (1 - _BEFOREHAND) / _BEFOREHAND)
    return chances


def _slipped(rate: Array, shorter: float) -> Array:
    """Return tracts × true length × shown length: chances by slip."""
    step = np.arange(_BINS)[None, :] - np.arange(_BINS)[:, None]
    side = np.where(step < 0, shorter, 1 - shorter) * (1 - _FURTHER) * _FURTHER ** (np.maximum(np.abs(step), 1) - 1)
    chance = np.where(step == 0, 1 - rate[:, None, None], rate[:, None, None] * side)
    return np.asarray(chance / chance.sum(axis=2, keepdims=True))


def _genotype_prior(first: int, second: int) -> float:
    """Return the chance of two germline lengths: mostly the reference's, then one copy of another."""
    if first == second:
        return 0.62 if first == 2 else 0.04
    return 0.05 if 2 in (first, second) else 0.02


def _steady(counts: Array, shown: Array) -> Array:
    """Return log likelihoods of tracts that no cell changed."""
    logs = [
        _multinomial(counts, (shown[:, a] + shown[:, b]) / 2) + np.log(_genotype_prior(a, b)) for a, b in _GENOTYPES
    ]
    return np.asarray(np.logaddexp.reduce(logs))


def _moved(counts: Array, shown: Array, changed: float) -> Array:
    """Return log likelihoods of tracts of which a share of one copy's molecules has another length."""
    logs = []
    for a, b in _GENOTYPES:
        for own, other in {(a, b), (b, a)}:
            for new in (n for n in range(_BINS) if n != own):
                weight = (_LOST if new < own else 1 - _LOST) * _STEP ** abs(own - new) / len({(a, b), (b, a)})
                molecules = ((1 - changed) * shown[:, own] + changed * shown[:, new] + shown[:, other]) / 2
                logs.append(_multinomial(counts, molecules) + np.log(_genotype_prior(a, b) * weight))
    return np.asarray(np.logaddexp.reduce(logs))


def _multinomial(counts: Array, chance: Array) -> Array:
    return np.asarray((counts * np.log(np.maximum(chance, 1e-6))).sum(axis=1))
