"""The walked trees against the booster they were read from."""

import numpy as np
import pytest

from loci2lead.models.forest import Forest, forest_of, train_forest

PARAMETERS = {"num_leaves": 7, "learning_rate": 0.2, "min_data_in_leaf": 5}


def drawn(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(rows, 4)).astype(np.float32)
    labels = (features[:, 0] > 0).astype(np.int64) + (features[:, 1] > 0.5)
    return features, labels


def test_scores_are_those_of_the_booster_to_the_last_bit() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    features, labels = drawn()
    data = lightgbm.Dataset(features.astype(np.float64), labels)
    fixed = {"objective": "multiclass", "num_class": 3, "num_threads": 1, "verbosity": -1, "use_missing": False}
    booster = lightgbm.train({**PARAMETERS, **fixed}, data, 12)
    forest = forest_of(booster.model_to_string(), 3)
    assert np.array_equal(forest.scores(features, 3), booster.predict(features.astype(np.float64), raw_score=True))


def test_the_same_seed_gives_the_same_forest_which_learns() -> None:
    features, labels = drawn()
    first, second = (train_forest(features, labels, np.ones(len(labels)), PARAMETERS, 12, 5) for _ in range(2))
    assert all(np.array_equal(first.arrays()[k], second.arrays()[k]) for k in first.arrays())
    assert (first.scores(features, 3).argmax(axis=1) == labels).mean() > 0.95


def test_rows_are_scored_by_themselves_and_arrays_round_trip() -> None:
    features, labels = drawn()
    forest = train_forest(features, labels, np.ones(len(labels)), PARAMETERS, 5, 1)
    copy = Forest.from_arrays(forest.arrays("trees."), "trees.")
    alone = np.concatenate([copy.scores(features[i : i + 1], 3) for i in range(20)])
    assert np.array_equal(alone, forest.scores(features, 3)[:20])


def test_a_single_leaf_is_a_tree_too() -> None:
    text = "tree\n\nTree=0\nnum_leaves=1\nleaf_value=0.5\n\n\nend of trees"
    assert forest_of(text, 1).scores(np.zeros((2, 3)), 1).tolist() == [[0.5], [0.5]]
