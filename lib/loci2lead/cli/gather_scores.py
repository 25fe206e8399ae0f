"""Join the scores of all parts of a library into the table that one job would have written.

The parts come from `screen-library --rows`. Duplicates are marked across all of them; the joined table and its
.rejected.tsv have the same bytes however the library was divided, and so has the table of the best rows (--top).
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--parts", type=Path, nargs="+", required=True, help="parts in their order, or their folder")
    parser.add_argument("--output", type=Path, required=True, help="Parquet file of scores")
    parser.add_argument(
        "--partitioned",
        action="store_true",
        help="make the output a folder of Parquet files of 2^20 rows, which pandas and DuckDB read as one table",
    )
    parser.add_argument("--threads", type=int, default=1, help="processes of --partitioned (default: %(default)s)")
    parser.add_argument("--top", type=int, help="also write the best rows by --by to <stem>.top.parquet")
    parser.add_argument("--by", help="column of the scores and its best end, as herg:low or qed:high (the default)")


def run(
    *,
    parts: Sequence[Path],
    output: Path,
    partitioned: bool = False,
    threads: int = 1,
    top: int | None = None,
    by: str | None = None,
) -> None:
    """Write `output`. Raises InputError as gather_scores does."""
    from loci2lead.molecules.best import parse_top
    from loci2lead.molecules.parts import gather_scores, parts_in

    parts = parts_in(parts[0]) if len(parts) == 1 and parts[0].is_dir() else parts
    counts = gather_scores(parts, output, parse_top(top, by), partitioned=partitioned, processes=threads)
    log.info("%s rows in %d parts", f"{counts.total():,}", len(parts))


def main(args: argparse.Namespace) -> None:
    """Run with parsed flags."""
    run(**vars(args))
