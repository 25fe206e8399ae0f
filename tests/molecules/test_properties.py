"""Properties and alerts of well-known compounds."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Avalon import pyAvalonTools
from rdkit.Chem import QED, Descriptors
from rdkit.DataStructs import ConvertToNumpyArray

from loci2lead.molecules.alerts import SETS, alerts_of, catalogue_matches
from loci2lead.molecules.features import AVALON_SIZE, N_COUNTS, N_DESCRIPTORS, counts_of, describe, descriptors_of
from loci2lead.molecules.inputs import inputs_of
from loci2lead.molecules.properties import qed_of, quick_properties, sa_score_of


def test_quick_properties_are_rdkits(mols: list[Chem.Mol]) -> None:
    quick = quick_properties(np.stack([descriptors_of(mol) for mol in mols]))
    for name, oracle in {
        "mw": Descriptors.ExactMolWt,
        "logp": Descriptors.MolLogP,
        "tpsa": Descriptors.TPSA,
        "hbd": Descriptors.NumHDonors,
        "rings": Descriptors.RingCount,
        "fsp3": Descriptors.FractionCSP3,
    }.items():
        np.testing.assert_allclose(quick[name], [oracle(mol) for mol in mols], atol=2e-3)


def test_shapes_and_metals() -> None:
    descriptors, counts = describe([Chem.MolFromSmiles("Cl[Pt](Cl)(N)N"), Chem.MolFromSmiles("[2H]C")])
    assert descriptors.shape == (2, N_DESCRIPTORS)
    assert counts.shape == (2, N_COUNTS)
    assert np.isfinite(descriptors).all()
    np.testing.assert_array_equal(counts[1], counts_of(Chem.MolFromSmiles("C")))


def test_what_is_to_be_forgotten_does_not_stay_in_the_molecule() -> None:
    mol = Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1")
    before = set(mol.GetPropNames(True, True))
    inputs_of([mol], forget=True)
    assert set(mol.GetPropNames(True, True)) <= before | {"__computedProps"}


@pytest.mark.parametrize(
    ("smiles", "alert"),
    [
        ("O=C1NC(=S)SC1=Cc1ccccc1", "PAINS:ene_rhod_A(235)"),
        ("CC(=O)Cl", "BRENK:acid_halide"),
        ("OC1CCCCC1", ""),
    ],
)
def test_alerts(smiles: str, alert: str) -> None:
    found = alerts_of(Chem.MolFromSmiles(smiles)).split(";")
    assert alert in found, found


def drugs() -> list[Chem.Mol]:
    """Return some marketed compounds, and a few structures that raise alerts or are odd."""
    demo = files("loci2lead") / "resources" / "demo" / "compounds.csv"
    texts = pd.read_csv(Path(str(demo)))["smiles"].dropna().head(160).tolist()
    odd = [
        "O=C1NC(=S)SC1=Cc1ccccc1",
        "[2H]C([2H])C=O",
        "C",
        "C" * 12,
        "Cl[Pt](Cl)(N)N",
        "[Na+].[Cl-]",
        "C[N+](C)(C)CC#C",
    ]
    return [Chem.MolFromSmiles(text) for text in [*texts, *odd]]


def test_screened_alerts_are_those_of_rdkits_catalogues(mols: list[Chem.Mol]) -> None:
    asked = [*mols, *drugs()]
    expected = [[f"{kind}:{name}" for kind in SETS for name in catalogue_matches(kind, mol)] for mol in asked]
    assert [alerts_of(mol) for mol in asked] == [";".join(names) for names in expected]
    assert sum(map(len, expected)) >= 100
    assert {name.split(":")[0] for names in expected for name in names} == set(SETS)


def test_drug_likeness_is_rdkits(mols: list[Chem.Mol]) -> None:
    for mol in [*mols, *drugs()]:
        assert qed_of(mol) == round(QED.qed(mol), 3)


def test_avalon_counts_are_those_of_the_molecule() -> None:
    for mol in drugs():
        expected = np.zeros(AVALON_SIZE, dtype=np.int32)
        ConvertToNumpyArray(pyAvalonTools.GetAvalonCountFP(mol, AVALON_SIZE), expected)
        np.testing.assert_array_equal(counts_of(mol)[-AVALON_SIZE:], np.minimum(expected, 255))


def test_drug_likeness_and_accessibility_order_compounds() -> None:
    drug, chain = Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1"), Chem.MolFromSmiles("C" * 30)
    assert qed_of(drug) > qed_of(chain)
    assert 1 <= sa_score_of(drug) < 2
    assert sa_score_of(Chem.MolFromSmiles("C")) is None
