"""Annotations inside a VCF, whoever wrote them: VEP's CSQ (and ours), SnpEff's ANN, bcftools' BCSQ.

All are brought to entries with VEP's field names, one per allele and transcript.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pysam

from loci2lead.io.amino_acids import THREE_LETTERS
from loci2lead.io.clinical_transcripts import clinical_transcripts
from loci2lead.io.so_terms import BCSQ_TERMS, severity, worst_first

Entry = Mapping[str, str]
SNPEFF_NAMES = {
    **{"Annotation": "Consequence", "Gene_Name": "SYMBOL", "Gene_ID": "Gene", "Feature_ID": "Feature"},
    **{"Transcript_BioType": "BIOTYPE", "Rank": "EXON", "HGVS.c": "HGVSc", "HGVS.p": "HGVSp"},
    **{"CDS.pos / CDS.length": "CDS_position", "AA.pos / AA.length": "Protein_position"},
}
SNPEFF_TERMS = {
    **{"conservative_inframe_deletion": "inframe_deletion", "disruptive_inframe_deletion": "inframe_deletion"},
    **{"conservative_inframe_insertion": "inframe_insertion", "disruptive_inframe_insertion": "inframe_insertion"},
    **{"initiator_codon_variant": "start_lost", "intergenic_region": "intergenic_variant"},
}
BCSQ_FIELDS = ("Consequence", "SYMBOL", "Feature", "BIOTYPE", "STRAND", "change", "place")
FREQUENCY = re.compile(r"gnomAD[eg]?(_(AFR|AMR|EAS|NFE|SAS))?_AF|MAX_AF|POP_AF|AF_(grpmax|popmax)", re.IGNORECASE)
"""Population frequencies, overall or of a continental group, as VEP and vcfanno name them."""


@dataclass(frozen=True)
class Annotation:
    """Which annotation a VCF carries: its INFO field and the names of its parts."""

    tag: str
    fields: tuple[str, ...]

    def entries(self, record: pysam.VariantRecord) -> list[dict[str, str]]:
        """Return a record's entries with VEP's names."""
        value: Any = record.info.get(self.tag, ())
        texts = (value,) if isinstance(value, str) else tuple(value)
        found = [dict(zip(self.fields, _split(text, len(self.fields)), strict=True)) for text in texts]
        if self.tag == "ANN":
            return [_from_snpeff(entry) for entry in found]
        return [_from_bcsq(entry) for entry in found if _is_plain(entry)] if self.tag == "BCSQ" else found


def annotation_of(header: pysam.VariantHeader) -> Annotation | None:
    """Return the annotation that a header declares, CSQ before ANN before BCSQ; None where there is none."""
    if "CSQ" in header.info:
        match = re.search(r"Format:\s*([^\s\"]+)", header.info["CSQ"].description or "")
        if match:
            return Annotation("CSQ", tuple(match.group(1).split("|")))
    if "ANN" in header.info:
        parts = re.search(r"'([^']*\|[^']*)'", header.info["ANN"].description or "")
        names = [part.strip() for part in parts.group(1).split("|")] if parts else []
        if names:
            return Annotation("ANN", tuple(SNPEFF_NAMES.get(name, name) for name in names))
    return Annotation("BCSQ", BCSQ_FIELDS) if "BCSQ" in header.info else None


def entries_of_allele(entries: Sequence[dict[str, str]], record: pysam.VariantRecord, index: int) -> list[Entry]:
    """Return the entries of alternative allele `index`: the best transcript of each gene, the worst gene first."""
    alts, ref = record.alts or (), record.ref or ""
    return _one_per_gene([e for e in entries if _is_for_allele(e, record.pos, ref, alts, index)])


def vep_allele(ref: str, alts: Sequence[str], index: int) -> str:
    """Return VEP's name of alternative `index`: the first base is cut where all alleles of an indel share it."""
    alleles = [ref, *alts]
    if len({len(a) for a in alleles}) > 1 and len({a[:1] for a in alleles}) == 1:
        return alts[index][1:] or "-"
    return alts[index]


def terms(entry: Entry) -> tuple[str, ...]:
    """Return an entry's consequence terms, the most severe first."""
    return worst_first(term for term in entry.get("Consequence", "").split("&") if term)


def frequency_fields(header: pysam.VariantHeader, annotation: Annotation) -> tuple[str, ...]:
    """Return the names of the population frequencies that a VCF carries, in its annotation or in INFO."""
    return tuple(n for n in (*annotation.fields, *header.info) if FREQUENCY.fullmatch(n))


