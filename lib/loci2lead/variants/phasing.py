"""Read-backed phase: the heterozygous calls of a chunk that molecules link make sets.

Each molecule (both mates) votes at every heterozygous call that it clearly shows one allele of. A call joins
the set before it where enough molecules show both and nearly all agree. Sets of neighbouring chunks are joined in
phase_sets.py, by the molecules that reach over the border.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.genotypes import CLEAR, Record
from loci2lead.variants.loci import Locus
from loci2lead.variants.scan import Array

# Two molecules must link two calls, and at most one in ten may disagree.
_FEWEST_LINKS, _MOST_AGAINST = 2, 0.1
# How many calls before it a call is compared with: fragments reach no further.
_REACH = 12
Key = tuple[int, int, str, tuple[str, ...]]
"""A record's `sort_key`; no two of a chunk share one."""


@dataclass(frozen=True)
class Borders:
    """Which molecule each read of a chunk belongs to, and the molecules of the reads over its two borders.

    The neighbour has read the same reads over the border in the same order: a molecule's place there names it in both.
    """

    pair: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]

    @classmethod
    def of(cls, block: ReadBlock, start: int, end: int, halo: int) -> "Borders":
        """Return those of the chunk [start, end), whose reads were taken from up to `halo` bases around it."""
        over = [block.pair[(block.start < edge + halo) & (block.end > edge - halo)] for edge in (start, end)]
        return cls(block.pair, over[0], over[1])


@dataclass(frozen=True)
class PhaseSets:
    """The sets of a chunk in order, single calls too: per call its record's `sort_key` and whether it is turned.

    `head` and `tail` tell which side of the first and last set the molecules over the left and right border show.
    """

    sets: list[list[tuple[Key, int]]]
    head: dict[int, int]
    tail: dict[int, int]


@dataclass(frozen=True)
class _Het:
    """A heterozygous call: its record's key, and which of its two alleles each molecule shows."""

    key: Key
    sides: dict[int, int]


def find_sets(records: Sequence[Record], loci: Sequence[Locus], borders: Borders) -> PhaseSets:
    """Return the sets of one chunk's heterozygous calls; `loci` holds the locus of each record."""
    order = sorted(range(len(records)), key=lambda i: records[i].sort_key)
    sets: list[list[tuple[_Het, int]]] = []
    for i in order:
        if not _is_het(records[i]):
            continue
        het = _Het(records[i].sort_key, _sides(records[i], loci[i], borders.pair))
        turn = _joins(sets[-1][-_REACH:], het) if sets else None
        if turn is None:
            sets.append([(het, 0)])
        else:
            sets[-1].append((het, turn))
    head = _over(sets[0][:_REACH], borders.left) if sets else {}
    tail = _over(sets[-1][-_REACH:], borders.right) if sets else {}
    return PhaseSets([[(het.key, turn) for het, turn in members] for members in sets], head, tail)


def _over(members: Sequence[tuple[_Het, int]], border: NDArray[np.int32]) -> dict[int, int]:
    """Return the side of a set that each molecule over a border shows at most of its calls."""
    balance: dict[int, int] = {}
    for het, turn in members:
        for molecule, side in het.sides.items():
            balance[molecule] = balance.get(molecule, 0) + (1 if side ^ turn else -1)
    names: dict[int, int] = {}
    for place, molecule in enumerate(border.tolist()):
        names.setdefault(molecule, place)
    return {name: int(balance[m] > 0) for m, name in names.items() if balance.get(m)}


def _is_het(record: Record) -> bool:
    return record.filter == "PASS" and len(set(record.genotype)) == 2


def _sides(record: Record, locus: Locus, pair: NDArray[np.int32]) -> dict[int, int]:
    """Return which of the genotype's alleles each molecule shows; molecules whose mates disagree are left out."""
    first, second = record.genotype
    molecules, sides = _shown(locus.costs, locus.haplotypes, np.array(record.kept), first, second, pair[locus.read])
    found: dict[int, int] = {}
    torn = set()
    for molecule, side in zip(molecules.tolist(), sides.tolist(), strict=True):
        if found.setdefault(molecule, side) != side:
            torn.add(molecule)
    return {m: s for m, s in found.items() if m not in torn} if torn else found


@njit(cache=True)
def _shown(costs: Array, haplotypes: Array, kept: Array, first: int, second: int, pair: Array) -> tuple[Array, Array]:
    """Return the molecule of every read that clearly shows one of two alleles, and which one.

    `first` and `second` are allele numbers (0: the reference side), `kept` the place of each alternate allele.
    """
    molecules, sides = np.zeros(len(costs), np.int64), np.zeros(len(costs), np.int64)
    number = 0
    for r in range(len(costs)):
        one, other = np.inf, np.inf
        for h in range(len(haplotypes)):
            if _carries(haplotypes[h], kept, first):
                one = min(one, costs[r, h])
            if _carries(haplotypes[h], kept, second):
                other = min(other, costs[r, h])
        if np.isfinite(one) and np.isfinite(other) and abs(one - other) >= CLEAR:
            molecules[number], sides[number] = pair[r], one > other
            number += 1
    return molecules[:number], sides[:number]


@njit(cache=True)
def _carries(haplotype: Array, kept: Array, allele: int) -> bool:
    if allele:
        return bool(haplotype[kept[allele - 1]])
    return not haplotype[kept].any()


def _joins(members: Sequence[tuple[_Het, int]], het: _Het) -> int | None:
    """Return whether a call lies as its genotype is written (0) or turned (1) in the set, None where unlinked."""
    votes = [0, 0]
    for member, turn in members:
        for molecule in member.sides.keys() & het.sides.keys():
            votes[member.sides[molecule] ^ turn ^ het.sides[molecule]] += 1
    return _decided(votes)


def link(before: PhaseSets, after: PhaseSets) -> int | None:
    """Return whether the first set of a chunk goes on with the last of the one before as it is (0) or turned (1)."""
    votes = [0, 0]
    for molecule in before.tail.keys() & after.head.keys():
        votes[before.tail[molecule] ^ after.head[molecule]] += 1
    return _decided(votes)


def _decided(votes: Sequence[int]) -> int | None:
    if sum(votes) < _FEWEST_LINKS or min(votes) > _MOST_AGAINST * sum(votes):
        return None
    return int(votes[1] > votes[0])
