"""Coloured atoms: what stands out, and the comparison with structural alerts."""

import numpy as np
import pandas as pd
import pytest

from loci2lead.report.screen_attribution import (
    LOWERS,
    RAISES,
    alert_share,
    alert_words,
    colours,
    explanations,
    relative,
)


def test_colours_follow_the_sign_and_the_size() -> None:
    chosen = colours(np.array([1.0, 1.0, 3.0, 0.0, 1.1, np.nan]))
    assert set(chosen) == {2, 3}, "the median atom, faint ones and unknown ones stay white"
    assert chosen[2] == pytest.approx([1 - 0.65 * (1 - part) for part in RAISES])
    assert chosen[3][2] > chosen[3][0], "blue lowers"
    assert chosen[3][0] > LOWERS[0], "the weaker, the paler"
    assert colours(np.zeros(3)) == {}
    assert colours(np.array([0.0, 0.0, 0.05])) == {}, "a small difference gets no colour for being the largest"
    assert colours(np.full(3, np.nan)) == {}


def test_the_share_of_alert_atoms() -> None:
    atoms = np.array([2.0, 1.0, 0.0, 0.0, 0.0, -1.0])
    np.testing.assert_array_equal(relative(atoms), atoms)
    assert alert_share(atoms, [0]) == pytest.approx(0.667)
    assert alert_share(atoms, []) is None
    assert alert_share(np.zeros(3), [0]) is None
    assert "agree:" in alert_words(0.7, 1)
    assert "other atoms" in alert_words(0.1, 1)
    assert "no structural alert" in alert_words(None, 0)


def test_a_lead_gets_a_drawing_for_each_endpoint() -> None:
    rows = pd.DataFrame(
        {
            "rank": [1, 1],
            "id": ["m", "m"],
            "canonical_smiles": ["CC(=O)Cl"] * 2,
            "endpoint": ["ames", "NR-ER"],
            "value": [0.1, 0.2],
            "atoms": [[0.0, 0.1, 0.0, 1.0], [None, None, None, None]],
        }
    )
    first, second = explanations(rows, ["BRENK:acid_halide"])
    assert first["alert_share"] == 1.0
    assert "Cl4 +" in first["structure"].description
    assert first["structure"].svg != second["structure"].svg
    assert second["alert_share"] is None
    assert explanations(rows[:0], []) == []
