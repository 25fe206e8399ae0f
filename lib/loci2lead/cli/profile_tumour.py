"""Turn a tumour's variants, copy numbers and expression into a profile with one row per gene.

Unknown is written as null, never as 0: a gene without a variant is "none" only where --covered (or
--assume-covered exome) says that the assay could have seen one. Variants that did not pass are not used.
"""

import argparse
import tempfile
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "--variants",
        type=Path,
        required=True,
        help="VCF; without an annotation it is annotated by gene and codon first",
    )
    parser.add_argument("--genes", type=Path, required=True, help="gene models of the same genome, Ensembl-style GFF3")
    parser.add_argument("--copy-number", type=Path, help="TSV: gene, copies; or chrom, start, end with copies or log2")
    parser.add_argument("--expression", type=Path, help="TSV: gene, tpm")
    parser.add_argument("--covered", type=Path, help="BED of the regions that the assay could see")
    parser.add_argument(
        "--assume-covered",
        choices=("none", "exome"),
        default="none",
        help="without --covered: exome = every coding gene was seen; none = nothing is known (default)",
    )
    parser.add_argument(
        "--population-frequencies",
        type=Path,
        metavar="VCF/TSV",
        help="variants at 0.1 %% or more (INFO/AF; or chrom, pos, ref, alt, af) count as inherited, but for hotspots",
    )
    parser.add_argument("--oncotree", required=True, help="OncoTree code of the tumour, such as COAD")
    parser.add_argument("--sample", required=True, help="pseudonym of the sample; also its column in a larger VCF")
    parser.add_argument("--output", type=Path, required=True, help="profile as .parquet")


def run(
    *,
    variants: Path,
    genes: Path,
    oncotree: str,
    sample: str,
    output: Path,
    copy_number: Path | None = None,
    expression: Path | None = None,
    covered: Path | None = None,
    assume_covered: str = "none",
    population_frequencies: Path | None = None,
) -> None:
    """Write the profile; raise InputError for an input that cannot be used."""
    from loci2lead.io.gff import read_transcripts
    from loci2lead.io.tables import write_parquet
    from loci2lead.io.vcf import open_variants
    from loci2lead.io.vcf_annotations import annotation_of
    from loci2lead.provenance import describe
    from loci2lead.response import RESULTS_VERSION
    from loci2lead.response.profile import build_profile, check_oncotree, covered_coding_megabases
    from loci2lead.variants.annotate import annotate

    check_oncotree(oncotree)
    with tempfile.TemporaryDirectory(prefix="loci2lead-profile-") as folder:
        with open_variants(variants) as source:
            is_annotated, samples = annotation_of(source.header) is not None, list(source.header.samples)
        column = sample if sample in samples else None
        annotated = variants
        if not is_annotated:
            annotated = Path(folder) / "annotated.vcf"
            annotate(variants, genes, annotated, sample=column)
        transcripts = read_transcripts(genes)
        table = build_profile(
            annotated,
            transcripts,
            sample=sample,
            oncotree=oncotree,
            copy_number=copy_number,
            expression=expression,
            covered=covered,
            assume_covered=assume_covered,
            column=column,
            population_frequencies=population_frequencies,
        )
    inputs = {
        "variants": variants,
        "genes": genes,
        "copy_number": copy_number,
        "expression": expression,
        "covered": covered,
        "population_frequencies": population_frequencies,
    }
    parameters: dict[str, object] = {"sample": sample, "oncotree": oncotree, "assume_covered": assume_covered}
    if covered is not None:
        parameters["covered_coding_mb"] = round(covered_coding_megabases(transcripts, covered), 6)
    provenance = describe("profile-tumour", results_version=RESULTS_VERSION, inputs=inputs, parameters=parameters)
    write_parquet(output, table, provenance)


def main(args: argparse.Namespace) -> None:
    """Run with parsed arguments."""
    run(**vars(args))
