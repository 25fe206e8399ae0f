"""compare-evidence: what moves between two releases, for each patient and for the cohort, and nothing else."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.browser import assert_accessible
from tests.report.builders import Call, write_context, write_vcf

RunCli = Callable[..., tuple[int, str, str]]
COLUMNS = ["source_id", "biomarker", "drugs", "direction", "significance", "level", "disease", "oncotree", "date"]
LUNG = ["1", "EGFR L858R", "osimertinib", "supports", "sensitivity", "B", "Lung cancer", "LUAD", "2020-01-01"]
APPROVED = [*LUNG[:5], "approval", *LUNG[6:8], "2025-01-01"]
COLON = ["2", "BRAF V600E", "drug x", "supports", "sensitivity", "C", "Colorectal cancer", "COADREAD", "2020-01-01"]
DENIED = [*COLON[:3], "does not support", *COLON[4:]]
FRESH = ["3", "BRAF V600E", "drug y", "supports", "sensitivity", "C", "Colorectal cancer", "COADREAD", "2025-01-01"]


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Return a folder with three patients: lung, colon, and one without consent."""
    for sample, call, context in (
        ("S1", Call("EGFR", "p.Leu858Arg"), {"oncotree": "LUAD"}),
        ("S2", Call("BRAF", "p.Val600Glu"), {"oncotree": "COAD"}),
        ("S3", Call("BRAF", "p.Val600Glu"), {"oncotree": "COAD", "consent_somatic": False}),
    ):
        (tmp_path / sample).mkdir()
        write_vcf(tmp_path / sample / "annotated.vcf.gz", [call], sample)
        write_context(tmp_path / sample / "context.json", sample=sample, **context)
    return tmp_path


def table(path: Path, *rows: list[str]) -> Path:
    path.write_text("\n".join("\t".join(row) for row in [COLUMNS, *rows]) + "\n")
    return path


def compare(run_cli: RunCli, cohort: Path, before: list[list[str]], after: list[list[str]], name: str = "out") -> Path:
    one, two = table(cohort / "before.tsv", *before), table(cohort / "after.tsv", *after)
    folders = [cohort / s for s in ("S1", "S2", "S3")]
    out = cohort / name
    code, _, err = run_cli(
        "compare-evidence", "--inputs", *folders, "--before-evidence", one, "--after-evidence", two, "--output", out
    )
    assert code == 0, err
    return out


def changes(out: Path, name: str = "changes.tsv") -> set[tuple[str, ...]]:
    with (out / name).open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    return {(r["sample"], r["kind"], r["finding"], r["regimen"], r["before"], r["after"]) for r in rows}


def test_tiers_and_regimens_that_move_are_told_by_patient(run_cli: RunCli, cohort: Path) -> None:
    out = compare(run_cli, cohort, [LUNG, COLON], [APPROVED, DENIED, FRESH])
    candidate = "I-B candidate, needs a reviewer"
    otherwise = ("regimen says otherwise", "EGFR L858R", "osimertinib")
    helps, fails = "supports sensitivity", "no benefit was found"
    assert changes(out) == {
        ("S1", "tier raised", "EGFR L858R", "", candidate, "I-A"),
        ("S1", *otherwise, f"tier {candidate}: {helps}", f"tier I-A: {helps}"),
        ("S2", "regimen says otherwise", "BRAF V600E", "drug x", f"tier II-D: {helps}", f"tier II-D: {fails}"),
        ("S2", "regimen new", "BRAF V600E", "drug y", "", f"tier II-D: {helps}"),
    }
    assert changes(out, "S2.changes.tsv") == {c for c in changes(out) if c[0] == "S2"}
    assert changes(out, "S3.changes.tsv") == set()
    page = (out / "cohort.html").read_text()
    assert "withheld: no consent" in page and "I-B candidate" in page and "Research use only" in page
    patients = json.loads((out / "cohort.json").read_text())["patients"]
    assert [(p["sample"], p["raised"]) for p in patients] == [("S1", 1), ("S2", 0), ("S3", 0)]


def test_what_is_taken_back_lowers_and_withdraws(run_cli: RunCli, cohort: Path) -> None:
    out = compare(run_cli, cohort, [APPROVED, COLON], [COLON])
    kinds = {(c[0], c[1]) for c in changes(out)}
    assert kinds == {("S1", "tier lowered"), ("S1", "regimen withdrawn")}
    statements = json.loads((out / "cohort.json").read_text())["statements"]
    own = next(row for row in statements if row["source"] == "own table")
    assert (own["came"], own["went"], own["stayed"]) == (0, 1, 1)


def test_the_same_evidence_changes_nothing_and_the_bytes_stay(run_cli: RunCli, cohort: Path) -> None:
    first = compare(run_cli, cohort, [LUNG, COLON], [COLON, LUNG])
    assert changes(first) == set() and "Nothing changes." in (first / "cohort.html").read_text()
    second = compare(run_cli, cohort, [LUNG, COLON], [COLON, LUNG], "again")
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_mistakes_are_named(run_cli: RunCli, cohort: Path) -> None:
    code, _, err = run_cli("compare-evidence", "--inputs", cohort / "S9", "--output", cohort / "out")
    assert code == 2 and "folder of a sample was not found" in err
    twice = ["--inputs", cohort / "S1", cohort / "S1", "--output", cohort / "out"]
    code, _, err = run_cli("compare-evidence", *twice)
    assert code == 2 and "Two folders are of the same sample" in err


@pytest.mark.slow
def test_the_cohort_page_has_no_violation_and_no_overflow(run_cli: RunCli, cohort: Path) -> None:
    out = compare(run_cli, cohort, [LUNG, COLON], [APPROVED, DENIED, FRESH])
    assert_accessible(out / "cohort.html", cohort)
