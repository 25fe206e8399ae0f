"""Erase a sample from the results and from a run's logs, benchmarks and Snakemake metadata; a tombstone stays.

Files that were made from the sample, or name it, go too; the workflow makes those of other samples again. Your own
files (reads, variants, the sheets) are not touched: remove the sample's row from the sheet, or the next run makes
everything anew. An audit log given with --audit-log keeps its chain: a sample stands in it as a digest.
"""

import argparse
import logging
from pathlib import Path

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sample", required=True, help="the sample's pseudonym")
    parser.add_argument("--results", type=Path, required=True, metavar="DIR", help="folder of results")
    parser.add_argument(
        "--run-folder", type=Path, default=Path(), metavar="DIR", help="where logs, benchmarks and .snakemake lie"
    )
    parser.add_argument("--audit-log", type=Path, help="append what was done to this log")


def run(*, sample: str, results: Path, run_folder: Path = Path(), audit_log: Path | None = None) -> None:
    """Erase and leave a tombstone. Raises InputError for a missing folder or a sample that nothing is there of."""
    from loci2lead.config.pseudonyms import EXPECTED, REMEDY, problem_with
    from loci2lead.errors import InputError
    from loci2lead.io import audit
    from loci2lead.io.atomic import private_files, write_json
    from loci2lead.io.erase import TOMBSTONES, erase_sample, sample_among

    found = problem_with(sample, needs_digit=False)
    if found:
        raise InputError("Not a pseudonym", record="--sample", found=found, expected=EXPECTED, remedy=REMEDY)
    if not results.is_dir():
        raise InputError("The folder of results was not found", file=results, remedy="check --results")
    keep = frozenset({audit_log, audit.head_of(audit_log)}) if audit_log else frozenset()
    done = erase_sample(sample_among(sample, results), results, run_folder, keep)
    if not done.removed and not done.trimmed:
        raise InputError("Nothing of the sample was found", file=results, record="--sample")
    counts = {"removed": len(done.removed), "lines_removed_from": len(done.trimmed)}
    with private_files():
        write_json(results / TOMBSTONES / f"{sample}.json", {"sample": sample, "erased": True, **counts})
    if audit_log:
        audit.append(audit_log, "erase", sample=sample, details=counts)
    log.info("%d files and folders removed, lines removed from %d; a tombstone stays", *counts.values())


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
