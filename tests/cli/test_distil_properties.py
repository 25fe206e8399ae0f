"""`loci2lead distil-properties`: a small network from a trained ensemble, and `screen-library --depth fast` with it."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from loci2lead.molecules import distilling
from loci2lead.molecules.features import MORGAN_SIZE
from loci2lead.molecules.network_training import NetworkPlan

Run = Callable[..., tuple[int, str, str]]
ENDS = ("O", "N", "c1ccccc1", "C(=O)O", "Cl", "C#N")
CHAINS = [f"{'C' * n}{end}" for n in range(1, 16) for end in ENDS]
RECIPE = {
    "tables": [
        {"file": "t.csv", "smiles": "smiles", "task": "classification", "columns": ["acid"]},
        {"file": "t.csv", "smiles": "smiles", "task": "regression", "columns": ["size"]},
        {"file": "t.csv", "smiles": "smiles", "task": "regression", "columns": ["twice"], "helper": True},
    ],
    "helpers": {"size": ["twice"]},
    "approved": {"file": "t.csv", "smiles": "smiles"},
    "plan": {"members": 2, "tree_rounds": 20, "network": None},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with one table and its recipe."""
    path = tmp_path_factory.mktemp("data")
    rows = [{"smiles": s, "acid": int("=O" in s), "size": len(s), "twice": 2 * len(s)} for s in CHAINS]
    pd.DataFrame(rows).to_csv(path / "t.csv", index=False)
    (path / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    return path


@pytest.fixture
def student(run_cli: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a distilled model, made once."""
    monkeypatch.setenv("LOCI2LEAD_DATA", str(folder))
    plan = NetworkPlan(hidden=16, layers=2, side=MORGAN_SIZE, mixed=32, dropout=0.0, batch=32, steps=120, rate=5e-3)
    monkeypatch.setattr(distilling, "PLAN", plan)
    flags = ("--recipe", folder / "recipe.yaml", "--output")
    if not (folder / "fast.pt").exists():
        code, _, err = run_cli("train-properties", *flags, folder / "t.pt", "--metrics", folder / "m.json")
        assert code == 0, err
        code, _, err = run_cli("distil-properties", "--teacher", folder / "t.pt", *flags, folder / "fast.pt")
        assert code == 0, err
    return folder / "fast.pt"


def screened(run_cli: Run, library: Path, output: Path, *flags: object) -> pd.DataFrame:
    code, _, err = run_cli("screen-library", "--library", library, "--output", output, *flags)
    assert code == 0, err
    return pd.read_parquet(output)


def test_the_student_answers_as_it_was_taught(run_cli: Run, student: Path, tmp_path: Path) -> None:
    card = json.loads(student.with_suffix(".json").read_text())
    assert card["endpoints"] == ["acid", "size"]
    assert card["out_of_fold"]["acid"]["auroc"] > 0.95
    assert card["out_of_fold"]["size"]["spearman"] > 0.9
    assert set(card["teacher_out_of_fold"]["size"]) == {"mae", "spearman"}
    library = tmp_path / "x.smi"
    lines = ["CCCCC(=O)O a", "C1CC b", "CCCCCCCCO c", "OCCCCCCCC d", "C[Si](C)C e"]
    library.write_text("\n".join(lines) + "\n")
    flags = ("--depth", "fast", "--model", student)
    table = screened(run_cli, library, tmp_path / "s.parquet", *flags, "--top", 2, "--by", "size")
    assert table["status"].tolist() == ["accepted", "rejected", "accepted", "accepted", "accepted"]
    assert table["codes"].tolist() == ["", "invalid_smiles", "", "duplicate_of:c", ""]
    assert table["acid"][0] > 0.5 > table["acid"][2]
    assert table.loc[2, "size_low"] < table.loc[2, "size"] < table.loc[2, "size_high"]
    assert table[["acid_std", "size_std", "inchikey"]].isna().all(axis=None)
    assert table["acid_pct_approved"].notna().sum() == 4
    assert table["in_domain"].tolist()[4] is False, "silicon was in no molecule of the training table"
    assert table["in_domain"].isna().tolist() == [True, True, True, True, False]
    best = pd.read_parquet(tmp_path / "s.top.parquet")["id"].tolist()
    again = screened(
        run_cli, tmp_path / "s.top.parquet", tmp_path / "full.parquet", "--model", student.with_name("t.pt")
    )
    assert again["id"].tolist() == best and again["inchikey"].notna().all()
    alone = tmp_path / "alone.smi"
    alone.write_text(lines[2] + "\n")
    single = screened(run_cli, alone, tmp_path / "a.parquet", *flags)
    pd.testing.assert_frame_equal(single, table.iloc[[2]].reset_index(drop=True))


def test_distilling_again_gives_the_same_bytes(run_cli: Run, student: Path, folder: Path, tmp_path: Path) -> None:
    flags = ("--teacher", folder / "t.pt", "--recipe", folder / "recipe.yaml", "--output", tmp_path / "b.pt")
    assert run_cli("distil-properties", *flags)[0] == 0
    assert (tmp_path / "b.pt").read_bytes() == student.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_what_is_refused(run_cli: Run, student: Path, folder: Path, tmp_path: Path) -> None:
    other = {**RECIPE, "plan": {**RECIPE["plan"], "seed": 9}}
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(other))
    teacher = ("distil-properties", "--teacher", folder / "t.pt", "--recipe")
    code, _, err = run_cli(*teacher, tmp_path / "other.yaml", "--output", tmp_path / "x.pt")
    assert code == 2 and "not trained on this recipe" in err
    code, _, err = run_cli(*teacher, folder / "recipe.yaml", "--output", tmp_path / "x.bin")
    assert code == 2 and "suffix" in err
    screen = ("screen-library", "--library", folder / "t.csv", "--output", tmp_path / "s.parquet", "--model")
    code, _, err = run_cli(*screen, folder / "t.pt", "--depth", "fast")
    assert code == 2 and "distil-properties" in err
    code, _, err = run_cli(*screen, student, "--depth", "full")
    assert code == 2 and "molecules-fast" in err
    code, _, err = run_cli(*screen, student, "--depth", "fast", "--top", 3, "--by", "qed")
    assert code == 2 and "No such column" in err


def test_a_ranking_refuses_the_first_pass(run_cli: Run, student: Path, folder: Path, tmp_path: Path) -> None:
    scores = tmp_path / "s.parquet"
    screened(run_cli, folder / "t.csv", scores, "--depth", "fast", "--model", student)
    code, _, err = run_cli("rank-compounds", "--scores", scores, "--output", tmp_path / "leads.parquet")
    assert code == 2 and "--depth full" in err
