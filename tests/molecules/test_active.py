"""Active learning: the surrogate against closed forms, and rounds that find what is good."""

import numpy as np
import pytest

from loci2lead.molecules.active import STRATEGIES, fit, propose, search
from loci2lead.molecules.features import N_COUNTS


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Return counts of which 40 matter, and values that are linear in their logarithms, with noise."""
    rng = np.random.default_rng(1)
    counts = np.zeros((600, N_COUNTS), dtype=np.uint8)
    counts[:, :40] = rng.poisson(1.0, (600, 40))
    values = np.log1p(counts[:, :40]) @ rng.normal(size=40) + rng.normal(0, 0.1, 600)
    return counts, values


def test_the_surrogate_is_ridge_regression(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    counts, values = drawn
    model = fit(counts[:200], values[:200])
    x = np.log1p(counts[:200, :40].astype(float))
    x -= x.mean(0)
    expected = np.linalg.solve(x.T @ x + model.penalty * np.eye(40), x.T @ (values[:200] - values[:200].mean()))
    np.testing.assert_allclose(model.weights[:40], expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(model.weights[40:], 0, atol=1e-9)
    unseen = np.log1p(counts[200:, :40].astype(float)) - np.log1p(counts[:200, :40].astype(float)).mean(0)
    covariance = np.linalg.inv(x.T @ x + model.penalty * np.eye(40))
    spread = model.noise * np.sqrt(np.einsum("ij,jk,ik->i", unseen, covariance, unseen))
    np.testing.assert_allclose(model.spread(counts[200:]), spread, rtol=1e-3)
    draws = model.draw(np.random.default_rng(2), 400)[:40]
    np.testing.assert_allclose(draws.std(1), model.noise * np.sqrt(np.diag(covariance)), rtol=0.25)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rounds_find_far_more_than_chance(drawn: tuple[np.ndarray, np.ndarray], strategy: str) -> None:
    counts, values = drawn
    rows, scored = search(counts, lambda i: values[i], [30] * 4, strategy=strategy, low_is_good=True, seed=3)
    best = set(np.argsort(values)[:30].tolist())
    assert len(rows) == len(set(rows.tolist())) == 120
    np.testing.assert_array_equal(scored, values[rows])
    assert len(best & set(rows.tolist())) >= 20, "chance finds 6"


def test_what_was_tried_is_not_proposed_again(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    counts, values = drawn
    measured, closed = np.arange(100), np.arange(100, 595)
    rows, predicted = propose(counts, measured, values[measured], 10, closed=closed)
    assert sorted(rows.tolist()) == [595, 596, 597, 598, 599]
    assert np.isfinite(predicted).all()
    assert np.corrcoef(predicted[100:], values[100:])[0, 1] > 0.9


def test_the_first_round_is_a_draw_from_the_seed(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    counts, _ = drawn
    none = np.zeros(0, dtype=np.int64)
    first, again, other = (propose(counts, none, np.zeros(0), 20, seed=seed)[0].tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) == 20