def highest_frequency(names: Sequence[str], entry: Entry, record: pysam.VariantRecord, index: int) -> float | None:
    """Return the highest population frequency that is written for an allele; None where none is."""
    found: list[float] = []
    for name in names:
        value: Any = entry.get(name) or (record.info.get(name) if name in record.header.info else None)
        if isinstance(value, tuple):
            value = value[index] if index < len(value) else None
        numbers = re.split("[&,]", str(value)) if value is not None else []
        found += [float(n) for n in numbers if re.fullmatch(r"\d*\.?\d+([eE][-+]?\d+)?", n)]
    return max(found, default=None)


def predicted_effect(entry: Entry) -> str | None:
    """Return "damaging" or "tolerated" where two or more predictions of VEP agree and none contradicts, else None.

    Read are SIFT, PolyPhen, AlphaMissense and REVEL (ClinGen's supporting thresholds .644 and .290: Pejaver 2022).
    """
    votes = set()
    lines = 0
    words = {"SIFT": ("deleterious", "tolerated"), "PolyPhen": ("probably_damaging", "benign")}
    words["am_class"] = ("likely_pathogenic", "likely_benign")
    for name, (bad, good) in words.items():
        text = entry.get(name, "")
        if text:
            lines += 1
            votes.add("damaging" if text.startswith(bad) else "tolerated" if text.startswith(good) else "unsure")
    revel = re.match(r"\d*\.?\d+", entry.get("REVEL", ""))
    if revel:
        lines += 1
        score = float(revel.group())
        votes.add("damaging" if score >= 0.644 else "tolerated" if score <= 0.290 else "unsure")
    return votes.pop() if lines > 1 and len(votes) == 1 and votes != {"unsure"} else None


def _split(text: str, width: int) -> list[str]:
    parts = text.split("|")[:width]
    return parts + [""] * (width - len(parts))


def _from_snpeff(entry: dict[str, str]) -> dict[str, str]:
    words = [SNPEFF_TERMS.get(term, term) for term in entry.get("Consequence", "").split("&")]
    is_intron = "intron_variant" in words
    exon = "" if is_intron else entry.get("EXON", "")
    return entry | {"Consequence": "&".join(dict.fromkeys(words)), "EXON": exon}


def _is_plain(entry: dict[str, str]) -> bool:
    """csq writes @position where a change was told at another record of the same haplotype."""
    return not entry["Consequence"].startswith("@")


def _from_bcsq(entry: dict[str, str]) -> dict[str, str]:
    words = [BCSQ_TERMS.get(word, word) for word in entry["Consequence"].lstrip("*").split("&")]
    before, _, after = entry["change"].partition(">")
    codon = re.match(r"\d+", before)
    number = codon.group() if codon else ""
    residues = before[len(number) :], after.removeprefix(number)
    protein = ""
    if all(r in THREE_LETTERS for r in residues) and residues[0] != residues[1] and "start_lost" not in words:
        protein = f"p.{THREE_LETTERS[residues[0]]}{number}{THREE_LETTERS[residues[1]]}"
    strand = {"+": "1", "-": "-1"}.get(entry["STRAND"], "")
    return entry | {
        "Consequence": "&".join(words),
        "HGVSp": "p.Met1?" if "start_lost" in words else protein,
        "Protein_position": number,
        "STRAND": strand,
    }


def _is_for_allele(entry: Entry, position: int, ref: str, alts: Sequence[str], index: int) -> bool:
    if len(alts) == 1:
        return True
    if entry.get("ALLELE_NUM"):
        return entry["ALLELE_NUM"] == str(index + 1)
    if "place" in entry:
        return f"{position}{ref}>{alts[index]}" in entry["place"].split("+")
    return entry.get("Allele", "") in {vep_allele(ref, alts, index), alts[index]}


def _one_per_gene(entries: list[dict[str, str]]) -> list[Entry]:
    best: dict[str, Entry] = {}
    for entry in sorted(entries, key=_transcript_preference):
        best.setdefault(entry.get("SYMBOL") or entry.get("Gene") or "", entry)
    return sorted(best.values(), key=_gene_preference)


def _transcript_preference(entry: Entry) -> tuple[bool, bool, bool, bool, bool, int]:
    pinned = clinical_transcripts().get(entry.get("SYMBOL", ""))
    return (
        pinned is None or entry.get("Feature", "").split(".")[0] != pinned.accession.split(".")[0],
        not entry.get("MANE_SELECT"),
        entry.get("CANONICAL") != "YES",
        entry.get("PICK") != "1",
        entry.get("BIOTYPE") not in {"protein_coding", "", None},
        severity(terms(entry)),
    )


def _gene_preference(entry: Entry) -> tuple[int, bool, bool]:
    return severity(terms(entry)), not entry.get("Protein_position"), not entry.get("SYMBOL")
