"""Training end to end on drawn molecules: it learns, calibrates, repeats itself and survives interruption."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem
from rdkit.Chem import Crippen

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import save_checkpoint
from loci2lead.molecules.datasets import Measured
from loci2lead.molecules.figures import auroc, pearson
from loci2lead.molecules.inputs import Inputs, load_inputs, save_inputs
from loci2lead.molecules.judging import out_of_fold_figures
from loci2lead.molecules.members import LARGE_SET, SMALL_SET_FORESTS, TrainingPlan, schedule
from loci2lead.molecules.model import Output, PropertyModel, load_model, save_model
from loci2lead.molecules.network_training import NetworkPlan
from loci2lead.molecules.scales import Scale, fit_scale
from loci2lead.molecules.training import calibrated, fold_numbers, too_common, train_model

PLAN = TrainingPlan(
    members=2,
    seed=3,
    tree_rounds=25,
    trees={"learning_rate": 0.2, "num_leaves": 8},
    network=NetworkPlan(hidden=16, layers=2, mixed=16, steps=60, rate=5e-3),
    landmarks=20,
)


@pytest.fixture(scope="module")
def values(mols: list[Chem.Mol]) -> np.ndarray:
    """Return two columns to learn: whether there is nitrogen, and Crippen's logP (some of it unknown)."""
    nitrogen = [any(atom.GetAtomicNum() == 7 for atom in mol.GetAtoms()) for mol in mols]
    table = np.array([nitrogen, [Crippen.MolLogP(mol) for mol in mols]], dtype=float).T
    table[::7, 1] = np.nan
    return table


@pytest.fixture(scope="module")
def outputs(values: np.ndarray) -> list[Output]:
    return [
        Output("nitrogen", "classification", Scale("plain", 0.0, 1.0)),
        Output("logp", "regression", fit_scale(values[:, 1])),
    ]


@pytest.fixture(scope="module")
def trained(inputs: Inputs, smiles: list[str], values: np.ndarray, outputs: list[Output]) -> tuple:
    return train_model(inputs, smiles, values, outputs, PLAN)


def test_it_learns_what_it_did_not_see(trained: tuple, values: np.ndarray) -> None:
    model, out_of_fold = trained
    answers = calibrated(model.calibration, model.endpoints, out_of_fold.scores)
    known = np.isfinite(values[:, 1])
    assert auroc(values[:, 0], answers[:, 0]) > 0.9
    assert pearson(values[known, 1], answers[known, 1]) > 0.7


def test_the_same_seed_gives_the_same_weights(
    trained: tuple, inputs: Inputs, smiles: list[str], values: np.ndarray, outputs: list[Output], tmp_path: Path
) -> None:
    paths = [tmp_path / "a.pt", tmp_path / "b.pt", tmp_path / "c.pt"]
    other = replace(PLAN, seed=4)
    for path, plan in zip(paths, (None, PLAN, other), strict=True):
        model = trained[0] if plan is None else train_model(inputs, smiles, values, outputs, plan)[0]
        save_model(path, model, {})
    first, again, different = (path.read_bytes() for path in paths)
    assert first == again
    assert first != different


