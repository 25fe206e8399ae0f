"""`loci2lead train-properties` on a drawn table, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen

Run = Callable[..., tuple[int, str, str]]
CHAINS = [f"{'C' * n}{end}" for n in range(1, 16) for end in ("O", "N", "c1ccccc1", "C(=O)O", "Cl", "C#N")]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [{"structure": s, "logp": Crippen.MolLogP(Chem.MolFromSmiles(s)), "acid": int("=O" in s)} for s in CHAINS]
    frame = pd.DataFrame([*rows, {"structure": "C1CC", "logp": 1.0, "acid": 0}])
    path = tmp_path / "measured.csv"
    frame.to_csv(path, index=False)
    split = {"train": [*range(60), 90], "valid": list(range(60, 70)), "test": list(range(70, 90))}
    (tmp_path / "split.json").write_text(json.dumps(split))
    return path


def flags(table: Path, name: str, **other: object) -> list[object]:
    chosen = {
        "dataset": table,
        "smiles-column": "structure",
        "target-columns": "logp",
        "task": "regression",
        "split": table.with_name("split.json"),
        "members": 2,
        "output": table.with_name(f"{name}.pt"),
        "metrics": table.with_name(f"{name}.json"),
        **other,
    }
    return [part for key, value in chosen.items() for part in (f"--{key}", value)]


@pytest.mark.slow
def test_a_table_becomes_a_model_that_screens(run_cli: Run, table: Path, tmp_path: Path) -> None:
    code, _, log = run_cli("train-properties", *flags(table, "a"))
    assert code == 0, log
    report = json.loads((tmp_path / "a.json").read_text())
    assert report["split"] == {"train": 60, "valid": 10, "test": 20}
    assert report["rejected_rows"] == 1
    test = report["test"]["logp"]
    assert test["mae"] < test["naive_mae"]
    assert test["mae_95"][0] <= test["mae"] <= test["mae_95"][1]
    predictions = pd.read_csv(tmp_path / "a.predictions.csv")
    assert predictions.columns.tolist() == ["row", "target", "y", "prediction"]
    assert predictions["row"].tolist() == list(range(70, 90))
    card = json.loads((tmp_path / "a.pt").with_suffix(".json").read_text())
    assert card["endpoints"] == ["logp"]
    assert run_cli("train-properties", *flags(table, "b"))[0] == 0
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()
    library = tmp_path / "x.smi"
    library.write_text("CCCCCCCCCCCC\nCO\n")
    code, _, log = run_cli(
        "screen-library", "--library", library, "--output", tmp_path / "s.parquet", "--model", tmp_path / "a.pt"
    )
    assert code == 0, log
    scores = pd.read_parquet(tmp_path / "s.parquet")["logp"]
    assert len(scores) == 2


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"target-columns": "nothing"}, ["nothing", "structure, logp, acid"]),
        ({"smiles-column": "nothing"}, ["nothing"]),
        ({"task": "classification"}, ["Class labels must be 0 and 1"]),
        ({"split": "by-moon"}, ["Split not found"]),
        ({"dataset": "no.csv"}, ["File not found"]),
        ({"output": "x.bin"}, ["suffix"]),
        ({"members": 1}, ["at least 2"]),
        ({"split": "time"}, ["--time-column"]),
        ({"split": "time", "time-column": "year"}, ["year"]),
    ],
)
def test_mistakes_end_with_code_2(run_cli: Run, table: Path, other: dict[str, object], words: list[str]) -> None:
    code, _, log = run_cli("train-properties", *flags(table, "a", **other))
    assert code == 2
    assert all(word in log for word in words), log
    assert not table.with_name("a.pt").exists()


def test_too_few_values_are_refused(run_cli: Run, table: Path, tmp_path: Path) -> None:
    pd.DataFrame({"structure": ["CCO", "CC"], "logp": [1, 2]}).to_csv(tmp_path / "small.csv", index=False)
    (tmp_path / "s.json").write_text('{"train": [0, 1]}')
    code, _, log = run_cli(
        "train-properties", *flags(table, "a", dataset=tmp_path / "small.csv", split=tmp_path / "s.json")
    )
    assert code == 2
    assert "Too few measured values" in log


def test_a_recipe_needs_its_data(run_cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCI2LEAD_DATA", raising=False)
    code, _, log = run_cli(
        "train-properties", "--recipe", "molecules", "--output", tmp_path / "a.pt", "--metrics", tmp_path / "a.json"
    )
    assert code == 2
    assert "LOCI2LEAD_DATA" in log


@pytest.mark.slow
def test_a_split_by_time_judges_the_newest_rows(run_cli: Run, table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table)
    frame["year"] = [2000 + (7 * i) % len(frame) for i in range(len(frame))]
    frame["logp"] = frame["logp"].astype(str)
    frame.loc[3, "logp"] = ">5"
    frame.to_csv(table, index=False)
    other = {"split": "time", "time-column": "year"}
    code, _, log = run_cli("train-properties", *flags(table, "t", **other))
    assert code == 0, log
    judged = frame.loc[pd.read_csv(tmp_path / "t.predictions.csv")["row"], "year"]
    usable = frame[frame["structure"] != "C1CC"]
    assert judged.min() > usable["year"].quantile(0.85)
    report = json.loads((tmp_path / "t.json").read_text())
    assert report["test"]["logp"]["coverage_95"][0] <= report["test"]["logp"]["coverage"]
    curation = json.loads((tmp_path / "t.curation.json").read_text())
    assert curation["structures"]["rejected"] == {"invalid_smiles": 1}
    assert curation["targets"]["logp"]["censored_left_out"] == 1
    assert curation["leaks"]["test"]["rows_with_a_training_inchikey"] == 0
