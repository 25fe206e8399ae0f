"""Training: K members, each without one fold; their out-of-fold scores fit blend, calibration and intervals."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.molecules.calibration import (
    class_thresholds,
    conformal_quantile,
    fit_class_blend,
    fit_value_blend,
    logistic,
)
from loci2lead.molecules.domain import landmarks, nearest_similarity
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.graphs import atom_vocabulary
from loci2lead.molecules.model import Calibration, Inputs, Output, PropertyModel
from loci2lead.molecules.network import PropertyNetwork
from loci2lead.molecules.network_training import NetworkPlan, train_network
from loci2lead.molecules.trees import Forest, bin_edges, join_forests, train_forest, tree_features
from loci2lead.seeds import derive_seed

log = logging.getLogger(__name__)
Array = NDArray[np.float64]
COVERAGE = 0.9
DOMAIN_SHARE = 0.05  # share of training molecules that would themselves be called out of domain

TREES = {
    "learning_rate": 0.05,
    "num_leaves": 31,
    "extra_trees": True,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "min_data_in_leaf": 10,
    "lambda_l2": 5.0,
}


@dataclass(frozen=True)
class TrainingPlan:
    """Choices of a training run; `helpers` maps an endpoint to outputs whose scores may join its blend."""

    members: int = 4
    seed: int = 0
    tree_rounds: int = 250
    trees: Mapping[str, Any] = field(default_factory=lambda: dict(TREES))
    network: NetworkPlan | None = field(default_factory=NetworkPlan)
    helpers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    landmarks: int = 4096


@dataclass(frozen=True)
class OutOfFold:
    """Scores of every molecule by the member that did not see it (n, 2 * outputs), and who that was (n)."""

    scores: Array
    fold: NDArray[np.int64]


def fold_numbers(groups: Sequence[str], members: int, seed: int) -> NDArray[np.int64]:
    """Return each molecule's fold: a hash of its group, so that one compound is always in one fold."""
    return np.array([derive_seed(seed, "fold", group) % members for group in groups], dtype=np.int64)


def train_model(
    inputs: Inputs, groups: Sequence[str], values: Array, outputs: Sequence[Output], plan: TrainingPlan
) -> tuple[PropertyModel, OutOfFold]:
    """Train the ensemble on all given molecules and calibrate it on its out-of-fold scores.

    `values` (n, outputs) are in the data sets' units, NaN where not measured.
    """
    targets = standardised(values, outputs)
    edges = bin_edges(inputs.descriptors)
    features = tree_features(inputs.descriptors, inputs.counts, edges)
    vocabulary = atom_vocabulary(inputs.graphs, 20 if len(values) > 5000 else 5)
    fold = fold_numbers(groups, plan.members, plan.seed)
    networks: list[PropertyNetwork] = []
    forests: list[Forest] = []
    scores = np.zeros((len(values), 2 * len(outputs)))
    for member in range(plan.members):
        mine, others = np.flatnonzero(fold != member), np.flatnonzero(fold == member)
        seed = derive_seed(plan.seed, "member", member)
        forest = _train_forests(features[mine], targets[mine], outputs, plan, seed)
        scores[others, len(outputs) :] = forest.scores(features[others], len(outputs))
        forests.append(forest)
        if plan.network is not None:
            network, unseen = train_network(inputs, targets, mine, others, outputs, vocabulary, plan.network, seed)
            scores[others, : len(outputs)] = unseen
            networks.append(network)
        log.info("trained member %d of %d", member + 1, plan.members)
    out_of_fold = OutOfFold(scores, fold)
    references = landmarks(inputs.fingerprints, plan.landmarks)
    calibration = fit_calibration(out_of_fold.scores, targets, outputs, plan.helpers, plan.network is not None)
    model = PropertyModel(
        outputs=tuple(outputs),
        vocabulary=vocabulary,
        edges=edges,
        networks=networks,
        forests=forests,
        calibration=calibration,
        references=references,
        domain_threshold=_domain_threshold(inputs.fingerprints, references),
        device=torch.device("cpu"),
        settings={"network": plan.network.shape(len(vocabulary), len(outputs))} if plan.network else {},
    )
    return model, out_of_fold


def standardised(values: Array, outputs: Sequence[Output]) -> Array:
    """Return targets: classes as they are, quantities on their standardised scale."""
    columns = [
        values[:, i] if output.task == CLASSIFICATION else output.scale.forward(values[:, i])
        for i, output in enumerate(outputs)
    ]
    return np.stack(columns, 1)


def fit_calibration(
    scores: Array, targets: Array, outputs: Sequence[Output], helpers: Mapping[str, Sequence[str]], networks: bool
) -> Calibration:
    """Fit blend, conformal thresholds and interval widths of every endpoint on out-of-fold scores."""
    names = [output.name for output in outputs]
    endpoints = [i for i, output in enumerate(outputs) if not output.helper]
    m = len(endpoints)
    weights = np.zeros((scores.shape[1], m))
    offsets, zero, one, half = np.zeros(m), np.ones(m), np.ones(m), np.zeros(m)
    for at, i in enumerate(endpoints):
        chosen = [names.index(name) for name in (names[i], *helpers.get(names[i], ())) if name in names]
        parts = [c + len(outputs) for c in chosen] + (chosen if networks else [])
        known = np.isfinite(targets[:, i])
        x, y = scores[known][:, parts], targets[known, i]
        fit = fit_class_blend if outputs[i].task == CLASSIFICATION else fit_value_blend
        weights[parts, at], offsets[at] = fit(x, y)
        z = x @ weights[parts, at] + offsets[at]
        if outputs[i].task == CLASSIFICATION:
            zero[at], one[at] = class_thresholds(logistic(z), y, COVERAGE)
        else:
            half[at] = conformal_quantile(np.abs(z - y), COVERAGE)
    return Calibration(weights, offsets, zero, one, half, np.full((m, 101), np.nan))


def _train_forests(
    features: NDArray[np.uint8], targets: Array, outputs: Sequence[Output], plan: TrainingPlan, seed: int
) -> Forest:
    forests = []
    for i, output in enumerate(outputs):
        known = np.isfinite(targets[:, i])
        objective = "binary" if output.task == CLASSIFICATION else "huber"
        parameters = {**plan.trees, "objective": objective}
        chosen = np.ascontiguousarray(features[known])
        forests.append(train_forest(chosen, targets[known, i], parameters, plan.tree_rounds, derive_seed(seed, i)))
    return join_forests(forests)


def _domain_threshold(fingerprints: NDArray[np.uint64], references: NDArray[np.uint64]) -> float:
    """Return the similarity to landmarks that all but `DOMAIN_SHARE` of the training molecules reach."""
    similarity = nearest_similarity(fingerprints, references)
    return float(np.quantile(similarity[similarity < 1], DOMAIN_SHARE)) if np.any(similarity < 1) else 0.0
