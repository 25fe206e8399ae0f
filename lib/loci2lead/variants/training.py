"""Training of the caller's trees and network: resumable, seeded, one thread, averaged weights."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.models.forest import Forest, train_forest
from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.features import FEATURES
from loci2lead.variants.network import NetworkSettings, PileupNetwork
from loci2lead.variants.scorer import COPIES, FOREST, forest_inputs, log_softmax
from loci2lead.variants.training_config import TrainingConfig
from loci2lead.variants.training_data import make_examples

_LOG = logging.getLogger(__name__)
# Chosen on the tuning region among 8, 15 and 31 leaves and rates of .03 and .05.
_TREES = {
    "num_leaves": 31,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.5,
}
_ROUNDS = 250
_CERTAIN = 0.9995
# Rows without a picture cost next to nothing: the summary head sees this many for each pileup.
_ROWS_PER_IMAGE = 6


@dataclass(frozen=True)
class Examples:
    """Rows of candidates; `image_row` says which row each image belongs to."""

    features: NDArray[np.float32]
    costs: NDArray[np.float32]
    labels: NDArray[np.int64]
    indel: NDArray[np.bool_]
    images: NDArray[np.uint8]
    image_row: NDArray[np.int64]


def gather(config: TrainingConfig, split: str, folder: Path) -> Examples:
    """Make the examples of a split that are not there yet, and load all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    number = config.libraries if split == "train" else config.tuning_libraries
    paths = [folder / f"{split}-{i:03d}.npz" for i in range(number)]
    for index, path in enumerate(paths):
        if not path.exists():
            make_examples(config, split, index, path)
            _LOG.info("library %d of %d for %s", index + 1, number, split)
    return load_examples(paths)


def load_examples(paths: list[Path]) -> Examples:
    """Load example files written by make_examples."""
    parts = []
    for path in paths:
        with np.load(path) as content:
            parts.append({k: content[k] for k in content.files})
    joined = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    return Examples(
        joined["features"],
        joined["costs"].astype(np.float32),
        joined["labels"],
        joined["indel"],
        joined["images"],
        np.flatnonzero(joined["pictured"]),
    )


def fit_trees(examples: Examples, config: TrainingConfig) -> Forest:
    """Train the trees on the summary features and likelihoods of all candidates."""
    inputs = forest_inputs(examples.features, examples.costs)
    weights = natural_weights(examples, config.noise_weight).numpy()
    return train_forest(inputs, examples.labels, weights, _TREES, _ROUNDS, derive_seed(config.seed, "trees"))


def unsettled(examples: Examples, forest: Forest) -> Examples:
    """Return the examples with the pileups of those candidates only that the trees are not certain of, if any.

    At calling the network sees few others: tuning lets the trees settle what they are certain of.
    """
    rows = examples.image_row
    logits = forest.scores(forest_inputs(examples.features[rows], examples.costs[rows]), COPIES)
    kept = np.exp(log_softmax(logits)).max(axis=1) < _CERTAIN
    return replace(examples, images=examples.images[kept], image_row=rows[kept]) if kept.any() else examples


