"""The package's own small tables: hotspot codons, exons, gene roles, exclusions, conditions and checklists."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from loci2lead.errors import InputError
from loci2lead.report.evidence.tables import read_rows

FOLDER = Path(str(files("loci2lead") / "resources" / "evidence"))


@dataclass(frozen=True)
class Exclusion:
    """A regimen that may not be offered in a tumour type though a statement would match, and who says so."""

    drugs: str
    biomarker: str
    excluded: tuple[str, ...]
    reason: str
    source: str
    date: str
    url: str


@dataclass(frozen=True)
class ClassCondition:
    """Conditions that every label for a gene asks for in a tumour type."""

    gene: str
    oncotree: tuple[str, ...]
    conditions: tuple[str, ...]
    reason: str
    source: str


@dataclass(frozen=True)
class ChecklistItem:
    """One line of a tumour type's checklist: what had to be looked at, and why."""

    oncotree: str
    item: str
    kind: str
    genes: tuple[str, ...]
    details: tuple[str, ...]
    why: str


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


@lru_cache(maxsize=1)
def hotspot_codons() -> dict[tuple[str, int], str]:
    """Return the reference codon (coding strand) of hotspot residues, by gene and codon number.

    The residues and codons are facts from the RefSeq coding sequences; the list was chosen for loci2lead.
    """
    return {(row["gene"], int(row["codon"])): row["reference"] for row in _rows("hotspots.tsv")}


@lru_cache(maxsize=1)
def exon_codons() -> dict[tuple[str, int], tuple[int, int]]:
    """Return the first and last codon of exons, by gene and the exon's number in clinical use."""
    return {
        (row["gene"], int(row["exon"])): (int(row["first_codon"]), int(row["last_codon"])) for row in _rows("exons.tsv")
    }


@lru_cache(maxsize=1)
def gene_roles() -> dict[str, str]:
    """Return "suppressor", "oncogene" or "other" by gene."""
    return {row["gene"]: row["role"] for row in _rows("gene_roles.tsv")}


@lru_cache(maxsize=1)
def exclusions() -> tuple[Exclusion, ...]:
    """Return the label exclusions."""
    return tuple(
        Exclusion(r["drugs"], r["biomarker"], _split(r["excluded"]), r["reason"], r["source"], r["date"], r["url"])
        for r in _rows("exclusions.tsv")
    )


@lru_cache(maxsize=1)
def class_conditions() -> tuple[ClassCondition, ...]:
    """Return the conditions that every label of a gene in a tumour type asks for."""
    return tuple(
        ClassCondition(r["gene"], _split(r["oncotree"]), _split(r["conditions"]), r["reason"], r["source"])
        for r in _rows("class_conditions.tsv")
    )


@lru_cache(maxsize=1)
def checklist_items() -> tuple[ChecklistItem, ...]:
    """Return the checklist lines of all tumour types, in order."""
    return tuple(
        ChecklistItem(r["oncotree"], r["item"], r["kind"], _split(r["gene"]), _split(r["detail"]), r["why"])
        for r in _rows("checklists.tsv")
    )


def read_hotspots(path: str | Path) -> frozenset[tuple[str, int]]:
    """Return gene and codon of a user's hotspot table, in the columns of cancerhotspots.org.

    Raises InputError for other columns or a residue without a number.
    """
    found = set()
    for number, row in enumerate(read_rows(path, "a table of hotspots", ("hugo_symbol", "residue")), start=1):
        digits = "".join(c for c in row["residue"].split("_")[0] if c.isdigit())
        if not digits:
            if "splice" in row["residue"].lower() or not row["residue"]:
                continue
            raise InputError(
                "A residue has no number", file=path, record=f"row {number}", found=row["residue"], expected="V600"
            )
        found.add((row["hugo_symbol"], int(digits)))
    return frozenset(found)
