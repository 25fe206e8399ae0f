"""What the training lines look like per drug and tissue: shrunken means, quantiles, counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.scores import Matrix

SHRINK_LINES = 5.0  # a tissue's mean counts as if this many lines sat at the drug's mean
LEVELS = np.array([0.01, 0.05, *np.arange(0.1, 0.91, 0.05), 0.95, 0.99])
MIN_TISSUE_LINES = 15


def drug_means(y: Matrix) -> NDArray[np.float64]:
    """Return each drug's mean over its measured lines."""
    seen = np.isfinite(y)
    return np.where(seen, y, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)


def group_means(y: Matrix, groups: Sequence[str], shrink: float = SHRINK_LINES) -> dict[str, NDArray[np.float64]]:
    """Return the drug means of each group of lines ("" is left out), shrunk towards the drug's own mean."""
    mean = drug_means(y)
    residual = y - mean
    labels = np.asarray(groups, dtype=object)
    out = {}
    for group in sorted(set(groups) - {""}):
        rows = residual[labels == group]
        seen = np.isfinite(rows)
        out[group] = mean + np.where(seen, rows, 0.0).sum(axis=0) / (seen.sum(axis=0) + shrink)
    return out


@dataclass(frozen=True)
class Distribution:
    """Quantiles of ln(IC50) over training lines: `quantiles` scopes x drugs x LEVELS, `lines` scopes x drugs.

    The first scope is "overall", the others are tissues. NaN where a scope has no line for a drug.
    """

    scopes: list[str]
    quantiles: NDArray[np.float64]
    lines: NDArray[np.int_]

    def share_above(self, scope: str, values: Matrix) -> Matrix:
        """Return the share (0..1) of the scope's lines with a higher ln(IC50) than `values` (samples x drugs).

        That is the share that responds less. NaN where the scope is unknown or has no quantiles. Between the
        stored quantiles it is interpolated; outside them it ends at 0.005 and 0.995.
        """
        out = np.full(values.shape, np.nan)
        if scope not in self.scopes:
            return out
        grid = self.quantiles[self.scopes.index(scope)]
        for j in range(values.shape[1]):
            if np.isfinite(grid[j]).all():
                out[:, j] = 1 - np.interp(values[:, j], grid[j], LEVELS, left=0.005, right=0.995)
        return out

    def lines_of(self, scope: str) -> NDArray[np.int_]:
        """Return the number of lines per drug in a scope, 0 for an unknown one."""
        if scope not in self.scopes:
            return np.zeros(self.lines.shape[1], dtype=int)
        return self.lines[self.scopes.index(scope)]


def distributions(y: Matrix, tissues: Sequence[str]) -> Distribution:
    """Return the quantiles of every drug overall and per tissue with at least `MIN_TISSUE_LINES` lines.

    Smaller groups keep their count only: their quantiles would be single lines' values.
    """
    labels = np.asarray(tissues, dtype=object)
    scopes = ["overall", *sorted(set(tissues) - {""})]
    quantiles = np.full((len(scopes), y.shape[1], len(LEVELS)), np.nan)
    lines = np.zeros((len(scopes), y.shape[1]), dtype=int)
    for s, scope in enumerate(scopes):
        rows = y if scope == "overall" else y[labels == scope]
        lines[s] = np.isfinite(rows).sum(axis=0)
        enough = lines[s] >= MIN_TISSUE_LINES
        if enough.any():
            quantiles[s, enough] = np.nanquantile(rows[:, enough], LEVELS, axis=0).T
    return Distribution(scopes, quantiles, lines)
