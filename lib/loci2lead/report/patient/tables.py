"""The report's tables: the same rows for HTML, PDF, JSON and TSV."""

import re
from collections.abc import Sequence
from typing import Any

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.drugs import normalise
from loci2lead.report.evidence.resources import gene_roles
from loci2lead.report.evidence.statement import describe
from loci2lead.report.patient.build import Report
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.matching import Match
from loci2lead.report.patient.oncogenicity import Oncogenicity
from loci2lead.report.patient.regimens import Option
from loci2lead.report.patient.wording import condition_words, conflict_words, line_words, outcome_words, scope_words

_SPEAKS_OF_INHERITANCE = re.compile(r"(?i)germ-?line|hereditary|inherited")
FINDING_COLUMNS = (
    *("finding", "tier", "tier_conditional", "certainty", "gene", "change", "hgvs_c", "hgvs_p", "transcript", "exon"),
    *("consequence", "contig", "position", "ref", "alt", "vaf", "depth", "alt_depth", "genotype"),
    *("copies_relative", "partner", "doubt", "trail"),
    *("oncogenicity", "oncogenicity_points", "oncogenicity_codes", "oncogenicity_not_assessed"),
)
EVIDENCE_COLUMNS = (
    *("finding", "regimen", "outcome", "direction", "significance", "level", "strength", "scope", "disease"),
    *("match_level", "state", "conditions", "line", "biomarkers", "source", "source_id", "date", "version", "agency"),
    *("citation", "url", "licence", "exclusion", "conditions_added", "text"),
)
RESPONSE_COLUMNS = (
    *("drug", "drug_key", "percentile_in_tissue", "percentile_overall", "ln_ic50", "lower_90", "upper_90"),
    *("delta_from_tissue_mean", "drug_reliability", "in_domain", "modalities", "top_genes", "evidence", "reason"),
)
CHECKLIST_COLUMNS = ("item", "status", "words", "why")
SOURCE_COLUMNS = ("source", "version", "age_months", "statements", "licence")


def finding_rows(report: Report) -> list[dict[str, Any]]:
    """Return the findings: the highest tier first, then what is likely to drive, then genes known in cancer."""
    order = sorted(
        report.findings, key=lambda f: (report.tiers[f.id].rank, not f.oncogenic, f.gene not in gene_roles())
    )
    return [_finding_row(f, report) for f in order]


def _finding_row(f: Finding, report: Report) -> dict[str, Any]:
    tier = report.tiers[f.id]
    return {
        "finding": f.label,
        "tier": tier.shown,
        "tier_conditional": tier.conditional,
        "certainty": f.certainty,
        "gene": f.gene,
        "change": f.change,
        "hgvs_c": f.hgvs_c,
        "hgvs_p": f.hgvs_p,
        "transcript": f.transcript,
        "exon": f.exon,
        "consequence": "&".join(f.consequences) or None,
        "contig": f.contig or None,
        "position": f.position + 1 if f.contig else None,
        "ref": f.ref or None,
        "alt": f.alt or None,
        "vaf": None if f.vaf is None else round(f.vaf, 4),
        "depth": f.depth,
        "alt_depth": f.alt_depth,
        "genotype": f.genotype,
        "copies_relative": f.copies_relative,
        "partner": f.partner or None,
        "doubt": f.doubt or None,
        "trail": " | ".join(tier.trail),
    } | _oncogenicity_cells(report.oncogenicity.get(f.id))


def _oncogenicity_cells(judged: Oncogenicity | None) -> dict[str, Any]:
    if judged is None:
        return {
            "oncogenicity": None,
            "oncogenicity_points": None,
            "oncogenicity_codes": None,
            "oncogenicity_not_assessed": None,
        }
    met = [f"{code.name} ({code.points:+d}): {code.reason}" for code in judged.named("met")]
    return {
        "oncogenicity": judged.classification,
        "oncogenicity_points": judged.points,
        "oncogenicity_codes": "; ".join(met),
        "oncogenicity_not_assessed": ", ".join(code.name for code in judged.named("not assessed")),
    }


def oncogenicity_rows(report: Report, most: int) -> list[dict[str, Any]]:
    """Return the findings whose points the page shows: of tier I or II, or at least likely oncogenic."""
    rows = [
        row
        for row in finding_rows(report)
        if row["oncogenicity"] and (not row["tier"].startswith("III") or row["oncogenicity_points"] >= 6)
    ]
    return rows[:most]


