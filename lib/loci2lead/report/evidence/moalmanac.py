"""MOAlmanac's tables (https://moalmanac.org): regulatory statements, and the older assertions.

Their licence (GPL-2.0, research use only) forbids to bundle them: users point to their own copies.
"""

import re
from pathlib import Path
from typing import Literal, cast

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.biomarkers import parse_leaf
from loci2lead.report.evidence.diseases import map_disease
from loci2lead.report.evidence.drugs import display, split_regimen
from loci2lead.report.evidence.line import line_of
from loci2lead.report.evidence.statement import (
    AllOf,
    AnyOf,
    Biomarker,
    Direction,
    Expression,
    Not,
    Site,
    Statement,
    Strength,
)
from loci2lead.report.evidence.tables import date_in_name, read_rows

LICENCE = "GPL-2.0, research use only"
_STATEMENT_COLUMNS = (
    *("statement_id", "agency", "brand", "publication_date", "direction", "biomarkers", "biomarker_types"),
    *("therapies", "disease", "oncotree", "indication"),
)
_ASSERTION_COLUMNS = (
    *("assertion_id", "feature_type", "gene", "gene1", "gene2", "protein_change", "exon", "variant_annotation"),
    *("direction", "disease", "oncotree_code", "therapy_name", "therapy_sensitivity", "therapy_resistance"),
    *("predictive_implication", "context", "description", "citation"),
)
_AGENCIES = {"fda": "FDA", "ema": "EMA", "hc": "Health Canada", "hse": "HSE (Ireland)", "hpra": "HPRA (Ireland)"}
_STRENGTHS: dict[str, Strength] = {
    "FDA-Approved": "approval",
    "Guideline": "guideline",
    "Clinical trial": "B",
    "Clinical evidence": "C",
    "Preclinical": "D",
    "Inferential": "E",
}
_RECEPTORS = (
    (r"HER2[- ]negative|\(HER2\)[- ]negative", "HER2 negative"),
    (r"HER2[- ]positive|\(HER2\)[- ]positive", "HER2 positive"),
)


def load_moalmanac_statements(path: str | Path, tree: OncoTree) -> list[Statement]:
    """Return the regulatory statements. Raises InputError for a file with other columns."""
    rows = read_rows(path, "MOAlmanac's regulatory statements", _STATEMENT_COLUMNS)
    version = date_in_name(path) or max((row["publication_date"] for row in rows), default="")
    return [_regulatory(row, version, tree) for row in rows]


def _regulatory(row: dict[str, str], version: str, tree: OncoTree) -> Statement:
    kinds = row["biomarker_types"].split(" & ")
    texts = row["biomarkers"].split(" & ")
    kinds += [""] * (len(texts) - len(kinds))
    parts = tuple(_marked(parse_leaf(t), k) for t, k in zip(texts, kinds, strict=False))
    disease = map_disease(row["disease"], tree, code=row["oncotree"])
    drugs = split_regimen(row["therapies"])
    agency = _AGENCIES.get(row["agency"], row["agency"].upper())
    return Statement(
        source="MOAlmanac",
        source_id=f"statement {row['statement_id']}",
        version=version,
        date=row["publication_date"],
        licence=LICENCE,
        biomarkers=parts[0] if len(parts) == 1 else AllOf(parts),
        drugs=drugs,
        regimen=display(drugs),
        direction="supports" if row["direction"] == "supports" else "does not support",
        significance="sensitivity",
        level=f"{agency} approval",
        strength="approval",
        disease=row["disease"],
        oncotree=disease.oncotree,
        scope=disease.scope,
        line=line_of(row["indication"]),
        citation=f"{agency} label of {row['brand']}, {row['publication_date']}",
        url=row.get("initial_approval_url", ""),
        text=row["indication"],
        agency=agency,
    )


def _marked(expression: Expression, kind: str) -> Expression:
    """Return the expression with its leaves marked germline where the source says so."""
    if kind != "Germline Variant":
        return expression
    if isinstance(expression, Biomarker):
        return Biomarker(
            expression.kind, expression.name, expression.detail, expression.text, germline=True, sites=expression.sites
        )
    if isinstance(expression, Not):
        return Not(_marked(expression.part, kind))
    parts = tuple(_marked(part, kind) for part in expression.parts)
    return AllOf(parts) if isinstance(expression, AllOf) else AnyOf(parts)


