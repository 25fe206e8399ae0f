"""Put the calls of any callers into one table beside the truth.

Each VCF (DeepVariant, Clair3, GATK, bcftools, ours, ...) is judged as evaluate-calls does; errors that a
caller shares or does not share with the first one named are counted and tested (McNemar, exact).
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--truth", type=Path, required=True, help="VCF of the truth")
    parser.add_argument("--calls", nargs="+", required=True, metavar="NAME=VCF", help="callers; the first is the base")
    parser.add_argument("--confident", type=Path, required=True, help="BED inside which the truth is complete")
    parser.add_argument("--reference", type=Path, required=True, help="indexed FASTA")
    parser.add_argument("--output", type=Path, required=True, help="table to write (.tsv, or .json with provenance)")


def run(*, truth: Path, calls: list[str], confident: Path, reference: Path, output: Path) -> None:
    """Judge every caller and write the table."""
    from loci2lead.io.atomic import write_json, write_text
    from loci2lead.io.bed import read_bed
    from loci2lead.io.fasta import Reference
    from loci2lead.provenance import describe
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.comparison import as_tsv, compare_callers
    from loci2lead.variants.evaluate import read_units

    named = _named(calls)
    genome, region = Reference(reference), read_bed(confident)
    callers = {name: read_units(path, region, genome) for name, path in named.items()}
    rows = compare_callers(read_units(truth, region, genome), callers, genome)
    inputs = {"truth": truth, "confident": confident, "reference": reference}
    provenance = describe(
        "compare-callers",
        results_version=RESULTS_VERSION,
        inputs={**inputs, **{f"calls {name}": path for name, path in named.items()}},
    )
    if output.suffix == ".json":
        write_json(output, {"rows": rows, "provenance": provenance})
        return
    write_text(output, as_tsv(rows))
    write_json(output.with_suffix(".provenance.json"), provenance)


def _named(calls: list[str]) -> dict[str, Path]:
    """Return the VCFs by caller. Raises InputError for a part without a name, or a name given twice."""
    from loci2lead.errors import InputError

    named: dict[str, Path] = {}
    for part in calls:
        name, sign, path = part.partition("=")
        if not (sign and name and path) or name in named:
            raise InputError(
                "Calls are given as NAME=VCF, each name once",
                found=part,
                remedy="e.g. --calls ours=a.vcf.gz gatk=b.vcf.gz",
            )
        named[name] = Path(path)
    return named


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
