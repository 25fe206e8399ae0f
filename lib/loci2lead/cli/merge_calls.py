"""Merge the calls of several somatic callers on one tumour into a consensus VCF with votes.

Each file is read as its caller writes it (Mutect2, Strelka2, VarDict, DeepSomatic, DRAGEN, ...); several files of
one caller, such as Strelka2's substitutions and indels, are given under the same name joined by a comma.
Alleles are split and left-aligned on the reference. Alleles with too few votes stay in the file as FewVotes.
"""

import argparse
import logging
from pathlib import Path

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "--calls",
        action="append",
        required=True,
        metavar="NAME=VCF",
        help="a caller's name and its VCF, or VCFs joined by commas; give it once per caller",
    )
    parser.add_argument("--reference", type=Path, required=True, help="FASTA of the genome")
    parser.add_argument("--output", type=Path, required=True, help="consensus VCF; .vcf.gz is bgzipped and indexed")
    parser.add_argument("--min-votes", type=int, default=2, help="callers needed for PASS (default 2)")
    parser.add_argument("--sample", help="the tumour's column, where a file does not name the tumour itself")
    parser.add_argument("--sample-name", default="TUMOR", help="pseudonym for the column of the output")


def run(
    *,
    calls: list[str],
    reference: Path,
    output: Path,
    min_votes: int = 2,
    sample: str | None = None,
    sample_name: str = "TUMOR",
) -> None:
    """Merge; raise InputError for a file or a setting that cannot be used."""
    from loci2lead.variants.consensus import merge_calls

    named = [_named(text) for text in calls]
    counts = merge_calls(named, reference, output, min_votes=min_votes, sample=sample, sample_name=sample_name)
    log.info(
        "%d alleles, %d with at least %d votes; %d records rejected",
        counts["alleles"],
        counts["passed"],
        min_votes,
        counts["rejected"],
    )


def _named(text: str) -> tuple[str, list[Path]]:
    import re

    from loci2lead.errors import InputError

    name, _, paths = text.partition("=")
    files = [Path(path) for path in paths.split(",") if path]
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name) or not files:
        raise InputError("Not a caller's name and VCF", record="--calls", found=text, expected="mutect2=calls.vcf.gz")
    return name, files


def main(args: argparse.Namespace) -> None:
    """Run with parsed arguments."""
    run(**vars(args))
