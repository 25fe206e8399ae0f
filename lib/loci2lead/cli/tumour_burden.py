"""Give the tumour mutational burden of somatic calls: variants per megabase looked at, with a 95 % interval.

Reads a VCF of call-somatic. No burden is given where germline alleles were not removed, or where less than
0.8 Mb were looked at: the JSON then says why.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--variants", type=Path, required=True, help="VCF of call-somatic")
    parser.add_argument("--covered", type=Path, required=True, help="BED of what the assay covered: the denominator")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")


def run(*, variants: Path, covered: Path, output: Path) -> None:
    """Count, and write the JSON."""
    from loci2lead.io.atomic import write_json
    from loci2lead.io.bed import read_bed
    from loci2lead.provenance import describe
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.somatic.burden import measure_burden

    found = measure_burden(variants, read_bed(covered))
    inputs = {"variants": variants, "covered": covered}
    provenance = describe("tumour-burden", results_version=RESULTS_VERSION, inputs=inputs)
    write_json(output, {**found.plain(), "provenance": provenance})


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
