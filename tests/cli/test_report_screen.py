"""report-screen: every form of the report, the same bytes each time, small, and clear refusals."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.drawn_scores import drawn_scores, write_scores

FORMS = ("report.html", "report.pdf", "report.json", "leads.tsv", "rejected.tsv")


@pytest.fixture
def ranked(tmp_path: Path, run_cli) -> tuple[Path, Path]:  # type: ignore[no-untyped-def]
    scores = write_scores(tmp_path, drawn_scores())
    leads = tmp_path / "leads.parquet"
    assert run_cli("rank-compounds", "--scores", scores, "--output", leads)[0] == 0
    return scores, leads


def test_every_form_and_the_same_bytes(ranked: tuple[Path, Path], tmp_path: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    contents = []
    for name in ("one", "two"):
        arguments = ("--scores", ranked[0], "--leads", ranked[1], "--title", "demo", "--output", tmp_path / name)
        code, _, err = run_cli("report-screen", *arguments)
        assert code == 0, err
        contents.append([(tmp_path / name / form).read_bytes() for form in FORMS])
    assert contents[0] == contents[1]
    assert all(len(content) < 5_000_000 for content in contents[0])
    report = json.loads(contents[0][2])
    assert report["provenance"]["subcommand"] == "report-screen"
    assert set(report["sources"]) == {"scores", "leads"}
    assert report["counts"]["rows"] == 14 and report["leads"][0]["rank"] == 1 and report["headline"]
    assert len(pd.read_csv(tmp_path / "one" / "leads.tsv", sep="\t")) == 12
    rejected = pd.read_csv(tmp_path / "one" / "rejected.tsv", sep="\t")
    assert rejected.loc[rejected["status"] == "rejected", "count"].sum() == report["counts"]["rejected"]
    assert contents[0][1].startswith(b"%PDF")


@pytest.mark.parametrize(
    "flags", [("--scores", "missing.parquet"), ("--leads", "missing.parquet"), ("--top", "0"), ("--top", "100000")]
)
def test_the_callers_mistakes(ranked: tuple[Path, Path], tmp_path: Path, run_cli, flags: tuple[str, str]) -> None:  # type: ignore[no-untyped-def]
    given = {"--scores": ranked[0], "--leads": ranked[1], "--output": tmp_path / "out"} | {flags[0]: flags[1]}
    code, _, err = run_cli("report-screen", *(part for item in given.items() for part in item))
    assert code == 2 and flags[1] in err
    assert not (tmp_path / "out").exists()


def test_scores_given_as_leads_are_refused(ranked: tuple[Path, Path], tmp_path: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run_cli("report-screen", "--scores", ranked[0], "--leads", ranked[0], "--output", tmp_path / "out")
    assert code == 2 and "Columns are missing" in err and "rank" in err
