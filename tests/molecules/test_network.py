"""The network answers for a molecule the same digits whatever stands beside it."""

import numpy as np
import pytest
import torch

from loci2lead.molecules.graphs import atom_vocabulary
from loci2lead.molecules.inputs import Inputs
from loci2lead.molecules.network import (
    PACK_ATOMS,
    PACK_MOLECULES,
    InputDropout,
    build_network,
    network_scores,
    packs,
    side_features,
)
from loci2lead.molecules.trees import LEVELS, bin_edges, tree_features

CPU = torch.device("cpu")


def drawn(inputs: Inputs, side: int) -> tuple[list, np.ndarray, np.ndarray]:
    torch.manual_seed(1)
    vocabulary = atom_vocabulary(inputs.graphs, 1)
    features = tree_features(inputs.descriptors, inputs.counts, bin_edges(inputs.descriptors))
    shape = {"vocabulary": len(vocabulary), "tasks": 3, "hidden": 32, "layers": 2, "mixed": 24, "dropout": 0.5}
    return [build_network({**shape, "side": side}).eval() for _ in range(2)], vocabulary, features


@pytest.mark.parametrize("side", [0, 3372])
def test_neighbours_change_no_digit(inputs: Inputs, side: int, rng: np.random.Generator) -> None:
    networks, vocabulary, features = drawn(inputs, side)
    whole = network_scores(networks, inputs.graphs, vocabulary, features, CPU)
    assert whole.shape == (2, len(inputs), 3)
    order = rng.permutation(len(inputs))
    mixed = network_scores(networks, inputs.graphs.take(order), vocabulary, features[order], CPU)
    np.testing.assert_array_equal(whole[:, order], mixed)
    alone = [network_scores(networks, inputs.graphs.take([i]), vocabulary, features[[i]], CPU) for i in range(5)]
    np.testing.assert_array_equal(whole[:, :5], np.concatenate(alone, 1))


def test_padding_is_not_seen(inputs: Inputs) -> None:
    networks, vocabulary, features = drawn(inputs, 3372)
    packed = network_scores(networks[:1], inputs.graphs, vocabulary, features, CPU)[0]
    from loci2lead.molecules.graphs import atom_words
    from loci2lead.molecules.network import training_batch

    words = atom_words(inputs.graphs, vocabulary)
    with torch.inference_mode():
        plain = networks[0](*training_batch(inputs.graphs, words, side_features(features, 3372))).numpy()
    np.testing.assert_allclose(packed, plain, atol=1e-5)


def test_packs_cover_everything_within_bounds(rng: np.random.Generator) -> None:
    sizes = rng.integers(1, 500, 300)
    ranges = list(packs(sizes))
    assert [i for first, last in ranges for i in range(first, last)] == list(range(300))
    for first, last in ranges:
        assert last - first < PACK_MOLECULES
        assert sizes[first:last].sum() <= PACK_ATOMS


def test_no_molecules_give_no_scores(inputs: Inputs) -> None:
    networks, vocabulary, features = drawn(inputs, 0)
    assert network_scores(networks, inputs.graphs.take([]), vocabulary, features[:0], CPU).shape == (2, 0, 3)


def test_side_features_are_logs_of_counts_and_spread_bins(inputs: Inputs) -> None:
    features = tree_features(inputs.descriptors, inputs.counts, bin_edges(inputs.descriptors))
    side = side_features(features, features.shape[1])
    n = inputs.counts.shape[1]
    np.testing.assert_allclose(side[:, :n], np.log1p(inputs.counts.astype(float)), rtol=1e-6)
    np.testing.assert_allclose(side[:, n:], features[:, n:] / ((LEVELS - 1) / 2) - 1, atol=1e-6)


def test_input_dropout_keeps_the_mean_and_its_share() -> None:
    torch.manual_seed(0)
    drop = InputDropout(0.4)
    x = torch.ones(200, 500)
    dropped = drop(x)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.4, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.02)
    assert torch.equal(drop.eval()(x), x)
