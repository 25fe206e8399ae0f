"""Scales and the way back."""

import numpy as np
import pytest

from loci2lead.molecules.scales import Scale, fit_scale


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("plain", np.array([-5.0, 0.0, 2.5, 100.0])),
        ("log10", np.array([0.01, 1.0, 30.0, 1200.0])),
        ("percent", np.array([0.0, 10.0, 94.0, 99.95, 100.0])),
    ],
)
def test_there_and_back(kind: str, values: np.ndarray) -> None:
    scale = fit_scale(values, kind)
    standardised = scale.forward(values)
    assert standardised.mean() == pytest.approx(0, abs=1e-9)
    assert standardised.std() == pytest.approx(1)
    np.testing.assert_allclose(scale.backward(standardised), values, rtol=1e-9, atol=1e-9)


def test_logarithms_are_chosen_for_wide_skewed_values_only(rng: np.random.Generator) -> None:
    assert fit_scale(10 ** rng.normal(0, 1, 500)).kind == "log10"
    assert fit_scale(rng.normal(5, 1, 500)).kind == "plain"
    assert fit_scale(np.append(10 ** rng.normal(0, 1, 500), -1.0)).kind == "plain"


def test_unknown_stays_unknown_and_a_constant_is_no_division_by_zero() -> None:
    assert np.isnan(Scale("log10", 0, 1).forward(np.array([np.nan]))).all()
    assert fit_scale(np.full(20, 3.0)).forward(np.array([3.0])).tolist() == [0.0]


def test_back_transformed_percentages_stay_percentages() -> None:
    back = Scale("percent", 0.0, 1.0).backward(np.array([-50.0, 0.0, 50.0]))
    assert back.min() >= 0
    assert back.max() <= 100
