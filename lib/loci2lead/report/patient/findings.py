"""What was found in the tumour: small variants, copy numbers and fusions, with how sure their meaning is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loci2lead.io.vcf import AnnotatedVariant
from loci2lead.report.evidence.resources import exon_codons, gene_roles, hotspot_codons
from loci2lead.report.patient.fusions import read_fusions
from loci2lead.report.patient.protein import change_of, clinical_codon

Certainty = Literal["hotspot", "truncating", "probable passenger", "in-frame", "uncertain", "copy number", "fusion"]
TRUNCATING = frozenset(
    {"frameshift_variant", "stop_gained", "splice_acceptor_variant", "splice_donor_variant", "start_lost"}
)
_SILENT = """
synonymous_variant intron_variant upstream_gene_variant downstream_gene_variant intergenic_variant
3_prime_UTR_variant 5_prime_UTR_variant non_coding_transcript_exon_variant non_coding_transcript_variant
splice_region_variant stop_retained_variant start_retained_variant NMD_transcript_variant
splice_polypyrimidine_tract_variant splice_donor_region_variant splice_donor_5th_base_variant
mature_miRNA_variant regulatory_region_variant TF_binding_site_variant intergenic_region
"""
SILENT = frozenset(_SILENT.split())
# A diploid tumour genome is 1. Six copies or more count as amplified, less than half a copy as deleted: the
# usual thresholds of panel reports for focal events (see the ESMO PMWG recommendations).
AMPLIFIED_FROM, DELETED_BELOW = 3.0, 0.25


@dataclass(frozen=True)
class Finding:
    """One finding. `change` is the short protein change; `derived` says it was read from the hotspot table.

    `partner` is a fusion's 5' gene, `doubt` why a fusion is uncertain, `alt_depth` also the reads of a fusion.
    `id` is F1, F2, ... in the order of the file. Fractions and depths are None where unknown.
    """

    id: str
    kind: Literal["small", "copy_number", "fusion"]
    gene: str
    certainty: Certainty
    change: str | None = None
    derived: bool = False
    codon: int | None = None
    exon: str | None = None
    consequences: tuple[str, ...] = ()
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    transcript: str | None = None
    vaf: float | None = None
    depth: int | None = None
    alt_depth: int | None = None
    genotype: str | None = None
    contig: str = ""
    position: int = 0
    ref: str = ""
    alt: str = ""
    rules: tuple[str, ...] = ()
    copies_relative: float | None = None
    partner: str = ""
    doubt: str = ""
    frequency: float | None = None
    frequency_given: bool = False
    predicted: str | None = None

    @property
    def label(self) -> str:
        """Return the finding in words: "BRAF V600E", "ERBB2 amplification", "EML4::ALK fusion"."""
        if self.kind == "fusion":
            return f"{self.partner or '?'}::{self.gene} fusion"
        if self.kind == "copy_number":
            return f"{self.gene} {self.copy_state}"
        if self.change:
            return f"{self.gene} {self.change}"
        if self.rules:
            return f"{self.gene} {self.rules[0].removeprefix(f'{self.gene}_').replace('_', ' ')}"
        if self.hgvs_c:
            return f"{self.gene} {self.hgvs_c}"
        return f"{self.gene} codon {self.codon}" if self.codon else f"{self.gene} variant"

    @property
    def copy_state(self) -> str:
        """Return "amplification", "deletion" or "" for a copy number."""
        if self.copies_relative is None:
            return ""
        return "amplification" if self.copies_relative >= AMPLIFIED_FROM else "deletion"

    @property
    def oncogenic(self) -> bool:
        """Return whether a statement about "a mutation of the gene" may count it: never an uncertain one."""
        return self.certainty in ("hotspot", "truncating", "in-frame")

    @property
    def in_frame(self) -> bool | None:
        """Return whether it is an insertion or deletion that keeps the frame; None for substitutions."""
        size = len(self.alt) - len(self.ref)
        if size == 0 or not self.codon:
            return None
        return size % 3 == 0

    @property
    def possibly_inherited(self) -> bool:
        """Return whether its allele fraction looks like a heterozygous or homozygous inherited variant."""
        return self.vaf is not None and (0.4 <= self.vaf <= 0.6 or self.vaf >= 0.9)


def passed(variants: Iterable[AnnotatedVariant]) -> list[AnnotatedVariant]:
    """Return the alleles that passed the caller's filters and that the sample carries."""
    return [v for v in variants if not v.filters and not is_reference(v)]


def is_reference(variant: AnnotatedVariant) -> bool:
    """Return whether a record says that the sample shows only the reference here."""
    if "RefCall" in variant.filters:
        return True
    genotype = variant.genotype
    return bool(genotype) and set(genotype or "") <= set("0/|.") and "0" in (genotype or "")


def indel_share(variants: list[AnnotatedVariant]) -> float | None:
    """Return the share of insertions and deletions among the alleles; None without any."""
    if not variants:
        return None
    return sum(len(v.ref) != len(v.alt) for v in variants) / len(variants)


