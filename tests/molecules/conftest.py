"""A small trained model and drawn molecules for the tests of this room."""

import pytest
from rdkit import Chem

from loci2lead.molecules.inputs import Inputs, inputs_of

FRAGMENTS = ("C", "CC", "O", "N", "c1ccccc1", "C(=O)O", "C(=O)N", "Cl", "F", "c1ccncc1", "C#N", "S(=O)(=O)N", "C1CC1")


@pytest.fixture(scope="session")
def smiles() -> list[str]:
    """Return about 150 different small molecules, drawn by joining fragments."""
    joined = [a + b for a in FRAGMENTS for b in FRAGMENTS if Chem.MolFromSmiles(a + b) is not None]
    return list(dict.fromkeys(Chem.CanonSmiles(text) for text in joined))


@pytest.fixture(scope="session")
def mols(smiles: list[str]) -> list[Chem.Mol]:
    """Return the drawn molecules, parsed."""
    return [Chem.MolFromSmiles(text) for text in smiles]


@pytest.fixture(scope="session")
def inputs(mols: list[Chem.Mol]) -> Inputs:
    """Return what a model sees of the drawn molecules."""
    return inputs_of(mols)
