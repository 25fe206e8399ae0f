"""Sign-off: a reviewer's decision on every finding, bound by one digest to the files that were signed.

A digest shows that something changed after signing; it does not prove who signed. The identity of the patient and
the reviewer's own signature belong into the empty box of the page, after the run.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loci2lead.config.pseudonyms import EXPECTED, REMEDY, identifier_in, problem_with
from loci2lead.errors import InputError, Loci2leadError
from loci2lead.io.atomic import write_json
from loci2lead.provenance import sha256_of, to_json
from loci2lead.report.render import RESEARCH_USE

SIGNED = "report.signed.json"
DECISIONS = ("accept", "reject", "edit")
COLUMNS = ("finding", "decision", "text", "comment")
_NEEDED = ("finding", "decision")


def sign(folder: Path, decisions: Path, reviewer: str) -> dict[str, Any]:
    """Write `report.signed.json` into a report's folder and return it.

    Every finding of tier I or II needs a decision; others may have one. "edit" needs the text that shall stand
    instead. Raises InputError for unknown or doubled findings, missing decisions, or text that names someone.
    """
    found = problem_with(reviewer, needs_digit=True)
    if found:
        raise InputError("Not a pseudonym", record="--reviewer", found=found, expected=EXPECTED, remedy=REMEDY)
    report = _read_report(folder)
    checked = _checked(_read_decisions(decisions), findings_of(report), decisions)
    payload = {
        "sample": report["sample"],
        "reviewer": reviewer,
        "signed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "decisions": checked,
        "files": {path.name: sha256_of(path) for path in _files(folder)},
        "replaces": json.loads((folder / SIGNED).read_text())["digest"] if (folder / SIGNED).is_file() else None,
        "notice": RESEARCH_USE,
    }
    signed = {"digest": digest_of(payload), "signed": payload}
    write_json(folder / SIGNED, signed)
    return signed


def verify(folder: Path) -> str:
    """Return the digest of a signed report. Raises Loci2leadError that names everything changed since."""
    path = folder / SIGNED
    if not path.is_file():
        raise InputError("The report is not signed", file=path, remedy="sign it with --decisions and --reviewer")
    try:
        signed = json.loads(path.read_text(encoding="utf-8"))
        digest, payload, files = signed["digest"], signed["signed"], signed["signed"]["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("The signed report cannot be read", file=path, found=error) from error
    changed = [] if digest_of(payload) == digest else [f"{SIGNED} (what was signed)"]
    now = {p.name: sha256_of(p) for p in _files(folder)}
    changed += [f"{name} ({_change(name, now)})" for name in sorted(files) if now.get(name) != files[name]]
    changed += [f"{name} (added)" for name in sorted(set(now) - set(files))]
    if changed:
        raise Loci2leadError(
            "The report is not what was signed",
            file=folder,
            found=", ".join(changed),
            expected=f"the files as signed, digest {digest}",
            remedy="review the report again and sign it anew",
        )
    return str(digest)


def digest_of(payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is signed, in one canonical form."""
    return hashlib.sha256(to_json(payload).encode()).hexdigest()


def findings_of(report: Mapping[str, Any]) -> dict[str, str]:
    """Return the tiers of a report's findings by name; what two share a name gets its place behind it."""
    rows = report["findings"]
    labels = [row["finding"] for row in rows]
    names = {}
    for row in rows:
        place = f" {row['contig']}:{row['position']} {row['ref']}>{row['alt']}" if row.get("contig") else ""
        names[row["finding"] + (place if labels.count(row["finding"]) > 1 else "")] = row["tier"]
    return names


def _change(name: str, now: Mapping[str, str]) -> str:
    return "changed" if name in now else "missing"


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_file() and p.name != SIGNED and not p.name.startswith("."))


def _read_report(folder: Path) -> dict[str, Any]:
    path = folder / "report.json"
    if not path.is_file():
        raise InputError("No report.json is in the folder", file=path, remedy="make the report with the format json")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _read_decisions(path: Path) -> list[dict[str, str]]:
    """Read a TSV with a header, or JSON: a list of objects, alone or under "decisions"."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".json":
            content = json.loads(text)
            rows = content["decisions"] if isinstance(content, dict) else content
            read = [{str(k): "" if v is None else str(v) for k, v in row.items()} for row in rows]
        else:
            lines = [line for line in text.splitlines() if line.strip()]
            read = [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(lines, delimiter="\t")]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError("The decisions cannot be read", file=path, found=error, expected="TSV or JSON") from error
    columns = {name for row in read for name in row}
    if not read or not set(_NEEDED) <= columns or columns - set(COLUMNS):
        raise InputError(
            "The decisions have other columns",
            file=path,
            found=", ".join(sorted(columns)) or "nothing",
            expected=f"{', '.join(_NEEDED)}, and if you like {', '.join(c for c in COLUMNS if c not in _NEEDED)}",
        )
    return read


def _checked(rows: Sequence[dict[str, str]], tiers: Mapping[str, str], path: Path) -> list[dict[str, str]]:
    """Return the decisions in the order of the report. Raises InputError that lists every problem."""
    problems = [problem for number, row in enumerate(rows, start=1) for problem in _problems(number, row, tiers)]
    given = [row["finding"].strip() for row in rows]
    problems += [f"{name}: decided {given.count(name)} times" for name in dict.fromkeys(given) if given.count(name) > 1]
    undecided = [name for name, tier in tiers.items() if tier != "III" and name not in given]
    problems += [f"{name} (tier {tiers[name]}): no decision" for name in undecided]
    if problems:
        raise InputError(
            "The decisions do not fit the report",
            file=path,
            found="\n    ".join(problems),
            expected="one decision (accept, reject or edit) for each finding of tier I and II",
        )
    by_name = {row["finding"].strip(): row for row in rows}
    return [
        {"finding": name, "tier": tier} | {c: by_name[name].get(c, "").strip() for c in COLUMNS[1:]}
        for name, tier in tiers.items()
        if name in by_name
    ]


def _problems(number: int, row: Mapping[str, str], tiers: Mapping[str, str]) -> list[str]:
    name, decision = row["finding"].strip(), row["decision"].strip()
    problems = []
    if name not in tiers:
        kind = identifier_in(name)
        problems.append(
            f"row {number}: {f'what looks like {kind}' if kind else repr(name)} is no finding of the report"
        )
    if decision not in DECISIONS:
        problems.append(f"row {number}: the decision is none of {', '.join(DECISIONS)}")
    if decision == "edit" and not row.get("text", "").strip():
        problems.append(f"row {number}: edit needs a text")
    for column in ("text", "comment"):
        kind = identifier_in(row.get(column, ""))
        if kind:
            problems.append(f"row {number}: the {column} holds what looks like {kind} (not repeated here)")
    return problems
