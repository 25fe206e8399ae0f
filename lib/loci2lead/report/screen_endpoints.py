"""What a report says of an endpoint: its assay in words, its unit, and how its numbers are to be read."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from loci2lead.errors import InputError
from loci2lead.report.render import is_unknown, number

OWN_MODEL, OWN_DATA = "the user's own model", "the user's own data"
WEIGHTS = Path(str(files("loci2lead"))) / "resources" / "weights"
CLINTOX = ("CT_TOX", "FDA_APPROVED")
CLINTOX_WORDS = "recognises marketed drugs, never ranked"
# Conformal sets of screen-library: the classes that cannot be ruled out at 90 % coverage.
SET_WORDS = {"0": "no", "1": "yes", "0|1": "don't know"}
PROPERTIES = {
    "mw": ("Molecular mass, monoisotopic", "Da", 0),
    "logp": ("logP (Crippen)", "", 1),
    "tpsa": ("TPSA", "Å²", 0),
    "hbd": ("H-bond donors", "", 0),
    "hba": ("H-bond acceptors", "", 0),
    "rotatable": ("Rotatable bonds", "", 0),
    "rings": ("Rings", "", 0),
    "fsp3": ("Fraction sp³", "", 2),
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
    return [table[c] if c in table else _own(c) for c in found]


def _own(column: str) -> EndpointWords:
    return EndpointWords(column, "", "", "neither", OWN_MODEL, OWN_DATA, "", known=False)


def _shipped() -> dict[str, EndpointWords]:
    text = (files("loci2lead") / "resources" / "tables" / "endpoints.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {row["name"]: _words(row) for row in rows}


def _words(row: Mapping[str, str]) -> EndpointWords:
    name, task, unit, direction = row["name"], row["task"], row["unit"], row["direction"]
    return EndpointWords(name, task, unit, direction, row["assay"], row["dataset"], row["licence"])


def read_card(path: str | None, scores: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card at `path`, or that of the shipped model whose digest the scores' provenance names, or {}."""
    if path is not None:
        return _card_at(Path(path))
    digests = set(scores.get("models", {}).values())
    cards = [_card_at(file) for file in sorted(WEIGHTS.glob("*.json"))] if digests else []
    return next((card for card in cards if card.get("sha256") in digests), {})


def _card_at(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise InputError("The model card cannot be read", file=path, found=error, remedy="check --card") from error


def accuracy_words(card: Mapping[str, Any], endpoint: str) -> str:
    """Say how well the model did on molecules it was not trained on: figure, 95 % interval, naive baseline, n."""
    figures = card.get("out_of_fold", {}).get(endpoint, {})
    for key, label in (("auroc", "AUROC"), ("mae", "mean absolute error")):
        if figures.get(key) is not None:
            low, high = figures.get(f"{key}_95", (None, None))
            interval = "" if low is None or high is None else f" (95 %: {number(low)} to {number(high)})"
            naive = figures.get(f"naive_{key}")
            beside = "" if naive is None else f"; naive {number(naive)}"
            return f"{label} {number(figures[key])}{interval}{beside}; n = {figures['n']:,}"
    return ""


def training_answers(card: Mapping[str, Any], endpoint: str, kind: str = "answers") -> dict[str, float]:
    """Return percentiles (p5 to p95) of a model's out-of-fold answers for its training molecules; {} if not kept.

    `kind` is "answers", in the endpoint's unit, or "answers_among_approved", in per cent of approved drugs below.
    """
    return dict(card.get("out_of_fold", {}).get(endpoint, {}).get(kind, {}))


def prediction(row: Mapping[str, Any], endpoint: EndpointWords) -> dict[str, Any]:
    """Return what one molecule's prediction shows: value, spread, conformal set, percentile, desirability."""
    name = endpoint.name
    low, high, classes = (plain(row.get(f"{name}_{part}")) for part in ("low", "high", "set"))
    interval = None if low is None or high is None else f"{number(low)} to {number(high)}"
    return {
        "name": name,
        "assay": endpoint.assay,
        "better": endpoint.direction,
        "unit": "" if endpoint.task == "classification" else endpoint.unit,
        "value": plain(row.get(name)),
        "std": plain(row.get(f"{name}_std")),
        "set": interval if classes is None else SET_WORDS.get(classes, classes),
        "percentile": plain(row.get(f"{name}_pct_approved")),
        "margin": plain(row.get(f"{name}_margin")),
        "desirability": plain(row.get(f"d_{name}")),
    }


def plain(value: Any) -> Any:
    """Return a cell as a plain Python value; unknown is None."""
    if is_unknown(value):
        return None
    return value.item() if hasattr(value, "item") else value
