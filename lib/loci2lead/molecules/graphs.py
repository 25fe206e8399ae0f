"""Molecules as graphs of integers, by RDKit's C++ calls instead of loops over atoms.

An atom is RDKit's connectivity invariant (element, degree, hydrogens, charge, ring membership: the seed of a
Morgan fingerprint), looked up in a vocabulary learnt from training; a bond is its order. Isotopes and
stereochemistry are not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

BOND_KINDS = 5  # single, aromatic, double, triple, other
_KIND_OF_ORDER = np.full(16, 4, dtype=np.int64)
_KIND_OF_ORDER[[2, 3, 4, 6]] = [0, 1, 2, 3]  # twice the bond order


@dataclass(frozen=True)
class Graphs:
    """Many molecules as one graph: atom codes, directed bonds (sorted by source), and where a molecule ends.

    `atoms` uint32 (a,) and `sources`, `targets`, `kinds` int64 (e,) molecule by molecule; `sizes` and `bonds`
    int64 (n,) are each molecule's number of atoms and of directed bonds.
    """

    atoms: NDArray[np.uint32]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    kinds: NDArray[np.int64]
    sizes: NDArray[np.int64]
    bonds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sizes)

    def take(self, wanted: Sequence[int] | NDArray[np.int64]) -> "Graphs":
        """Return the molecules numbered `wanted`, in that order."""
        wanted = np.asarray(wanted, dtype=np.int64)
        first_atom = np.concatenate([[0], np.cumsum(self.sizes)])
        first_bond = np.concatenate([[0], np.cumsum(self.bonds)])
        sizes, bonds = self.sizes[wanted], self.bonds[wanted]
        atom_at = _ranges(first_atom[wanted], sizes)
        bond_at = _ranges(first_bond[wanted], bonds)
        shift = np.repeat(np.concatenate([[0], np.cumsum(sizes)])[:-1] - first_atom[wanted], bonds)
        return Graphs(
            self.atoms[atom_at],
            self.sources[bond_at] + shift,
            self.targets[bond_at] + shift,
            self.kinds[bond_at],
            sizes,
            bonds,
        )


def graphs_of(mols: Sequence[Chem.Mol]) -> Graphs:
    """Return the graphs of molecules that have at least one atom."""
    atoms, sources, targets, kinds, sizes, bonds = [], [], [], [], [], []
    start = 0
    for mol in mols:
        order = Chem.GetAdjacencyMatrix(mol, useBO=True)
        mol.ClearProp("AdjacencyMatrixBO")  # RDKit keeps it in the molecule, which may be one of very many
        source, target = np.nonzero(order)
        atoms.append(rdMolDescriptors.GetConnectivityInvariants(mol))
        sources.append(source + start)
        targets.append(target + start)
        kinds.append(_KIND_OF_ORDER[np.minimum((2 * order[source, target]).astype(np.int64), 15)])
        sizes.append(len(order))
        bonds.append(len(source))
        start += len(order)
    return Graphs(
        np.array([code for codes in atoms for code in codes], dtype=np.uint32),
        _joined(sources),
        _joined(targets),
        _joined(kinds),
        np.array(sizes, dtype=np.int64),
        np.array(bonds, dtype=np.int64),
    )


def atom_vocabulary(graphs: Graphs, at_least: int = 20) -> NDArray[np.int64]:
    """Return the sorted atom codes that occur at least so often; every other atom will be "unknown"."""
    codes, often = np.unique(graphs.atoms, return_counts=True)
    return codes[often >= at_least].astype(np.int64)


def atom_words(graphs: Graphs, vocabulary: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each atom's place in the vocabulary plus one; 0 is "unknown"."""
    codes = graphs.atoms.astype(np.int64)
    place = np.minimum(np.searchsorted(vocabulary, codes), len(vocabulary) - 1)
    return np.where(vocabulary[place] == codes, place + 1, 0)


def _ranges(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths - starts, lengths)


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)
