"""Homopolymers and short tandem repeats: where they are, and how readily a polymerase slips on them."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.variants.haplotypes import Bases

LONGEST_UNIT = 4
SHORTEST_RUN = 4
FEWEST_UNITS = 3
# Slip grows about 1.5-fold with each further base of a run (Fang 2014; Sun 2023 saw 1.3 to 1.8).
SLIP_GROWTH = 1.5
SLIP_ANCHOR = 9
HIGHEST_SLIP = 0.45
_N = ord("N")


@dataclass(frozen=True)
class Repeats:
    """Tracts of a sequence: `start`, `end` (half open), and the length of the repeated `unit`, sorted by start."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    unit: NDArray[np.int64]

    def units(self) -> NDArray[np.int64]:
        """Return how many whole units each tract holds."""
        return (self.end - self.start) // self.unit


def find_repeats(bases: Bases) -> Repeats:
    """Return homopolymers of 4 or more and repeats of 2- to 4-base units, three or more times (never of N)."""
    table = _tracts(bases)
    return Repeats(*table[np.lexsort((table[:, 2], table[:, 0]))].T.copy())


@njit(cache=True)
def _tracts(bases: Bases) -> NDArray[np.int64]:
    """Return tracts × (start, end, unit), unit by unit."""
    n, number = len(bases), 0
    # A tract of a unit ends where the next one begins, or overlaps it by less than a unit; none is below four bases.
    found = np.zeros((LONGEST_UNIT * (n + 1), 3), np.int64)
    for unit in range(1, LONGEST_UNIT + 1):
        shortest = SHORTEST_RUN if unit == 1 else FEWEST_UNITS * unit
        i = unit
        while i < n:
            j = i
            while j < n and bases[j] == bases[j - unit] and bases[j] != _N:
                j += 1
            if j - i + unit >= shortest and _is_primitive(bases[i - unit : i]):
                found[number, 0], found[number, 1], found[number, 2] = i - unit, j, unit
                number += 1
            i = j + 1
    return found[:number].copy()


@njit(cache=True)
def _is_primitive(unit: Bases) -> bool:
    """Return whether a unit of up to four bases is not itself a repeat of a shorter one (AA, ATAT)."""
    for shorter in (1, 2):
        if len(unit) > shorter and len(unit) % shorter == 0:
            alike = True
            for k in range(len(unit) - shorter):
                alike = alike and unit[k] == unit[k + shorter]
            if alike:
                return False
    return True


def slip_probability(
    units: NDArray[np.int64], unit: NDArray[np.int64], rate: float, growth: float = SLIP_GROWTH
) -> NDArray[np.float64]:
    """Return the chance that a fragment shows a tract with another number of units.

    `rate` is the library's chance at a run of 9 bases, `growth` its factor per further base; a longer unit slips
    less per unit repeated.
    """
    effective = np.where(unit == 1, units, units * 0.9 + 0.5)
    return np.minimum(HIGHEST_SLIP, rate * growth ** (effective - SLIP_ANCHOR))
