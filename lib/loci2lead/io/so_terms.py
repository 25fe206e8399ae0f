"""Sequence Ontology consequence terms: their order of severity and Ensembl's IMPACT classes.

Source: Ensembl's public table of calculated variant consequences (order and impact as listed there).
"""

from collections.abc import Iterable

_BY_IMPACT = {
    "HIGH": (
        "transcript_ablation",
        "splice_acceptor_variant",
        "splice_donor_variant",
        "stop_gained",
        "frameshift_variant",
        "stop_lost",
        "start_lost",
        "transcript_amplification",
        "feature_elongation",
        "feature_truncation",
    ),
    "MODERATE": ("inframe_insertion", "inframe_deletion", "missense_variant", "protein_altering_variant"),
    "LOW": (
        "splice_donor_5th_base_variant",
        "splice_region_variant",
        "splice_donor_region_variant",
        "splice_polypyrimidine_tract_variant",
        "incomplete_terminal_codon_variant",
        "start_retained_variant",
        "stop_retained_variant",
        "synonymous_variant",
    ),
    "MODIFIER": (
        "coding_sequence_variant",
        "mature_miRNA_variant",
        "5_prime_UTR_variant",
        "3_prime_UTR_variant",
        "non_coding_transcript_exon_variant",
        "intron_variant",
        "NMD_transcript_variant",
        "non_coding_transcript_variant",
        "coding_transcript_variant",
        "upstream_gene_variant",
        "downstream_gene_variant",
        "TFBS_ablation",
        "TFBS_amplification",
        "TF_binding_site_variant",
        "regulatory_region_ablation",
        "regulatory_region_amplification",
        "regulatory_region_variant",
        "intergenic_variant",
        "sequence_variant",
    ),
}
IMPACT = {term: impact for impact, terms in _BY_IMPACT.items() for term in terms}
RANK = {term: rank for rank, term in enumerate(IMPACT)}
UNKNOWN_RANK = len(RANK)

BCSQ_TERMS = {
    "missense": "missense_variant",
    "synonymous": "synonymous_variant",
    "stop_gained": "stop_gained",
    "stop_lost": "stop_lost",
    "stop_retained": "stop_retained_variant",
    "start_lost": "start_lost",
    "start_retained": "start_retained_variant",
    "frameshift": "frameshift_variant",
    "inframe_deletion": "inframe_deletion",
    "inframe_insertion": "inframe_insertion",
    "inframe_altering": "protein_altering_variant",
    "splice_acceptor": "splice_acceptor_variant",
    "splice_donor": "splice_donor_variant",
    "splice_region": "splice_region_variant",
    "coding_sequence": "coding_sequence_variant",
    "5_prime_utr": "5_prime_UTR_variant",
    "3_prime_utr": "3_prime_UTR_variant",
    "intron": "intron_variant",
    "non_coding": "non_coding_transcript_variant",
    "feature_elongation": "feature_elongation",
}
"""What bcftools csq calls the terms."""


def severity(terms: Iterable[str]) -> int:
    """Return the rank of the most severe term (0 = worst); terms not in the table, or none, rank last."""
    return min((RANK.get(term, UNKNOWN_RANK) for term in terms), default=UNKNOWN_RANK)


def worst_first(terms: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct terms, the most severe first."""
    return tuple(sorted(set(terms), key=lambda term: (RANK.get(term, UNKNOWN_RANK), term)))


def impact(terms: Iterable[str]) -> str:
    """Return the IMPACT class of the most severe term, or an empty string where there is none."""
    ordered = worst_first(terms)
    return IMPACT.get(ordered[0], "MODIFIER") if ordered else ""
