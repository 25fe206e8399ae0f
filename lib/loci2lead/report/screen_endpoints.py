"""What a report says of an endpoint: its assay in words, its unit, and how its numbers are to be read."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from loci2lead.report.render import is_unknown

CLINTOX = ("CT_TOX", "FDA_APPROVED")
CLINTOX_WORDS = "recognises marketed drugs, never ranked"
# Words for the conformal sets of screen-library: class labels that remain possible at 90 % coverage.
SET_WORDS = {"0": "no", "1": "yes", "0,1": "don't know", "": "unlike both"}
PROPERTIES = {
    "molecular_weight": ("Molecular weight", "g/mol", 0),
    "logp": ("logP (Crippen)", "", 1),
    "tpsa": ("TPSA", "Å²", 0),
    "hbd": ("H-bond donors", "", 0),
    "hba": ("H-bond acceptors", "", 0),
    "rotatable_bonds": ("Rotatable bonds", "", 0),
    "rings": ("Rings", "", 0),
    "fraction_csp3": ("Fraction sp³", "", 2),
    "qed": ("QED (0..1, higher is more drug-like)", "", 2),
    "sa_score": ("SA score (1 easy .. 10 hard to make)", "", 1),
}


@dataclass(frozen=True)
class EndpointWords:
    """One endpoint in words, from the shipped endpoint table; `known` is false for a user's own model."""

    name: str
    task: str
    unit: str
    direction: str
    assay: str
    dataset: str
    licence: str
    known: bool = True


def endpoints_of(columns: list[str]) -> list[EndpointWords]:
    """Return the endpoints of a scores table in the order of its columns: every E that has an E_std beside it."""
    table = _shipped()
    found = [c for c in columns if f"{c}_std" in columns]
    return [table[c] if c in table else EndpointWords(c, *_OWN, known=False) for c in found]


_OWN = ("", "", "neither", "the user's own model", "the user's own data", "")


def _shipped() -> dict[str, EndpointWords]:
    text = (files("loci2lead") / "resources" / "tables" / "endpoints.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    keys = ("name", "task", "unit", "direction", "assay", "dataset", "licence")
    return {row["name"]: EndpointWords(**{k: row[k] for k in keys}) for row in rows}


def prediction(row: Mapping[str, Any], endpoint: EndpointWords) -> dict[str, Any]:
    """Return what one molecule's prediction shows: value, spread, conformal set, percentile, desirability."""
    name = endpoint.name
    set_ = row.get(f"{name}_set")
    return {
        "name": name,
        "assay": endpoint.assay,
        "unit": "" if endpoint.task == "classification" else endpoint.unit,
        "value": plain(row.get(name)),
        "std": plain(row.get(f"{name}_std")),
        "set": None if is_unknown(set_) else SET_WORDS.get(str(set_), str(set_)),
        "percentile": plain(row.get(f"{name}_percentile")),
        "desirability": plain(row.get(f"d_{name}")),
    }


def plain(value: Any) -> Any:
    """Return a cell as a plain Python value; unknown is None."""
    if is_unknown(value):
        return None
    return value.item() if hasattr(value, "item") else value
