"""Figures of merit against scikit-learn and SciPy."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from loci2lead.molecules import figures


def test_class_figures_are_scikit_learns(rng: np.random.Generator) -> None:
    outcome = (rng.random(300) < 0.2).astype(float)
    score = np.round(rng.normal(outcome, 1), 1)  # with ties
    assert figures.auroc(outcome, score) == pytest.approx(metrics.roc_auc_score(outcome, score))
    assert figures.average_precision(outcome, score) == pytest.approx(metrics.average_precision_score(outcome, score))


def test_value_figures_are_the_usual_ones(rng: np.random.Generator) -> None:
    target = rng.normal(size=200)
    predicted = np.round(target + rng.normal(size=200), 1)
    assert figures.mean_absolute_error(target, predicted) == pytest.approx(np.abs(target - predicted).mean())
    assert figures.root_mean_square_error(target, predicted) == pytest.approx(
        metrics.mean_squared_error(target, predicted) ** 0.5
    )
    assert figures.pearson(target, predicted) == pytest.approx(stats.pearsonr(target, predicted)[0])
    assert figures.spearman(target, predicted) == pytest.approx(stats.spearmanr(target, predicted)[0])
    assert figures.r_squared(target, predicted) == pytest.approx(metrics.r2_score(target, predicted))


def test_what_is_undefined_is_null_and_unknown_rows_do_not_count() -> None:
    one_class = figures.figures_of("classification", np.array([1.0, 1, np.nan]), np.array([0.2, 0.3, 0.4]), 0.5, 1)
    assert one_class["n"] == 2
    assert one_class["auroc"] is None
    assert figures.figures_of("regression", np.array([np.nan, 1.0]), np.zeros(2), 0.0, 1) == {"n": 1}


def test_intervals_hold_the_figure_and_the_baseline_stands_beside(rng: np.random.Generator) -> None:
    target = rng.normal(size=300)
    result = figures.figures_of("regression", target, target + rng.normal(0, 0.3, 300), 0.0, 1)
    low, high = result["mae_95"]
    assert low < result["mae"] < high
    assert result["naive_mae"] > 2 * result["mae"]
