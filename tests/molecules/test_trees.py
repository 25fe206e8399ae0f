"""Trees stored as arrays answer as LightGBM's own model does."""

import lightgbm
import numpy as np
import pytest

from loci2lead.molecules.trees import (
    LEVELS,
    bin_edges,
    forest_of,
    join_forests,
    mean_forest,
    train_forest,
    tree_features,
)


@pytest.fixture(scope="module")
def table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    features = rng.integers(0, 60, (400, 12)).astype(np.uint8)
    return features, (features[:, 0] > 20).astype(float) + (features[:, 3] % 7 < 2) + rng.normal(0, 0.1, 400)


def test_stored_trees_score_as_lightgbm(table: tuple[np.ndarray, np.ndarray]) -> None:
    features, target = table
    booster = lightgbm.train(
        {"verbosity": -1, "num_threads": 1, "use_missing": False, "min_data_in_leaf": 3, "num_leaves": 20},
        lightgbm.Dataset(features, target, params={"verbosity": -1}),
        30,
    )
    forest = forest_of(booster.model_to_string())
    unseen = np.random.default_rng(4).integers(0, 256, (300, 12)).astype(np.uint8)
    np.testing.assert_allclose(forest.scores(unseen, 1)[:, 0], booster.predict(unseen), atol=5e-3)
    assert len(forest.output) == 30


def test_the_same_seed_gives_the_same_trees(table: tuple[np.ndarray, np.ndarray]) -> None:
    features, target = table
    chosen = {"objective": "huber", "extra_trees": True, "bagging_fraction": 0.5, "bagging_freq": 1}
    first, again, other = (train_forest(features, target, chosen, 10, seed) for seed in (5, 5, 6))
    for name, array in first.arrays().items():
        np.testing.assert_array_equal(array, again.arrays()[name])
    assert not np.array_equal(first.scores(features, 1), other.scores(features, 1))


def test_joined_forests_keep_their_own_scores(table: tuple[np.ndarray, np.ndarray]) -> None:
    features, target = table
    forests = [
        train_forest(features, y, {"objective": "huber", "min_data_in_leaf": 5}, rounds, 1)
        for y, rounds in ((target, 3), (np.full_like(target, 2.0), 2), (-target, 4))
    ]
    joined = join_forests(forests).scores(features, 3)
    for i, forest in enumerate(forests):
        np.testing.assert_array_equal(joined[:, i], forest.scores(features, 1)[:, 0])


def test_the_mean_of_forests_is_one_forest(table: tuple[np.ndarray, np.ndarray]) -> None:
    features, target = table
    forests = [train_forest(features, target, {"extra_trees": True}, 12, seed) for seed in range(3)]
    mean = mean_forest(forests)
    expected = np.mean([forest.scores(features, 1) for forest in forests], 0)
    np.testing.assert_allclose(mean.scores(features, 1), expected, atol=2e-3)
    assert len(mean.output) == 36
    assert mean_forest(forests[:1]) is forests[0]


def test_scores_of_a_row_do_not_depend_on_its_neighbours(table: tuple[np.ndarray, np.ndarray]) -> None:
    features, target = table
    forest = train_forest(features, target, {"objective": "huber"}, 20, 1)
    whole = forest.scores(features, 1)
    np.testing.assert_array_equal(whole[17:18], forest.scores(features[17:18], 1))


def test_bins_count_the_edges_below_a_value() -> None:
    descriptors = np.random.default_rng(5).normal(size=(500, 2)).astype(np.float32)
    edges = bin_edges(descriptors)
    counts = np.zeros((500, 1), dtype=np.uint8)
    features = tree_features(descriptors, counts, edges)
    expected = (edges[None] < descriptors[:, None, :]).sum(1)
    np.testing.assert_array_equal(features[:, 1:], expected)
    assert features.max() == LEVELS - 1
