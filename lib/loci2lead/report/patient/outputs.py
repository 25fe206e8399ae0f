"""The report in all of its formats: HTML, PDF, JSON, TSV, XLSX, MAF and FHIR."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from loci2lead.config.oncotree import OncoTree
from loci2lead.io.atomic import json_text, write_json, write_text
from loci2lead.report.language import language
from loci2lead.report.patient import tables
from loci2lead.report.patient.build import Report
from loci2lead.report.patient.checklist import items_for
from loci2lead.report.patient.fhir import bundle
from loci2lead.report.patient.figures import patient_figures
from loci2lead.report.patient.maf import maf_text
from loci2lead.report.patient.page_one import as_plain
from loci2lead.report.patient.prediction import MOST_SHOWN
from loci2lead.report.patient.settings import Settings
from loci2lead.report.patient.wording import BOARD, RESPONSE_WARNING
from loci2lead.report.patient.workbook import write_workbook
from loci2lead.report.render import SIMULATED_PATIENT, render_html, render_pdf

MOST_ROWS, MOST_FINDINGS = 40, 5000
TABLES = {
    "findings": tables.FINDING_COLUMNS,
    "evidence": tables.EVIDENCE_COLUMNS,
    "response": tables.RESPONSE_COLUMNS,
    "checklist": tables.CHECKLIST_COLUMNS,
}
TYPES = {"tumor": "tumour", "germline": "inherited genome", "normal": "normal tissue"}


def write_report(
    report: Report,
    folder: Path,
    provenance: dict[str, Any],
    settings: Settings,
    tree: OncoTree,
    distributions: pd.DataFrame | None,
) -> list[Path]:
    """Write the formats that the settings ask for into `folder`, each file whole or not at all; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = _tables(report, tree)
    content = _content(report, rows, settings, tree)
    written: list[Path] = []

    def asked(format_name: str, file_name: str) -> Path | None:
        if format_name not in settings.formats:
            return None
        written.append(folder / file_name)
        return written[-1]

    for name, columns in TABLES.items():
        if path := asked("tsv", f"{name}.tsv"):
            write_text(path, tables.as_tsv(columns, rows[name]))
    text = json_text(content | {"provenance": provenance})
    if path := asked("json", "report.json"):
        write_text(path, text)
    if path := asked("fhir", "report.fhir.json"):
        write_json(path, bundle(report, settings.report_date, provenance))
    if path := asked("maf", "findings.maf"):
        write_text(path, maf_text(report, provenance))
    if path := asked("xlsx", "report.xlsx"):
        _write_workbook(path, report, rows, content, provenance)
    if {"html", "pdf"} & set(settings.formats):
        said_in = language(settings.language)
        figures = patient_figures(report, _spread(distributions), _genes(report, tree), said_in.say)
        context = said_in.say_all(_page_context(report, content, rows, provenance)) | {"figs": figures}
        context["content_digest"] = hashlib.sha256(text.encode()).hexdigest()
        if path := asked("pdf", "report.pdf"):
            render_pdf("patient.typ", context, path, said_in)
        if path := asked("html", "report.html"):
            write_text(path, render_html("patient.html.j2", context, said_in))
    return written


def _write_workbook(
    path: Path,
    report: Report,
    rows: dict[str, list[dict[str, Any]]],
    content: dict[str, Any],
    provenance: dict[str, Any],
) -> None:
    left_out = content["findings_left_out"]
    notes = [SIMULATED_PATIENT] if report.context.simulated else []
    notes += [*content["headline"], *report.not_assessed, BOARD, RESPONSE_WARNING]
    notes += [f"{left_out} more findings stand in findings.tsv."] if left_out else []
    sheets: dict[str, tuple[Sequence[str], list[dict[str, Any]]]] = {
        "Checklist": (tables.CHECKLIST_COLUMNS, rows["checklist"]),
        "Findings": (tables.FINDING_COLUMNS, rows["findings"][:MOST_FINDINGS]),
        "Evidence": (tables.EVIDENCE_COLUMNS, rows["evidence"]),
        "Predicted response": (tables.RESPONSE_COLUMNS, rows["response"]),
        "Sources": (tables.SOURCE_COLUMNS, rows["sources"]),
    }
    write_workbook(
        path,
        sheets,
        title=f"Treatment report, sample {report.context.sample} (pseudonymised)",
        notes=notes,
        provenance=provenance,
    )


def _tables(report: Report, tree: OncoTree) -> dict[str, list[dict[str, Any]]]:
    return {
        "findings": tables.finding_rows(report),
        "evidence": tables.evidence_rows(report),
        "options": tables.option_rows(report, tree, near=True),
        "options_elsewhere": tables.option_rows(report, tree, near=False),
        "response": tables.response_rows(report),
        "checklist": tables.checklist_rows(report),
        "sources": tables.source_rows(report),
    }


