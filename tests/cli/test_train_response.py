"""train-response: exclusion lists, repeatability, continuing, clear errors."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch

from loci2lead.response import train as training
from tests.response.drawn import Study, draw_study

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return draw_study(tmp_path_factory.mktemp("study"), lines=72)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "c.yaml").write_text("networks: 1\nepochs: 2\n")
    return tmp_path / "c.yaml"


def arguments(study: Study, config: Path, output: Path) -> list[object]:
    return [
        "train-response", "--responses", study.responses, "--features", study.folder, "--config", config,
        "--output", output, "--metrics", output.with_suffix(".metrics.json"),
    ]  # fmt: skip


def test_excluded_lines_and_drugs_leave_no_trace(run_cli: Cli, study: Study, config: Path, tmp_path: Path) -> None:
    """A model trained with exclusions equals one trained on tables in which they never were."""
    (tmp_path / "lines.txt").write_text("\n".join(study.lines[::9]))
    (tmp_path / "drugs.txt").write_text("KEY1\nDrugsix\n")
    a = tmp_path / "a.pt"
    code, _, err = run_cli(
        *arguments(study, config, a),
        "--exclude-lines",
        tmp_path / "lines.txt",
        "--exclude-drugs",
        tmp_path / "drugs.txt",
    )
    assert code == 0, err
    cut = draw_study(tmp_path / "cut", lines=72)
    for file in cut.folder.glob("*.parquet"):
        table = pd.read_parquet(file)
        if "ln_ic50" in table:
            table = table[~table["line"].isin(study.lines[::9]) & ~table["drug_id"].isin(["Drugtwo", "Drugsix"])]
        else:
            table = table.drop(index=study.lines[::9])
        table.to_parquet(file)
    code, _, err = run_cli(*arguments(cut, config, tmp_path / "b.pt"))
    assert code == 0, err
    first, second = (torch.load(p, weights_only=True) for p in (a, tmp_path / "b.pt"))
    assert [d["name"] for d in first["settings"]["drugs"]] == [d["name"] for d in second["settings"]["drugs"]]
    assert "Drugtwo" not in str(first["settings"]["drugs"])
    assert all(
        torch.equal(first["state"][k], second["state"][k]) or torch.isnan(first["state"][k]).any()
        for k in second["state"]
    )


def test_same_bytes_again_and_after_an_interruption(
    run_cli: Cli, study: Study, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = tmp_path / "a" / "m.pt", tmp_path / "b" / "m.pt"
    assert run_cli(*arguments(study, config, a))[0] == 0
    with monkeypatch.context() as patch:
        patch.setattr(training, "pack", lambda model: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run_cli(*arguments(study, config, b))[0] == 1
    assert not b.exists() and len(list(b.parent.glob(".m-work-*/*.npz"))) == 9
    assert run_cli(*arguments(study, config, b))[0] == 0
    assert a.read_bytes() == b.read_bytes() and not list(b.parent.glob(".m-work-*"))


def test_metrics_may_be_the_card(run_cli: Cli, study: Study, config: Path, tmp_path: Path) -> None:
    line = arguments(study, config, tmp_path / "m.pt")
    line[-1] = tmp_path / "m.json"
    assert run_cli(*line)[0] == 0
    card = json.loads((tmp_path / "m.json").read_text())
    assert {"LCO", "LTO", "LDO", "sha256", "limits", "licence", "provenance"} <= set(card)
    assert str(tmp_path) not in json.dumps(card)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--exclude-lines", "nothing.txt"], "File not found"),
        (["--config", "bad.yaml"], "Unknown key"),
        (["--features", "nowhere"], "Folder of features not found"),
        (["--exclude-lines", "all.txt"], "No response is left"),
        (["--exclude-lines", "most.txt"], "Too few lines"),
    ],
)
def test_mistakes(
    run_cli: Cli,
    study: Study,
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    extra: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text("epoch: 3\n")
    Path("all.txt").write_text("\n".join(study.lines))
    Path("most.txt").write_text("\n".join(study.lines[:40]))
    code, _, err = run_cli(*arguments(study, config, tmp_path / "m.pt"), *extra)
    assert code == 2 and words in err
    assert not (tmp_path / "m.pt").exists()
