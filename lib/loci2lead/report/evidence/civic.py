"""CIViC's TSV releases (https://civicdb.org, CC0): evidence of the 2018 to current formats, and assertions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.biomarkers import parse_expression, parse_leaf
from loci2lead.report.evidence.diseases import map_disease
from loci2lead.report.evidence.drugs import display, regimen
from loci2lead.report.evidence.line import line_of
from loci2lead.report.evidence.statement import (
    AllOf,
    AnyOf,
    Biomarker,
    Direction,
    Expression,
    Significance,
    Site,
    Statement,
    Strength,
)
from loci2lead.report.evidence.tables import date_in_name, read_rows

SOURCE, LICENCE = "CIViC", "CC0 1.0"
_COMMON = ("disease", "doid", "evidence_type", "evidence_direction", "evidence_level", "evidence_id", "citation")
_OLD = (*_COMMON, "gene", "variant", "drugs", "drug_interaction_type", "clinical_significance")
_NEW = (*_COMMON, "molecular_profile", "therapies", "therapy_interaction_type", "significance")
_ASSERTION = (
    "molecular_profile",
    "disease",
    "doid",
    "therapies",
    "assertion_direction",
    "assertion_id",
    "amp_category",
)
_SIGNIFICANCE: dict[str, Significance] = {
    "sensitivity/response": "sensitivity",
    "sensitivityresponse": "sensitivity",
    "sensitivity": "sensitivity",
    "resistance": "resistance",
    "reduced sensitivity": "reduced sensitivity",
    "adverse response": "adverse response",
}
_STRENGTHS: dict[str, Strength] = {"A": "A", "B": "B", "C": "C", "D": "D", "E": "E"}


@dataclass(frozen=True)
class _Columns:
    """Names of the columns that changed between the formats."""

    therapies: str
    interaction: str
    significance: str
    prefix: str
    id_prefix: str


_FORMATS = {
    "old": _Columns("drugs", "drug_interaction_type", "clinical_significance", "evidence", "EID"),
    "new": _Columns("therapies", "therapy_interaction_type", "significance", "evidence", "EID"),
    "assertion": _Columns("therapies", "therapy_interaction_type", "significance", "assertion", "AID"),
}


def load_civic(path: str | Path, tree: OncoTree) -> list[Statement]:
    """Return the predictive statements of a CIViC TSV. Raises InputError for a file with other columns."""
    header = _header_of(path)
    kind = "assertion" if "assertion_id" in header else "new" if "molecular_profile" in header else "old"
    required = {"old": _OLD, "new": _NEW, "assertion": _ASSERTION}[kind]
    rows = read_rows(path, "a CIViC release of clinical evidence or assertion summaries", required)
    version = date_in_name(path) or max((r.get("last_review_date", "")[:10] for r in rows), default="")
    return [s for row in rows for s in _statements(row, _FORMATS[kind], version, tree)]


def _header_of(path: str | Path) -> list[str]:
    rows = read_rows(path, "a CIViC release", ())
    return list(rows[0]) if rows else []


def _statements(row: dict[str, str], names: _Columns, version: str, tree: OncoTree) -> Iterator[Statement]:
    if row.get(f"{names.prefix}_type", "Predictive").casefold() != "predictive":
        return
    if row.get(f"{names.prefix}_status", "accepted").casefold() not in ("accepted", "submitted", ""):
        return
    therapies = [part for part in row[names.therapies].split(",") if part.strip()]
    if not therapies:
        return
    disease = map_disease(row["disease"], tree, doid=row["doid"])
    text = row.get("evidence_statement") or row.get("assertion_description") or row.get("assertion_summary") or ""
    expression = _with_conditions(_biomarkers(row), disease.conditions)
    alternatives = [[t] for t in therapies] if row.get(names.interaction) == "Substitutes" else [therapies]
    for drugs in map(regimen, alternatives):
        yield Statement(
            source=SOURCE,
            source_id=", ".join(f"{names.id_prefix}{n.strip()}" for n in row[f"{names.prefix}_id"].split(",")),
            version=version,
            date=row.get("last_review_date", "")[:10],
            licence=LICENCE,
            biomarkers=expression,
            drugs=drugs,
            regimen=_shown(drugs, row.get(names.interaction, ""), therapies),
            direction=_direction(row[f"{names.prefix}_direction"]),
            significance=_SIGNIFICANCE.get(row[names.significance].casefold(), "other"),
            level=row.get("evidence_level") or row.get("amp_category", ""),
            strength=_strength(row),
            disease=row["disease"],
            oncotree=disease.oncotree,
            scope=disease.scope,
            line=line_of(text),
            citation=_citation(row),
            url=row.get(f"{names.prefix}_civic_url") or _url(row, names),
            text=text,
        )


def _biomarkers(row: dict[str, str]) -> Expression:
    """Return the profile; several variants in a cell of the old format were one item each, so any will do."""
    if "molecular_profile" in row:
        return parse_expression(row["molecular_profile"])
    parts = tuple(parse_leaf(part.strip(), row["gene"]) for part in row["variant"].split(",") if part.strip())
    if len(parts) == 1 and isinstance(parts[0], Biomarker) and parts[0].kind == "change":
        return Biomarker("change", parts[0].name, parts[0].detail, parts[0].text, sites=_sites(row))
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def _sites(row: dict[str, str]) -> tuple[Site, ...]:
    start, ref, alt = row["start"], row["reference_bases"], row["variant_bases"]
    if not (start.isdigit() and ref.isalpha() and alt.isalpha() and row["chromosome"]):
        return ()
    return (Site(row["reference_build"], row["chromosome"], int(start) - 1, ref, alt),)


def _with_conditions(expression: Expression, conditions: tuple[str, ...]) -> Expression:
    if not conditions:
        return expression
    return AllOf((expression, *(parse_leaf(c) for c in conditions)))


def _direction(text: str) -> Direction:
    words = {part.strip().casefold() for part in text.split(",")}
    if words == {"supports"}:
        return "supports"
    return "does not support" if words == {"does not support"} else "conflicting"


def _strength(row: dict[str, str]) -> Strength:
    if "assertion_id" in row:
        return "assertion" if "level a" in row["amp_category"].casefold() else "B"
    return _STRENGTHS.get(row["evidence_level"].strip(), "E")


def _shown(drugs: frozenset[str], interaction: str, therapies: list[str]) -> str:
    if interaction == "Sequential":
        return " then ".join(t.strip().lower() for t in therapies)
    return display(drugs)


def _citation(row: dict[str, str]) -> str:
    number = row.get("pubmed_id") or row.get("citation_id") or ""
    kind = row.get("source_type") or "PubMed"
    return f"{row.get('citation', '')} ({kind} {number})".strip() if number else row.get("citation", "")


def _url(row: dict[str, str], names: _Columns) -> str:
    plural = "evidence" if names.prefix == "evidence" else "assertions"
    return f"https://civicdb.org/links/{plural}/{row[f'{names.prefix}_id'].split(',')[0]}"
