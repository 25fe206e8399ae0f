"""Which atoms of a molecule speak for a prediction: the change of the score when an atom is made unknown.

Every atom in turn becomes a dummy atom and the whole blended ensemble (networks, trees, fingerprints, descriptors)
scores the molecule again (Sheridan 2019, "Interpretation of QSAR models by coloring atoms"). A contribution is the
score with the atom minus the score without it: in log-odds for a class, in the data set's unit for a measured
quantity. Contributions are not additive: they need not sum to the score. They explain the model, not nature.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.rdBase import BlockLogs

from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.inputs import inputs_of
from loci2lead.molecules.model import PropertyModel
from loci2lead.molecules.standardise import without_isotopes

DIGITS = 3
FLOOR = 1e-4  # probabilities are bounded by it before log-odds


@dataclass(frozen=True)
class Attribution:
    """One molecule's contributions to one endpoint, an atom each, in the order of its SMILES; NaN where unknown."""

    endpoint: str
    value: float
    atoms: NDArray[np.float64]


def attribute(smiles: str, model: PropertyModel, endpoints: Sequence[str]) -> list[Attribution]:
    """Return the contributions of the atoms of `smiles` to each of the named endpoints of a model."""
    mol = Chem.MolFromSmiles(smiles)
    masked = [_without(mol, i) for i in range(mol.GetNumAtoms())]
    usable = [i for i, copy in enumerate(masked) if copy is not None]
    with BlockLogs():
        scores = _scores([without_isotopes(mol), *(copy for copy in masked if copy is not None)], model)
    found = []
    for place, output in enumerate(model.endpoints):
        if output.name in endpoints:
            atoms = np.full(len(masked), np.nan)
            atoms[usable] = scores[0, place] - scores[1:, place]
            found.append(Attribution(output.name, float(np.round(scores[0, place], DIGITS)), np.round(atoms, DIGITS)))
    return found


def attribute_leads(leads: pd.DataFrame, model: PropertyModel, endpoints: Sequence[str], top: int) -> pd.DataFrame:
    """Return a row for each of the best or picked leads and each endpoint: its value and its atoms' contributions."""
    rows = []
    for lead in leads[(leads["rank"] <= top) | leads["picked"]].to_dict("records"):
        for found in attribute(str(lead["canonical_smiles"]), model, endpoints):
            atoms = [None if np.isnan(value) else float(value) for value in found.atoms]
            rows.append(
                {
                    "rank": int(lead["rank"]),
                    "id": str(lead["id"]),
                    "canonical_smiles": str(lead["canonical_smiles"]),
                    "endpoint": found.endpoint,
                    "value": found.value,
                    "atoms": atoms,
                }
            )
    return pd.DataFrame(rows, columns=["rank", "id", "canonical_smiles", "endpoint", "value", "atoms"])


def _scores(mols: Sequence[Chem.Mol], model: PropertyModel) -> NDArray[np.float64]:
    value = model.predict(inputs_of(mols)).value.copy()
    for place, output in enumerate(model.endpoints):
        if output.task == CLASSIFICATION:
            p = np.clip(value[:, place], FLOOR, 1 - FLOOR)
            value[:, place] = np.log(p / (1 - p))
    return value


def _without(mol: Chem.Mol, atom: int) -> Chem.Mol | None:
    """Return the molecule with one atom unknown; None where RDKit can make nothing of it."""
    plain = without_isotopes(mol)
    if plain.GetNumAtoms() != mol.GetNumAtoms():  # a labelled hydrogen became implicit: the atoms have other numbers
        return None
    copy = Chem.RWMol(plain)
    dummy = Chem.Atom(0)
    dummy.SetIsAromatic(copy.GetAtomWithIdx(atom).GetIsAromatic())
    copy.ReplaceAtom(atom, dummy)
    try:
        with BlockLogs():
            Chem.SanitizeMol(copy)
            Chem.MolToMolBlock(copy, includeStereo=False)  # the fingerprints need a Kekulé form
    except ValueError:
        return None
    return copy.GetMol()
