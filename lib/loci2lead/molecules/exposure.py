"""Exposure margins: how far the concentration that acts in an assay lies above the peak level in plasma.

For a hERG IC50, 30 times the unbound Cmax is the usual wish (Redfern et al. 2003, Cardiovasc. Res. 58:32). Whether a
table gives total or unbound Cmax is its owner's to know; unbound is what the margin should use.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.molecules.endpoints import endpoint_table

KEYS = ("inchikey", "id", "name")
DIGITS = 3


def read_cmax(path: Path) -> dict[str, float]:
    """Return Cmax in µM by full InChIKey, id or name (lower case). Raises InputError for what is not usable."""
    table = read_table(path, columns=("cmax_um",))
    keys = [key for key in KEYS if key in table.columns]
    if not keys:
        raise InputError("No column names the compounds", file=path, expected=" or ".join(KEYS))
    values = pd.to_numeric(table["cmax_um"], errors="coerce")
    wrong = (values.isna() & table["cmax_um"].notna()) | (values <= 0)
    if wrong.any():
        raise InputError("A Cmax is not a positive number", file=path, record=f"row {int(np.argmax(wrong)) + 1}",
                         found=table["cmax_um"][wrong].iloc[0], expected="µM")  # fmt: skip
    known = {}
    for key in reversed(keys):  # where a row has several, all of them lead to it; the InChIKey wins
        for name, value in zip(table[key], values, strict=True):
            if pd.notna(name) and pd.notna(value):
                known[str(name).strip().lower()] = float(value)
    return known


def margins(
    names: Sequence[tuple[str, str]], scores: Mapping[str, Any], cmax: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Return `cmax_um`, and E_margin for every endpoint that is -log10 of a concentration in mol/L.

    `names` are InChIKey and id of each molecule; NaN where no Cmax is known.
    """
    known = [cmax.get(key.lower(), cmax.get(name.lower(), np.nan)) for key, name in names]
    level = np.array(known, dtype=np.float64)
    columns = {"cmax_um": level}
    for name, values in scores.items():
        endpoint = endpoint_table().get(name)
        if endpoint is not None and endpoint.unit.startswith("-log10(") and endpoint.unit.endswith("mol/L)"):
            columns[f"{name}_margin"] = np.round(10 ** (6 - np.asarray(values, dtype=float)) / level, DIGITS)
    return columns
