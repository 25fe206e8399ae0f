"""Scales on which measured quantities are learned, and the way back to the data set's own unit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PERCENT_EDGE = 0.5  # per cent; keeps 0 and 100 % finite on the logit scale


@dataclass(frozen=True)
class Scale:
    """`kind` is plain, log10 or percent (logit of y/100); then (t - centre) / spread is learned."""

    kind: str
    centre: float
    spread: float

    def forward(self, values: Array) -> Array:
        """Return standardised values; NaN stays NaN."""
        return (_transform(self.kind, values) - self.centre) / self.spread

    def backward(self, standardised: Array) -> Array:
        """Return values in the data set's unit."""
        t = standardised * self.spread + self.centre
        if self.kind == "log10":
            return 10.0 ** np.clip(t, -30, 30)
        if self.kind == "percent":
            span = 100 + 2 * PERCENT_EDGE
            return np.clip(span / (1 + 10.0 ** -np.clip(t, -30, 30)) - PERCENT_EDGE, 0, 100)
        return t


def fit_scale(values: Array, kind: str = "auto") -> Scale:
    """Return the scale of a training set's values. "auto" takes logarithms of positive, wide-ranging values.

    Wide-ranging means a skewness above 2 that logarithms halve, and a hundredfold range.
    """
    known = values[np.isfinite(values)]
    if kind == "auto":
        kind = "log10" if _wants_logarithm(known) else "plain"
    t = _transform(kind, known)
    spread = float(t.std())
    return Scale(kind, float(t.mean()), spread if spread > 0 else 1.0)


def _transform(kind: str, values: Array) -> Array:
    if kind == "log10":
        return np.log10(np.maximum(values, 1e-30))
    if kind == "percent":
        inside = np.clip(values, 0, 100)
        return np.log10((inside + PERCENT_EDGE) / (100 + PERCENT_EDGE - inside))
    return values


def _wants_logarithm(values: Array) -> bool:
    if len(values) < 10 or values.min() <= 0 or values.max() < 100 * values.min():
        return False
    raw, logarithmic = abs(_skewness(values)), abs(_skewness(np.log10(values)))
    return raw > 2 and logarithmic < raw / 2


def _skewness(values: Array) -> float:
    spread = values.std()
    return float(np.mean(((values - values.mean()) / spread) ** 3)) if spread > 0 else 0.0
