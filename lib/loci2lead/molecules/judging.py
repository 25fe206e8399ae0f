"""How good a trained model is: figures of its out-of-fold answers and of parts it never saw, with their coverage."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.molecules.calibration import class_sets
from loci2lead.molecules.datasets import Measured
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.figures import coverage_figures, figures_of
from loci2lead.molecules.model import Calibration, Predictions, PropertyModel
from loci2lead.molecules.training import OutOfFold, calibrated, fit_calibration, standardised

Array = NDArray[np.float64]
Figures = dict[str, dict[str, Any]]


def out_of_fold_figures(
    model: PropertyModel, out_of_fold: OutOfFold, measured: Measured, helpers: Mapping[str, Sequence[str]], seed: int
) -> Figures:
    """Judge every molecule's answer by the member that did not see it, calibrated on the other folds."""
    targets = standardised(measured.values, model.outputs)
    places = [i for i, output in enumerate(model.outputs) if not output.helper]
    value = np.full((len(measured.values), len(places)), np.nan)
    covered, undecided = (np.zeros(value.shape, dtype=bool) for _ in range(2))
    for fold in np.unique(out_of_fold.fold):
        mine = out_of_fold.fold == fold
        others = fit_calibration(
            out_of_fold.scores[~mine], targets[~mine], model.outputs, helpers, bool(model.networks)
        )
        value[mine] = calibrated(others, model.endpoints, out_of_fold.scores[mine])
        z = out_of_fold.scores[mine] @ others.weights + others.offsets
        for at, (i, output) in enumerate(zip(places, model.endpoints, strict=True)):
            if output.task == CLASSIFICATION:
                held = _class_coverage(others, at, value[mine, at], measured.values[mine, i])
                covered[mine, at], undecided[mine, at] = held
            else:
                covered[mine, at] = np.abs(z[:, at] - targets[mine, i]) <= others.half_width[at]
    result = {}
    for at, (i, output) in enumerate(zip(places, model.endpoints, strict=True)):
        target = measured.values[:, i]
        known = np.isfinite(target)
        dont_know = undecided[known, at] if output.task == CLASSIFICATION else None
        result[output.name] = figures_of(output.task, target, value[:, at], _centre(target, output.task), seed)
        result[output.name] |= coverage_figures(covered[known, at], dont_know)
    return result


def part_figures(
    model: PropertyModel, predictions: Predictions, target: Array, rows: slice, trained: Array, seed: int
) -> Figures:
    """Judge the answers to `target` (rows, endpoints), a part of a table; `trained` are the training values."""
    result = {}
    for i, output in enumerate(model.endpoints):
        y, value = target[:, i], predictions.value[rows, i]
        known = np.isfinite(y)
        figures = figures_of(output.task, y, value, _centre(trained[:, i], output.task), seed)
        if output.task == CLASSIFICATION:
            covered, undecided = _class_coverage(model.calibration, i, value[known], y[known])
            figures |= coverage_figures(covered, undecided)
        else:
            inside = (predictions.lower[rows, i] <= y) & (y <= predictions.upper[rows, i])
            figures |= coverage_figures(inside[known])
        result[output.name] = figures
    return result


def _class_coverage(
    calibration: Calibration, at: int, probability: Array, outcome: Array
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the class set holds the true class, and where it holds both."""
    sets = np.array(class_sets(probability, calibration.zero[at], calibration.one[at]), dtype=object)
    undecided = sets == "0|1"
    return undecided | (sets == np.where(outcome == 1, "1", "0")), undecided


def _centre(values: Array, task: str) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean() if task == CLASSIFICATION else np.median(known))