def small_findings(
    variants: list[AnnotatedVariant], *, indel_rich: bool, more_hotspots: frozenset[tuple[str, int]] = frozenset()
) -> list[Finding]:
    """Return the variants of coding or unknown effect in genes, in file order."""
    findings: list[Finding] = []
    for variant in variants:
        if not variant.gene or _is_silent(variant):
            continue
        change, derived = change_of(variant)
        if change and change[0] == change[-1] and change[1:-1].isdigit():
            continue  # silent, known from the hotspot table alone
        findings.append(
            Finding(
                id=f"F{len(findings) + 1}",
                kind="small",
                gene=variant.gene,
                certainty=_certainty(variant, indel_rich, more_hotspots),
                change=change,
                derived=derived,
                codon=clinical_codon(variant),
                exon=variant.exon,
                consequences=variant.consequences,
                hgvs_c=variant.hgvs_c,
                hgvs_p=variant.hgvs_p,
                transcript=variant.transcript,
                vaf=variant.vaf,
                depth=variant.depth,
                alt_depth=variant.alt_depth,
                genotype=variant.genotype,
                contig=variant.contig,
                position=variant.position,
                ref=variant.ref,
                alt=variant.alt,
                rules=_rules(variant),
                frequency=variant.frequency,
                frequency_given=variant.frequency_given,
                predicted=variant.predicted,
            )
        )
    return findings


def copy_findings(copies: dict[str, float], start: int) -> list[Finding]:
    """Return amplified and deleted genes of a copy-number table (relative copies by gene)."""
    events = [(g, c) for g, c in sorted(copies.items()) if c >= AMPLIFIED_FROM or c < DELETED_BELOW]
    return [
        Finding(f"F{start + i}", "copy_number", gene, "copy number", copies_relative=copies)
        for i, (gene, copies) in enumerate(events, start=1)
    ]


def fusion_findings(path: str | Path, start: int) -> list[Finding]:
    """Return the fusions of a table (see read_fusions); those in doubt are uncertain. Raises InputError."""
    return [
        Finding(
            f"F{start + i}",
            "fusion",
            fusion.three,
            "uncertain" if fusion.doubt else "fusion",
            partner=fusion.five,
            alt_depth=fusion.reads,
            doubt=fusion.doubt,
        )
        for i, fusion in enumerate(read_fusions(path), start=1)
    ]


def exon_number(finding: Finding) -> int | None:
    """Return the exon in clinical numbering: from the codon where the table knows the gene, else from CSQ."""
    known = exon_of(finding.gene, finding.codon) if finding.codon else None
    if known is not None:
        return known
    number = (finding.exon or "").split("/")[0]
    return int(number) if number.isdigit() else None


def exon_of(gene: str, codon: int) -> int | None:
    """Return the exon of a codon in clinical numbering; None where the table does not know it."""
    spans = exon_codons().items()
    return next((exon for (name, exon), (first, last) in spans if name == gene and first <= codon <= last), None)


def _is_silent(variant: AnnotatedVariant) -> bool:
    if variant.rules:
        return False
    if variant.consequences:
        return set(variant.consequences) <= SILENT
    return variant.codon is None  # no consequence known: only what lies in a codon can matter here


def _rules(variant: AnnotatedVariant) -> tuple[str, ...]:
    """Return the annotation's rules, and MET exon 14 where another annotator names its splice sites.

    The exon spans c.2888 to c.3028 of NM_000245, c.2942 to c.3082 of NM_001127500.
    """
    site = re.match(r"c\.(2888-|2942-|3028\+|3082\+)", variant.hgvs_c or "")
    splicing = {"splice_donor_variant", "splice_acceptor_variant"} & set(variant.consequences)
    if variant.gene == "MET" and site and splicing and "MET_exon14" not in variant.rules:
        return (*variant.rules, "MET_exon14")
    return variant.rules


def _certainty(variant: AnnotatedVariant, indel_rich: bool, more_hotspots: frozenset[tuple[str, int]]) -> Certainty:
    site = (variant.gene or "", clinical_codon(variant) or 0)
    size = len(variant.alt) - len(variant.ref)
    if {"MET_exon14", "TERT_promoter"} & set(_rules(variant)):
        return "hotspot"
    truncating = bool(TRUNCATING & set(variant.consequences))
    if not variant.consequences and size % 3:
        truncating = variant.codon is not None
    if size == 0 and not truncating and (site in hotspot_codons() or site in more_hotspots):
        return "hotspot"
    if truncating:
        if gene_roles().get(site[0]) != "suppressor":
            return "uncertain"
        return "probable passenger" if indel_rich and size else "truncating"
    if size and size % 3 == 0 and gene_roles().get(site[0]) == "oncogene" and _in_known_exon(site):
        return "in-frame"
    return "uncertain"


def _in_known_exon(site: tuple[str, int]) -> bool:
    gene, codon = site
    return any(g == gene and first <= codon <= last for (g, _), (first, last) in exon_codons().items())
