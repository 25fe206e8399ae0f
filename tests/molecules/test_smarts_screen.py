"""The screen of SMARTS patterns may keep too many, never too few."""

import numpy as np
import pytest
from rdkit import Chem

from loci2lead.molecules.smarts_screen import KINDS, SmartsScreen, atom_kinds, bond_orders, features_of

PATTERNS = [
    "C", "[#6]", "c1ccccc1", "[N+]", "[$(C=O)]N", "[$(C=O),$(C#N)]", "C#N", "[!#6]", "[C;R]", "[O,S;H1]", "[Cl,Br,I]c",
    "a1aaaa1", "*~*~*", "[CX4][NX3]", "N.N", "[$([#7;!$(N-C=O)])]", "F", "[Fe]", "C=,:C", "C!@C", "[n;H]", "[C@H](N)C",
]  # fmt: skip


@pytest.fixture(scope="module")
def patterns() -> list[Chem.Mol]:
    return [Chem.MolFromSmarts(text) for text in PATTERNS]


def test_no_match_is_missed_and_most_others_are_ruled_out(patterns: list[Chem.Mol], mols: list[Chem.Mol]) -> None:
    screen = SmartsScreen(patterns)
    matches = kept = 0
    for mol in [*mols, Chem.MolFromSmiles("[NH4+].[Cl-]"), Chem.MolFromSmiles("[Fe+2]"), Chem.MolFromSmiles("[2H]C#N")]:
        possible = set(screen.possible(features_of(mol)).tolist())
        found = {i for i, pattern in enumerate(patterns) if mol.HasSubstructMatch(pattern)}
        assert found <= possible, Chem.MolToSmiles(mol)
        matches, kept = matches + len(found), kept + len(possible)
    assert kept < 1.4 * matches < 0.9 * len(mols) * len(patterns)


@pytest.mark.parametrize(
    ("query", "as_wide_as"),
    [("[C&H2]", "C"), ("[C,N]", "[N,C]"), ("[$(C=O)]", "C"), ("[!C]", "*"), ("[R]", "*"), ("[#6&+]", "[+&#6]"),
     ("[C;H1,$(C-N)]", "C"), ("[$(C=O),n]", "[C,n]")],
)  # fmt: skip
def test_what_an_atom_query_allows(query: str, as_wide_as: str) -> None:
    np.testing.assert_array_equal(atom_kinds(query), atom_kinds(as_wide_as))
    assert atom_kinds(query).any()


def test_narrow_queries_allow_little() -> None:
    assert atom_kinds("C").sum() == 2, "neutral and charged"
    assert atom_kinds("[#6]").sum() == 4
    assert atom_kinds("[C&+]").sum() == 1
    assert atom_kinds("*").sum() == KINDS
    assert bond_orders("=").sum() == 1
    assert bond_orders("").sum() == 2
    assert bond_orders("=&!@").sum() == 1
    assert bond_orders("~").all()


def test_more_atoms_or_rings_than_there_are() -> None:
    screen = SmartsScreen([Chem.MolFromSmarts(text) for text in ("F.F.F", "C1CC1", "C1CC1.C1CC1")])
    assert screen.possible(features_of(Chem.MolFromSmiles("FC(F)C1CC1"))).tolist() == [1]


@pytest.mark.parametrize(
    ("smarts", "smiles", "possible"),
    [
        ("*1**1", "C1CCCCC1", False),
        ("*1****1", "C1CC2CC1CC2", True),
        ("*1******1", "C1CC2CCC1CC2", True),  # around two rings of six: eight members, of the smallest set none
        ("[C;r9,r10]", "C1CCCCCCCC1", True),
        ("[C;r9,r10]", "C1CCCCC1", False),
        ("[$(*1**1),$(*1***1)]", "C1CCCC1", False),
        ("[$(OC=O),$(SC=O)]", "OCC", False),
    ],
)
def test_no_ring_of_a_match_is_smaller_than_all_of_the_molecule(smarts: str, smiles: str, possible: bool) -> None:
    pattern, mol = Chem.MolFromSmarts(smarts), Chem.MolFromSmiles(smiles)
    assert (len(SmartsScreen([pattern]).possible(features_of(mol))) == 1) == possible
    assert possible or not mol.HasSubstructMatch(pattern)
