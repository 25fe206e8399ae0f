"""Compare what the jobs of a run asked for with what they used, and propose what to ask for.

Reads the folder benchmarks/ that a run with one of the workflow's profiles leaves. Prints a line per rule and, with
--output, writes the same as a table. Memory is without the 400 MB that every rule adds for Snakemake itself, which
runs inside the jobs of a cluster. Peaks of jobs of a second or less are seen too low: memory is looked at every half
second at first, then less often.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "--benchmarks", type=Path, default=Path("benchmarks"), metavar="DIR", help="default: benchmarks"
    )
    parser.add_argument("--output", type=Path, help="also write the table (.tsv)")


def run(*, benchmarks: Path, output: Path | None = None) -> None:
    """Print and write the comparison. Raises InputError for a folder without extended benchmark files."""
    from loci2lead.errors import InputError
    from loci2lead.io.atomic import write_text
    from loci2lead.runs.efficiency import COLUMNS, read_jobs, use_by_rule

    rules = use_by_rule(read_jobs(benchmarks))
    if not rules:
        raise InputError("No benchmark files", file=benchmarks, remedy="run the workflow first, or name its folder")
    rows = [list(COLUMNS), *(rule.cells() for rule in rules)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    greedy = [rule for rule in rules if rule.asked_to_peak > 2 and rule.seconds_longest > 1]
    for rule in greedy:
        print(f"{rule.rule} asks for {rule.asked_to_peak} times its peak: memory({rule.propose_mb}) would do")
    if output:
        write_text(output, "".join("\t".join(row) + "\n" for row in rows))


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