def load_moalmanac_assertions(path: str | Path, tree: OncoTree) -> list[Statement]:
    """Return the assertions about therapies. Raises InputError for a file with other columns.

    Knock-downs, signatures and aneuploidy are left out: nothing here could tell whether they hold.
    """
    rows = read_rows(path, "MOAlmanac's assertions", _ASSERTION_COLUMNS)
    version = date_in_name(path) or max((row.get("last_updated", "") for row in rows), default="")
    found = (_assertion(row, version, tree) for row in rows)
    return [statement for statement in found if statement is not None]


def _assertion(row: dict[str, str], version: str, tree: OncoTree) -> Statement | None:
    biomarker = _feature(row)
    effect = _effect(row)
    if biomarker is None or effect is None or not row["therapy_name"]:
        return None
    disease = map_disease(row["disease"], tree, code=row["oncotree_code"])
    drugs = split_regimen(row["therapy_name"])
    level = row["predictive_implication"]
    words = f"{row['context']} {row['description']}"
    conditions = [*disease.conditions, *_receptors(words if _STRENGTHS.get(level) in ("approval", "guideline") else "")]
    parts = (biomarker, *(parse_leaf(c) for c in dict.fromkeys(conditions)))
    return Statement(
        source="MOAlmanac",
        source_id=f"assertion {row['assertion_id']}",
        version=version,
        date=row.get("last_updated", ""),
        licence=LICENCE,
        biomarkers=parts[0] if len(parts) == 1 else AllOf(parts),
        drugs=drugs,
        regimen=display(drugs),
        direction=effect[1],
        significance=effect[0],
        level=level,
        strength=_STRENGTHS.get(level, "E"),
        disease=row["disease"] or row.get("oncotree_term", ""),
        oncotree=disease.oncotree,
        scope=disease.scope,
        line=line_of(words),
        citation=row["citation"],
        url=row.get("url", ""),
        text=row["description"],
        agency="FDA" if level == "FDA-Approved" else "",
    )


def _receptors(text: str) -> list[str]:
    found = [condition for pattern, condition in _RECEPTORS if re.search(pattern, text)]
    if re.search(r"(?i)triple[- ]negative", text):
        found += ["HER2 negative", "ER negative", "PR negative"]
    return found


def _effect(row: dict[str, str]) -> tuple[Literal["sensitivity", "resistance"], Direction] | None:
    directions: dict[str, Direction] = {"1": "supports", "0": "does not support"}
    if row["therapy_sensitivity"] in directions:
        return "sensitivity", directions[row["therapy_sensitivity"]]
    if row["therapy_resistance"] in directions:
        return "resistance", directions[row["therapy_resistance"]]
    return None


def _feature(row: dict[str, str]) -> Expression | None:
    kind, gene = row["feature_type"], row["gene"]
    if kind in ("Somatic Variant", "Germline Variant"):
        return _small_variant(row, germline=kind == "Germline Variant")
    if kind == "Copy Number":
        return Biomarker("copy_number", gene, row["direction"].lower(), f"{gene} {row['direction'].lower()}")
    if kind == "Rearrangement":
        genes = [g for g in (row["gene1"], row["gene2"]) if g]
        return parse_leaf(f"{'v' if len(genes) == 1 else genes[0]}::{genes[-1]}") if genes else None
    if kind == "Microsatellite Stability":
        return parse_leaf("MSI-H")
    return parse_leaf("TMB-H") if kind == "Mutational Burden" else None


def _small_variant(row: dict[str, str], *, germline: bool) -> Expression:
    gene, change, annotation = row["gene"], row["protein_change"], row["variant_annotation"]
    if change:
        leaf = cast(Biomarker, parse_leaf(change.removeprefix("p."), gene))
        if isinstance(leaf, Biomarker):
            return Biomarker(leaf.kind, gene, leaf.detail, leaf.text, germline, _sites(row))
    if annotation in ("Nonsense", "Frameshift", "Splice Site") and not row["exon"]:
        return Biomarker("truncating", gene, "", f"{gene} {annotation.lower()} variant", germline)
    if row["exon"]:
        what = annotation.lower() if annotation in ("Deletion", "Insertion", "Splice Site") else "mutation"
        return Biomarker("exon", gene, f"{row['exon']} {what}", f"{gene} exon {row['exon']} {what}", germline)
    return Biomarker("gene", gene, "", f"{gene} variants", germline)


def _sites(row: dict[str, str]) -> tuple[Site, ...]:
    start = row.get("start_position", "").split(".")[0]
    ref, alt = row.get("reference_allele", ""), row.get("alternate_allele", "")
    if not (start.isdigit() and ref.isalpha() and alt.isalpha()):
        return ()
    return (Site("GRCh37", row.get("chromosome", ""), int(start) - 1, ref, alt),)
