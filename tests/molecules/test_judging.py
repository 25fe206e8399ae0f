"""Coverage and out-of-fold figures are those of molecules that the calibration did not see."""

import numpy as np
import pytest

from loci2lead.molecules.datasets import Measured
from loci2lead.molecules.figures import coverage_figures, debiased_calibration_error
from loci2lead.molecules.judging import out_of_fold_figures, part_figures
from loci2lead.molecules.model import Calibration, Output, Predictions
from loci2lead.molecules.scales import Scale
from loci2lead.molecules.training import OutOfFold

OUTPUTS = (Output("active", "classification", Scale("plain", 0, 1)), Output("y", "regression", Scale("plain", 0, 1)))


class Stub:
    """What judging needs of a model: its outputs and whether it has networks."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        self.outputs, self.endpoints, self.networks = OUTPUTS, list(OUTPUTS), []
        self.calibration = calibration


def test_out_of_fold_coverage_is_that_of_unseen_molecules(rng: np.random.Generator) -> None:
    n = 4000
    outcome = (rng.random(n) < 0.3).astype(float)
    target = rng.normal(size=n)
    scores = np.stack([np.zeros(n), np.zeros(n), rng.normal(2 * outcome - 1, 1), target + rng.normal(0, 0.3, n)], 1)
    values = np.stack([outcome, target], 1)
    measured = Measured([], ["x"] * n, ["x"] * n, values, 0)
    approved = np.stack([np.linspace(0, 1, 101), np.full(101, np.nan)])
    stub = Stub(Calibration(*np.zeros((5, 2)), approved))
    figures = out_of_fold_figures(stub, OutOfFold(scores, np.arange(n) % 3), measured, {}, 1)  # type: ignore[arg-type]
    for name in ("active", "y"):
        assert figures[name]["coverage"] == pytest.approx(0.9, abs=0.02)
        low, high = figures[name]["coverage_95"]
        assert low < figures[name]["coverage"] < high
    assert 0 < figures["active"]["undecided"] < 0.5
    assert figures["active"]["calibration_error_debiased"] < 0.02
    lie = figures["active"]["answers"]
    assert list(lie) == ["p5", "p10", "p25", "p50", "p75", "p90", "p95"]
    assert lie["p5"] < 0.1 < lie["p50"] < 0.5 < lie["p95"]
    shares = figures["active"]["answers_among_approved"]
    assert shares == {p: pytest.approx(100 * value, abs=1.1) for p, value in lie.items()}
    assert figures["y"]["answers"]["p50"] == pytest.approx(0, abs=0.1)
    assert "answers_among_approved" not in figures["y"], "approved drugs are not known there"


def test_a_part_counts_sets_and_intervals_that_hold_the_truth() -> None:
    calibration = Calibration(
        *(np.zeros(2) for _ in range(2)), np.array([0.3, 1]), np.array([0.5, 1]), *np.zeros((2, 2))
    )
    value = np.array([[0.1, 1.0], [0.9, 1.0], [0.4, 1.0], [0.9, 1.0]])
    predictions = Predictions(value, value, value - 0.5, value + 0.5, np.zeros(4))
    target = np.array([[0.0, 1.4], [0.0, 1.6], [1.0, np.nan], [1.0, 0.0]])
    figures = part_figures(Stub(calibration), predictions, target, slice(0, 4), target, 1)  # type: ignore[arg-type]
    assert figures["active"]["coverage"] == 0.75  # the second is called 1 and is 0; the third's set is "0|1"
    assert figures["active"]["undecided"] == 0.25
    assert figures["y"]["coverage"] == pytest.approx(1 / 3, abs=1e-3)


def test_nothing_to_cover_gives_no_figure() -> None:
    assert coverage_figures(np.zeros(0, dtype=bool)) == {}


def test_calibrated_answers_have_next_to_no_debiased_error(rng: np.random.Generator) -> None:
    probability = rng.random(3000)
    outcome = (rng.random(3000) < probability).astype(float)
    assert debiased_calibration_error(probability, outcome) < 0.02
    wrong = (rng.random(3000) < np.clip(probability + 0.1, 0, 1)).astype(float)
    assert debiased_calibration_error(probability, wrong) == pytest.approx(0.095, abs=0.02)
