"""Say what of a run is done, at work and failed: failures first, with the end of their logs and their commands.

Reads the log of the last run in a folder, while it is going on or afterwards; on a cluster too, from the login node.
"""

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--folder", type=Path, default=Path(), help="where snakemake was started (default: here)")
    parser.add_argument("--log", type=Path, help="log of the run (default: the last one under .snakemake/log)")
    parser.add_argument("--tail", type=int, default=8, help="lines shown of a failed job's log (default: 8)")


def run(*, folder: Path = Path(), log: Path | None = None, tail: int = 8) -> None:
    """Print the state of the run. Raises InputError where there is no run to tell of."""
    from loci2lead.runs.progress import latest_log, read_progress, told

    for line in told(read_progress(log or latest_log(folder)), folder, tail):
        sys.stdout.write(line + "\n")


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
