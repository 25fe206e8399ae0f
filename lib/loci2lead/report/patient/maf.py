"""The small variants as MAF 2.4, the table that cBioPortal, maftools and the GDC read.

Columns and words are those of the GDC's MAF specification 2.4; what the file adds stands after its 34 columns.
"""

import json
from collections.abc import Mapping
from typing import Any

from loci2lead.report.patient.build import Report
from loci2lead.report.patient.findings import Finding
from loci2lead.report.render import RESEARCH_USE

_REQUIRED = """
Hugo_Symbol Entrez_Gene_Id Center NCBI_Build Chromosome Start_Position End_Position Strand Variant_Classification
Variant_Type Reference_Allele Tumor_Seq_Allele1 Tumor_Seq_Allele2 dbSNP_RS dbSNP_Val_Status Tumor_Sample_Barcode
Matched_Norm_Sample_Barcode Match_Norm_Seq_Allele1 Match_Norm_Seq_Allele2 Tumor_Validation_Allele1
Tumor_Validation_Allele2 Match_Norm_Validation_Allele1 Match_Norm_Validation_Allele2 Verification_Status
Validation_Status Mutation_Status Sequencing_Phase Sequence_Source Validation_Method Score BAM_File Sequencer
Tumor_Sample_UUID Matched_Norm_Sample_UUID
"""
_ADDED = """
HGVSc HGVSp HGVSp_Short Transcript_ID Exon_Number t_depth t_ref_count t_alt_count Consequence
loci2lead_vaf loci2lead_tier loci2lead_certainty
"""
COLUMNS = tuple(_REQUIRED.split()) + tuple(_ADDED.split())

# From Sequence Ontology to the words of the specification, the gravest first (the first that a variant has counts).
_CLASSES = (
    ("splice_acceptor_variant", "Splice_Site"),
    ("splice_donor_variant", "Splice_Site"),
    ("transcript_ablation", "Splice_Site"),
    ("stop_gained", "Nonsense_Mutation"),
    ("frameshift_variant", "Frame_Shift"),
    ("stop_lost", "Nonstop_Mutation"),
    ("start_lost", "Translation_Start_Site"),
    ("inframe_insertion", "In_Frame_Ins"),
    ("inframe_deletion", "In_Frame_Del"),
    ("protein_altering_variant", "In_Frame"),
    ("missense_variant", "Missense_Mutation"),
    ("coding_sequence_variant", "Missense_Mutation"),
    ("splice_region_variant", "Splice_Region"),
    ("synonymous_variant", "Silent"),
    ("stop_retained_variant", "Silent"),
    ("start_retained_variant", "Silent"),
    ("5_prime_UTR_variant", "5'UTR"),
    ("3_prime_UTR_variant", "3'UTR"),
    ("upstream_gene_variant", "5'Flank"),
    ("downstream_gene_variant", "3'Flank"),
    ("intron_variant", "Intron"),
    ("non_coding_transcript_exon_variant", "RNA"),
    ("intergenic_variant", "IGR"),
)


def maf_text(report: Report, provenance: Mapping[str, Any]) -> str:
    """Return the MAF of a report's small variants; without consent it holds the header alone."""
    lines = ["#version 2.4", f"#{RESEARCH_USE}", f"#loci2lead {json.dumps(provenance, sort_keys=True)}"]
    lines.append("\t".join(COLUMNS))
    for finding in report.findings:
        if finding.kind == "small":
            row = _row(finding, report)
            lines.append("\t".join(str(row.get(column, "")) for column in COLUMNS))
    return "\n".join(lines) + "\n"


def _row(finding: Finding, report: Report) -> dict[str, Any]:
    context = report.context
    start, end, ref, alt = place(finding)
    homozygous = set((finding.genotype or "").replace("|", "/").split("/")) == {"1"}
    row = {
        "Hugo_Symbol": finding.gene,
        "Entrez_Gene_Id": 0,  # the specification's word for "not known"
        "Center": "loci2lead",
        "NCBI_Build": context.build,
        "Chromosome": finding.contig,
        "Start_Position": start,
        "End_Position": end,
        "Strand": "+",
        "Variant_Classification": classification(finding),
        "Variant_Type": variant_type(ref, alt),
        "Reference_Allele": ref,
        "Tumor_Seq_Allele1": alt if homozygous else ref,
        "Tumor_Seq_Allele2": alt,
        "Tumor_Sample_Barcode": context.sample,
        "Mutation_Status": _status(report),
        "HGVSc": finding.hgvs_c,
        "HGVSp": finding.hgvs_p,
        "HGVSp_Short": f"p.{finding.change}" if finding.change else None,
        "Transcript_ID": finding.transcript,
        "Exon_Number": finding.exon,
        "t_depth": finding.depth,
        "t_ref_count": None if None in (finding.depth, finding.alt_depth) else finding.depth - finding.alt_depth,  # type: ignore[operator]
        "t_alt_count": finding.alt_depth,
        "Consequence": "&".join(finding.consequences),
        "loci2lead_vaf": None if finding.vaf is None else round(finding.vaf, 4),
        "loci2lead_tier": report.tiers[finding.id].shown,
        "loci2lead_certainty": finding.certainty,
    }
    return {column: "" if value is None else value for column, value in row.items()}


def place(finding: Finding) -> tuple[int, int, str, str]:
    """Return first and last base (1-based) and the alleles as MAF writes them, "-" for nothing.

    Shared bases are cut off; an insertion lies between its two positions.
    """
    ref, alt, start = finding.ref.upper(), finding.alt.upper(), finding.position + 1
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start + 1
    if not ref:
        return start - 1, start, "-", alt
    return start, start + len(ref) - 1, ref, alt or "-"


def variant_type(ref: str, alt: str) -> str:
    """Return SNP, DNP, TNP, ONP, INS or DEL; a change of length is told by its direction."""
    if ref == "-" or (alt != "-" and len(alt) > len(ref)):
        return "INS"
    if alt == "-" or len(alt) < len(ref):
        return "DEL"
    return {1: "SNP", 2: "DNP", 3: "TNP"}.get(len(ref), "ONP")


def classification(finding: Finding) -> str:
    """Return the MAF word for the effect; without consequences what the reading frame and a hotspot tell."""
    side = "Ins" if len(finding.alt) > len(finding.ref) else "Del"
    for term, word in _CLASSES:
        if term in finding.consequences:
            return f"{word}_{side}" if word in ("Frame_Shift", "In_Frame") else word
    if finding.consequences:
        return "Targeted_Region"
    if finding.in_frame is not None:
        return f"In_Frame_{side}" if finding.in_frame else f"Frame_Shift_{side}"
    if finding.change:
        return "Nonsense_Mutation" if finding.change.endswith("*") else "Missense_Mutation"
    return "Targeted_Region"


def _status(report: Report) -> str:
    """Return Somatic only for a tumour whose caller set germline and somatic variants apart."""
    context = report.context
    if context.type != "tumor":
        return "Germline"
    return "Unknown" if context.origin_unresolved else "Somatic"
