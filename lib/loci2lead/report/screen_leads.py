"""What the report shows of each lead, each scaffold and each weight."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from loci2lead.report.screen_endpoints import PROPERTIES, EndpointWords, plain, prediction
from loci2lead.report.screen_structures import structure

TERMS = {
    "safety": "Safety",
    "druglikeness": "Drug-likeness",
    "admet": "ADMET",
    "potency": "Potency",
    "response": "Predicted response",
}
WEAK_POINTS = 3  # how many of the least desirable predictions a card names
SHOWN_SCAFFOLDS = 8


def lead(row: Mapping[str, Any], endpoints: Sequence[EndpointWords]) -> dict[str, Any]:
    """Return one lead as plain values, with its structure drawn."""
    name = f"lead-{row['rank']}"
    predictions = [prediction(row, e) for e in endpoints]
    return {
        **{key: plain(row.get(key)) for key in ("rank", "id", "score", "cluster", "scaffold", "picked", "pick_order")},
        **{key: plain(row.get(key)) for key in ("in_domain", "nearest_similarity", "nearest_training", "status")},
        "smiles": row["canonical_smiles"],
        "inchikey": row["inchikey"],
        "codes": split(row.get("codes")),
        "alerts": split(row.get("alerts")),
        "terms": [
            {"key": key, "label": label, "value": plain(row[f"term_{key}"]), "weight": plain(row[f"weight_{key}"])}
            for key, label in TERMS.items()
        ],
        "properties": [
            {"label": words, "unit": unit, "digits": digits, "value": plain(row.get(column))}
            for column, (words, unit, digits) in PROPERTIES.items()
            if column in row
        ],
        "predictions": predictions,
        "weak": weak_points(predictions),
        "structure": structure(name, row["canonical_smiles"], str(row["id"])),
    }


def weak_points(predictions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the predictions with the lowest desirability, worst first, only those below one half."""
    judged = [p for p in predictions if p["desirability"] is not None and p["desirability"] < 0.5]
    return sorted(judged, key=lambda p: (p["desirability"], p["name"]))[:WEAK_POINTS]


def domain_words(in_domain: bool | None) -> str:
    """Say whether the models know this kind of molecule."""
    if in_domain is None:
        return "domain unknown"
    return "in the models' domain" if in_domain else "outside the models' domain"


def split(value: Any) -> list[str]:
    """Return the items of a cell joined by semicolons."""
    text = plain(value)
    return [part.strip() for part in str(text).split(";") if part.strip()] if text else []


def weight_rows(leads: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each term with its weight and its median among the leads."""
    return [
        {
            "key": key,
            "label": label,
            "weight": float(leads[f"weight_{key}"].iloc[0]) if len(leads) else None,
            "known": int(leads[f"term_{key}"].notna().sum()),
            "median": plain(leads[f"term_{key}"].median()) if leads[f"term_{key}"].notna().any() else None,
        }
        for key, label in TERMS.items()
    ]


def scaffold_rows(leads: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the scaffolds with most leads: how many, the best rank, the clusters, and the drawing."""
    rows = []
    for scaffold, group in leads.groupby("scaffold", sort=True):
        clusters = sorted({int(c) for c in group["cluster"]})
        rows.append(
            {"scaffold": str(scaffold), "leads": len(group), "best_rank": int(group["rank"].min()), "clusters": clusters}
        )
    rows.sort(key=lambda r: (-r["leads"], r["best_rank"]))
    for place, row in enumerate(rows[:SHOWN_SCAFFOLDS], start=1):
        smiles = row["scaffold"]
        row["structure"] = structure(f"scaffold-{place}", smiles, f"scaffold {place}", 170, 120) if smiles else None
    return rows[:SHOWN_SCAFFOLDS]
