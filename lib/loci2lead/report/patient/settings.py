"""What a caller may set for a patient's report."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loci2lead.report.evidence.resources import HotspotCounts

FORMATS = ("html", "pdf", "json", "tsv", "xlsx", "maf", "fhir")


@dataclass(frozen=True)
class Settings:
    """`report_date` is ISO or "" (then no age is checked); `covered_mb` the size of the assayed coding region.

    `genes_checked` are genes that the assay is known to cover; `hotspots` more hotspot residues (gene, codon),
    `hotspot_counts` the samples by residue and change, where the table has them.
    `language` is that of the pages for people (HTML, PDF); `formats` those to be written.
    """

    report_date: str = ""
    max_age_months: int = 12
    genes_checked: tuple[str, ...] = ()
    covered_mb: float | None = None
    fusions: Path | None = None
    hotspots: frozenset[tuple[str, int]] = frozenset()
    language: str = "en"
    formats: tuple[str, ...] = FORMATS
    hotspot_counts: Mapping[tuple[str, int], HotspotCounts] | None = None
