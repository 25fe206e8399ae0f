"""What a sequencer adds to a simulated read: base qualities in bins, errors drawn from them, slipped repeats."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.haplotypes import INSERTED, Bases, HaplotypeSequence, Positions
from loci2lead.variants.repeats import SLIP_GROWTH, find_repeats, slip_probability

ALPHABET = np.frombuffer(b"ACGT", dtype=np.uint8)
# Illumina's binned qualities; the finer table is what HiSeq 2500 wrote.
NOVASEQ_BINS = (2, 12, 23, 37)
HISEQ_BINS = (2, 8, 15, 22, 27, 32, 37, 40)
# Multiplier of a position's hash (Knuth): which positions read badly must not depend on the order of reads.
_HASH = 2654435761


@dataclass(frozen=True)
class SequencerProfile:
    """How qualities run along a read.

    `best` is the mean Phred quality at the start, `fall` its drop over the read, `spread` the standard
    deviation between bases, `bad_reads` the share of reads that are 12 Phred worse from some cycle on,
    `error_scale` the ratio of true errors to those the qualities claim, `weak_sites` the share of positions
    where reads of one strand are 4 to 16 Phred worse. `tail` is the mean of a further drop of single bases
    (exponential, larger towards the end): with `best` at the highest bin, most bases are as good as can be.
    `warm_up` is how much worse the very first cycles are.
    """

    bins: tuple[int, ...] = NOVASEQ_BINS
    best: float = 37.5
    fall: float = 3.0
    spread: float = 4.0
    bad_reads: float = 0.06
    error_scale: float = 1.0
    weak_sites: float = 0.0
    tail: float = 0.0
    warm_up: float = 0.0

    def qualities(self, reads: int, length: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return reads × length Phred qualities, snapped to the bins."""
        cycle = np.linspace(0.0, 1.0, length)
        mean = self.best - self.fall * cycle**2 - self.warm_up * np.exp(np.arange(length) / -3.0)
        raw = mean + rng.normal(0.0, self.spread, (reads, length)) + rng.normal(0.0, 1.0, (reads, 1))
        raw -= 18.0 * (rng.random((reads, length)) < 0.015 + 0.03 * cycle**3)
        if self.tail:
            raw -= rng.exponential(self.tail, (reads, length)) * (0.5 + cycle)
        bad = rng.random(reads) < self.bad_reads
        onset = rng.random(reads)
        raw -= 12.0 * (bad[:, None] & (cycle[None, :] > onset[:, None]))
        bins = np.array(self.bins)
        edges = (bins[1:] + bins[:-1]) / 2
        return bins[np.digitize(np.clip(raw, 2, 41), edges)].astype(np.uint8)

    def weaken(
        self, qualities: NDArray[np.uint8], positions: Positions, reverse: NDArray[np.bool_]
    ) -> NDArray[np.uint8]:
        """Return qualities (reads × length) lowered at the weak sites among the reference `positions`."""
        if not self.weak_sites:
            return qualities
        key = ((positions * 2 + reverse[:, None]) * _HASH >> 8) % 10_000
        drop = np.where(key < 10_000 * self.weak_sites, 4 + key % 13, 0)
        bins = np.array(self.bins)
        edges = (bins[1:] + bins[:-1]) / 2
        return bins[np.digitize(np.maximum(qualities.astype(np.int64) - drop, 2), edges)].astype(np.uint8)

    def add_errors(self, bases: Bases, qualities: NDArray[np.uint8], rng: np.random.Generator) -> None:
        """Substitute bases in place with the chance that their quality claims, times `error_scale`."""
        chance = self.error_scale * 10.0 ** (qualities / -10.0)
        where = np.flatnonzero((rng.random(bases.shape) < chance).ravel())
        flat = bases.reshape(-1)
        code = np.searchsorted(ALPHABET, flat[where])
        known = flat[where] != ord("N")
        shifted = (code + rng.integers(1, 4, len(where))) % 4
        flat[where[known]] = ALPHABET[shifted[known]]


class SlippingLibrary:
    """Polymerase slip: fragments of one library that show a repeat with another number of units."""

    def __init__(
        self, haplotype: HaplotypeSequence, rate: float, growth: float = SLIP_GROWTH, shorter: float = 0.65
    ) -> None:
        """Measure where `haplotype` can slip; `rate`, `growth` and `shorter` are those of Library."""
        self.shorter = shorter
        self.repeats = find_repeats(haplotype.bases)
        self.chance = slip_probability(self.repeats.units(), self.repeats.unit, rate, growth)
        self.cumulative = np.concatenate([[0.0], np.cumsum(self.chance)])

    def draw(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64], rng: np.random.Generator
    ) -> dict[int, list[tuple[int, int]]]:
        """Return, for the fragments that slip, their (tract, change in units) sorted by tract."""
        first = np.searchsorted(self.repeats.start, starts)
        last = np.searchsorted(self.repeats.start, ends)
        expected = self.cumulative[last] - self.cumulative[first]
        counts = rng.poisson(expected)
        slips: dict[int, list[tuple[int, int]]] = {}
        for fragment in np.flatnonzero(counts).tolist():
            points = self.cumulative[first[fragment]] + rng.random(counts[fragment]) * expected[fragment]
            tracts = np.unique(np.searchsorted(self.cumulative, points, side="right") - 1)
            slips[fragment] = [(int(t), self._change(int(t), rng)) for t in tracts]
        return slips

    def _change(self, tract: int, rng: np.random.Generator) -> int:
        """Return −1, +1, or rarely two units."""
        shorter = rng.random() < self.shorter
        two = rng.random() < 0.08 and self.repeats.units()[tract] > 4
        return (-1 if shorter else 1) * (2 if two else 1)

    def apply(
        self, haplotype: HaplotypeSequence, start: int, end: int, slips: list[tuple[int, int]]
    ) -> tuple[Bases, Positions]:
        """Return bases and reference positions of haplotype[start:end] with its slips, placed leftmost."""
        bases, positions, done = [], [], start
        for tract, change in slips:
            where, unit = int(self.repeats.start[tract]), int(self.repeats.unit[tract])
            if where < done or int(self.repeats.end[tract]) > end:
                continue
            bases.append(haplotype.bases[done:where])
            positions.append(haplotype.positions[done:where])
            done = where
            if change < 0:
                done += -change * unit
            else:
                extra = haplotype.bases[where : where + unit]
                bases += [extra] * change
                positions.append(_room(haplotype.positions, where, change * unit))
        bases.append(haplotype.bases[done:end])
        positions.append(haplotype.positions[done:end])
        return np.concatenate(bases), np.concatenate(positions)


def _room(positions: Positions, where: int, length: int) -> Positions:
    """Return positions for inserted bases: a deletion just before them is filled, else they are inserted."""
    if where and positions[where] != INSERTED and positions[where - 1] != INSERTED:
        gap = int(positions[where] - positions[where - 1]) - 1
        if gap >= length:
            return np.arange(positions[where] - length, positions[where])
    return np.full(length, INSERTED, dtype=np.int64)
