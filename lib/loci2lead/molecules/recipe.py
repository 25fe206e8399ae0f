"""Recipes: which tables, columns, scales and choices make a model; read from YAML, checked before any work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.molecules.curation import structures_report, target_report
from loci2lead.molecules.datasets import Measured, measured_molecules, standardise_table
from loci2lead.molecules.endpoints import REGRESSION
from loci2lead.molecules.members import TREES, TrainingPlan
from loci2lead.molecules.model import Output
from loci2lead.molecules.network_training import NetworkPlan
from loci2lead.molecules.scales import Scale, fit_scale
from loci2lead.molecules.standardise import Compound


@dataclass(frozen=True)
class Gathered:
    """Everything a training run starts from: molecules with values, outputs, plan, and the files' paths."""

    measured: Measured
    outputs: tuple[Output, ...]
    plan: TrainingPlan
    sources: dict[str, Path]
    approved: list[str]
    curation: dict[str, Any]


def read_recipe(name_or_path: str) -> dict[str, Any]:
    """Read a recipe of the package by its name, or one from a file. Raises InputError if there is none."""
    path = Path(name_or_path)
    if not path.is_file():
        path = Path(str(files("loci2lead") / "resources" / "training" / f"{name_or_path}.yaml"))
    if not path.is_file():
        raise InputError("Recipe not found", found=name_or_path, expected="a YAML file, or `molecules`")
    recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(recipe, dict) or "tables" not in recipe:
        raise InputError("Not a training recipe", file=path, expected="a mapping with the key `tables`")
    return recipe


def gather(recipe: Mapping[str, Any], folder: Path) -> Gathered:
    """Read and standardise a recipe's tables; molecules that occur in several tables become one.

    With `folds: scaffold` in the recipe, a Bemis-Murcko scaffold is never in two folds (molecules without a ring
    are one scaffold); else a compound is not.
    """
    blocks = [_long_form(table, folder) for table in recipe["tables"]]
    labels = pd.concat(blocks, ignore_index=True)
    outputs = [name for table in recipe["tables"] for name in _names(table)]
    task_of = {name: table["task"] for table in recipe["tables"] for name in _names(table)}
    helper = {name for table in recipe["tables"] if table.get("helper") for name in _names(table)}
    texts, place = np.unique(labels["smiles"].to_numpy(dtype=str), return_inverse=True)
    values = np.full((len(labels), len(outputs)), np.nan)
    values[np.arange(len(labels)), [outputs.index(name) for name in labels["name"]]] = labels["value"]
    compounds = standardise_table(list(texts))
    tasks = [task_of[name] for name in outputs]
    by_row = [compounds[i] for i in place]
    measured, member = measured_molecules(by_row, values, tasks)
    ends = np.cumsum([len(block) for block in blocks])
    curation = {
        f"table_{number}_{Path(table['file']).name}": _curation(
            table, block, by_row[end - len(block) : end], member[end - len(block) : end]
        )
        for number, (table, block, end) in enumerate(zip(recipe["tables"], blocks, ends, strict=True))
    }
    if recipe.get("folds", "compound") == "scaffold":
        measured = replace(measured, groups=[MurckoScaffoldSmiles(mol=mol) for mol in measured.mols])
    scales = _scales(recipe["tables"], outputs, tasks, measured.values)
    return Gathered(
        measured,
        tuple(Output(n, t, s, n in helper) for n, t, s in zip(outputs, tasks, scales, strict=True)),
        plan_of(recipe),
        {f"table_{i}_{Path(t['file']).name}": folder / t["file"] for i, t in enumerate(recipe["tables"])},
        _approved(recipe, folder),
        curation,
    )


def plan_of(recipe: Mapping[str, Any]) -> TrainingPlan:
    """Return the training plan of a recipe. Raises InputError for a key that is none."""
    chosen = dict(recipe.get("plan", {}))
    network = chosen.pop("network", {})
    trees = {**TREES, **chosen.pop("trees", {})}
    try:
        return TrainingPlan(
            network=None if network is None else NetworkPlan(**network),
            trees=trees,
            helpers=recipe.get("helpers", {}),
            **chosen,
        )
    except TypeError as error:
        raise InputError("Unknown key in a recipe's plan", found=error) from error


def _long_form(table: Mapping[str, Any], folder: Path) -> pd.DataFrame:
    """Return a table as rows of smiles, name and value, NaN left out."""
    frame = read_table(folder / table["file"], columns=[table["smiles"]], low_memory=False)
    for column, wanted in table.get("where", {}).items():
        frame = frame[frame[column] == wanted]
    if long := table.get("long"):
        frame = frame[frame[long["name"]].isin(table["columns"])]
        result = frame[[table["smiles"], long["name"], long["value"]]].set_axis(["smiles", "name", "value"], axis=1)
    else:
        result = frame.melt(table["smiles"], table["columns"], "name", "value")
        result = result.rename(columns={table["smiles"]: "smiles"})
        result["name"] = result["name"].replace(table.get("rename", {}))
    return result.dropna(subset=["value", "smiles"])


def _curation(
    table: Mapping[str, Any], block: pd.DataFrame, compounds: Sequence[Compound], member: NDArray[np.int64]
) -> dict[str, Any]:
    """Return the curation report of one table, given in long form with each row's compound and molecule."""
    targets = {}
    for name in _names(table):
        at = (block["name"] == name).to_numpy()
        cells = block["value"][at]
        targets[name] = target_report(cells, cells.to_numpy(float), member[at], name, table["task"])
    return {"structures": structures_report(compounds), "targets": targets}


def _names(table: Mapping[str, Any]) -> list[str]:
    rename = table.get("rename", {})
    return [rename.get(column, column) for column in table["columns"]]


def _scales(
    tables: Sequence[Mapping[str, Any]], outputs: Sequence[str], tasks: Sequence[str], values: NDArray[np.float64]
) -> list[Scale]:
    kinds = {name: kind for table in tables for name, kind in table.get("scale", {}).items()}
    return [
        fit_scale(values[:, i], kinds.get(name, "auto")) if task == REGRESSION else Scale("plain", 0.0, 1.0)
        for i, (name, task) in enumerate(zip(outputs, tasks, strict=True))
    ]


def _approved(recipe: Mapping[str, Any], folder: Path) -> list[str]:
    if "approved" not in recipe:
        return []
    source = recipe["approved"]
    return read_table(folder / source["file"], columns=[source["smiles"]])[source["smiles"]].astype(str).tolist()
