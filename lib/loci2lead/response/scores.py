"""How well a matrix of predictions follows the truth, with the figures that naive means cannot reach.

nPear is the correlation of all residuals after the naive mean effects (DrEval); per-drug the mean over drugs
of the correlation over lines; strict the same after centring truth and prediction by drug and by line, so
that neither "this drug is potent" nor "this line dies of everything" counts. Drugs with fewer than
`MIN_LINES` measured lines in the fold are left out of per-drug and strict: with six points a correlation says
nothing.
"""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
MIN_LINES = 20


class Scores(NamedTuple):
    """Root mean square error (ln units) and the correlations described above."""

    rmse: float
    npear: float
    per_drug: float
    strict: float


def centre(values: Matrix) -> Matrix:
    """Return the matrix (lines x drugs, NaN = unmeasured) with drug and line means removed (alternating)."""
    out = values.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an empty row or column has no mean
        for _ in range(5):
            out = out - np.nanmean(out, axis=0, keepdims=True)
            out = out - np.nanmean(out, axis=1, keepdims=True)
    return out


def column_correlations(truth: Matrix, predicted: Matrix, min_lines: int = MIN_LINES) -> NDArray[np.float64]:
    """Return the correlation of each column over its measured lines; NaN with fewer than `min_lines`.

    A constant prediction correlates 0 with anything.
    """
    seen = np.isfinite(truth) & np.isfinite(predicted)
    n = seen.sum(0)
    a, b = np.where(seen, truth, 0.0), np.where(seen, predicted, 0.0)
    safe = np.maximum(n, 1)
    a, b = np.where(seen, a - a.sum(0) / safe, 0.0), np.where(seen, b - b.sum(0) / safe, 0.0)
    product, scale = (a * b).sum(0), np.sqrt((a * a).sum(0) * (b * b).sum(0))
    flat = (b * b).sum(0) < 1e-12 * safe
    out = np.where(flat | (scale == 0), 0.0, product / np.where(scale == 0, 1.0, scale))
    return np.where(n >= min_lines, out, np.nan)


def strict_per_drug(truth: Matrix, predicted: Matrix, min_lines: int = MIN_LINES) -> NDArray[np.float64]:
    """Return the double-centred correlation of each drug; NaN where it has too few lines."""
    seen = np.isfinite(truth) & np.isfinite(predicted)
    return column_correlations(
        centre(np.where(seen, truth, np.nan)), centre(np.where(seen, predicted, np.nan)), min_lines
    )


def score(truth: Matrix, predicted: Matrix, naive: Matrix, min_lines: int = MIN_LINES) -> Scores:
    """Return the scores of predictions on one fold. `naive` is the mean-effects prediction of the same shape."""
    seen = np.isfinite(truth) & np.isfinite(predicted) & np.isfinite(naive)
    a, b = (truth - naive)[seen], (predicted - naive)[seen]
    npear = 0.0 if len(b) < 2 or b.std() < 1e-9 else float(np.corrcoef(a, b)[0, 1])
    rmse = float(np.sqrt(np.mean((truth - predicted)[seen] ** 2))) if seen.any() else float("nan")
    return Scores(
        rmse,
        npear,
        _mean(column_correlations(truth, predicted, min_lines)),
        _mean(strict_per_drug(truth, predicted, min_lines)),
    )


def _mean(values: NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")
