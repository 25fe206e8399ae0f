"""Blocks and shards: every row accounted for, the same bytes for any number of processes, resumable, private."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from loci2lead.errors import InputError
from loci2lead.io.libraries import LibraryRow, in_shards
from loci2lead.molecules import engine
from loci2lead.molecules.engine import Job, screen, work_folder
from loci2lead.molecules.inputs import Inputs
from loci2lead.molecules.members import TrainingPlan
from loci2lead.molecules.model import Output, PropertyModel, load_model, save_model
from loci2lead.molecules.scales import Scale
from loci2lead.molecules.screening import ScreenPlan, choose_endpoints, percentile, score_block
from loci2lead.molecules.training import train_model
from loci2lead.records import SCREEN_COLUMNS, names

PLAN = ScreenPlan(("toxic", "logp"))
TEXTS = ["CCO", "C1CC", "OCC", "", "CCN.Cl", "c1ccccc1C(=O)O", "Cl[Hg]Cl", "CCCCCCCC", "CCO>>CC=O", "NCC(=O)O"]


@pytest.fixture(scope="module")
def weights(inputs: Inputs, smiles: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    values = np.stack([rng.integers(0, 2, len(smiles)), rng.normal(size=len(smiles))], 1).astype(float)
    outputs = [
        Output("toxic", "classification", Scale("plain", 0.0, 1.0)),
        Output("logp", "regression", Scale("plain", 0.0, 1.0)),
    ]
    plan = TrainingPlan(members=2, tree_rounds=5, trees={"num_leaves": 5}, network=None)
    path = tmp_path_factory.mktemp("weights") / "m.pt"
    save_model(path, train_model(inputs, smiles, values, outputs, plan)[0], {})
    return path


@pytest.fixture(scope="module")
def model(weights: Path) -> PropertyModel:
    return load_model(weights, torch.device("cpu"))


def rows(texts: list[str]) -> list[LibraryRow]:
    return [LibraryRow(i, f"id-{i}", text) for i, text in enumerate(texts)]


def test_every_row_is_in_the_table_and_rejects_have_no_scores(model: PropertyModel) -> None:
    table, rejections = score_block(rows(TEXTS), model, PLAN)
    assert table["id"].tolist() == [f"id-{i}" for i in range(len(TEXTS))]
    assert table.columns.tolist()[:6] == names(SCREEN_COLUMNS)
    rejected = table["status"] == "rejected"
    assert [(r.row, r.code) for r in rejections] == [(1, "invalid_smiles"), (3, "empty"), (8, "reaction")]
    assert table.loc[rejected, table.columns[6:]].isna().all(axis=None)
    assert (
        table.loc[~rejected, ["toxic", "toxic_std", "logp", "logp_low", "in_domain", "mw", "qed"]]
        .notna()
        .all(axis=None)
    )
    assert table.loc[6, "status"] == "flagged"
    assert not table.loc[6, "in_domain"]


def test_scores_do_not_depend_on_the_block(model: PropertyModel) -> None:
    whole, _ = score_block(rows(TEXTS), model, PLAN)
    parts = pd.concat([score_block([row], model, PLAN)[0] for row in rows(TEXTS)], ignore_index=True)
    pd.testing.assert_frame_equal(whole, parts)


def test_depth_leaves_out_only_the_dear_columns(model: PropertyModel) -> None:
    full, _ = score_block(rows(TEXTS), model, PLAN)
    quick, _ = score_block(rows(TEXTS), model, ScreenPlan(PLAN.endpoints, "quick"))
    dear = ["alerts", "qed", "sa_score"]
    assert quick[dear].isna().all(axis=None)
    pd.testing.assert_frame_equal(full.drop(columns=dear), quick.drop(columns=dear))
    cascade, _ = score_block(rows(["CCCCCCCCCCCCCCCCCCCCCC", TEXTS[5]]), model, ScreenPlan(PLAN.endpoints, "cascade"))
    assert cascade["qed"].isna()[0], "a chain with more than ten rotatable bonds does not pass"


def test_a_block_without_any_structure(model: PropertyModel) -> None:
    table, rejections = score_block(rows(["", "C1CC"]), model, PLAN)
    assert table["toxic"].isna().all()
    assert len(rejections) == 2


def test_unknown_endpoints_are_named(weights: Path) -> None:
    assert choose_endpoints(weights, None) == ("toxic", "logp")
    assert choose_endpoints(weights, "logp") == ("logp",)
    with pytest.raises(InputError, match="herg"):
        choose_endpoints(weights, "logp,herg")
    with pytest.raises(InputError, match="none named"):
        choose_endpoints(weights, ",")


def test_percentiles_count_ties_half() -> None:
    quantiles = np.array([0.0, 1.0, 1.0, 2.0])
    assert percentile(np.array([-1.0, 0.0, 1.0, 5.0]), quantiles).tolist() == [0.0, 12.5, 50.0, 100.0]


def run(folder: Path, weights: Path, name: str, processes: int, texts: list[str]) -> tuple[Path, Path]:
    output = folder / name
    job = Job(str(weights), str(weights), "cpu", PLAN, work_folder(output, {"run": 1}))
    screen(in_shards(iter(rows(texts)), 4), output, job, {"run": 1}, processes)
    return output, output.with_name(f"{output.stem}.rejected.tsv")


def test_duplicates_are_found_across_shards(tmp_path: Path, weights: Path) -> None:
    output, rejected = run(tmp_path, weights, "s.parquet", 1, [*TEXTS, "C(C)O", "CCN"])
    table = pd.read_parquet(output)
    assert len(table) == 12
    codes = table.set_index("id")["codes"].to_dict()
    assert codes["id-2"] == codes["id-10"] == "duplicate_of:id-0"
    assert codes["id-11"] == "duplicate_of:id-4"
    assert pd.read_csv(rejected, sep="\t")["row"].tolist() == [1, 3, 8]
    assert rejected.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob(".s.parquet*")), "nothing but the outputs is left"


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(tmp_path: Path, weights: Path) -> None:
    one = run(tmp_path, weights, "one.parquet", 1, TEXTS * 3)
    two = run(tmp_path, weights, "two.parquet", 2, TEXTS * 3)
    for first, second in zip(one, two, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run(tmp_path, weights, "whole.parquet", 1, TEXTS)[0].read_bytes()
    scored = []
    original = engine.score_block

    def counted(shard: list[LibraryRow], *rest: object) -> object:
        if len(scored) == 2:
            raise KeyboardInterrupt
        scored.append(shard[0].row)
        return original(shard, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "score_block", counted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, weights, "killed.parquet", 1, TEXTS)
    assert not (tmp_path / "killed.parquet").exists()
    scored.clear()
    scored.append(-1)
    resumed = run(tmp_path, weights, "killed.parquet", 1, TEXTS)[0]
    assert scored == [-1, 8], "only the shard that was missing is scored"
    assert resumed.read_bytes() == expected


def test_provenance_is_in_the_file(tmp_path: Path, weights: Path) -> None:
    from loci2lead.io.tables import read_provenance

    output, _ = run(tmp_path, weights, "s.parquet", 1, TEXTS)
    assert json.loads(json.dumps(read_provenance(output))) == {"run": 1}
