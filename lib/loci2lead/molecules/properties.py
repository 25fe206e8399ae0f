"""Properties a chemist reads: cheap ones for every molecule, QED and synthetic accessibility on demand."""

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import QED
from rdkit.Contrib.SA_Score import sascorer

from loci2lead.molecules.features import PROPERTY_NAMES

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


def quick_properties(descriptors: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """Return the cheap properties, read from descriptors that are there already (n, N_DESCRIPTORS).

    `mw` is the monoisotopic mass in Da, `logp` Crippen's estimate, `tpsa` Å².
    """
    wide: NDArray[np.float64] = descriptors.astype(np.float64)
    return {name: np.round(wide[:, PROPERTY_NAMES.index(source)], DIGITS) for name, source in QUICK.items()}


def qed_of(mol: Chem.Mol) -> float | None:
    """Return the quantitative estimate of drug-likeness, 0 to 1 (Bickerton 2012); None where undefined."""
    try:
        return round(float(QED.qed(mol)), DIGITS)
    except ValueError:  # a metal complex whose hydrogens RDKit cannot fold in
        return None


def sa_score_of(mol: Chem.Mol) -> float | None:
    """Return the synthetic accessibility score, 1 easy to 10 hard (Ertl 2009); None where it is undefined."""
    if mol.GetNumBonds() == 0:
        return None
    return round(float(sascorer.calculateScore(mol)), DIGITS)
