"""Homopolymers and short tandem repeats: where they are, and how readily a polymerase slips on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.haplotypes import Bases

LONGEST_UNIT = 4
SHORTEST_RUN = 4
FEWEST_UNITS = 3
# Slip grows about 1.5-fold with each further base of a run (Fang 2014; Sun 2023 saw 1.3 to 1.8).
SLIP_GROWTH = 1.5
SLIP_ANCHOR = 9
HIGHEST_SLIP = 0.45


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
    found = []
    for unit in range(1, LONGEST_UNIT + 1):
        same = np.zeros(len(bases) + 2, dtype=np.int8)
        if len(bases) > unit:
            same[1 + unit : -1] = (bases[unit:] == bases[:-unit]) & (bases[unit:] != ord("N"))
        edges = np.diff(same)
        start = np.flatnonzero(edges == 1) - unit
        end = np.flatnonzero(edges == -1)
        keep = end - start >= (SHORTEST_RUN if unit == 1 else FEWEST_UNITS * unit)
        keep &= _primitive(bases, start, unit)
        found.append(np.stack([start[keep], end[keep], np.full(int(keep.sum()), unit)]))
    tracts = np.concatenate(found, axis=1)
    tracts = tracts[:, np.lexsort((tracts[2], tracts[0]))]
    return Repeats(*tracts)


def _primitive(bases: Bases, start: NDArray[np.int64], unit: int) -> NDArray[np.bool_]:
    """Return which units are not themselves repeats of a shorter unit (AA, ATAT)."""
    primitive = np.ones(len(start), dtype=bool)
    for shorter in (1, 2):
        if unit > shorter and unit % shorter == 0 and len(start):
            index = start[:, None] + np.arange(unit - shorter)
            primitive &= (bases[index] != bases[index + shorter]).any(axis=1)
    return primitive


def slip_probability(
    units: NDArray[np.int64], unit: NDArray[np.int64], rate: float, growth: float = SLIP_GROWTH
) -> NDArray[np.float64]:
    """Return the chance that a fragment shows a tract with another number of units.

    `rate` is the library's chance at a run of 9 bases, `growth` its factor per further base; a longer unit slips
    less per unit repeated.
    """
    effective = np.where(unit == 1, units, units * 0.9 + 0.5)
    return np.minimum(HIGHEST_SLIP, rate * growth ** (effective - SLIP_ANCHOR))
