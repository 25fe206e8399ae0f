"""The package's own small tables: hotspot codons, exons, gene roles, exclusions, conditions and checklists."""

import csv
import re
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


@dataclass(frozen=True)
class HotspotCounts:
    """How many samples carry a change at a residue, in all and by change (a residue's letter, or a short change)."""

    samples: int
    by_change: dict[str, int]


@dataclass(frozen=True)
class FunctionalStudy:
    """What laboratory studies say of a protein change: oncogenic or neutral, and where that was published."""

    effect: str
    citation: str


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
def functional_studies() -> dict[tuple[str, str], FunctionalStudy]:
    """Return the package's own short list of functional studies, by gene and short protein change."""
    return {(r["gene"], r["change"]): FunctionalStudy(r["effect"], r["citation"]) for r in _rows("functional.tsv")}


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


def read_hotspot_counts(path: str | Path) -> dict[tuple[str, int], HotspotCounts] | None:
    """Return samples by hotspot residue, None where the table does not count them by change.

    Columns as cancerhotspots.org has them: variant_amino_acid "E:833|K:24" and tumor_count or mutation_count.
    Of several rows for a residue the one with the most samples is taken; in-frame changes count by their own name.
    """
    rows = [{k.lower(): v for k, v in row.items()} for row in read_rows(path, "a table of hotspots", ())]
    total = next((c for c in ("tumor_count", "mutation_count") if rows and c in rows[0]), None)
    if not rows or "variant_amino_acid" not in rows[0] or total is None:
        return None
    counts: dict[tuple[str, int], HotspotCounts] = {}
    for row in rows:
        first = re.search(r"\d+", row["residue"])
        samples = float(row[total] or 0)
        pairs = (part.rsplit(":", 1) for part in row["variant_amino_acid"].split("|") if ":" in part)
        changes = {change: int(number) for change, number in pairs if number.isdigit()}
        key = (row["hugo_symbol"], int(first.group()) if first else 0)
        for place in [key, *((key[0], n) for change in changes if (n := _first_residue(change)))]:
            known = counts.get(place)
            if known is None or samples > known.samples:
                counts[place] = HotspotCounts(int(samples), {**(known.by_change if known else {}), **changes})
    return counts


def _first_residue(change: str) -> int | None:
    match = re.match(r"[A-Z](\d+)", change)
    return int(match.group(1)) if match else None
