"""One member of an ensemble: a forest per output and one network, trained without one fold of the molecules."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.io.atomic import atomic_path
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.graphs import Graphs
from loci2lead.molecules.model import Output
from loci2lead.molecules.network import PropertyNetwork, build_network
from loci2lead.molecules.network_training import NetworkPlan, train_network
from loci2lead.molecules.trees import Forest, join_forests, mean_forest, train_forest
from loci2lead.seeds import derive_seed

log = logging.getLogger(__name__)
Array = NDArray[np.float64]

TREES = {
    "learning_rate": 0.05,
    "num_leaves": 31,
    "extra_trees": True,
    "feature_fraction": 0.15,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
}
LARGE_SET = 1500
LARGE_VALUES_RATE, LARGE_VALUES_TREES = 0.1, 3
SMALL_SET_FORESTS = 3


@dataclass(frozen=True)
class TrainingPlan:
    """Choices of a training run; `helpers` maps an endpoint to outputs whose scores may join its blend.

    `folds` (None: as many as members) may exceed `members`: each member then sees more, and the folds that nobody
    leaves out are not judged.
    """

    members: int = 4
    folds: int | None = None
    seed: int = 0
    tree_rounds: int = 250
    trees: Mapping[str, Any] = field(default_factory=lambda: dict(TREES))
    network: NetworkPlan | None = field(default_factory=NetworkPlan)
    helpers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    landmarks: int = 4096

    def left_out(self) -> list[int]:
        """Return the fold that each member does not see, spread evenly over the folds."""
        folds = self.folds or self.members
        return [number * folds // self.members for number in range(self.members)]


@dataclass(frozen=True)
class Material:
    """What every member is trained on: all molecules' graphs, feature bytes and targets (n, outputs)."""

    graphs: Graphs
    features: NDArray[np.uint8]
    targets: Array
    outputs: tuple[Output, ...]
    vocabulary: NDArray[np.int64]


@dataclass(frozen=True)
class Member:
    """A trained member and its scores of the fold it did not see (unseen, 2 * outputs)."""

    forest: Forest
    network: PropertyNetwork | None
    unseen: Array


def train_member(
    material: Material, fold: NDArray[np.int64], number: int, plan: TrainingPlan, folder: Path | None
) -> Member:
    """Train the member that leaves out fold `number`, or read it from `folder` if it is there already."""
    kept = folder / f"member-{number}.pt" if folder else None
    if kept is not None and kept.exists():
        return _read(kept, material, plan)
    seen, unseen = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
    seed = derive_seed(plan.seed, "member", number)
    outputs = len(material.outputs)
    forest = _train_forests(material, seen, plan, seed)
    trees = forest.scores(material.features[unseen], outputs)
    network, graph = None, np.zeros_like(trees)
    if plan.network is not None:
        network, scores = train_network(
            material.graphs, material.features, material.targets, seen, unseen,
            material.outputs, material.vocabulary, plan.network, seed,
        )  # fmt: skip
        graph = scores.astype(np.float64)
    member = Member(forest, network, np.concatenate([graph, trees], axis=1))
    if kept is not None:
        _keep(kept, member)
    log.info("trained the member without fold %d of %d", number + 1, plan.folds or plan.members)
    return member


def smallest_leaf(rows: int) -> int:
    """Return the fewest molecules a leaf may hold: small sets need small leaves."""
    return 10 if rows >= LARGE_SET else 5 if rows >= 600 else 3


def schedule(output: Output, rows: int, plan: TrainingPlan) -> tuple[int, list[dict[str, Any]]]:
    """Return a number of trees, and LightGBM's parameters for each of the forests whose mean scores an output.

    `rows` are its measured molecules. On a small set one forest is a matter of chance, and three cost little. A
    quantity measured on many molecules is far from learned after the plan's trees: it gets three times as many at
    `LARGE_VALUES_RATE`, once for Huber's loss and once for squares. For classes and helpers more trees are no better
    or worse (lib/DESIGN.md).
    """
    classes = output.task == CLASSIFICATION
    fixed = {"min_data_in_leaf": smallest_leaf(rows), "objective": "binary" if classes else "huber", **plan.trees}
    if rows < LARGE_SET:
        return plan.tree_rounds, [fixed] * SMALL_SET_FORESTS
    if classes or output.helper:
        return plan.tree_rounds, [fixed]
    fast = {**fixed, "learning_rate": LARGE_VALUES_RATE}
    return LARGE_VALUES_TREES * plan.tree_rounds, [fast, {**fast, "objective": "l2"}]


def _train_forests(material: Material, seen: NDArray[np.int64], plan: TrainingPlan, seed: int) -> Forest:
    forests = []
    for i, output in enumerate(material.outputs):
        rows = seen[np.isfinite(material.targets[seen, i])]
        rounds, choices = schedule(output, len(rows), plan)
        features = np.ascontiguousarray(material.features[rows])
        target = material.targets[rows, i]
        averaged = [
            train_forest(features, target, parameters, rounds, derive_seed(seed, i, number))
            for number, parameters in enumerate(choices)
        ]
        forests.append(mean_forest(averaged))
    return join_forests(forests)


def _keep(path: Path, member: Member) -> None:
    arrays = {name: torch.from_numpy(_plain(array)) for name, array in member.forest.arrays().items()}
    state = member.network.state_dict() if member.network is not None else None
    with atomic_path(path) as temporary:
        torch.save({"forest": arrays, "network": state, "unseen": torch.from_numpy(member.unseen)}, temporary)


def _read(path: Path, material: Material, plan: TrainingPlan) -> Member:
    content = torch.load(path, weights_only=True)
    arrays = {name: tensor.numpy() for name, tensor in content["forest"].items()}
    arrays["feature"] = arrays["feature"].view(np.uint16)
    network = None
    if content["network"] is not None and plan.network is not None:
        network = build_network(plan.network.shape(len(material.vocabulary), len(material.outputs)))
        network.load_state_dict(content["network"])
        network.eval()
    return Member(Forest(**arrays), network, content["unseen"].numpy())


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    return array.view(np.int16) if array.dtype == np.uint16 else array
