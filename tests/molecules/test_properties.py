"""Properties and alerts of well-known compounds."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from loci2lead.molecules.alerts import alerts_of, catalogue_matches, pains_of
from loci2lead.molecules.features import N_COUNTS, N_DESCRIPTORS, counts_of, describe, descriptors_of
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


def test_screened_pains_are_those_of_rdkits_catalogue(mols: list[Chem.Mol]) -> None:
    demo = files("loci2lead") / "resources" / "demo" / "compounds.csv"
    drugs = [Chem.MolFromSmiles(text) for text in pd.read_csv(Path(str(demo)))["smiles"].dropna().head(160)]
    rhodanine = Chem.MolFromSmiles("O=C1NC(=S)SC1=Cc1ccccc1")
    found = [pains_of(mol) for mol in [*mols, *drugs, rhodanine]]
    assert found == [catalogue_matches("PAINS", mol) for mol in [*mols, *drugs, rhodanine]]
    assert sum(map(len, found)) >= 5


def test_drug_likeness_and_accessibility_order_compounds() -> None:
    drug, chain = Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1"), Chem.MolFromSmiles("C" * 30)
    assert qed_of(drug) > qed_of(chain)
    assert 1 <= sa_score_of(drug) < 2
    assert sa_score_of(Chem.MolFromSmiles("C")) is None
