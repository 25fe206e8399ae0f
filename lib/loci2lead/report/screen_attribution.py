"""Structures coloured by what each atom adds to a prediction, cross-checked with structural alerts."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rdkit import Chem

from loci2lead.io.tables import read_table
from loci2lead.report.figures import Figure
from loci2lead.report.screen_structures import alert_atoms, draw

RAISES, LOWERS = (0.84, 0.37, 0.0), (0.0, 0.45, 0.70)  # Okabe-Ito vermillion and blue
FAINT = 0.12  # part of the largest contribution below which an atom stays uncoloured
FULL = 0.5  # log-odds: no atom of a molecule that adds less has a full colour
COLUMNS = ("rank", "id", "canonical_smiles", "endpoint", "value", "atoms")
WORDS = (
    "Colours: an atom made unknown changes the prediction; vermillion atoms raise it more than the molecule's median "
    "atom, blue ones less. Contributions are not additive and explain the model, not nature."
)


def atoms_path(leads: str | Path) -> Path:
    """Return the table of atoms' contributions that rank-compounds writes beside its leads."""
    leads = Path(leads)
    return leads.with_name(f"{leads.stem}.atoms.parquet")


def read_atoms(leads: str | Path) -> pd.DataFrame:
    """Return the contributions beside the leads, an empty table where there are none."""
    path = atoms_path(leads)
    return read_table(path, columns=COLUMNS) if path.exists() else pd.DataFrame(columns=list(COLUMNS))


def explanations(rows: pd.DataFrame, alerts: Sequence[str]) -> list[dict[str, Any]]:
    """Return one lead's explanations: endpoint, drawing, and what its alerts have to do with it."""
    found = []
    for row in ({str(k): v for k, v in record.items()} for record in rows.to_dict("records")):
        atoms = np.array([np.nan if value is None else value for value in row["atoms"]], dtype=float)
        molecule = Chem.MolFromSmiles(row["canonical_smiles"])
        share = alert_share(atoms, sorted(alert_atoms(molecule, alerts)))
        found.append(
            {
                "endpoint": row["endpoint"],
                "alert_share": share,
                "alert_words": alert_words(share, len(alerts)),
                "structure": _drawing(row, atoms),
            }
        )
    return found


def alert_share(atoms: np.ndarray, alerted: Sequence[int]) -> float | None:
    """Return the part of what lies above the median atom that atoms of structural alerts hold; None without either."""
    above = relative(atoms).clip(min=0)
    if not len(alerted) or above.sum() == 0:
        return None
    return round(float(above[list(alerted)].sum() / above.sum()), 3)


def alert_words(share: float | None, alerts: int) -> str:
    """Say whether model and alerts point at the same atoms."""
    if share is None:
        return "no structural alert to compare with" if not alerts else "nothing to compare"
    verdict = "agree" if share >= 0.5 else "agree in part" if share >= 0.2 else "point at other atoms"
    return f"model and structural alerts {verdict}: {100 * share:.0f} % of the raising contributions lie on alert atoms"


def relative(atoms: np.ndarray) -> np.ndarray:
    """Return contributions less the molecule's median (making any atom unknown shifts a prediction), unknown as 0."""
    return np.nan_to_num(atoms - np.nanmedian(atoms)) if np.isfinite(atoms).any() else np.zeros(len(atoms))


def colours(atoms: np.ndarray) -> dict[int, tuple[float, float, float]]:
    """Return a colour for each atom that stands out: the stronger, the fuller."""
    values = relative(atoms)
    largest = max(float(np.abs(values).max(initial=0)), FULL)
    chosen = {}
    for i, value in enumerate(values.tolist()):
        strength = abs(value) / largest
        if strength >= FAINT:
            full = RAISES if value > 0 else LOWERS
            red, green, blue = (1 - 0.65 * strength * (1 - part) for part in full)
            chosen[i] = (red, green, blue)
    return chosen


def _drawing(row: Mapping[str, Any], atoms: np.ndarray) -> Figure:
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"atoms-{row['rank']}-{row['endpoint']}")
    values = relative(atoms)
    strongest = np.argsort(-values, kind="stable")[:3]
    molecule = Chem.MolFromSmiles(row["canonical_smiles"])
    symbols = ", ".join(f"{molecule.GetAtomWithIdx(int(i)).GetSymbol()}{i + 1} {values[i]:+.2f}" for i in strongest)
    return draw(
        name,
        row["canonical_smiles"],
        title=f"{row['endpoint']}: atoms of {row['id']}",
        description=f"Strongest raising atoms, in the order of the SMILES: {symbols}.",
        colours=colours(atoms),
        width=220,
        height=160,
    )