def evidence_rows(report: Report) -> list[dict[str, Any]]:
    """Return every matched statement with its conditions and citation, in the order of the options."""
    labels = {f.id: f.label for f in report.findings}
    consented = report.context.consent_germline
    return [_evidence_row(m, option, labels, consented) for option in report.options for m in option.matches]


def _evidence_row(match: Match, option: Option, labels: dict[str, str], consented: bool) -> dict[str, Any]:
    s = match.statement
    return {
        "finding": labels.get(match.finding, match.finding),
        "regimen": option.regimen,
        "outcome": option.outcome,
        "direction": s.direction,
        "significance": s.significance,
        "level": s.level,
        "strength": s.strength,
        "scope": match.scope,
        "disease": s.disease,
        "match_level": match.level,
        "state": match.state,
        "conditions": "; ".join(f"{x.text}: {x.state} ({x.reason})" for x in match.leaves),
        "line": s.line,
        "biomarkers": describe(s.biomarkers),
        "source": s.source,
        "source_id": s.source_id,
        "date": s.date,
        "version": s.version,
        "agency": s.agency,
        "citation": s.citation,
        "url": s.url,
        "licence": s.licence,
        "exclusion": f"{match.exclusion.reason} [{match.exclusion.source}]" if match.exclusion else "",
        "conditions_added": match.added,
        "text": s.text if consented or not _SPEAKS_OF_INHERITANCE.search(s.text) else "(left out: consent)",
    }


def option_rows(report: Report, tree: OncoTree, *, near: bool) -> list[dict[str, Any]]:
    """Return one row per finding and regimen, about this tumour (`near`) or about others."""
    labels = {f.id: f.label for f in report.findings}
    rows = []
    for option in report.options:
        if option.near == near:
            notes = [condition_words(option), conflict_words(option) if option.outcome == "conflict" else ""]
            notes += [m.exclusion.reason for m in option.matches[:1] if m.exclusion]
            rows.append(
                {
                    "finding": labels.get(option.finding, option.finding),
                    "regimen": option.regimen,
                    "says": outcome_words(option),
                    "tier": option.tier.shown,
                    "line": line_words(option),
                    "conditions": "; ".join(n for n in notes if n),
                    "scope": scope_words(option, tree),
                    "sources": "; ".join(_short_source(m) for m in option.sources[:6])
                    + (f" + {len(option.sources) - 6}" if len(option.sources) > 6 else ""),
                }
            )
    return rows


def _short_source(match: Match) -> str:
    s = match.statement
    return f"{s.source} {s.source_id} ({s.level}{', ' + s.date if s.date else ''})"


def response_rows(report: Report) -> list[dict[str, Any]]:
    """Return the predictions, numbers left out where they may not be shown, with what evidence says of the drug."""
    if report.predictions is None:
        return []
    known = _evidence_on_single_drugs(report)
    return [row | {"evidence": known.get(normalise(row["drug"]), "")} for row in report.predictions.rows]


def _evidence_on_single_drugs(report: Report) -> dict[str, str]:
    """Return by drug what evidence in this tumour type says of it when given alone, the strongest first."""
    labels = {f.id: f.label for f in report.findings}
    said: dict[str, str] = {}
    for option in report.options:
        if option.near and len(option.drugs) == 1 and option.outcome != "neutral":
            words = f"{outcome_words(option)} ({labels.get(option.finding, option.finding)}, tier {option.tier.name})"
            said.setdefault(next(iter(option.drugs)), words)
    return said


def checklist_rows(report: Report) -> list[dict[str, Any]]:
    """Return the checklist of the tumour type."""
    return [{"item": c.item, "status": c.status, "words": c.words, "why": c.why} for c in report.checklist]


def source_rows(report: Report) -> list[dict[str, Any]]:
    """Return the sources with version, age and licence."""
    return [
        {
            "source": s.name,
            "version": s.version or None,
            "age_months": report.ages[s.name],
            "statements": len(s.statements),
            "licence": s.licence,
        }
        for s in report.sources
    ]


def as_tsv(columns: Sequence[str], rows: list[dict[str, Any]]) -> str:
    """Return rows as TSV text; tabs and line breaks inside a cell become spaces, unknown an empty cell."""
    lines = ["\t".join(columns)]
    for row in rows:
        lines.append("\t".join(_cell(row.get(column)) for column in columns))
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())
