"""Figures of models with bootstrap intervals over lines, and paired differences on the same resamples."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.response.scores import Scores, score
from loci2lead.seeds import generator

Matrix = NDArray[np.float64]
METRICS = Scores._fields


def fold_means(y: Matrix, predicted: Matrix, naive: Matrix, folds: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Return the scores averaged over folds: pooling folds would mix their means into the correlations."""
    return np.nanmean([score(y[rows], predicted[rows], naive[rows]) for rows in folds], axis=0)


def bootstrap(
    y: Matrix, predicted: Matrix, naive: Matrix, folds: Sequence[NDArray[np.intp]], rounds: int, seed: int
) -> Matrix:
    """Return scores (rounds x metrics) with lines resampled within each fold; same draws for every model."""
    out = []
    for n in range(rounds):
        rng = generator(seed, "bootstrap", n)
        drawn = [rows[rng.integers(0, len(rows), len(rows))] for rows in folds]
        out.append(fold_means(y, predicted, naive, drawn))
    return np.array(out)


def metric_table(
    split: str,
    y: Matrix,
    naive: Matrix,
    folds: Sequence[NDArray[np.intp]],
    predictions: Mapping[str, Matrix],
    reference: str,
    rounds: int,
    seed: int,
) -> pd.DataFrame:
    """Return one row per model and metric: value, 95 % interval, and the paired difference to `reference`."""
    draws = {name: bootstrap(y, p, naive, folds, rounds, seed) for name, p in predictions.items()}
    values = {name: fold_means(y, p, naive, folds) for name, p in predictions.items()}
    rows = []
    for name in predictions:
        for m, metric in enumerate(METRICS):
            low, high = np.nanquantile(draws[name][:, m], [0.025, 0.975])
            row = {"split": split, "model": name, "metric": metric, "value": values[name][m], "low": low, "high": high}
            if reference in predictions and name != reference:
                gap = draws[name][:, m] - draws[reference][:, m]
                row |= {
                    "against": reference,
                    "difference": values[name][m] - values[reference][m],
                    "difference_low": np.nanquantile(gap, 0.025),
                    "difference_high": np.nanquantile(gap, 0.975),
                }
            rows.append(row)
    return pd.DataFrame(rows)
