"""Training: K members, each without one fold; their out-of-fold scores fit blend, calibration and intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
from loci2lead.molecules.inputs import Inputs
from loci2lead.molecules.members import Material, TrainingPlan, train_member
from loci2lead.molecules.model import Calibration, Output, PropertyModel
from loci2lead.molecules.trees import bin_edges, tree_features
from loci2lead.seeds import derive_seed

Array = NDArray[np.float64]
COVERAGE = 0.9
COMMON, COMMON_LEAST = 0.05, 50
DOMAIN_SHARE = 0.05  # share of training molecules that would themselves be called out of domain


@dataclass(frozen=True)
class OutOfFold:
    """Scores of every molecule by the member that did not see it (n, 2 * outputs), and its fold (n).

    Fold -1 is a molecule that is not judged: every member saw it, or its group is too common to be new.
    """

    scores: Array
    fold: NDArray[np.int64]


def fold_numbers(groups: Sequence[str], members: int, seed: int) -> NDArray[np.int64]:
    """Return each molecule's fold: a hash of its group, so that one compound is always in one fold."""
    return np.array([derive_seed(seed, "fold", group) % members for group in groups], dtype=np.int64)


def too_common(groups: Sequence[str]) -> NDArray[np.bool_]:
    """Return where a molecule's group holds more than `COMMON` of all molecules.

    The member that left out such a group (all molecules without a ring, all with one benzene ring) is blind to a
    whole class of compounds that the ensemble knows: its scores there say nothing of what the ensemble will do.
    """
    _, place, size = np.unique(np.asarray(groups, dtype=str), return_inverse=True, return_counts=True)
    return np.asarray(size[place] > max(COMMON * len(groups), COMMON_LEAST))


def train_model(
    inputs: Inputs,
    groups: Sequence[str],
    values: Array,
    outputs: Sequence[Output],
    plan: TrainingPlan,
    folder: Path | None = None,
) -> tuple[PropertyModel, OutOfFold]:
    """Train the ensemble on all given molecules and calibrate it on its out-of-fold scores.

    `values` (n, outputs) are in the data sets' units, NaN where not measured. Finished members are kept in
    `folder`, if one is given, and taken from there when training is started again.
    """
    targets = standardised(values, outputs)
    edges = bin_edges(inputs.descriptors)
    features = tree_features(inputs.descriptors, inputs.counts, edges)
    vocabulary = atom_vocabulary(inputs.graphs, 5)
    fold = fold_numbers(groups, plan.folds or plan.members, plan.seed)
    material = Material(inputs.graphs, features, targets, tuple(outputs), vocabulary)
    members = [train_member(material, fold, number, plan, folder) for number in plan.left_out()]
    scores = np.full((len(values), 2 * len(outputs)), np.nan)
    for number, member in zip(plan.left_out(), members, strict=True):
        scores[fold == number] = member.unseen
    judged = np.isin(fold, plan.left_out()) & ~too_common(groups)
    references = landmarks(inputs.fingerprints, plan.landmarks, plan.seed)
    networks = [member.network for member in members if member.network is not None]
    model = PropertyModel(
        outputs=tuple(outputs),
        vocabulary=vocabulary,
        edges=edges,
        networks=networks,
        forests=[member.forest for member in members],
        calibration=fit_calibration(scores[judged], targets[judged], outputs, plan.helpers, bool(networks)),
        references=references,
        domain_threshold=_domain_threshold(inputs.fingerprints, references),
        device=torch.device("cpu"),
        settings={"network": plan.network.shape(len(vocabulary), len(outputs))} if plan.network else {},
    )
    return model, OutOfFold(scores, np.where(judged, fold, -1))


def calibrated(calibration: Calibration, endpoints: Sequence[Output], scores: Array) -> Array:
    """Return answers (n, endpoints) in the data sets' units from raw scores (n, 2 * outputs)."""
    z = scores @ calibration.weights + calibration.offsets
    columns = [
        logistic(z[:, i]) if output.task == CLASSIFICATION else output.scale.backward(z[:, i])
        for i, output in enumerate(endpoints)
    ]
    return np.stack(columns, 1)


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


def _domain_threshold(fingerprints: NDArray[np.uint64], references: NDArray[np.uint64]) -> float:
    """Return the similarity to landmarks that all but `DOMAIN_SHARE` of the training molecules reach."""
    similarity = nearest_similarity(fingerprints, references)
    return float(np.quantile(similarity[similarity < 1], DOMAIN_SHARE)) if np.any(similarity < 1) else 0.0
