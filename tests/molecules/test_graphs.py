"""Graphs by RDKit's C++ calls agree with a slow reading of atoms and bonds."""

import numpy as np
import pytest
from rdkit import Chem

from loci2lead.molecules.graphs import BOND_KINDS, atom_vocabulary, atom_words, graphs_of

KINDS = {Chem.BondType.SINGLE: 0, Chem.BondType.AROMATIC: 1, Chem.BondType.DOUBLE: 2, Chem.BondType.TRIPLE: 3}


def test_bonds_are_those_of_the_molecules(mols: list[Chem.Mol]) -> None:
    graphs = graphs_of(mols)
    expected, start = set(), 0
    for mol in mols:
        for bond in mol.GetBonds():
            a, b = bond.GetBeginAtomIdx() + start, bond.GetEndAtomIdx() + start
            kind = KINDS.get(bond.GetBondType(), BOND_KINDS - 1)
            expected |= {(a, b, kind), (b, a, kind)}
        start += mol.GetNumAtoms()
    found = list(zip(graphs.sources.tolist(), graphs.targets.tolist(), graphs.kinds.tolist(), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert graphs.sizes.tolist() == [mol.GetNumAtoms() for mol in mols]


def test_taking_molecules_is_the_graph_of_those_molecules(mols: list[Chem.Mol]) -> None:
    wanted = [7, 2, 2, 30]
    taken, direct = graphs_of(mols).take(wanted), graphs_of([mols[i] for i in wanted])
    for name in ("atoms", "sources", "targets", "kinds", "sizes", "bonds"):
        np.testing.assert_array_equal(getattr(taken, name), getattr(direct, name))


@pytest.mark.parametrize(("first", "second"), [("CCO", "CCN"), ("C1CC1", "CCC"), ("CC", "C[CH2]"), ("CN", "C[NH3+]")])
def test_different_atoms_have_different_codes(first: str, second: str) -> None:
    a, b = (graphs_of([Chem.MolFromSmiles(text)]).atoms for text in (first, second))
    assert sorted(a.tolist()) != sorted(b.tolist())


def test_words_are_places_in_the_vocabulary_and_zero_is_unknown(mols: list[Chem.Mol]) -> None:
    graphs = graphs_of(mols)
    vocabulary = atom_vocabulary(graphs, at_least=5)
    words = atom_words(graphs, vocabulary)
    for code, word in zip(graphs.atoms.tolist(), words.tolist(), strict=True):
        assert (word == 0 and code not in vocabulary) or vocabulary[word - 1] == code
    assert atom_words(graphs_of([Chem.MolFromSmiles("[U]")]), vocabulary).tolist() == [0]


def test_no_molecules_are_an_empty_graph() -> None:
    graphs = graphs_of([])
    assert (len(graphs), len(graphs.atoms), len(graphs.sources)) == (0, 0, 0)
