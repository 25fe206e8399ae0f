"""Properties a chemist reads: cheap ones for every molecule, QED and synthetic accessibility on demand."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import QED, rdMolDescriptors
from rdkit.Contrib.SA_Score import sascorer

from loci2lead.molecules.features import PROPERTY_NAMES
from loci2lead.molecules.smarts_screen import Features, SmartsScreen, features_of
from loci2lead.molecules.standardise import without_isotopes

# column of the output: RDKit descriptor it is read from
QUICK = {
    "mw": "exactmw",
    "logp": "CrippenClogP",
    "tpsa": "tpsa",
    "hbd": "NumHBD",
    "hba": "NumHBA",
    "rotatable": "NumRotatableBonds",
    "rings": "NumRings",
    "fsp3": "FractionCSP3",
}
DIGITS = 3
_QUICK_CALCULATOR = rdMolDescriptors.Properties(list(QUICK.values()))


def quick_properties(descriptors: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """Return the cheap properties, read from descriptors that are there already (n, N_DESCRIPTORS).

    `mw` is the monoisotopic mass in Da, `logp` Crippen's estimate, `tpsa` Å².
    """
    wide: NDArray[np.float64] = descriptors.astype(np.float64)
    return {name: np.round(wide[:, PROPERTY_NAMES.index(source)], DIGITS) for name, source in QUICK.items()}


def quick_properties_of(mols: Sequence[Chem.Mol]) -> dict[str, NDArray[np.float64]]:
    """Return the cheap properties of molecules without computing the other descriptors; the same numbers."""
    rows = [_QUICK_CALCULATOR.ComputeProperties(mol) for mol in map(without_isotopes, mols)]
    wide = np.array(rows, dtype=np.float32).reshape(len(mols), len(QUICK)).astype(np.float64)
    return {name: np.round(wide[:, i], DIGITS) for i, name in enumerate(QUICK)}


def qed_of(mol: Chem.Mol, features: Features | None = None) -> float | None:
    """Return the quantitative estimate of drug-likeness, 0 to 1 (Bickerton 2012); None where undefined.

    RDKit's value, with its 116 alerts screened first; `features` are those of smarts_screen, if known already.
    """
    if mol.GetNumAtoms() != mol.GetNumHeavyAtoms():  # RDKit takes a copy without hydrogens
        try:
            return round(float(QED.qed(mol)), DIGITS)
        except ValueError:  # a metal complex whose hydrogens RDKit cannot fold in
            return None
    possible = _qed_screen().possible(features if features is not None else features_of(mol))
    rings = Chem.DeleteSubstructs(mol, QED.AliphaticRings) if mol.GetRingInfo().NumRings() else None
    properties = QED.QEDproperties(
        MW=rdMolDescriptors._CalcMolWt(mol),
        ALOGP=rdMolDescriptors.CalcCrippenDescriptors(mol)[0],
        HBA=sum(len(mol.GetSubstructMatches(pattern)) for pattern in QED.Acceptors),
        HBD=rdMolDescriptors.CalcNumHBD(mol),
        PSA=rdMolDescriptors.CalcTPSA(mol),
        ROTB=rdMolDescriptors.CalcNumRotatableBonds(mol, rdMolDescriptors.NumRotatableBondsOptions.Strict),
        AROM=len(Chem.GetSSSR(rings)) if rings is not None else 0,
        ALERTS=sum(mol.HasSubstructMatch(QED.StructuralAlerts[i]) for i in possible),
    )
    return round(float(QED.qed(mol, qedProperties=properties)), DIGITS)


@cache
def _qed_screen() -> SmartsScreen:
    return SmartsScreen(QED.StructuralAlerts)


def sa_score_of(mol: Chem.Mol) -> float | None:
    """Return the synthetic accessibility score, 1 easy to 10 hard (Ertl 2009); None where it is undefined."""
    if mol.GetNumBonds() == 0:
        return None
    return round(float(sascorer.calculateScore(mol)), DIGITS)