def _content(
    report: Report, rows: dict[str, list[dict[str, Any]]], settings: Settings, tree: OncoTree
) -> dict[str, Any]:
    context = report.context
    return {
        "sample": context.sample,
        "patient": context.patient or None,
        "pseudonymised": True,
        "simulated": context.simulated,
        "headline": headline(report, tree),
        "tumour_type": {
            "oncotree": context.oncotree,
            "name": tree.name(context.oncotree) if context.oncotree else None,
        },
        "build": context.build,
        "report_date": settings.report_date or None,
        "quality_control": f"failed: {context.qc_failed}" if context.qc_failed else "passed the checks of this report",
        "page_one": as_plain(report.page),
        "counts": report.counts,
        **rows,
        "findings": rows["findings"][:MOST_FINDINGS],
        "findings_left_out": max(0, len(rows["findings"]) - MOST_FINDINGS),
        "signatures": list(report.signatures[0]),
        "signatures_words": report.signatures[1],
        "response_warning": RESPONSE_WARNING,
        "not_assessed": list(report.not_assessed),
        "decision": BOARD,
    }


def headline(report: Report, tree: OncoTree) -> list[str]:
    """Return at most five plain lines that say what the report says."""
    context = report.context
    kind = tree.name(context.oncotree) if context.oncotree else TYPES[context.type]
    simulated = " (simulated)" if context.simulated else ""
    lines = [f"{context.sample}: {kind}{simulated}, {report.counts['findings in genes']} findings in genes"]
    lines += list(report.page.alerts[:1])
    lines += list(report.page.markers[:1])
    for line in report.page.findings[: 4 - len(lines) + 1]:
        best = f": {line.regimens[0]}" if line.regimens else ""
        lines.append(f"{line.label}, tier {line.tier}{best}")
    if not report.page.findings:
        lines.append("No finding of tier I or II is reported.")
    return lines[:5]


def _page_context(
    report: Report,
    content: dict[str, Any],
    rows: dict[str, list[dict[str, Any]]],
    provenance: dict[str, Any],
) -> dict[str, Any]:
    context = report.context
    response = rows["response"]
    shown = [row for row in response if row["reason"] == ""]
    reasons: dict[str, int] = {}
    for row in response:
        if row["reason"]:
            short = row["reason"].split(" (")[0]
            reasons[short] = reasons.get(short, 0) + 1
    return content | {
        "title": f"Treatment report, sample {context.sample}",
        "provenance": provenance,
        "simulated": SIMULATED_PATIENT if context.simulated else False,
        "kind": TYPES[context.type],
        "given": _given(report),
        "findings_shown": rows["findings"][:MOST_ROWS],
        "findings_more": max(0, len(rows["findings"]) - MOST_ROWS),
        "evidence_shown": [r for r in rows["evidence"] if r["scope"] != "other tumour"][:MOST_ROWS],
        "response_shown": shown[:MOST_SHOWN],
        "response_more": max(0, len(shown) - MOST_SHOWN),
        "response_reasons": [{"reason": reason, "drugs": count} for reason, count in reasons.items()],
        "trails": [
            {"finding": f.label, "tier": report.tiers[f.id].shown, "trail": report.tiers[f.id].trail}
            for f in report.findings
            if report.tiers[f.id].name != "III"
        ][:MOST_ROWS],
        "to_sign": [
            {"finding": row["finding"], "tier": row["tier"]} for row in rows["findings"] if row["tier"] != "III"
        ],
        "oncogenicity_shown": tables.oncogenicity_rows(report, MOST_ROWS),
        "sight": report.sight.words,
        "count_rows": [{"what": what, "number": number} for what, number in report.counts.items()],
    }


def _genes(report: Report, tree: OncoTree) -> list[str]:
    """Return the genes of the tumour type's checklist that a variant caller can look at, each once."""
    items = items_for(report.context.oncotree, tree)
    return list(dict.fromkeys(gene for item in items if item.kind == "mutation" for gene in item.genes))


def _given(report: Report) -> list[list[str]]:
    """Return the clinical context as pairs of words; unknown stays unknown."""
    c = report.context
    therapies = None if c.prior_therapies is None else ", ".join(c.prior_therapies) or "none"
    pairs = {
        "Sample": c.sample,
        "Patient (pseudonymised)": c.patient or None,
        "Kind": f"{TYPES[c.type]}, from {c.source}",
        **({"Aligned by": c.alignment} if c.source == "reads" else {}),
        "Genome build": c.build,
        "ER": c.er,
        "PR": c.pr,
        "HER2": c.her2,
        "Mismatch repair (IHC)": c.mmr_ihc,
        "Microsatellites": c.msi,
        "PD-L1": None if c.pdl1 is None else str(c.pdl1),
        "Prior therapies": therapies,
        "Line to be chosen": None if c.line is None else str(c.line),
        "Stage": c.stage,
    }
    return [[term, value if value else "unknown"] for term, value in pairs.items()]


def _spread(distributions: pd.DataFrame | None) -> dict[str, tuple[float, ...]]:
    """Return the 5, 25, 50, 75 and 95 % quantiles over all training lines by drug."""
    columns = ["q05", "q25", "q50", "q75", "q95"]
    if distributions is None or not {"drug", "scope", *columns} <= set(distributions.columns):
        return {}
    overall = distributions[distributions["scope"] == "overall"]
    return {str(r["drug"]): tuple(float(r[c]) for c in columns) for r in overall.to_dict("records")}
