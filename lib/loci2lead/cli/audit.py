"""Check an audit log: `loci2lead audit verify --log FILE` finds a dropped, altered or reordered line.

The log is written by report-patient, sign-report and erase with --audit-log (setting audit_log). Exit code 0: whole;
1: the first faulty line is named. A copy of FILE.head kept elsewhere, given with --head, also shows a log that was
rewritten from some line on.
"""

import argparse
from pathlib import Path

from loci2lead.errors import Loci2leadError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["verify"])
    parser.add_argument("--log", type=Path, required=True, help="the log, JSON lines")
    parser.add_argument("--head", type=Path, help="head file to check against, LOG.head without this flag")


def run(*, action: str, log: Path, head: Path | None = None) -> None:
    """Print that the log is whole. Raises Loci2leadError at the first fault, InputError for a missing file."""
    from loci2lead.io.audit import verify

    sound, fault = verify(log, head)
    if fault is not None:
        raise Loci2leadError(
            "The audit log was changed",
            file=log,
            record=f"line {fault.line}",
            found=fault.reason,
            expected="the chain of digests unbroken from the first line to the head",
        )
    print(f"{log}: {sound} entries, the chain is whole")


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
