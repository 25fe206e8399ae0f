"""The evidence of a run: which sources were read, in which version, how old, and their statements."""

import calendar
from dataclasses import dataclass
from pathlib import Path

from loci2lead.config.oncotree import OncoTree
from loci2lead.errors import InputError
from loci2lead.report.evidence.civic import load_civic
from loci2lead.report.evidence.moalmanac import load_moalmanac_assertions, load_moalmanac_statements
from loci2lead.report.evidence.statement import Statement
from loci2lead.report.evidence.user_table import DEMO_TABLE, RULES_TABLE, SHIPPED_REVIEWED, check_citable, load_table


@dataclass(frozen=True)
class Source:
    """One source: name, version (a date where it has one), licence, statements, the file (None if shipped)."""

    name: str
    version: str
    licence: str
    statements: tuple[Statement, ...]
    file: Path | None

    def age_in_months(self, today: str) -> int | None:
        """Return whole months from the version to `today` (both ISO); None where the version has no date."""
        parts = [int(p) for p in self.version.split("-") if p.isdigit()]
        if len(parts) < 2:
            return None
        year, month, day = (int(p) for p in today.split("-"))
        started = parts[2] if len(parts) > 2 else 1
        return (year - parts[0]) * 12 + month - parts[1] - (day < started)


@dataclass(frozen=True)
class EvidenceFiles:
    """The files a user points to; several of a kind are allowed."""

    civic: tuple[Path, ...] = ()
    moalmanac_statements: tuple[Path, ...] = ()
    moalmanac_assertions: tuple[Path, ...] = ()
    own: tuple[Path, ...] = ()
    demo: bool = False

    def by_role(self) -> dict[str, Path]:
        """Return the files under names for the provenance."""
        groups = {
            "civic": self.civic,
            "moalmanac_statements": self.moalmanac_statements,
            "moalmanac_assertions": self.moalmanac_assertions,
            "evidence": self.own,
        }
        return {
            role if i == 1 else f"{role}_{i}": path
            for role, paths in groups.items()
            for i, path in enumerate(paths, start=1)
        }


def load_evidence(files: EvidenceFiles, tree: OncoTree) -> list[Source]:
    """Read all sources. The package's safety rules about resistance are always among them."""
    loaded: list[tuple[str, list[Statement], Path | None]] = []
    loaded += [("CIViC", load_civic(path, tree), path) for path in files.civic]
    loaded += [
        ("MOAlmanac regulatory statements", load_moalmanac_statements(path, tree), path)
        for path in files.moalmanac_statements
    ]
    loaded += [
        ("MOAlmanac assertions", load_moalmanac_assertions(path, tree), path) for path in files.moalmanac_assertions
    ]
    loaded += [("own table", load_table(path, tree), path) for path in files.own]
    if files.demo:
        loaded.append(("loci2lead demo table", _shipped(DEMO_TABLE, tree, "loci2lead demo table"), None))
    loaded.append(("loci2lead safety rules", _shipped(RULES_TABLE, tree, "loci2lead safety rules"), None))
    return [_source(name, statements, path) for name, statements, path in loaded]


def _shipped(path: Path, tree: OncoTree, name: str) -> list[Statement]:
    statements = load_table(path, tree, source=name, version=SHIPPED_REVIEWED)
    for statement in statements:
        check_citable(statement, path)
    return statements


def _source(name: str, statements: list[Statement], path: Path | None) -> Source:
    if not statements:
        raise InputError("An evidence source holds no statement about therapies", file=path, record=name)
    first = statements[0]
    return Source(name, first.version, first.licence, tuple(statements), path)


def check_date(text: str) -> str:
    """Return an ISO date. Raises InputError for anything else."""
    parts = text.split("-")
    if [len(p) for p in parts] == [4, 2, 2] and all(p.isdigit() for p in parts):
        year, month, day = map(int, parts)
        if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1] and year >= 1900:
            return text
    raise InputError("Not a date", found=text, expected="YYYY-MM-DD", remedy="give --report-date like 2026-11-24")
