"""The two chromosome copies of a tumour alone: which molecules lie on which, and how much of the DNA each holds.

A germline allele is on every molecule of its copy, a somatic one on those of some cells: reads that also show an
inherited SNP nearby tell the two apart where the share of the reads does not (ClairS filters by the same idea).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.variants.scan import Array

# Shares of the DNA that the larger copy may hold, and how likely they are before a read is seen: mostly one half.
LEVELS = np.arange(0.5, 0.981, 0.02)
_LEVEL_PRIOR = np.where(LEVELS == 0.5, 0.6, 0.4 / (len(LEVELS) - 1))
# Share of one copy's molecules that a somatic allele may hold.
CELLS = np.linspace(0.05, 0.95, 19)
# How many germline alleles are on both copies, and how many of a share that nothing here explains.
_BOTH, _MOVED = 0.35, 0.01
_HOMOZYGOUS = 0.985
# Two molecules must link two SNPs, and at most one in ten may disagree; markers say at most this of a molecule (Phred).
_FEWEST_LINKS, _MOST_AGAINST, _MOST_SAID = 2, 0.1, 15.0
_CLEAR, _FEWEST_READS, _FEWEST_CLEAR = 3.0, 3, 8
_NEGLIGIBLE = 1e-3
_LN = float(np.log(10.0))


@dataclass(frozen=True)
class Marker:
    """An inherited SNP: `molecule` and `margin` (Phred for the allele) of its reads, clear reads with and without."""

    molecule: NDArray[np.int32]
    margin: NDArray[np.float64]
    alternate: int
    other: int


@dataclass(frozen=True)
class Copies:
    """`level`: chance of each of LEVELS here. Per molecule its phase `block` (-1: none), and by how many Phred the
    markers put it on the first copy of that block (`side`)."""

    level: NDArray[np.float64]
    block: NDArray[np.int64]
    side: NDArray[np.float64]

    @classmethod
    def of(cls, markers: Sequence[Marker], molecules: int) -> "Copies":
        """See the copies in markers, sorted by position, that show `molecules` molecules."""
        used = [m for m in markers if m.alternate + m.other >= _FEWEST_CLEAR]
        block, side = np.full(molecules, -1, np.int64), np.zeros(molecules)
        current = -1
        for marker in used:
            if min(marker.alternate, marker.other) >= _FEWEST_READS:
                current = _join(marker.molecule, marker.margin, current, block, side)
        counts = np.array([(m.alternate, m.other) for m in used], np.float64).reshape(-1, 2)
        return cls(_level(counts), block, np.clip(side, -_MOST_SAID, _MOST_SAID))

    def sides(self, molecule: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return, for reads of these molecules, the Phred for the first copy of the block that most belong to."""
        blocks = self.block[molecule]
        known = blocks[blocks >= 0]
        if not len(known):
            return np.zeros(len(molecule))
        return np.where(blocks == np.bincount(known).argmax(), self.side[molecule], 0.0)

    def explain(
        self, margin: NDArray[np.float64], weight: NDArray[np.float64], side: NDArray[np.float64]
    ) -> tuple[float, float]:
        """Return log10 likelihoods of a germline allele and of one that some cells have on one copy, against none.

        `side` are the reads' `sides`; zeros where markers must not speak, as for a marker itself.
        """
        kept = self.level > _NEGLIGIBLE
        smaller = kept & (LEVELS > 0.5)
        shares = np.concatenate([LEVELS[kept], 1 - LEVELS[smaller]])
        chance = np.concatenate([self.level[kept] * np.where(smaller[kept], 1, 2), self.level[smaller]])
        het, cells, both, moved = _mixtures(margin, weight, side, shares, chance / chance.sum())
        logs = np.array([het, both, moved]) + np.log10([(1 - _BOTH) * (1 - _MOVED), _BOTH * (1 - _MOVED), _MOVED])
        return float(_log_sum(logs)), float(cells)


