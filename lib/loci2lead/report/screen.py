"""The screening report: what a medicinal chemist wants first, as one page, one PDF, JSON and tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from loci2lead.io.atomic import write_json, write_text
from loci2lead.io.tables import write_text_table
from loci2lead.report import screen_leads
from loci2lead.report.render import is_unknown, render_html, render_pdf
from loci2lead.report.screen_attribution import WORDS as ATOM_WORDS
from loci2lead.report.screen_endpoints import (
    CLINTOX,
    CLINTOX_WORDS,
    EndpointWords,
    accuracy_words,
    endpoints_of,
    plain,
    training_answers,
)
from loci2lead.report.screen_figures import all_figures
from loci2lead.report.screen_tables import CODE_WORDS, STATUSES, Overview, numeric

HYPOTHESES = "Hypotheses for an assay. Activity on the tumour of a patient was not predicted."
IN_VITRO = "In-vitro assay prediction; says nothing of dose or exposure."
RESPONSE = (
    "Predicted response was learned from cancer cell lines; no patient outcome was used. Not shown to predict benefit. "
    "Do not choose or withhold a treatment by this table."
)
TOX21 = "Tox21 endpoints (NR-… and SR-…) are in-vitro assays of receptors and stress response, not human toxicity."
MOST_SHOWN = 150  # leads with a structure; keeps the page below 5 MB
LEAD_COLUMNS = ("id", "canonical_smiles", "inchikey", "rank", "score", "picked", "cluster", "scaffold", "term_safety")
FORMULA = (
    "Score = weighted geometric mean of the terms; a term = weighted mean of the desirabilities (0..1) of its columns "
    "(Derringer & Suich 1980). What is unknown counts as the neutral value of the weights file."
)
WORDS = {
    "hypotheses": HYPOTHESES,
    "in_vitro": IN_VITRO,
    "tox21": TOX21,
    "formula": FORMULA,
    "response": RESPONSE,
    "atoms": ATOM_WORDS,
}


def build(
    overview: Overview,
    leads: pd.DataFrame,
    ranking: Mapping[str, Any],
    reasons: Mapping[str, str],
    provenance: Mapping[str, Any],
    *,
    title: str,
    top: int,
    simulated: bool = False,
    sources: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    atoms: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return everything that page, PDF and JSON show. `ranking` is the provenance of the leads table,
    `sources` that of every input, `card` the card of the model that scored, `atoms` the contributions of the leads'
    atoms where rank-compounds found them.
    """
    atoms = pd.DataFrame({"rank": []}) if atoms is None else atoms
    endpoints = endpoints_of(list(leads.columns))
    shown = leads[(leads["rank"] <= top) | leads["picked"]]
    columns = [str(c) for c in shown.columns]
    rows = shown.itertuples(index=False, name=None)
    settings = ranking.get("parameters", {}).get("weights", {})
    accounting = ranking.get("accounting", {"considered": None, "removed": [], "ranked": len(leads)})
    context = {
        "title": f"Compound screen: {title}",
        "simulated": simulated,
        "provenance": provenance,
        "sources": dict(sources or {}),
        "words": WORDS,
        "has_response": bool(leads["term_response"].notna().any()),
        "counts": {"rows": overview.rows, **overview.status},
        "codes": code_rows(overview, reasons),
        "accounting": accounting,
        "weights": screen_leads.weight_rows(leads),
        "settings": settings,
        "desirabilities": screen_leads.desirability_rows(settings, leads),
        "kept": len(leads),
        "picked": int(leads["picked"].sum()),
        "domain_share": domain_share(overview.sample),
        "sampled": len(overview.sample) if overview.sampled else 0,
        "leads": [screen_leads.lead(dict(zip(columns, row, strict=True)), endpoints, atoms) for row in rows],
        "endpoints": [endpoint_row(e, overview.sample, shown, card or {}) for e in endpoints],
        "scaffolds": screen_leads.scaffold_rows(leads),
        "figures": all_figures(overview.sample, shown, leads, endpoints, card or {}),
    }
    return {**context, **screen_leads.page_parts(context), "headline": headline(context)}


