"""The transcript in which clinical reports number each protein: a small pinned table."""

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class ClinicalTranscript:
    """RefSeq accession without its version, the number of residues, and isoforms that begin alike.

    `alike` maps the length of another isoform to the last residue up to which both are numbered the same.
    """

    accession: str
    residues: int
    alike: dict[int, int]

    def same_until(self, residues: int) -> float:
        """Return up to which residue an isoform of that length is numbered the same, infinite for the pinned one."""
        return math.inf if residues == self.residues else self.alike.get(residues, 0)


@cache
def clinical_transcripts() -> dict[str, ClinicalTranscript]:
    """Return the pinned transcript of each gene that has one."""
    text = (files("loci2lead") / "resources" / "tables" / "clinical_transcripts.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")][1:]
    return {
        gene: ClinicalTranscript(accession, int(residues), _alike(alike)) for gene, accession, residues, alike in rows
    }


def _alike(text: str) -> dict[int, int]:
    pairs = (item.split(":") for item in text.split(",") if item)
    return {int(length): int(last) for length, last in pairs}
