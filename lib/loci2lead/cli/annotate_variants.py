"""Annotate a VCF with gene, transcript, consequence and HGVS names.

Writes a VCF with VEP-style INFO/CSQ, and the records that could not be used as <stem>.rejected.tsv beside it.
Without --reference an annotation that the VCF carries already (VEP's CSQ, SnpEff's ANN, bcftools' BCSQ) is taken as
it is; where there is none, only gene, transcript, exon and codon number are filled.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--variants", type=Path, required=True, help="VCF or BCF, plain or compressed")
    parser.add_argument("--genes", type=Path, required=True, help="gene models of the same genome, Ensembl-style GFF3")
    parser.add_argument("--reference", type=Path, help="FASTA of the genome; without it no consequence is given")
    parser.add_argument("--output", type=Path, required=True, help="annotated VCF; .vcf.gz is bgzipped and indexed")
    parser.add_argument("--sample", help="column to use where the VCF has several samples")
    parser.add_argument("--sample-name", help="pseudonym that replaces the column's name in the output")


def run(
    *,
    variants: Path,
    genes: Path,
    output: Path,
    reference: Path | None = None,
    sample: str | None = None,
    sample_name: str | None = None,
) -> None:
    """Annotate `variants` into `output`; raise InputError for a file that cannot be used."""
    from loci2lead.variants.annotate import annotate
    from loci2lead.variants.annotate_adopt import adopt, existing_annotation

    if reference is None and existing_annotation(variants):
        adopt(variants, output, sample=sample, sample_name=sample_name)
        return
    annotate(variants, genes, output, reference=reference, sample=sample, sample_name=sample_name)


def main(args: argparse.Namespace) -> None:
    """Run with parsed arguments."""
    run(**vars(args))
