"""Compare what older and newer evidence say of patients: changed tiers and regimens by sample, and a cohort page.

--inputs are the samples' folders, as for report-patient, each named as its sample. Evidence is given twice, once with
--before-... and once with --after-...; the package's safety rules apply on both sides.
"""

import argparse
import logging
from pathlib import Path

log = logging.getLogger(__name__)
KINDS = {"civic": "CIViC release", "moalmanac-statements": "MOAlmanac", "moalmanac-assertions": "MOAlmanac"}
KINDS["evidence"] = "your own table"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--inputs", type=Path, nargs="+", required=True, metavar="DIR", help="the samples' folders")
    for when in ("before", "after"):
        group = parser.add_argument_group(f"evidence {when} (each may be given several times)")
        for kind, words in KINDS.items():
            flag = f"--{when}-{kind}"
            group.add_argument(flag, type=Path, action="append", default=[], metavar="TSV", help=words)
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument("--covered-mb", type=float, help="size of the assayed coding region in Mb, for the TMB")
    parser.add_argument("--oncotree-table", type=Path, help="full OncoTree as TSV, for rare tumour types")
    parser.add_argument("--report-date", default="", help="YYYY-MM-DD")


def run(
    *,
    inputs: list[Path],
    output: Path,
    covered_mb: float | None = None,
    oncotree_table: Path | None = None,
    report_date: str = "",
    **evidence: list[Path],
) -> None:
    """Compare and write; `evidence` holds before_civic, after_civic and so on. Raises InputError."""
    from loci2lead.report.evidence.sources import EvidenceFiles
    from loci2lead.report.patient.compare_run import Request, compare_cohort, find_folders
    from loci2lead.report.patient.settings import Settings

    def files(when: str) -> EvidenceFiles:
        kinds = ("civic", "moalmanac_statements", "moalmanac_assertions", "evidence")
        civic, statements, assertions, own = (tuple(evidence.get(f"{when}_{kind}") or ()) for kind in kinds)
        return EvidenceFiles(civic, statements, assertions, own)

    settings = Settings(report_date=report_date, covered_mb=covered_mb)
    request = Request(find_folders(inputs), files("before"), files("after"), settings, oncotree_table)
    comparisons = compare_cohort(request, output)
    touched = sum(bool(c.changes) for c in comparisons)
    log.info("%d of %d samples change", touched, len(comparisons))


def main(args: argparse.Namespace) -> None:
    """Run with parsed arguments."""
    run(**vars(args))
