"""Fit mutational signatures to a tumour's substitutions, with intervals by bootstrap.

The signatures are yours: COSMIC's SBS table (Type, SBS1, SBS2, ...). Below --min-mutations substitutions nothing is
fitted and the output says so. Name the output signatures.json beside the sample's other results and its report
shows it.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--variants", type=Path, required=True, help="VCF of somatic variants")
    parser.add_argument("--reference", type=Path, required=True, help="FASTA of the same genome")
    parser.add_argument("--signatures", type=Path, required=True, help="TSV of 96 contexts by signature (COSMIC SBS)")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")
    parser.add_argument("--sample", help="the tumour's column, where the file does not name the tumour itself")
    parser.add_argument("--min-mutations", type=int, default=50, help="substitutions needed (default 50)")
    parser.add_argument("--resamplings", type=int, default=200, help="bootstrap samples (default 200)")
    parser.add_argument("--seed", type=int, default=1)


def run(
    *,
    variants: Path,
    reference: Path,
    signatures: Path,
    output: Path,
    sample: str | None = None,
    min_mutations: int = 50,
    resamplings: int = 200,
    seed: int = 1,
) -> None:
    """Fit, and write the JSON; raise InputError for a file or a setting that cannot be used."""
    from loci2lead.errors import InputError
    from loci2lead.io.atomic import write_json
    from loci2lead.io.fasta import Reference
    from loci2lead.provenance import describe
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.signatures import as_plain, fit_signatures, read_signatures, spectrum

    if min_mutations < 1 or resamplings < 20:
        raise InputError(
            "Too few to say anything", found=f"{min_mutations}, {resamplings}", expected="1 and 20 or more"
        )
    names, matrix = read_signatures(signatures)
    counts = spectrum(variants, Reference(reference), sample)
    total = counts.total()
    if total < min_mutations:
        reason = f"{total} substitutions in known contexts, {min_mutations} needed"
        found = {"status": "not_fitted", "mutations": total, "reason": reason}
    else:
        found = as_plain(fit_signatures(counts, names, matrix, resamplings=resamplings, seed=seed))
    found["provenance"] = describe(
        "fit-signatures",
        results_version=RESULTS_VERSION,
        inputs={"variants": variants, "reference": reference, "signatures": signatures},
        parameters={"min_mutations": min_mutations, "resamplings": resamplings, "seed": seed},
    )
    write_json(output, found)


def main(args: argparse.Namespace) -> None:
    """Run with parsed arguments."""
    run(**vars(args))
