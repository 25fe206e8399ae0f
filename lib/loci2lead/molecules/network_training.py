"""Training of one graph network on all endpoints at once; what was not measured does not count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.features import N_COUNTS, N_DESCRIPTORS
from loci2lead.molecules.graphs import Graphs, atom_words
from loci2lead.molecules.model import Output, half_precision
from loci2lead.molecules.network import (
    PropertyNetwork,
    build_network,
    network_scores,
    side_features,
    training_batch,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NetworkPlan:
    """Shape and schedule of a network: `steps` updates on `batch` molecules each; `side` None: all features."""

    hidden: int = 64
    layers: int = 3
    side: int = N_COUNTS + N_DESCRIPTORS
    mixed: int = 256
    dropout: float = 0.5
    batch: int = 64
    steps: int = 1500
    rate: float = 1e-3
    decay: float = 1e-2

    def shape(self, vocabulary: int, tasks: int) -> dict[str, Any]:
        """Return the settings that rebuild the network."""
        return {
            "vocabulary": vocabulary,
            "tasks": tasks,
            "hidden": self.hidden,
            "layers": self.layers,
            "side": self.side,
            "mixed": self.mixed,
            "dropout": self.dropout,
        }


def train_network(
    graphs: Graphs,
    features: NDArray[np.uint8],
    targets: Array,
    seen: NDArray[np.int64],
    unseen: NDArray[np.int64],
    outputs: Sequence[Output],
    vocabulary: NDArray[np.int64],
    plan: NetworkPlan,
    seed: int,
) -> tuple[PropertyNetwork, NDArray[np.float32]]:
    """Train on the molecules `seen` and return the network with its scores (unseen, outputs).

    Adam with decoupled weight decay (Loshchilov 2019) under a one-cycle rate (Smith 2018); the same seed
    gives the same weights on one kind of CPU.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = build_network(plan.shape(len(vocabulary), len(outputs)))
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=plan.decay, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps, pct_start=0.15)
    classes = torch.tensor([output.task == CLASSIFICATION for output in outputs])
    weight = _task_weights(targets[seen])
    words = atom_words(graphs, vocabulary)
    first = np.concatenate([[0], np.cumsum(graphs.sizes)])
    rng = np.random.default_rng(seed)
    network.train()
    for chosen in _batches(seen, plan.batch, plan.steps, rng):
        at = np.concatenate([np.arange(first[i], first[i + 1]) for i in chosen])
        batch = training_batch(graphs.take(chosen), words[at], side_features(features[chosen], plan.side))
        loss = _loss(network(*batch), torch.from_numpy(targets[chosen]).float(), classes, weight)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
    network = half_precision(network.eval())
    scores = network_scores([network], graphs.take(unseen), vocabulary, features[unseen], torch.device("cpu"))
    return network, scores[0]


def _batches(seen: NDArray[np.int64], size: int, steps: int, rng: np.random.Generator) -> "list[NDArray[np.int64]]":
    """Return `steps` batches: shuffled passes over the molecules, incomplete last batches left out."""
    size = min(size, len(seen))
    batches: list[NDArray[np.int64]] = []
    while len(batches) < steps:
        order = rng.permutation(seen)
        batches += [order[i : i + size] for i in range(0, len(order) - size + 1, size)]
    return batches[:steps]


def _task_weights(targets: Array) -> Tensor:
    """Return weights per label such that a task counts as the square root of its number of labels."""
    labels = np.maximum(np.isfinite(targets).sum(0), 1)
    weight = labels**-0.5
    return torch.from_numpy(weight / (weight * labels).sum() * labels.sum()).float()


def _loss(scores: Tensor, targets: Tensor, classes: Tensor, weight: Tensor) -> Tensor:
    known = torch.isfinite(targets)
    filled = torch.where(known, targets, torch.zeros_like(targets))
    binary = nn.functional.binary_cross_entropy_with_logits(scores, filled.clamp(0, 1), reduction="none")
    huber = nn.functional.huber_loss(scores, filled, reduction="none")
    each = torch.where(classes, binary, huber) * weight * known
    return each.sum() / known.sum().clamp(min=1)
