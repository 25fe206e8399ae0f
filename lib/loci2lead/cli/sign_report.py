"""Sign a patient's report: a decision on every finding, bound to the files by one digest; or verify one.

The decisions are a table (TSV, or JSON with the same keys): finding, decision (accept, reject or edit), text (what
shall stand instead, for edit) and comment. Every finding of tier I and II needs one. The reviewer is a pseudonym;
names, dates and signatures go into the empty box of the page, after the run. The digest shows any later change of
the report or of the decisions; it does not prove who signed.
"""

import argparse
from pathlib import Path

from loci2lead.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--report", type=Path, required=True, metavar="DIR", help="folder of the report")
    parser.add_argument("--decisions", type=Path, help="table of decisions, TSV or JSON")
    parser.add_argument("--reviewer", default="", help="the reviewer's pseudonym")
    parser.add_argument("--verify", action="store_true", help="check a signed report instead")
    parser.add_argument("--audit-log", type=Path, help="append the sign-off to this log (see `loci2lead audit`)")


def run(
    *,
    report: Path,
    decisions: Path | None = None,
    reviewer: str = "",
    verify: bool = False,
    audit_log: Path | None = None,
) -> None:
    """Sign or verify and print the digest. Raises InputError for decisions that do not fit, Loci2leadError for
    a report that was changed after it was signed.
    """
    from loci2lead.io import audit
    from loci2lead.io.atomic import private_files
    from loci2lead.report.patient import sign_off

    if verify:
        print(f"as signed, digest {sign_off.verify(report)}")
        return
    if decisions is None or not reviewer:
        raise InputError("A sign-off needs --decisions and --reviewer", remedy="give both, or --verify to check one")
    with private_files():
        signed = sign_off.sign(report, decisions, reviewer)
    if audit_log:
        details = {"digest": signed["digest"], "reviewer": reviewer}
        audit.append(audit_log, "sign-report", sample=signed["signed"]["sample"], details=details)
    print(f"signed, digest {signed['digest']}")


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
