"""Join the VCFs of all shards of a sample into the file that one job would have written.

The parts come from `call-variants --shard 1/N` to `N/N`. The joined file has the same bytes whatever N was.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--parts", type=Path, nargs="+", required=True, help="VCFs of shards 1 to N, in this order")
    parser.add_argument("--output", type=Path, required=True, help="VCF to write (.vcf.gz)")
    parser.add_argument("--gvcf-parts", type=Path, nargs="+", help="gVCFs of the shards, in the same order")
    parser.add_argument("--gvcf", type=Path, help="gVCF to write (.g.vcf.gz)")


def run(
    *, parts: Sequence[Path], output: Path, gvcf_parts: Sequence[Path] | None = None, gvcf: Path | None = None
) -> None:
    """Write `output`, and `gvcf` where parts of it are given. Raises InputError as gather_calls does."""
    from loci2lead.errors import InputError
    from loci2lead.variants.shards import gather_calls

    if bool(gvcf_parts) != bool(gvcf):
        raise InputError("--gvcf and --gvcf-parts belong together", found="one of them", expected="both or none")
    gather_calls(parts, output)
    if gvcf and gvcf_parts:
        gather_calls(gvcf_parts, gvcf)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
