"""Read-backed phase: heterozygous calls of a chunk that molecules link are written phased, with one PS per set.

Each molecule (both mates) votes at every heterozygous call that it clearly shows one allele of. A call joins
the set before it where enough molecules show both and nearly all agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.variants.genotypes import CLEAR, Record
from loci2lead.variants.loci import Locus
from loci2lead.variants.scan import Array

# Two molecules must link two calls, and at most one in ten may disagree.
_FEWEST_LINKS, _MOST_AGAINST = 2, 0.1
# How many calls before it a call is compared with: fragments reach no further.
_REACH = 12


@dataclass(frozen=True)
class _Het:
    """A heterozygous call: its place in the list of records, and which of its two alleles each molecule shows."""

    index: int
    sides: dict[int, int]


def phase(records: Sequence[Record], loci: Sequence[Locus], pair: NDArray[np.int32]) -> list[Record]:
    """Return the records of one chunk, those of a set with PS and an ordered genotype.

    `loci` holds the locus of each record, `pair` the molecule of each read of the chunk.
    """
    out = list(records)
    order = sorted(range(len(records)), key=lambda i: records[i].sort_key)
    hets = [_Het(i, _sides(records[i], loci[i], pair)) for i in order if _is_het(records[i])]
    groups: list[list[tuple[_Het, int]]] = []
    for het in hets:
        turn = _joins(groups[-1][-_REACH:], het) if groups else None
        if turn is None:
            groups.append([(het, 0)])
        else:
            groups[-1].append((het, turn))
    for group in groups:
        if len(group) > 1:
            name = records[group[0][0].index].position + 1
            for het, turn in group:
                genotype = records[het.index].genotype
                ordered = genotype[::-1] if turn else genotype
                out[het.index] = replace(records[het.index], genotype=ordered, phase_set=name)
    return out


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
    if sum(votes) < _FEWEST_LINKS or min(votes) > _MOST_AGAINST * sum(votes):
        return None
    return int(votes[1] > votes[0])