def headline(context: Mapping[str, Any]) -> list[str]:
    """Return up to five lines that say what the report says."""
    counts = context["counts"]
    lines = [
        f"{counts['rows']:,} rows = {counts['accepted']:,} accepted + {counts['flagged']:,} flagged "
        f"+ {counts['rejected']:,} rejected",
        f"{context['accounting']['ranked']:,} distinct molecules ranked, {context['picked']} picked for diversity",
    ]
    if context["leads"]:
        first = context["leads"][0]
        lines.append(
            f"First: {first['id']}, score {first['score']:.2f}, {screen_leads.domain_words(first['in_domain'])}"
        )
    if context["domain_share"] is not None:
        lines.append(f"{100 * context['domain_share']:.0f} % of the scored molecules lie in the models' domain")
    return [*lines, f"{HYPOTHESES} {IN_VITRO}"]


def code_rows(overview: Overview, reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one row per status and code, rejects first, the most frequent first."""
    order = {status: place for place, status in enumerate(reversed(STATUSES))}
    ranked = sorted(overview.codes.items(), key=lambda item: (order.get(item[0][0], 9), -item[1], item[0][1]))
    return [
        {"status": status, "code": code, "meaning": reasons.get(code) or CODE_WORDS.get(code, ""), "count": count}
        for (status, code), count in ranked
    ]


def domain_share(sample: pd.DataFrame) -> float | None:
    """Return the share of scored molecules in the models' domain, None where unknown."""
    known = sample["in_domain"].dropna() if "in_domain" in sample else pd.Series(dtype=bool)
    return float(known.astype(bool).mean()) if len(known) else None


def endpoint_row(
    endpoint: EndpointWords, library: pd.DataFrame, leads: pd.DataFrame, card: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the table of endpoints says of one."""
    values, best = numeric(library, endpoint.name), numeric(leads, endpoint.name)
    probable = endpoint.task == "classification" and len(values) > 0
    return {
        "name": endpoint.name,
        "assay": f"{endpoint.assay}; {CLINTOX_WORDS}"
        if endpoint.name in CLINTOX and CLINTOX_WORDS not in endpoint.assay
        else endpoint.assay,
        "better": endpoint.direction,
        "unit": endpoint.unit,
        "library": float(pd.Series(values).median()) if len(values) else None,
        "leads": float(pd.Series(best).median()) if len(best) else None,
        "training": training_answers(card, endpoint.name).get("p50"),
        "above_half": float((values >= 0.5).mean()) if probable else None,
        "accuracy": accuracy_words(card, endpoint.name) or None,
        "data": f"{endpoint.dataset}; {endpoint.licence}" if endpoint.licence else endpoint.dataset,
    }


def write(context: Mapping[str, Any], leads: pd.DataFrame, folder: str | Path) -> None:
    """Write report.html, report.pdf, leads.tsv, rejected.tsv and, last, report.json into the folder."""
    folder = Path(folder)
    write_text(folder / "report.html", render_html("screen.html.j2", context))
    render_pdf("screen.typ", context, folder / "report.pdf")
    write_text_table(folder / "leads.tsv", leads)
    columns = ["status", "code", "meaning", "count"]
    write_text_table(folder / "rejected.tsv", pd.DataFrame(context["codes"], columns=columns))
    write_json(folder / "report.json", to_plain(without_drawings(context)))


def without_drawings(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context for report.json: numbers and words, no pictures."""
    leads = [
        {k: v for k, v in lead.items() if k not in {"structure", "explanations"}}
        | {"explanations": [{k: v for k, v in e.items() if k != "structure"} for e in lead["explanations"]]}
        for lead in context["leads"]
    ]
    scaffolds = [{k: v for k, v in row.items() if k != "structure"} for row in context["scaffolds"]]
    rest = {
        k: v
        for k, v in context.items()
        if k not in {"figures", "leads", "scaffolds", "headline", "provenance", "sources", *screen_leads.PAGE_ONLY}
    }
    return {
        "headline": context["headline"],
        **rest,
        "leads": leads,
        "scaffolds": scaffolds,
        "provenance": context["provenance"],
        "sources": context["sources"],
    }


def to_plain(value: Any) -> Any:
    """Return nested mappings and lists with plain scalars, unknown as None."""
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_plain(v) for v in value]
    return None if is_unknown(value) else plain(value)
