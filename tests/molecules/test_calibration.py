"""Probabilities that mean what they say, and sets and intervals that cover."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from loci2lead.molecules.calibration import (
    class_sets,
    class_thresholds,
    conformal_quantile,
    fit_class_blend,
    fit_value_blend,
    logistic,
)


def test_one_score_is_platt_scaling(rng: np.random.Generator) -> None:
    score = rng.normal(0, 3, 4000)
    outcome = (rng.random(4000) < logistic(0.5 * score - 1)).astype(float)
    weights, offset = fit_class_blend(score[:, None], outcome)
    oracle = LogisticRegression(C=1e6).fit(score[:, None], outcome)
    assert weights[0] == pytest.approx(oracle.coef_[0, 0], abs=0.015)  # pulled a little towards 1
    assert offset == pytest.approx(oracle.intercept_[0], abs=0.02)


def test_a_useless_part_gets_no_weight_and_no_weight_is_negative(rng: np.random.Generator) -> None:
    good = rng.normal(size=3000)
    outcome = (rng.random(3000) < logistic(2 * good)).astype(float)
    weights, _ = fit_class_blend(np.stack([good, -good + rng.normal(size=3000), rng.normal(size=3000)], 1), outcome)
    assert (weights >= 0).all()
    assert weights[0] > 1.5
    assert weights[1:].max() < 0.2


def test_values_are_blended_without_bias(rng: np.random.Generator) -> None:
    target = rng.normal(size=3000)
    parts = np.stack([target + rng.normal(0, 0.5, 3000) + 1, target + rng.normal(0, 0.5, 3000) - 1], 1)
    weights, offset = fit_value_blend(parts, target)
    blend = parts @ weights + offset
    assert abs(np.mean(blend - target)) < 0.02
    assert np.abs(blend - target).mean() < np.abs(parts[:, 0] - 1 - target).mean()


@pytest.mark.parametrize("fit", [fit_class_blend, fit_value_blend])
def test_few_molecules_leave_the_parts_about_equal(fit: Callable[..., tuple], rng: np.random.Generator) -> None:
    """A dozen say little of which part is better; thousands do."""
    gap = []
    for n in (12, 20_000):
        good = rng.normal(size=n)
        y = (rng.random(n) < logistic(good)).astype(float) if fit is fit_class_blend else good
        weights, _ = fit(np.stack([good + rng.normal(0, 0.3, n), good + rng.normal(0, 1.5, n)], 1), y)
        gap.append(weights[0] - weights[1])
    assert 0 <= gap[0] < 0.75 * gap[1]


def test_quantile_covers_a_new_case(rng: np.random.Generator) -> None:
    hits = [rng.random() <= conformal_quantile(rng.random(19), 0.9) for _ in range(4000)]
    assert np.mean(hits) == pytest.approx(0.9, abs=0.02)
    assert conformal_quantile(np.zeros(5), 0.9) == np.inf


def test_class_sets_cover_each_class(rng: np.random.Generator) -> None:
    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        outcome = (rng.random(n) < 0.1).astype(float)
        return logistic(rng.normal(2 * outcome - 2, 1)), outcome

    zero, one = class_thresholds(*draw(4000))
    probability, outcome = draw(20000)
    sets = np.array(class_sets(probability, zero, one))
    for label in (0, 1):
        mine = sets[outcome == label]
        assert np.mean([str(label) in each for each in mine]) >= 0.87


@pytest.mark.parametrize(
    ("probability", "zero", "one", "expected"),
    [(0.1, 0.3, 0.5, "0"), (0.9, 0.3, 0.5, "1"), (0.4, 0.5, 0.7, "0|1"), (0.5, 0.3, 0.3, "0|1")],
)
def test_sets_in_words(probability: float, zero: float, one: float, expected: str) -> None:
    assert class_sets(np.array([probability]), zero, one) == [expected]


def test_logistic_never_overflows() -> None:
    np.testing.assert_allclose(logistic(np.array([-1e9, 0.0, 1e9])), [0, 0.5, 1])
