"""What becomes of a structure as given: status, codes, parent and identity."""

from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from loci2lead.io.libraries import LibraryRow, read_library
from loci2lead.molecules.standardise import FLAGS, REASONS, Compound, standardise, without_isotopes


def of(smiles: str, **options: bool) -> Compound:
    return standardise(LibraryRow(0, "x", smiles), **options)


@pytest.mark.parametrize(
    ("smiles", "code"),
    [
        ("", "empty"),
        ("  \t", "empty"),
        ("FAIL", "invalid_smiles"),
        ("nan", "invalid_smiles"),
        ("None", "invalid_smiles"),
        ("InChI=1S/CH4/h1H4", "invalid_smiles"),
        ("C1CC", "invalid_smiles"),
        ("[Xx]", "invalid_smiles"),
        ("CC\u041e", "invalid_smiles"),
        ("C\u200bCO", "invalid_smiles"),
        ("CN(C)(C)(C)C", "invalid_smiles"),
        ("CCO>>CC=O", "reaction"),
        ("*CC", "query_atom"),
        ("[*:1]c1ccccc1", "query_atom"),
        ("CC[R1]", "query_atom"),
        ("[#6]~[#7]", "query_atom"),
        ("C" * 600, "too_large"),
        ("C" * 5000, "too_large"),
    ],
)
def test_rejected_with_a_code_and_no_structure_in_the_reason(smiles: str, code: str) -> None:
    compound = of(smiles)
    assert (compound.status, compound.codes, compound.mol) == ("rejected", (code,), None)
    assert compound.reason == REASONS[code]
    assert len(smiles) < 3 or smiles not in compound.reason


@pytest.mark.parametrize(
    ("smiles", "canonical", "status", "codes"),
    [
        ("OCC", "CCO", "accepted", ()),
        ("CCN.Cl", "CCN", "accepted", ("parent_fragment",)),
        ("CC(=O)[O-].[Na+]", "CC(=O)O", "accepted", ("parent_fragment", "neutralised")),
        ("C[NH3+]", "CN", "accepted", ("neutralised",)),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O", "accepted", ("neutralised",)),
        ("C[N+](=O)[O-]", "C[N+](=O)[O-]", "accepted", ()),
        ("C[N+](C)(C)C", "C[N+](C)(C)C", "accepted", ()),
        ("c1cc[cH-]c1", "c1cc[cH-]c1", "accepted", ()),
        ("[13CH4]", "[13CH4]", "accepted", ("isotope_kept",)),
        ("CCO |$;;OH$|", "CCO", "accepted", ("extension_ignored",)),
        ("CCO ethanol", "CCO", "accepted", ("name_split",)),
        ("C", "C", "flagged", ("trivial",)),
        ("[Cl-].[Na+]", None, "flagged", ("trivial",)),
        ("Cl[Hg]Cl", None, "flagged", ("metal", "no_carbon")),
        ("Cl[Pt](Cl)(N)N", None, "flagged", ("metal", "no_carbon")),
        ("OB(O)c1ccccc1", "OB(O)c1ccccc1", "accepted", ()),
        ("C" * 71, "C" * 71, "flagged", ("out_of_domain_size",)),
        ("C" * 70, "C" * 70, "accepted", ()),
        ("NCC(=O)NCC(=O)NCC(=O)NCC(=O)NC(C)C(=O)O", None, "flagged", ("out_of_domain_size",)),
    ],
)
def test_kept_structures(smiles: str, canonical: str | None, status: str, codes: tuple[str, ...]) -> None:
    compound = of(smiles)
    assert compound.status == status
    assert set(codes) <= set(compound.codes)
    assert canonical is None or compound.canonical == canonical
    assert (compound.status == "flagged") == bool(set(compound.codes) & set(FLAGS))
    assert len(compound.inchikey) == 27


def test_stereo_is_kept_and_is_identity() -> None:
    keys = {of(smiles).inchikey for smiles in ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O")}
    assert len(keys) == 3
    assert len({key[:14] for key in keys}) == 1


def test_tautomers_meet_only_when_asked() -> None:
    pair = ("Oc1ccccn1", "O=c1cccc[nH]1")
    assert len({of(smiles).inchikey for smiles in pair} | {of(pair[0]).inchikey}) in {1, 2}
    assert len({of(smiles).canonical for smiles in pair}) == 2
    assert len({of(smiles, tautomers=True).canonical for smiles in pair}) == 1


def test_standardising_again_changes_nothing(smiles: list[str]) -> None:
    for text in [*smiles[:40], "CC(=O)[O-].[Na+]", "C[S+]([O-])C", "[NH3+]CC(=O)[O-]"]:
        once = of(text)
        twice = of(once.canonical)
        assert (twice.canonical, twice.inchikey) == (once.canonical, once.inchikey)


def test_models_do_not_see_isotopes() -> None:
    assert Chem.MolToSmiles(without_isotopes(Chem.MolFromSmiles("[2H]C([2H])([2H])O"))) == "CO"
    assert Chem.MolToSmiles(without_isotopes(Chem.MolFromSmiles("[125I]c1ccccc1"))) == "Ic1ccccc1"


@pytest.mark.data
def test_every_row_of_the_bad_inputs_is_as_expected(data_dir: Path) -> None:
    """`expected` reads verdict:code; a row of two classes (a salt that also holds a metal) carries both codes."""
    path = data_dir / "molecules" / "dev" / "bad_inputs.csv"
    expected = pd.read_csv(path, keep_default_na=False)["expected"]
    compounds = [standardise(row) for row in read_library(path)]
    assert len(compounds) == len(expected) == 487
    code_of = {
        "parent_fragment_recorded": "parent_fragment",
        "extension_ignored": "extension_ignored",
        "name_split_or_reject": "name_split",
        "isotope_stripped_or_kept_recorded": "isotope_kept",
    }
    for row, (compound, word) in enumerate(zip(compounds, expected, strict=True)):
        verdict, what = word.split(":")
        where = f"row {row}: {word}, got {compound.status} {compound.codes}"
        if verdict == "reject":
            assert (compound.status, compound.codes) == ("rejected", (what,)), where
        elif verdict == "flag":
            assert compound.status == "flagged", where
            assert what in compound.codes, where
        else:
            assert compound.status == "accepted" or {"metal", "out_of_domain_size"} & set(compound.codes), where
            assert what not in code_of or code_of[what] in compound.codes, where
    parents = [compound.canonical for compound in compounds]
    assert parents[471] == parents[472]
    assert parents[473] == parents[474]
    assert len(set(parents[477:480])) == 3
    later = [i for i in range(359, 439) if parents[i] in parents[:i]]
    assert later == list(range(359, 439)), "each of these repeats an earlier row"


@pytest.mark.parametrize(
    "smiles",
    [
        "C[N+](=O)[O-]", "CN(=O)=O", "CC(=O)[O-]", "C[NH3+]", "[O-][n+]1ccccc1", "CN=[N+]=[N-]", "C[S+]([O-])C[NH3+]",
        "[NH3+]CC([O-])=O", "CC(C)=[N+]=[N-]", "C[N+](C)(C)CC(=O)O", "O=S(C)C[NH3+]",
    ],
)  # fmt: skip
def test_neutral_forms_are_those_of_the_standardiser_made_anew(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    expected = rdMolStandardize.Uncharger().uncharge(rdMolStandardize.Normalize(mol))
    for _ in range(2):  # it keeps no state
        assert of(smiles).canonical == Chem.MolToSmiles(expected)
