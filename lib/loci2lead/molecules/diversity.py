"""Likeness among leads: Murcko scaffolds, Butina or leader clusters, and picks far from each other.

Every function takes molecules in rank order, best first, and settles ties in favour of the better rank, so
that the result depends on the molecules alone.
"""

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold

RADIUS, BITS = 2, 2048


def fingerprints(smiles: Sequence[str]) -> list[DataStructs.ExplicitBitVect]:
    """Return Morgan fingerprints (radius 2, 2048 bits) of structures that parse."""
    make = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    return [make.GetFingerprint(Chem.MolFromSmiles(s)) for s in smiles]


def murcko_scaffold(smiles: str) -> str:
    """Return the Bemis-Murcko scaffold as SMILES without stereo marks; empty for a molecule without rings.

    Bemis & Murcko, J. Med. Chem. 39:2887 (1996).
    """
    return MurckoScaffold.MurckoScaffoldSmiles(smiles=smiles, includeChirality=False)


def cluster(prints: Sequence[DataStructs.ExplicitBitVect], distance: float, butina_limit: int) -> np.ndarray:
    """Return a cluster number for each molecule, 1 for the cluster of the best-ranked one, and so on.

    Up to `butina_limit` molecules Butina's exclusion spheres; beyond it leader clustering, whose memory does
    not grow with the square. `distance` is the largest 1 - Tanimoto to the sphere's centre.
    """
    if not prints:
        return np.zeros(0, dtype=np.int64)
    groups = butina(prints, distance) if len(prints) <= butina_limit else leaders(prints, distance)
    order: dict[int, int] = {}
    return np.array([order.setdefault(int(group), len(order) + 1) for group in groups])


def butina(prints: Sequence[DataStructs.ExplicitBitVect], distance: float) -> np.ndarray:
    """Return the centre's index for each molecule: largest sphere first, among equals the better rank.

    Butina, J. Chem. Inf. Comput. Sci. 39:747 (1999).
    """
    near = [np.flatnonzero(similarities(p, prints) >= 1 - distance) for p in prints]
    centre = np.full(len(prints), -1)
    for index in sorted(range(len(prints)), key=lambda i: (-len(near[i]), i)):
        if centre[index] == -1:
            free = near[index][centre[near[index]] == -1]
            centre[free] = index
    return centre


def leaders(prints: Sequence[DataStructs.ExplicitBitVect], distance: float) -> np.ndarray:
    """Return the leader's index for each molecule: the nearest earlier leader in reach, or itself."""
    chosen: list[int] = []
    chosen_prints: list[DataStructs.ExplicitBitVect] = []
    centre = np.zeros(len(prints), dtype=np.int64)
    for index, own in enumerate(prints):
        likeness = similarities(own, chosen_prints)
        best = int(np.argmax(likeness)) if chosen else -1
        if best >= 0 and likeness[best] >= 1 - distance:
            centre[index] = chosen[best]
        else:
            chosen.append(index)
            chosen_prints.append(own)
            centre[index] = index
    return centre


def maxmin_picks(prints: Sequence[DataStructs.ExplicitBitVect], picks: int) -> list[int]:
    """Return indices of up to `picks` molecules: the best first, then always the one farthest from all picked.

    Ashton et al., Quant. Struct.-Act. Relat. 21:598 (2002).
    """
    if not prints:
        return []
    chosen = [0]
    nearest = similarities(prints[0], prints)
    nearest[0] = np.inf
    while len(chosen) < min(picks, len(prints)):
        index = int(np.argmin(nearest))
        chosen.append(index)
        nearest = np.maximum(nearest, similarities(prints[index], prints))
        nearest[index] = np.inf
    return chosen


def best_of_each(groups: Sequence[object], picks: int) -> list[int]:
    """Return indices of the first molecule of each group, in order, up to `picks`."""
    first: dict[object, int] = {}
    for index, group in enumerate(groups):
        first.setdefault(group, index)
    return list(first.values())[:picks]


def similarities(one: DataStructs.ExplicitBitVect, many: Sequence[DataStructs.ExplicitBitVect]) -> np.ndarray:
    """Return the Tanimoto similarity of one fingerprint to each of many."""
    return np.array(DataStructs.BulkTanimotoSimilarity(one, many), dtype=float)