def fit(examples: Examples, config: TrainingConfig, state_file: Path) -> PileupNetwork:
    """Train for the configured epochs, continuing from `state_file` where it exists; return averaged weights.

    Without an epoch the network stays what it starts as.
    """
    torch.set_num_threads(1)
    torch.manual_seed(derive_seed(config.seed, "weights"))
    network = first_network(examples, config.start)
    if not config.epochs:
        return network.eval()
    # A third faster on CPUs, the same numbers to rounding.
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = PileupNetwork(network.settings)
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    steps = config.epochs * -(-len(examples.image_row) // config.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, total_steps=steps, pct_start=0.15)
    begun = _resume(state_file, network, average, optimizer, schedule)
    for epoch in range(begun, config.epochs):
        loss = _epoch(network, average, optimizer, schedule, examples, config, epoch)
        _LOG.info("epoch %d of %d: loss %.5f", epoch + 1, config.epochs, loss)
        with atomic_path(state_file) as temporary:
            parts = (network, average, optimizer, schedule)
            torch.save({"epoch": epoch + 1, "states": [p.state_dict() for p in parts]}, temporary)
    return average.eval()


def first_network(examples: Examples, start: str) -> PileupNetwork:
    """Return the network of the model `start`, or without one an untrained network scaled to the examples' features.

    Raises InputError for a model of other features.
    """
    network = PileupNetwork(NetworkSettings(features=len(FEATURES)))
    if not start:
        network.mean.copy_(torch.from_numpy(examples.features.mean(axis=0)))
        network.scale.copy_(torch.from_numpy(np.maximum(examples.features.std(axis=0), 0.05)))
        return network
    model = load_checkpoint(start)
    if model.settings.get("features") != list(FEATURES):
        raise InputError("The model to start from is no caller of this version", file=model.path, remedy="leave it out")
    network.load_state_dict({k: v for k, v in model.state.items() if not k.startswith(FOREST)})
    return network


def _resume(state_file: Path, *parts: Any) -> int:
    if not state_file.exists():
        return 0
    saved = torch.load(state_file, weights_only=True)
    for part, state in zip(parts, saved["states"], strict=True):
        part.load_state_dict(state)
    _LOG.info("continuing after epoch %d", saved["epoch"])
    return int(saved["epoch"])


def _epoch(
    network: PileupNetwork,
    average: PileupNetwork,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    examples: Examples,
    config: TrainingConfig,
    epoch: int,
) -> float:
    """Run one epoch: each step sees a batch of images and rows drawn from all candidates."""
    rng = generator(config.seed, "order", epoch)
    torch.manual_seed(derive_seed(config.seed, "dropout", epoch))
    order = rng.permutation(len(examples.image_row))
    weights = natural_weights(examples, config.noise_weight)
    loss_of = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing, reduction="none")
    network.train()
    total = 0.0
    for start in range(0, len(order), config.batch):
        chosen = order[start : start + config.batch]
        rows = examples.image_row[chosen]
        extra = rng.integers(0, len(examples.labels), _ROWS_PER_IMAGE * len(chosen))
        images = torch.from_numpy(_augment(examples.images[chosen], rng)).float() / 255
        images = images.contiguous(memory_format=torch.channels_last)
        summary, fused = network(images, *_inputs(examples, rows))
        more, _ = network.summary(*_inputs(examples, extra))
        labels = torch.from_numpy(examples.labels[rows])
        pictured = loss_of(fused, labels) + 0.3 * loss_of(summary, labels)
        others = 0.7 * loss_of(more, torch.from_numpy(examples.labels[extra]))
        loss = (pictured * weights[rows]).mean() + (others * weights[extra]).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        _average(average, network, config.average_decay, schedule.last_epoch)
        total += float(loss.detach()) * len(chosen)
    return total / max(len(order), 1)


def natural_weights(examples: Examples, noise_weight: float) -> Tensor:
    """Return a weight per row: `noise_weight` for SNPs whose likelihoods are misled, 1 for all else.

    Paralogs and systematic errors are simulated far more often than they occur, so that there are enough to
    learn from; unweighted, the network would refuse true heterozygous SNPs that look a little uneven.
    """
    misled = (examples.costs.argmin(axis=1) != examples.labels) & ~examples.indel
    return torch.from_numpy(np.where(misled, noise_weight, 1.0).astype(np.float32))


def _inputs(examples: Examples, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(examples.features[rows]), torch.from_numpy(examples.costs[rows])


def _augment(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return images with jittered base qualities and reads in another order.

    Scale and bins of qualities differ between sequencers, and the order of reads carries no meaning beyond
    supporters first.
    """
    present = images[:, 2].any(axis=2)
    order = np.where(present, rng.random(present.shape) + (images[:, 5].max(axis=2) <= 128), 9.0).argsort(axis=1)
    images = np.take_along_axis(images, order[:, None, :, None], axis=2)
    present = images[:, 2] > 0
    jitter = rng.normal(0, 10, (len(images), 1, 1)) + rng.normal(0, 8, images[:, 1].shape)
    images[:, 1] = np.where(present, np.clip(images[:, 1] + jitter, 6, 250), 0).astype(np.uint8)
    return images


@torch.no_grad()
def _average(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the averaged weights towards the current ones, faster while there are few steps to average."""
    decay = min(decay, (1 + step) / (10 + step))
    for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1 - decay)
        else:
            mean.copy_(value)