def test_a_saved_model_answers_the_same(trained: tuple, inputs: Inputs, tmp_path: Path) -> None:
    model: PropertyModel = trained[0]
    save_model(tmp_path / "m.pt", model, {"note": "drawn"})
    loaded = load_model(tmp_path / "m.pt", torch.device("cpu"))
    before, after = model.predict(inputs), loaded.predict(inputs)
    for name in ("value", "spread", "lower", "upper", "similarity"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    assert loaded.outputs == model.outputs
    assert loaded.domain_threshold == model.domain_threshold


def test_an_interrupted_training_goes_on(
    trained: tuple, inputs: Inputs, smiles: list[str], values: np.ndarray, outputs: list[Output], tmp_path: Path
) -> None:
    train_model(inputs, smiles, values, outputs, PLAN, tmp_path)
    (tmp_path / "member-1.pt").unlink()
    changed = (tmp_path / "member-0.pt").stat().st_mtime_ns
    resumed, out_of_fold = train_model(inputs, smiles, values, outputs, PLAN, tmp_path)
    assert (tmp_path / "member-0.pt").stat().st_mtime_ns == changed
    np.testing.assert_array_equal(out_of_fold.scores, trained[1].scores)
    np.testing.assert_array_equal(resumed.predict(inputs).value, trained[0].predict(inputs).value)


def test_forests_by_size_and_task(outputs: list[Output]) -> None:
    classes, quantity = outputs
    helper = replace(quantity, helper=True)
    plan = TrainingPlan()
    for output in (classes, helper):
        rounds, forests = schedule(output, LARGE_SET, plan)
        assert (rounds, [f["learning_rate"] for f in forests]) == (plan.tree_rounds, [plan.trees["learning_rate"]])
    rounds, forests = schedule(quantity, LARGE_SET, plan)
    assert rounds > plan.tree_rounds
    assert [f["objective"] for f in forests] == ["huber", "l2"]
    assert all(f["learning_rate"] > plan.trees["learning_rate"] for f in forests)
    for output, objective in ((classes, "binary"), (quantity, "huber")):
        rounds, forests = schedule(output, LARGE_SET - 1, plan)
        assert rounds == plan.tree_rounds
        assert [f["objective"] for f in forests] == [objective] * SMALL_SET_FORESTS


def test_members_do_not_see_their_fold(smiles: list[str]) -> None:
    fold = fold_numbers(smiles, 4, 1)
    assert set(fold.tolist()) == {0, 1, 2, 3}
    twins = fold_numbers([*smiles, smiles[0]], 4, 1)
    assert twins[-1] == twins[0]
    np.testing.assert_array_equal(twins[:-1], fold)


def test_members_may_be_fewer_than_folds(
    inputs: Inputs, smiles: list[str], values: np.ndarray, outputs: list[Output]
) -> None:
    plan = replace(PLAN, members=2, folds=4, network=None)
    assert plan.left_out() == [0, 2]
    assert replace(plan, folds=None).left_out() == [0, 1]
    model, out_of_fold = train_model(inputs, smiles, values, outputs, plan)
    fold = fold_numbers(smiles, 4, plan.seed)
    np.testing.assert_array_equal(out_of_fold.fold, np.where(np.isin(fold, [0, 2]), fold, -1))
    np.testing.assert_array_equal(np.isfinite(out_of_fold.scores).all(1), out_of_fold.fold >= 0)
    assert len(model.forests) == 2
    measured = Measured([], smiles, smiles, values, 0)
    figures = out_of_fold_figures(model, out_of_fold, measured, {}, 1)
    assert figures["nitrogen"]["n"] == int((out_of_fold.fold >= 0).sum())


def test_a_group_too_common_to_be_new_is_not_judged() -> None:
    groups = [""] * 60 + ["c1ccccc1"] * 50 + [f"scaffold {i}" for i in range(890)]
    assert too_common(groups).tolist() == [True] * 60 + [False] * 940
    assert not too_common(["x"] * 40).any()


def test_intervals_hold_most_values(trained: tuple, inputs: Inputs, values: np.ndarray) -> None:
    predicted = trained[0].predict(inputs)
    known = np.isfinite(values[:, 1])
    inside = (predicted.lower[known, 1] <= values[known, 1]) & (values[known, 1] <= predicted.upper[known, 1])
    assert inside.mean() > 0.85
    assert (predicted.spread >= 0).all()


def test_inputs_survive_being_written(inputs: Inputs, tmp_path: Path) -> None:
    save_inputs(tmp_path / "x.npz", inputs)
    again = load_inputs(tmp_path / "x.npz")
    np.testing.assert_array_equal(again.descriptors, inputs.descriptors)
    np.testing.assert_array_equal(again.fingerprints, inputs.fingerprints)
    np.testing.assert_array_equal(again.graphs.take([3]).atoms, inputs.graphs.take([3]).atoms)


def test_a_model_of_another_room_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "x.pt", settings={"kind": "caller"}, state={}, card={})
    with pytest.raises(InputError, match="Not a model of molecular properties"):
        load_model(tmp_path / "x.pt", torch.device("cpu"))
