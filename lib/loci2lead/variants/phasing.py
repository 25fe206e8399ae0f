"""Read-backed phase: heterozygous calls of a chunk that molecules link are written phased, with one PS per set.

Each molecule (both mates) votes at every heterozygous call that it clearly shows one allele of. A call joins
the set before it where enough molecules show both and nearly all agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.genotypes import CLEAR, Record
from loci2lead.variants.loci import Locus

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
    carrying = [locus.haplotypes[:, i] for i in record.kept]
    masks = [~np.logical_or.reduce(carrying), *carrying]
    costs = [locus.costs[:, masks[g]].min(axis=1) if masks[g].any() else None for g in record.genotype]
    if costs[0] is None or costs[1] is None:
        return {}
    margin = costs[0] - costs[1]
    sides: dict[int, int] = {}
    torn = set()
    for read in np.flatnonzero(np.abs(margin) >= CLEAR).tolist():
        molecule, side = int(pair[locus.read[read]]), int(margin[read] > 0)
        if sides.setdefault(molecule, side) != side:
            torn.add(molecule)
    return {m: s for m, s in sides.items() if m not in torn}


def _joins(members: Sequence[tuple[_Het, int]], het: _Het) -> int | None:
    """Return whether a call lies as its genotype is written (0) or turned (1) in the set, None where unlinked."""
    votes = [0, 0]
    for member, turn in members:
        for molecule in member.sides.keys() & het.sides.keys():
            votes[member.sides[molecule] ^ turn ^ het.sides[molecule]] += 1
    if sum(votes) < _FEWEST_LINKS or min(votes) > _MOST_AGAINST * sum(votes):
        return None
    return int(votes[1] > votes[0])
