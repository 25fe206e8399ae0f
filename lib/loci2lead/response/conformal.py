"""Intervals that keep their promise: split-conformal half-widths per drug from residuals on unseen lines."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
LEVEL = 0.9
FULL_TRUST = 100  # lines from which a drug's own residuals decide alone


def half_widths(residual: Matrix, level: float = LEVEL) -> NDArray[np.float64]:
    """Return the half-width per drug (ln units) from out-of-fold residuals (lines x drugs, NaN = unmeasured).

    A drug's own quantile carries the finite-sample correction (n + 1) of split conformal prediction (Vovk
    2005; Lei 2018). With fewer than `FULL_TRUST` lines it is mixed with the pooled quantile of residuals
    scaled by each drug's spread, in proportion to the lines: a tail quantile of thirty points is itself noise.
    """
    absolute = np.abs(residual)
    seen = np.isfinite(absolute)
    lines = seen.sum(axis=0)
    pooled_scale = float(np.sqrt(np.nanmean(absolute**2))) if seen.any() else 1.0
    squares = np.where(seen, absolute**2, 0.0).sum(axis=0)
    scale = np.sqrt((squares + 10 * pooled_scale**2) / (lines + 10))
    ratio = (absolute / scale)[seen]
    pooled = _upper_quantile(ratio, level) * scale
    own = np.array([_upper_quantile(absolute[seen[:, j], j], level) for j in range(absolute.shape[1])])
    trust = np.minimum(lines / FULL_TRUST, 1.0)
    return np.where(lines > 10, trust * np.nan_to_num(own, posinf=0.0) + (1 - trust) * pooled, pooled)


def _upper_quantile(values: NDArray[np.float64], level: float) -> float:
    """Return the ceil((n + 1) level)-th smallest value; the largest where n is too small for the level."""
    if not len(values):
        return float("nan")
    rank = min(int(np.ceil((len(values) + 1) * level)), len(values))
    return float(np.partition(values, rank - 1)[rank - 1])


def coverage(truth: Matrix, predicted: Matrix, widths: NDArray[np.float64]) -> Matrix:
    """Return 1 where the interval covers the truth, 0 where not, NaN where nothing was measured."""
    inside = (np.abs(truth - predicted) <= widths).astype(float)
    return np.where(np.isfinite(truth), inside, np.nan)
