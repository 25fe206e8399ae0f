"""A user's own evidence, and the demo table of the package: one documented TSV.

Columns: source_id, biomarker, drugs, direction, significance, level, disease are needed; source, date,
licence, oncotree, conditions, line, citation, url, text, agency may be given. `biomarker` and `conditions` are
written as "BRAF V600E" (or BRAF p.Val600Glu, BRAF c.1799T>A, BRAF NC_000007.14:g.140753336A>T, BRAF
GRCh38:7:g.140753336A>T), "KRAS G12", "EGFR exon 19 deletion", "ALK fusion", "ERBB2 amplification", "PTEN mutation",
"KRAS wild type", "HER2 negative", "dMMR", joined by AND, OR, NOT and brackets. `drugs` are joined by "+".
`oncotree` lists codes joined by ";", or "any" or "solid".
"""

from importlib.resources import files
from pathlib import Path
from typing import cast, get_args

from loci2lead.config.oncotree import OncoTree
from loci2lead.errors import InputError
from loci2lead.report.evidence.biomarkers import parse_expression
from loci2lead.report.evidence.diseases import Disease, map_disease
from loci2lead.report.evidence.drugs import display, split_regimen
from loci2lead.report.evidence.line import ADJUVANT, FIRST, LATER, UNSTATED
from loci2lead.report.evidence.statement import AllOf, Biomarker, Direction, Significance, Statement, Strength, leaves
from loci2lead.report.evidence.tables import date_in_name, read_rows

REQUIRED = ("source_id", "biomarker", "drugs", "direction", "significance", "level", "disease")
OPTIONAL = (*("source", "date", "licence", "oncotree", "conditions", "line", "citation", "url", "text", "agency"),)
DEMO_TABLE = Path(str(files("loci2lead") / "resources" / "evidence" / "demo_evidence.tsv"))
RULES_TABLE = Path(str(files("loci2lead") / "resources" / "evidence" / "resistance_rules.tsv"))
SHIPPED_REVIEWED = "2026-11-24"  # when the package's own two tables were last read through against their sources
_LINES = (FIRST, LATER, f"{FIRST} or {LATER}", ADJUVANT, UNSTATED)


def load_table(path: str | Path, tree: OncoTree, *, source: str = "own table", version: str = "") -> list[Statement]:
    """Return the statements of a table. Raises InputError for other columns, or a wrong word with its row.

    Without a `version` it is the date in the file's name, or that of the newest statement.
    """
    rows = read_rows(path, "an evidence table of loci2lead", REQUIRED)
    version = version or date_in_name(path) or max((row.get("date", "") for row in rows), default="")
    return [_statement(row, number, Path(path), source, version, tree) for number, row in enumerate(rows, start=1)]


def check_citable(statement: Statement, path: Path) -> None:
    """Raise InputError where a statement of the package's own tables could not be looked up by a reader."""
    lacking = [n for n in ("source_id", "date", "citation", "url", "licence") if not getattr(statement, n)]
    if lacking:
        raise InputError("A statement lacks its citation", file=path, record=statement.key, found=", ".join(lacking))


def _statement(row: dict[str, str], number: int, path: Path, source: str, version: str, tree: OncoTree) -> Statement:
    direction = _word(row, number, path, "direction", get_args(Direction))
    significance = _word(row, number, path, "significance", get_args(Significance))
    strength = _word(row, number, path, "level", get_args(Strength))
    line = _word(row, number, path, "line", _LINES)
    drugs = split_regimen(row["drugs"])
    if not drugs:
        raise InputError("A statement names no drug", file=path, record=f"row {number}, column drugs")
    disease = _disease(row, tree)
    expression = parse_expression(row["biomarker"])
    unread = [leaf.text for leaf in leaves(expression) if isinstance(leaf, Biomarker) and leaf.kind == "other"]
    if unread:
        raise InputError(
            "A biomarker cannot be read",
            file=path,
            record=f"row {number}, column biomarker",
            found="; ".join(unread),
            expected="for example BRAF V600E, KRAS G12, EGFR exon 19 deletion, ALK fusion, PTEN mutation, dMMR",
        )
    conditions = [c.strip() for c in row.get("conditions", "").split(";") if c.strip()] + list(disease.conditions)
    parts = (expression, *(parse_expression(c) for c in conditions))
    return Statement(
        source=row.get("source") or source,
        source_id=row["source_id"],
        version=version,
        date=row.get("date", ""),
        licence=row.get("licence", ""),
        biomarkers=expression if len(parts) == 1 else AllOf(parts),
        drugs=drugs,
        regimen=display(drugs),
        direction=cast(Direction, direction),
        significance=cast(Significance, significance),
        level=f"{row['agency']} approval" if strength == "approval" and row.get("agency") else row["level"],
        strength=cast(Strength, strength),
        disease=row["disease"],
        oncotree=disease.oncotree,
        scope=disease.scope,
        line=line,
        citation=row.get("citation", ""),
        url=row.get("url", ""),
        text=row.get("text", ""),
        agency=row.get("agency", ""),
    )


def _word(row: dict[str, str], number: int, path: Path, column: str, allowed: tuple[str, ...]) -> str:
    text = row.get(column, "").strip()
    if text not in allowed:
        raise InputError(
            "An unknown word in the evidence table",
            file=path,
            record=f"row {number}, column {column}",
            found=repr(text),
            expected=", ".join(word or "(empty)" for word in allowed),
        )
    return text


def _disease(row: dict[str, str], tree: OncoTree) -> Disease:
    listed = [code.strip() for code in row.get("oncotree", "").split(";") if code.strip()]
    if listed == ["any"] or listed == ["solid"]:
        return Disease(scope="any" if listed == ["any"] else "solid")
    if listed:
        return Disease(tuple(tree.resolve(code) or code for code in listed))
    return map_disease(row["disease"], tree)
