"""Figures of merit of predictions, each with a bootstrap interval and beside a naive baseline."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from loci2lead.models.metrics import bootstrap_interval, expected_calibration_error, wilson_interval
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.seeds import generator

Array = NDArray[np.float64]
ROUNDS = 500


def auroc(outcome: Array, score: Array) -> float:
    """Return the area under the ROC curve (Mann-Whitney, ties count half); NaN with one class only."""
    positive = int(outcome.sum())
    negative = len(outcome) - positive
    if positive == 0 or negative == 0:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[outcome == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(outcome: Array, score: Array) -> float:
    """Return the area under the precision-recall curve as step sum over distinct scores."""
    if outcome.sum() == 0:
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(outcome[order])
    last = np.append(np.diff(score[order]) != 0, True)
    recall = hits[last] / outcome.sum()
    precision = hits[last] / (np.flatnonzero(last) + 1)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def mean_absolute_error(target: Array, predicted: Array) -> float:
    """Return the mean absolute error."""
    return float(np.abs(target - predicted).mean())


def root_mean_square_error(target: Array, predicted: Array) -> float:
    """Return the root of the mean squared error."""
    return float(np.sqrt(np.mean((target - predicted) ** 2)))


def pearson(target: Array, predicted: Array) -> float:
    """Return Pearson's correlation; NaN where one side is constant."""
    if len(target) < 2 or np.ptp(target) == 0 or np.ptp(predicted) == 0:
        return float("nan")
    return float(np.corrcoef(target, predicted)[0, 1])


def spearman(target: Array, predicted: Array) -> float:
    """Return Spearman's rank correlation; NaN where one side is constant."""
    return pearson(rankdata(target), rankdata(predicted))


def r_squared(target: Array, predicted: Array) -> float:
    """Return the share of variance explained; NaN where the target is constant."""
    total = float(np.sum((target - target.mean()) ** 2))
    return 1 - float(np.sum((target - predicted) ** 2)) / total if total > 0 else float("nan")


CLASS_FIGURES: dict[str, Callable[[Array, Array], float]] = {"auroc": auroc, "auprc": average_precision}
VALUE_FIGURES: dict[str, Callable[[Array, Array], float]] = {
    "mae": mean_absolute_error,
    "rmse": root_mean_square_error,
    "r2": r_squared,
    "pearson": pearson,
    "spearman": spearman,
}


def figures_of(task: str, target: Array, predicted: Array, centre: float, seed: int) -> dict[str, Any]:
    """Return n, figures with 95 % bootstrap intervals, and the naive baseline; null where undefined.

    `centre` is the training set's median (regression) or rate of class 1, which the naive baseline predicts.
    """
    known = np.isfinite(target)
    y, p = target[known], predicted[known]
    result: dict[str, Any] = {"n": len(y)}
    if len(y) < 2:
        return result
    naive = np.full(len(y), centre)
    if task == CLASSIFICATION:
        result |= {"positives": int(y.sum()), "naive_auroc": 0.5, "naive_auprc": round(float(y.mean()), 4)}
        result["calibration_error"] = round(expected_calibration_error(p, y), 4)
        result["calibration_error_debiased"] = round(debiased_calibration_error(p, y), 4)
    else:
        result["naive_mae"] = _rounded(mean_absolute_error(y, naive))
    for name, figure in (CLASS_FIGURES if task == CLASSIFICATION else VALUE_FIGURES).items():
        result[name] = _rounded(figure(y, p))
        result[f"{name}_95"] = _interval(figure, y, p, generator(seed, name))
    return result


def debiased_calibration_error(probability: Array, outcome: Array, bins: int = 10) -> float:
    """Return the root mean square gap of predicted and observed frequency over equally filled bins, chance removed.

    The plain error grows with small bins even for perfect answers; here each bin's squared gap loses the variance
    of its observed frequency (Kumar, Liang and Ma 2019, "Verified uncertainty calibration"). Never below 0.
    """
    total = 0.0
    for part in np.array_split(np.argsort(probability, kind="stable"), bins):
        if len(part) > 1:
            rate = float(outcome[part].mean())
            gap = float(probability[part].mean()) - rate
            total += len(part) * (gap**2 - rate * (1 - rate) / (len(part) - 1))
    return float(np.sqrt(max(0.0, total / len(probability))))


def coverage_figures(covered: NDArray[np.bool_], undecided: NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """Return the share of cases whose set or interval holds the truth, with its Wilson interval.

    `undecided` (class sets) says where the set holds both classes: the honest "don't know".
    """
    if not len(covered):
        return {}
    interval = wilson_interval(int(covered.sum()), len(covered))
    result: dict[str, Any] = {
        "coverage": round(float(covered.mean()), 4),
        "coverage_95": [round(end, 4) for end in interval],
    }
    if undecided is not None:
        result["undecided"] = round(float(undecided.mean()), 4)
    return result


def _interval(
    figure: Callable[[Array, Array], float], y: Array, p: Array, rng: np.random.Generator
) -> list[float | None]:
    low, high = bootstrap_interval(lambda rows: figure(y[rows], p[rows]), len(y), rng, ROUNDS)
    return [_rounded(low), _rounded(high)]


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
