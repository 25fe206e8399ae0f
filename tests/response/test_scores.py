"""Scores, splits, intervals and references against slow, obvious computations."""

import numpy as np
import pytest

from loci2lead.response.conformal import coverage, half_widths
from loci2lead.response.reference import LEVELS, distributions, drug_means, group_means
from loci2lead.response.scores import centre, column_correlations, score, strict_per_drug
from loci2lead.response.splits import group_folds, held_out_masks, line_folds


def test_column_correlations_match_numpy(rng: np.random.Generator) -> None:
    a, b = rng.standard_normal((40, 6)), rng.standard_normal((40, 6))
    a[rng.random(a.shape) < 0.3] = np.nan
    got = column_correlations(a, b, 5)
    for j in range(6):
        seen = np.isfinite(a[:, j])
        assert got[j] == pytest.approx(np.corrcoef(a[seen, j], b[seen, j])[0, 1])


def test_too_few_lines_give_no_correlation(rng: np.random.Generator) -> None:
    a = rng.standard_normal((19, 2))
    assert np.isnan(column_correlations(a, a)).all()


def test_strict_is_blind_to_drug_and_line_effects(rng: np.random.Generator) -> None:
    truth = rng.standard_normal((50, 8))
    trick = rng.standard_normal((50, 1)) + rng.standard_normal((1, 8))
    assert np.nanmax(np.abs(strict_per_drug(truth + trick, np.broadcast_to(trick, truth.shape)))) < 1e-6
    np.testing.assert_allclose(strict_per_drug(truth, truth + trick), 1.0)


def test_naive_prediction_scores_zero(rng: np.random.Generator) -> None:
    truth = rng.standard_normal((50, 8))
    naive = np.broadcast_to(truth.mean(0), truth.shape)
    assert score(truth, naive, naive)[1:] == pytest.approx((0, 0, 0), abs=1e-9)


def test_centre_removes_both_means(rng: np.random.Generator) -> None:
    out = centre(rng.standard_normal((30, 7)) + np.arange(7))
    assert np.abs(out.mean(0)).max() < 1e-9 and np.abs(out.mean(1)).max() < 1e-9


def test_line_folds_partition() -> None:
    folds = line_folds(23, 5, 1)
    assert sorted(np.concatenate(folds)) == list(range(23))


def test_group_folds_never_divide_a_group(rng: np.random.Generator) -> None:
    groups = [f"g{i}" for i in rng.integers(0, 9, 60)]
    folds = group_folds(groups, 4, 2)
    homes = [{groups[i] for i in f} for f in folds]
    assert sum(len(h) for h in homes) == len(set(groups)) and sum(map(len, folds)) == 60


def test_leave_drug_out_takes_every_entry_of_a_compound() -> None:
    measured = np.ones((10, 4), bool)
    masks = held_out_masks("LDO", measured, ["a"] * 10, ["AOJJ", "AOJJ", "B", "C"], 3, 0)
    assert all(m[:, 0].tolist() == m[:, 1].tolist() for m in masks)
    assert np.array(masks).sum(axis=0).tolist() == measured.astype(int).tolist()


def test_half_widths_cover_ninety_percent(rng: np.random.Generator) -> None:
    scale = np.array([0.5, 1.0, 3.0])
    widths = half_widths(rng.standard_normal((400, 3)) * scale)
    fresh = rng.standard_normal((20000, 3)) * scale
    assert coverage(fresh, np.zeros_like(fresh), widths).mean(axis=0) == pytest.approx([0.9] * 3, abs=0.03)


def test_half_widths_of_few_lines_lean_on_the_others(rng: np.random.Generator) -> None:
    residual = rng.standard_normal((200, 5))
    residual[6:, 0] = np.nan
    residual[:6, 0] *= 0.01
    assert half_widths(residual)[0] > 0.5


def test_group_means_shrink_towards_the_drug() -> None:
    y = np.array([[0.0], [0.0], [4.0], [4.0]])
    means = group_means(y, ["a", "a", "b", "b"], shrink=2.0)
    assert drug_means(y)[0] == 2 and means["a"][0] == pytest.approx(1.0) and means["b"][0] == pytest.approx(3.0)


def test_share_above_follows_the_lines(rng: np.random.Generator) -> None:
    y = rng.standard_normal((300, 1))
    found = distributions(y, ["a"] * 300)
    for value in (-1.0, 0.0, 1.0):
        share = found.share_above("a", np.array([[value]]))[0, 0]
        assert share == pytest.approx((y > value).mean(), abs=0.02)
    assert found.quantiles.shape == (2, 1, len(LEVELS))
    assert np.isnan(found.share_above("b", np.zeros((1, 1)))).all()
