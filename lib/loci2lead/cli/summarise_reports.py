"""Print where the reports of a run are and what each says, in a few lines."""

import argparse
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reports", type=Path, required=True, metavar="DIR", help="folder `reports` of a run")


def run(*, reports: Path) -> None:
    """Print the headline of every report.json below `reports`. Raises InputError where there is none."""
    import json

    from loci2lead.errors import InputError

    found = sorted(reports.glob("*/*/report.json"))
    if not found:
        raise InputError("No report found", file=reports, remedy="run the workflow first, e.g. `make demo`")
    for path in found:
        content = json.loads(path.read_text(encoding="utf-8"))
        print(f"\n{path.with_suffix('.html')}  (also .pdf, .json)")
        for line in headline(content):
            print(f"  {line}")


def headline(content: dict[str, Any]) -> list[str]:
    """Return at most five lines from the `headline` of a report."""
    return [str(line) for line in content["headline"][:5]]


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