def _level(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance of each of LEVELS from reads (with, without) of markers, some of them homozygous."""
    alternate, other = counts[:, :1], counts[:, 1:]
    large, small = np.log10(LEVELS), np.log10(1 - LEVELS)
    homozygous = alternate * np.log10(0.99) + other * np.log10(0.01)
    ways = np.stack(
        np.broadcast_arrays(
            np.log10((1 - _BOTH) / 2) + alternate * large + other * small,
            np.log10((1 - _BOTH) / 2) + alternate * small + other * large,
            np.log10(_BOTH) + homozygous,
        )
    )
    logs = np.log10(_LEVEL_PRIOR) + np.logaddexp.reduce(ways * _LN).sum(axis=0) / _LN
    chance = 10.0 ** (logs - logs.max())
    return np.asarray(chance / chance.sum())


@njit(cache=True)
def _join(molecule: Array, margin: Array, current: int, block: Array, side: Array) -> int:
    """Add a marker's reads to the block before it, or to a new one where too few molecules link them; return which."""
    agree, against = 0, 0
    for r in range(len(molecule)):
        if abs(margin[r]) > _CLEAR and current >= 0 and block[molecule[r]] == current:
            same = (margin[r] > 0) == (side[molecule[r]] > 0)
            agree, against = agree + same, against + (not same)
    linked = agree + against >= _FEWEST_LINKS and min(agree, against) <= _MOST_AGAINST * (agree + against)
    turn = -1.0 if linked and against > agree else 1.0
    current = current if linked else block.max() + 1
    for r in range(len(molecule)):
        if abs(margin[r]) > _CLEAR:
            if block[molecule[r]] != current:
                block[molecule[r]], side[molecule[r]] = current, 0.0
            side[molecule[r]] += turn * min(max(margin[r], -_MOST_SAID), _MOST_SAID)
    return current


@njit(cache=True)
def _mixtures(
    margin: Array, weight: Array, side: Array, shares: Array, chance: Array
) -> tuple[float, float, float, float]:
    """Return log10 likelihoods of an allele on all of one copy, on a part of it, on both copies, and at any share.

    Which copy it is, and the share of the DNA that this copy holds (`shares` with their `chance`), are averaged out.
    """
    turns = 2 if np.any(side != 0) else 1
    gain = 10.0 ** (margin / 10.0) - 1.0
    het, cells = np.empty(turns * len(shares)), np.empty(turns * len(shares) * len(CELLS))
    number, everywhere = 0, np.ones(len(gain))
    for turn in range(turns):
        odds = 10.0 ** ((side if turn == 0 else -side) / 10.0)
        for g in range(len(shares)):
            prior = np.log10(chance[g] / turns)
            on_copy = odds * shares[g] / (odds * shares[g] + 1.0 - shares[g])
            het[number] = prior + _mixture(gain, weight, on_copy, 1.0)
            for c in range(len(CELLS)):
                part = _mixture(gain, weight, on_copy, CELLS[c])
                cells[number * len(CELLS) + c] = prior - np.log10(len(CELLS)) + part
            number += 1
    moved = np.empty(len(CELLS))
    for c in range(len(CELLS)):
        moved[c] = _mixture(gain, weight, everywhere, CELLS[c]) - np.log10(len(CELLS))
    return _log_sum(het), _log_sum(cells), _mixture(gain, weight, everywhere, _HOMOZYGOUS), _log_sum(moved)


@njit(cache=True)
def _mixture(gain: Array, weight: Array, on_copy: Array, share: float) -> float:
    """Return log10 of the reads' likelihood where this share of the molecules that are on a copy has the allele."""
    total, product = 0.0, 1.0
    for r in range(len(gain)):
        chance = max(1.0 + share * on_copy[r] * gain[r], 1e-12)
        product *= chance if weight[r] == 1.0 else chance ** weight[r]
        # Logarithms cost most: one for many reads.
        if product > 1e200 or product < 1e-200:
            total, product = total + np.log10(product), 1.0
    return total + np.log10(product)


@njit(cache=True)
def _log_sum(logs: Array) -> float:
    top = logs.max()
    return float(top + np.log10(np.sum(10.0 ** (logs - top))))
