"""The domain check: what lies outside, what missing genes change, and that it survives the disk."""

import numpy as np
import pytest

from loci2lead.response.autoencoder import Autoencoder, fit_autoencoder
from loci2lead.response.domain import Domain, fit_domain

GENES, FACTORS = 120, 4


def drawn(lines: int, seed: int, loadings: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((lines, FACTORS)) @ loadings / 2 + 0.5 * rng.standard_normal((lines, GENES))


@pytest.fixture(scope="module")
def loadings() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((FACTORS, GENES))


@pytest.fixture(scope="module")
def domain(loadings: np.ndarray) -> Domain:
    return fit_domain(drawn(90, 1, loadings), 7)


def test_new_lines_lie_inside_and_shifted_ones_outside(domain: Domain, loadings: np.ndarray) -> None:
    lines = drawn(60, 2, loadings)
    rng = np.random.default_rng(3)
    assert domain.inside(lines).mean() > 0.9
    assert domain.inside(rng.permuted(lines, axis=1)).mean() < 0.5
    assert domain.inside(lines + 2 * rng.standard_normal(lines.shape)).mean() < 0.1
    assert domain.inside(drawn(60, 4, rng.standard_normal((FACTORS, GENES)))).mean() < 0.5


def test_training_lines_are_not_told_apart_from_new_ones_as_outside(domain: Domain, loadings: np.ndarray) -> None:
    assert domain.inside(drawn(90, 1, loadings)).mean() > 0.97


def test_unknown_genes_do_not_count_as_missed(domain: Domain, loadings: np.ndarray) -> None:
    lines = drawn(60, 2, loadings)
    half = np.where(np.arange(GENES) % 2 == 0, lines, 0.0)
    assert domain.inside(half).mean() > 0.7
    assert (domain.autoencoder.errors(half)[:, 1::2] == 0).all()


def test_state_rebuilds_the_same_scores(domain: Domain, loadings: np.ndarray) -> None:
    lines = drawn(10, 5, loadings)
    np.testing.assert_array_equal(Domain.from_state(domain.state()).scores(lines), domain.scores(lines))


def test_rows_do_not_depend_on_their_neighbours(domain: Domain, loadings: np.ndarray) -> None:
    lines = drawn(9, 6, loadings)
    np.testing.assert_allclose(domain.scores(lines)[4:5], domain.scores(lines[4:5]), rtol=1e-9)


def test_autoencoder_gives_back_more_than_the_mean_and_repeats(loadings: np.ndarray) -> None:
    lines = drawn(80, 1, loadings)
    first, second = (fit_autoencoder(lines, 3, epochs=40) for _ in range(2))
    held_out = drawn(40, 8, loadings)
    assert (first.errors(held_out) ** 2).mean() < 0.7 * (held_out**2).mean()
    assert all(np.array_equal(first.weights[k], second.weights[k]) for k in first.weights)
    assert isinstance(first, Autoencoder) and first.encode(held_out).shape[0] == 40
