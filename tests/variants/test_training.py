"""The network learns, training resumes to the same weights, and scoring does not depend on its neighbours."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import load_checkpoint, save_checkpoint
from loci2lead.models.forest import Forest
from loci2lead.variants.features import FEATURES, WIDTH
from loci2lead.variants.network import NetworkSettings, PileupNetwork
from loci2lead.variants.scorer import FOREST, Scorer
from loci2lead.variants.tensors import CHANNELS, HEIGHT
from loci2lead.variants.training import Examples, first_network, fit, fit_trees, unsettled
from loci2lead.variants.training_config import TrainingConfig
from loci2lead.variants.tuning import predict, refuse_worse, settling_threshold, tune

CONFIG = TrainingConfig(
    reference=Path("none"),
    truth=Path("none"),
    contig="c",
    train_region=(0, 1),
    tune_region=(0, 1),
    test_region=(0, 1),
    epochs=70,
    batch=24,
    learning_rate=5e-3,
    average_decay=0.8,
    label_smoothing=0.0,
)


def drawn_examples(rng: np.random.Generator, count: int = 24) -> Examples:
    """Return examples whose label shows only in the image: how many of the top rows differ from the reference."""
    labels = rng.integers(0, 3, count)
    images = rng.integers(0, 60, (count, CHANNELS, HEIGHT, WIDTH)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[3, : 15 * label, WIDTH // 2] = 255
    features = rng.normal(size=(count, len(FEATURES))).astype(np.float32)
    costs = np.zeros((count, 3), np.float32)
    return Examples(features, costs, labels, rng.random(count) < 0.5, images, np.arange(count))


@pytest.fixture(scope="module")
def overfitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[PileupNetwork, Examples]:
    examples = drawn_examples(np.random.default_rng(20))
    return fit(examples, CONFIG, tmp_path_factory.mktemp("fit") / "state.pt"), examples


def test_overfits_a_tiny_set_through_the_pileup(overfitted: tuple[PileupNetwork, Examples]) -> None:
    network, examples = overfitted
    forest = fit_trees(examples, CONFIG)
    read = predict(forest, network, examples).network.argmax(axis=1)
    assert (read == examples.labels).mean() >= 0.95
    mixed = dataclasses.replace(examples, images=examples.images[::-1].copy())
    assert (predict(forest, network, mixed).network.argmax(axis=1) == examples.labels).mean() < 0.8


def test_a_stopped_training_goes_on_to_the_same_weights(rng: np.random.Generator, tmp_path: Path) -> None:
    examples = drawn_examples(rng)
    config = dataclasses.replace(CONFIG, epochs=3)
    whole = fit(examples, config, tmp_path / "whole.pt")
    import loci2lead.variants.training as training

    original, done = training._epoch, []

    def stop_after_two(*arguments):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return original(*arguments)

    training._epoch = stop_after_two
    try:
        with pytest.raises(KeyboardInterrupt):
            fit(examples, config, tmp_path / "part.pt")
    finally:
        training._epoch = original
    resumed = fit(examples, config, tmp_path / "part.pt")
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_tuning_counts_errors_and_settles_only_what_is_right(overfitted: tuple[PileupNetwork, Examples]) -> None:
    network, examples = overfitted
    tuned = tune(fit_trees(examples, CONFIG), network, examples, 1.0)
    counted = sum(tuned.figures[k]["candidates"] for k in ("SNP", "INDEL"))
    assert counted == len(examples.labels)


def test_a_model_is_held_against_its_own_errors(overfitted: tuple[PileupNetwork, Examples], tmp_path: Path) -> None:
    network, examples = overfitted
    forest = fit_trees(examples, CONFIG)
    tuned = tune(forest, network, examples, 1.0)
    settings = {"features": list(FEATURES), "network": network.settings.plain(), **tuned.chosen}
    trees = {k: torch.from_numpy(v) for k, v in forest.arrays(FOREST).items()}
    own = tmp_path / "own.pt"
    save_checkpoint(own, settings=settings, state={**network.state_dict(), **trees}, card={})
    refuse_worse(tuned, str(own), examples, 1.0)
    tuned.figures["SNP"]["weighted_errors_stack"] += 0.01
    with pytest.raises(InputError, match="worse than the one it started from"):
        refuse_worse(tuned, str(own), examples, 1.0)


def test_the_settling_threshold_leaves_few_enough_errors() -> None:
    confidence = np.repeat([0.985, 0.9925, 1.0], 4000)
    errors = np.zeros(len(confidence))
    assert settling_threshold(confidence, errors) == 0.98
    errors[:40] = 1.0
    assert settling_threshold(confidence, errors) == 0.99
    errors[-40:] = 1.0
    assert settling_threshold(confidence, errors) == 1.0


def test_pileups_of_settled_candidates_are_left_out(rng: np.random.Generator) -> None:
    examples = drawn_examples(rng, 40)
    sure = examples.features[:, 0] > 0
    forest = SureOfPositives()
    kept = unsettled(examples, forest)
    assert 0 < sure.sum() < 40 and kept.image_row.tolist() == np.flatnonzero(~sure).tolist()
    assert np.array_equal(kept.images, examples.images[~sure]), "each still with its own row"
    assert len(kept.labels) == 40, "the trees' rows stay"
    examples.features[:, 0] = 1
    assert len(unsettled(examples, forest).image_row) == 40, "no training on nothing"


class SureOfPositives(Forest):
    """Trees that are sure where the first feature is positive."""

    def __init__(self) -> None: ...

    def scores(self, features: np.ndarray, outputs: int) -> np.ndarray:
        return np.where(features[:, :1] > 0, [[9.0, 0.0, 0.0]], np.zeros((1, outputs)))


def test_a_network_goes_on_from_another_models(rng: np.random.Generator, tmp_path: Path) -> None:
    examples = drawn_examples(rng)
    scorer = saved_scorer(tmp_path)
    network = first_network(examples, str(tmp_path / "m.pt"))
    assert np.array_equal(network.mean.numpy(), scorer.mean)
    assert not np.array_equal(first_network(examples, "").mean.numpy(), scorer.mean)
    save_checkpoint(tmp_path / "other.pt", settings={"features": ["a"]}, state={}, card={})
    with pytest.raises(InputError, match="no caller of this version"):
        first_network(examples, str(tmp_path / "other.pt"))


def drawn_forest() -> Forest:
    examples = drawn_examples(np.random.default_rng(2), 60)
    return fit_trees(examples, CONFIG)


def saved_scorer(folder: Path) -> Scorer:
    torch.manual_seed(1)
    network = PileupNetwork(NetworkSettings(features=len(FEATURES)))
    for buffer in network.buffers():
        if buffer.dtype.is_floating_point:
            buffer.uniform_(0.5, 1.5)
    settings = {
        "features": list(FEATURES),
        "network": network.settings.plain(),
        "temperature": {"SNP": 1.0, "INDEL": 1.2},
    }
    settings |= {"settled": 0.999, "network_share": {"SNP": 0.5, "INDEL": 0.0}}
    trees = {k: torch.from_numpy(v) for k, v in drawn_forest().arrays(FOREST).items()}
    save_checkpoint(folder / "m.pt", settings=settings, state={**network.state_dict(), **trees}, card={})
    return Scorer.load(folder / "m.pt", "cpu")


def test_a_score_does_not_depend_on_its_neighbours(rng: np.random.Generator, tmp_path: Path) -> None:
    scorer = saved_scorer(tmp_path)
    count = 150
    images = rng.integers(0, 255, (count, CHANNELS, HEIGHT, WIDTH)).astype(np.uint8)
    features = rng.normal(size=(count, len(FEATURES))).astype(np.float32)
    costs = rng.uniform(0, 80, (count, 3))
    whole, alone = scorer.fused(images, features, costs), scorer.summary(features, costs)
    order = rng.permutation(count)
    assert np.array_equal(scorer.fused(images[order], features[order], costs[order]), whole[order])
    assert np.array_equal(scorer.summary(features[order], costs[order]), alone[order])
    single = np.concatenate([scorer.fused(images[i : i + 1], features[i : i + 1], costs[i : i + 1]) for i in range(20)])
    assert np.array_equal(single, whole[:20])
    assert scorer.fused(images[:0], features[:0], costs[:0]).shape == (0, 3)


def test_the_network_is_asked_only_where_it_has_a_say(rng: np.random.Generator, tmp_path: Path) -> None:
    scorer = saved_scorer(tmp_path)
    features = rng.normal(size=(60, len(FEATURES))).astype(np.float32)
    costs, images = rng.uniform(0, 80, (60, 3)), np.zeros((60, CHANNELS, HEIGHT, WIDTH), np.uint8)
    chances, asked = scorer.settle(features, costs)
    plain = scorer.summary(features, costs)
    is_open, snp = plain.max(axis=1) < scorer.settled, features[:, FEATURES.index("snp")] > 0
    assert (asked == (is_open & snp)).all() and asked.any() and not asked.all()
    assert np.array_equal(chances[~is_open | asked], plain[~is_open | asked])
    alone = is_open & ~snp
    np.testing.assert_allclose(chances[alone], scorer.fused(images, features, costs)[alone], rtol=1e-9)


def test_the_forward_pass_without_torch_is_the_networks(rng: np.random.Generator, tmp_path: Path) -> None:
    scorer = saved_scorer(tmp_path)
    state = load_checkpoint(tmp_path / "m.pt").state
    network = PileupNetwork(NetworkSettings(features=len(FEATURES))).eval()
    network.load_state_dict({k: v for k, v in state.items() if not k.startswith(FOREST)})
    images = rng.integers(0, 255, (5, CHANNELS, HEIGHT, WIDTH)).astype(np.uint8)
    features = rng.normal(size=(5, len(FEATURES))).astype(np.float32)
    costs = rng.uniform(0, 80, (5, 3)).astype(np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(images).float() / 255, torch.from_numpy(features), torch.from_numpy(costs))
    for own, other in zip(scorer.forward(images, features, costs), expected, strict=True):
        np.testing.assert_allclose(own, other.numpy(), rtol=1e-4, atol=1e-4)


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "m.pt", settings={"features": ["x"]}, state={}, card={})
    with pytest.raises(InputError, match="train-caller"):
        Scorer.load(tmp_path / "m.pt", "cpu")


def test_the_likelihoods_are_where_the_network_starts() -> None:
    network = PileupNetwork(NetworkSettings(features=len(FEATURES))).eval()
    images, features = torch.zeros(3, CHANNELS, HEIGHT, WIDTH), torch.zeros(3, len(FEATURES))
    costs = torch.tensor([[0.0, 60, 60], [60, 0, 60], [60, 60, 0]])
    for logits in network(images, features, costs):
        assert logits.argmax(dim=1).tolist() == [0, 1, 2]
