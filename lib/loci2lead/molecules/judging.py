"""How good a trained model is: figures of its out-of-fold answers and of parts it never saw, with their coverage."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.molecules.calibration import class_sets, percentile
from loci2lead.molecules.datasets import Measured
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.figures import coverage_figures, figures_of
from loci2lead.molecules.model import Calibration, Output, Predictions, PropertyModel
from loci2lead.molecules.training import OutOfFold, calibrated, fit_calibration, standardised

Array = NDArray[np.float64]
Figures = dict[str, dict[str, Any]]
SHOWN_PERCENTILES = (5, 10, 25, 50, 75, 90, 95)


def out_of_fold_figures(
    model: PropertyModel, out_of_fold: OutOfFold, measured: Measured, helpers: Mapping[str, Sequence[str]], seed: int
) -> Figures:
    """Judge every molecule's answer by the member that did not see it, calibrated on the other folds.

    Beside the figures of an endpoint stands where its answers lie, in its unit and in per cent among approved drugs, so
    that a report can set a library against the training set.
    """
    value, covered, undecided = cross_calibrated(model, out_of_fold, measured.values, helpers)
    result = {}
    for at, (i, output) in enumerate(_places(model)):
        target = np.where(out_of_fold.fold >= 0, measured.values[:, i], np.nan)
        known = np.isfinite(target)
        dont_know = undecided[known, at] if output.task == CLASSIFICATION else None
        result[output.name] = figures_of(output.task, target, value[:, at], _centre(target, output.task), seed)
        result[output.name] |= coverage_figures(covered[known, at], dont_know)
        result[output.name] |= _where_answers_lie(value[known, at], model.calibration.approved[at])
    return result


def _where_answers_lie(answers: Array, approved: Array) -> dict[str, dict[str, float]]:
    """Return percentiles of answers, and how many per cent of approved drugs lie below each, where that is known."""
    if not len(answers):
        return {}
    quantiles = np.quantile(answers, np.array(SHOWN_PERCENTILES) / 100)
    found = {"answers": {f"p{p}": float(f"{q:.5g}") for p, q in zip(SHOWN_PERCENTILES, quantiles, strict=True)}}
    if np.isfinite(approved).all():
        below = percentile(quantiles, approved).tolist()
        found["answers_among_approved"] = {f"p{p}": b for p, b in zip(SHOWN_PERCENTILES, below, strict=True)}
    return found


def cross_calibrated(
    model: PropertyModel, out_of_fold: OutOfFold, values: Array, helpers: Mapping[str, Sequence[str]]
) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return every molecule's answers by member and calibration that did not see it: (n, endpoints), NaN if all did.

    Beside them, where the 90 % set or interval holds the measured value, and where a class set holds both classes.
    """
    targets = standardised(values, model.outputs)
    answers = np.full((len(values), len(model.endpoints)), np.nan)
    covered, undecided = (np.zeros(answers.shape, dtype=bool) for _ in range(2))
    scores, judged = out_of_fold.scores, out_of_fold.fold >= 0
    for fold in np.unique(out_of_fold.fold[judged]):
        mine = out_of_fold.fold == fold
        rest = judged & ~mine
        others = fit_calibration(scores[rest], targets[rest], model.outputs, helpers, bool(model.networks))
        answers[mine] = calibrated(others, model.endpoints, scores[mine])
        z = scores[mine] @ others.weights + others.offsets
        for at, (i, output) in enumerate(_places(model)):
            if output.task == CLASSIFICATION:
                held = _class_coverage(others, at, answers[mine, at], values[mine, i])
                covered[mine, at], undecided[mine, at] = held
            else:
                covered[mine, at] = np.abs(z[:, at] - targets[mine, i]) <= others.half_width[at]
    return answers, covered, undecided


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


def _places(model: PropertyModel) -> list[tuple[int, Output]]:
    """Return the columns of the outputs that are answers."""
    return [(i, output) for i, output in enumerate(model.outputs) if not output.helper]
