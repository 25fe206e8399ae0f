"""What the report shows of each lead, each scaffold and each weight."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from loci2lead.report.screen_attribution import explanations
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
GOOD_ENOUGH = 0.8  # a desirability that needs no mention
SHOWN_SCAFFOLDS = 8
PDF_LEADS = 24
PAGE_FILTERS = ("mw", "logp")  # properties that the page can limit
OPTIONAL = ("set", "percentile", "margin")  # columns of predictions that stand there only where a lead has a value
PAGE_ONLY = ("has", "list_terms", "list_rows", "page_data", "pdf_leads")


def lead(row: Mapping[str, Any], endpoints: Sequence[EndpointWords], atoms: pd.DataFrame) -> dict[str, Any]:
    """Return one lead as plain values, with its structure drawn."""
    name = f"lead-{row['rank']}"
    predictions = [prediction(row, e) for e in endpoints]
    return {
        **{key: plain(row.get(key)) for key in ("rank", "id", "score", "cluster", "scaffold", "picked", "pick_order")},
        **{key: plain(row.get(key)) for key in ("in_domain", "nearest_training", "status")},
        "smiles": row["canonical_smiles"],
        "inchikey": row["inchikey"],
        "codes": split(row.get("codes")),
        "alerts": None if plain(row.get("alerts")) is None else split(row["alerts"]),
        "terms": [
            {"key": key, "label": label, "value": plain(row[f"term_{key}"]), "weight": plain(row[f"weight_{key}"])}
            for key, label in TERMS.items()
        ],
        "properties": [
            {"column": column, "label": words, "unit": unit, "digits": digits, "value": plain(row.get(column))}
            for column, (words, unit, digits) in PROPERTIES.items()
            if column in row
        ],
        "predictions": predictions,
        "weak": weak_points(predictions),
        "explanations": explanations(atoms[atoms["rank"] == row["rank"]], split(row.get("alerts"))),
        "structure": structure(name, row["canonical_smiles"], str(row["id"]), alerts=split(row.get("alerts"))),
    }


def weak_points(predictions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the predictions with the lowest desirability, worst first; those near the best end stay out."""
    judged = [p for p in predictions if p["desirability"] is not None and p["desirability"] < GOOD_ENOUGH]
    return sorted(judged, key=lambda p: (p["desirability"], p["name"]))[:WEAK_POINTS]


def domain_words(in_domain: bool | None) -> str:
    """Say whether the models know this kind of molecule."""
    if in_domain is None:
        return "domain unknown"
    return "in the models' domain" if in_domain else "outside the models' domain"


def count_of(alerts: Sequence[str] | None) -> int | None:
    """Return the number of alerts; unknown where the screen did not look for any."""
    return None if alerts is None else len(alerts)


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
    rows: list[dict[str, Any]] = []
    for scaffold, group in leads.groupby("scaffold", sort=True):
        clusters = sorted({int(c) for c in group["cluster"]})
        rows.append(
            {
                "scaffold": str(scaffold),
                "leads": len(group),
                "best_rank": int(group["rank"].min()),
                "clusters": clusters,
            }
        )
    rows.sort(key=lambda r: (-r["leads"], r["best_rank"]))
    for place, row in enumerate(rows[:SHOWN_SCAFFOLDS], start=1):
        smiles = row["scaffold"]
        row["structure"] = structure(f"scaffold-{place}", smiles, f"scaffold {place}", 170, 120) if smiles else None
    return rows[:SHOWN_SCAFFOLDS]


def desirability_rows(settings: Mapping[str, Any], leads: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row per column that the weights file turns into a desirability, with its ends in words."""
    rows = []
    for key, label in TERMS.items():
        for column, spec in (settings.get(key) or {}).items():
            if "bad" in spec:
                rule = f"0 at {spec['bad']:g}, 1 at {spec['good']:g}"
            else:
                low, high = (spec["low_bad"], spec["low_good"]), (spec["high_good"], spec["high_bad"])
                rule = f"0 below {low[0]:g}, 1 from {low[1]:g} to {high[0]:g}, 0 above {high[1]:g}"
            used = f"d_{column}" in leads.columns
            rows.append({"column": column, "term": label, "rule": rule, "weight": spec.get("weight", 1), "used": used})
    return rows


def page_parts(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only the page and the PDF need: the list's columns and rows, and the data of the page's script."""
    leads, weights = context["leads"], context["weights"]
    terms = [w for w in weights if w["known"] or w["weight"]]
    combine = context["settings"].get("combine", {"floor": 0.01, "unknown": 0.5})
    data = {
        "leads": [
            {
                **{key: lead[key] for key in ("rank", "id", "smiles", "score", "picked", "in_domain")},
                **{p["column"]: p["value"] for p in lead["properties"] if p["column"] in PAGE_FILTERS},
                "alerts": count_of(lead["alerts"]),
                "terms": {t["key"]: t["value"] for t in lead["terms"]},
            }
            for lead in leads
        ],
        "weights": {w["key"]: w["weight"] for w in terms},
        **combine,
    }
    return {
        "has": {key: any(p[key] is not None for x in leads for p in x["predictions"]) for key in OPTIONAL},
        "list_terms": [{"key": t["key"], "label": t["label"], "numeric": True, "digits": 2} for t in terms],
        "list_rows": [_list_row(x) for x in leads],
        "page_data": script_json(data),
        "pdf_leads": PDF_LEADS,
    }


def _list_row(lead: Mapping[str, Any]) -> dict[str, Any]:
    cells = {key: lead[key] for key in ("rank", "id", "score", "in_domain", "cluster", "pick_order")}
    return {**cells, "alerts": count_of(lead["alerts"]), **{t["key"]: t["value"] for t in lead["terms"]}}


def script_json(data: Mapping[str, Any]) -> Markup:
    """Return JSON that is safe inside a script element: no `<`, `>` or `&` stands as itself."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
