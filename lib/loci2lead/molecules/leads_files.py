"""Leads as files that other programs open: SDF with 2D coordinates, and CSV."""

from pathlib import Path
from typing import Any

import pandas as pd
from rdkit import Chem
from rdkit.Chem import rdDepictor

from loci2lead.io.atomic import atomic_path


def write_sdf(path: str | Path, leads: pd.DataFrame, provenance: str) -> None:
    """Write one record per lead, in order, with every known column as a property; provenance in the first record."""
    with atomic_path(path) as temporary:
        temporary.touch()
        with Chem.SDWriter(str(temporary)) as writer:
            for place, row in enumerate(leads.to_dict("records")):
                writer.write(_record(row, provenance if place == 0 else None))


def _record(row: dict[Any, Any], provenance: str | None) -> Chem.Mol:
    molecule = Chem.MolFromSmiles(row["canonical_smiles"])
    rdDepictor.Compute2DCoords(molecule, canonOrient=True)
    molecule.SetProp("_Name", str(row["id"]))
    for column, value in row.items():
        if not pd.isna(value):
            molecule.SetProp(str(column), f"{value:.6g}" if isinstance(value, float) else str(value))
    if provenance is not None:
        molecule.SetProp("loci2lead_provenance", provenance)
    return molecule
