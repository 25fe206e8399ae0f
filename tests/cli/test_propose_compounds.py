"""`loci2lead propose-compounds`: rounds by hand and by a scoring function, resumed, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.molecules.conftest import FRAGMENTS

Run = Callable[..., tuple[int, str, str]]
FUNCTION = """
def carbons(smiles):
    return [float(sum(letter in "Cc" for letter in text)) for text in smiles]
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.smi"
    texts = [a + b for a in FRAGMENTS for b in FRAGMENTS]
    path.write_text("".join(f"{text} m{i}\n" for i, text in enumerate(texts)) + "C1CC broken\n")
    return path


def test_rounds_by_hand(run_cli: Run, tmp_path: Path, library: Path) -> None:
    output, measured = tmp_path / "next.csv", tmp_path / "measured.csv"
    code, _, log = run_cli("propose-compounds", "--library", library, "--output", output, "--count", 15)
    assert code == 0, log
    first = pd.read_csv(output)
    assert first["predicted"].isna().all()
    assert len(first) == 15
    first.assign(value=[text.upper().count("C") for text in first["smiles"]]).to_csv(measured, index=False)
    code, _, log = run_cli(
        "propose-compounds", "--library", library, "--output", output, "--measured", measured, "--count", 15,
        "--goal", "high",
    )  # fmt: skip
    assert code == 0, log
    second = pd.read_csv(output)
    assert not set(first["id"]) & set(second["id"])
    assert second["predicted"].is_monotonic_decreasing
    assert second["smiles"].str.upper().str.count("C").mean() > first["smiles"].str.upper().str.count("C").mean()


def test_rounds_by_a_function_go_on_after_a_stop(run_cli: Run, tmp_path: Path, library: Path) -> None:
    function = tmp_path / "mine.py"
    function.write_text(FUNCTION)
    answers = {}
    for name, steps in (("whole", [3]), ("resumed", [1, 3])):
        for rounds in steps:
            code, _, log = run_cli(
                "propose-compounds", "--library", library, "--output", tmp_path / f"{name}.csv", "--count", 10,
                "--goal", "high", "--score-with", f"python:{function}:carbons", "--rounds", rounds,
            )  # fmt: skip
            assert code == 0, log
        answers[name] = (tmp_path / f"{name}.csv").read_bytes(), (tmp_path / f"{name}.measured.csv").read_bytes()
    assert answers["whole"] == answers["resumed"]
    history = pd.read_csv(tmp_path / "whole.measured.csv")
    assert history.groupby("round").size().tolist() == [10, 10, 10]
    means = history.groupby("round")["value"].mean()
    assert means[[2, 3]].min() > means[1] + 2, "what was learnt beats the draw"


def test_what_is_refused(run_cli: Run, tmp_path: Path, library: Path) -> None:
    for text, message in (("id,value\nnobody,1\n", "Unknown compounds"), ("id,value\nm1,high\n", "not a number")):
        measured = tmp_path / "m.csv"
        measured.write_text(text)
        code, _, log = run_cli(
            "propose-compounds", "--library", library, "--output", tmp_path / "p.csv", "--measured", measured
        )
        assert code == 2
        assert message in log
    code, _, log = run_cli("propose-compounds", "--library", library, "--output", tmp_path / "p.parquet")
    assert code == 2
