"""From raw scores to probabilities and intervals that mean what they say.

Everything is fitted on out-of-fold scores: a blend of the ensemble's parts with an offset (Platt 1999, with
several inputs), then class-conditional conformal sets (Vovk 2012) and absolute-residual intervals.
"""

from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]
# Pull of the blend's weights towards an equal share: it decides where there are hundreds of measured molecules and
# gives way where there are thousands. A class says less of a weight than a quantity does (lib/DESIGN.md).
CLASS_RIDGE, VALUE_RIDGE = 30.0, 10.0


def logistic(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)) without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def fit_class_blend(scores: Array, outcome: Array) -> tuple[Array, float]:
    """Return weights >= 0 (parts) and offset that turn scores (n, parts) into the log odds of class 1."""
    share = np.full(scores.shape[1], 1 / scores.shape[1])

    def loss(parameters: Array) -> tuple[float, Array]:
        weights, offset = parameters[:-1], parameters[-1]
        z = scores @ weights + offset
        error = logistic(z) - outcome
        value = np.sum(np.logaddexp(0, z) - outcome * z) + CLASS_RIDGE * np.sum((weights - share) ** 2)
        gradient = np.append(scores.T @ error + 2 * CLASS_RIDGE * (weights - share), error.sum())
        return float(value), gradient

    start = np.append(share, 0.0)
    bounds = [(0.0, None)] * scores.shape[1] + [(None, None)]
    best = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return best.x[:-1], float(best.x[-1])


def fit_value_blend(scores: Array, target: Array) -> tuple[Array, float]:
    """Return weights >= 0 (parts) and offset of the Huber regression (Huber 1964) of target on scores."""
    share = np.full(scores.shape[1], 1 / scores.shape[1])

    def loss(parameters: Array) -> tuple[float, Array]:
        weights, offset = parameters[:-1], parameters[-1]
        residual = scores @ weights + offset - target
        slope = np.clip(residual, -1, 1)
        value = np.sum(slope * (residual - slope / 2)) + VALUE_RIDGE * np.sum((weights - share) ** 2)
        gradient = np.append(scores.T @ slope + 2 * VALUE_RIDGE * (weights - share), slope.sum())
        return float(value), gradient

    bounds = [(0.0, None)] * scores.shape[1] + [(None, None)]
    best = minimize(loss, np.append(share, 0.0), jac=True, bounds=bounds, method="L-BFGS-B")
    return best.x[:-1], float(best.x[-1])


def conformal_quantile(nonconformity: Array, coverage: float = 0.9) -> float:
    """Return the score below which a new case's lies with probability >= coverage; inf with too few cases."""
    n = len(nonconformity)
    rank = ceil((n + 1) * coverage)
    return float(np.sort(nonconformity)[rank - 1]) if 0 < rank <= n else float("inf")


def class_thresholds(probability: Array, outcome: Array, coverage: float = 0.9) -> tuple[float, float]:
    """Return the largest nonconformity at which class 0 and class 1 still belong to the set, per true class."""
    zero = conformal_quantile(probability[outcome == 0], coverage)
    one = conformal_quantile(1 - probability[outcome == 1], coverage)
    return zero, one


def class_sets(probability: Array, zero: float, one: float) -> list[str]:
    """Return per case "0", "1" or "0|1": the classes that cannot be ruled out. "0|1" means: don't know.

    An empty set (both classes strange) is reported as "0|1" too: there is no honest answer to give.
    """
    has_zero, has_one = probability <= zero, 1 - probability <= one
    words = np.where(has_zero == has_one, "0|1", np.where(has_zero, "0", "1"))
    return [str(word) for word in words]


def percentile(value: Array, quantiles: Array) -> Array:
    """Return the percentage of a reference population below each value; ties count half."""
    low = np.searchsorted(quantiles, value, side="left")
    high = np.searchsorted(quantiles, value, side="right")
    return np.round(100 * (low + high) / 2 / len(quantiles), 1)
