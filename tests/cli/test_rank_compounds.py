"""rank-compounds: three files that agree, the same bytes each time, and clear refusals."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem

from loci2lead.io.tables import read_provenance, write_parquet
from tests.drawn_scores import drawn_scores, write_scores


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    return write_scores(tmp_path, drawn_scores())


def test_parquet_csv_and_sdf_agree(scores: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    leads = scores.with_name("leads.parquet")
    code, _, err = run_cli("rank-compounds", "--scores", scores, "--output", leads)
    assert code == 0, err
    table = pd.read_parquet(leads)
    with leads.with_suffix(".csv").open() as handle:
        rows = list(csv.DictReader(handle))
    molecules = list(Chem.SDMolSupplier(str(leads.with_suffix(".sdf"))))
    assert [r["id"] for r in rows] == [m.GetProp("_Name") for m in molecules] == table["id"].tolist()
    assert [Chem.MolToInchiKey(m) for m in molecules] == table["inchikey"].tolist()
    assert float(molecules[0].GetProp("score")) == pytest.approx(table["score"][0])
    made = read_provenance(leads)
    assert json.loads(molecules[0].GetProp("loci2lead_provenance")) == made
    assert made["accounting"]["ranked"] == len(table) == 12
    assert made["parameters"]["weights"]["weights"]["response"] == 0
    assert "NR-AhR" in made["parameters"]["absent_columns"] and "NR-AhR" in err


def test_same_bytes_each_time(scores: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    contents = []
    for name in ("one", "two"):
        leads = scores.parent / name / "leads.parquet"
        assert run_cli("rank-compounds", "--scores", scores, "--output", leads)[0] == 0
        contents.append([leads.with_suffix(s).read_bytes() for s in (".parquet", ".csv", ".sdf")])
    assert contents[0] == contents[1]


def test_atoms_of_an_earlier_ranking_do_not_stay(scores: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    atoms = scores.with_name("leads.atoms.parquet")
    atoms.touch()
    assert run_cli("rank-compounds", "--scores", scores, "--output", scores.with_name("leads.parquet"))[0] == 0
    assert not atoms.exists()


def test_no_structure_in_what_is_said(scores: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    _, out, err = run_cli("rank-compounds", "--scores", scores, "--output", scores.with_name("leads.parquet"))
    assert not any(smiles in out + err for smiles in drawn_scores()["smiles"])


def test_a_library_without_survivors_gives_empty_files(tmp_path: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    table = drawn_scores()
    scores = write_scores(tmp_path, table[table["status"] == "rejected"])
    code, _, err = run_cli("rank-compounds", "--scores", scores, "--output", tmp_path / "leads.parquet")
    assert code == 0, err
    assert len(pd.read_parquet(tmp_path / "leads.parquet")) == 0
    assert (tmp_path / "leads.sdf").read_text() == ""
    assert (tmp_path / "leads.csv").read_text().startswith("id,smiles,canonical_smiles,inchikey,status,codes")


def test_activity_and_response_enter_as_terms(scores: Path, run_cli) -> None:  # type: ignore[no-untyped-def]
    scores.with_name("activity.csv").write_text("id,value\nmol-3,8.5\nmol-4,5.5\nnot-here,9\n")
    columns = {"sample": ["s"], "drug": ["d"], "drug_key": [drawn_scores()["inchikey"][5]], "in_domain": [True]}
    response = pd.DataFrame(columns | {"percentile_in_tissue": [95.0], "drug_reliability": [0.6], "note": [""]})
    write_parquet(scores.with_name("response.parquet"), response, {})
    leads = scores.with_name("leads.parquet")
    inputs = ("--activity", scores.with_name("activity.csv"), "--response", scores.with_name("response.parquet"))
    code, _, err = run_cli("rank-compounds", "--scores", scores, *inputs, "--output", leads)
    assert code == 0, err
    table = pd.read_parquet(leads).set_index("id")
    assert table["activity"].dropna().to_dict() == {"mol-3": 8.5, "mol-4": 5.5}
    assert table["term_potency"].dropna().round(4).to_dict() == {"mol-3": 1.0, "mol-4": 0.1667}
    assert table["term_response"].dropna().to_dict() == {"mol-5": 1.0}
    assert (table["weight_potency"] == 1).all() and (table["weight_response"] == 0).all()


@pytest.mark.parametrize(
    ("weights", "words"),
    [("weights: {safty: 1}\n", "did you mean weights.safety?"), ("safety: {CT_TOX: {good: 0, bad: 1}}\n", "ClinTox")],
)
def test_bad_weights_stop_before_anything_is_written(scores: Path, run_cli, weights: str, words: str) -> None:  # type: ignore[no-untyped-def]
    path = scores.with_name("weights.yaml")
    path.write_text(weights)
    leads = scores.with_name("leads.parquet")
    code, _, err = run_cli("rank-compounds", "--scores", scores, "--weights", path, "--output", leads)
    assert code == 2 and words in err and str(path) in err
    assert not leads.exists()


@pytest.mark.parametrize(
    "flags",
    [
        ("--scores", "missing.parquet"),
        ("--weights", "missing.yaml"),
        ("--activity", "missing.tsv"),
        ("--response", "missing.parquet"),
        ("--output", "leads.csv"),
    ],
)
def test_the_callers_mistakes(scores: Path, run_cli, flags: tuple[str, str]) -> None:  # type: ignore[no-untyped-def]
    given = {"--scores": scores, "--output": scores.with_name("leads.parquet")} | {flags[0]: scores.with_name(flags[1])}
    code, _, err = run_cli("rank-compounds", *(part for item in given.items() for part in item))
    assert code == 2 and flags[1] in err
