"""Tables become molecules with labels; repeats are merged and conflicts counted."""

import numpy as np
import pandas as pd

from loci2lead.molecules.datasets import measured_molecules, row_values, standardise_table


def test_repeats_are_merged_and_conflicts_unknown() -> None:
    compounds = standardise_table(["CCO", "OCC", "C1CC", "CC", "CCN", "CCN.Cl"])
    values = np.array([[1, 2.0], [0, 4.0], [1, 9.0], [1, np.nan], [1, 1.0], [np.nan, np.nan]])
    measured, member = measured_molecules(compounds, values, ["classification", "regression"])
    assert measured.keys == ["CCO", "CC", "CCN"]
    assert member.tolist() == [0, 0, -1, 1, 2, 2]
    assert measured.conflicts == 1
    np.testing.assert_array_equal(measured.values, [[np.nan, 3.0], [1, np.nan], [1, 1.0]])


def test_stereoisomers_are_two_molecules_of_one_group() -> None:
    compounds = standardise_table(["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"])
    measured, _ = measured_molecules(compounds, np.array([[1.0], [0.0]]), ["classification"])
    assert len(measured) == 2
    assert len(set(measured.groups)) == 1


def test_cells_that_are_no_numbers_are_unknown() -> None:
    table = pd.DataFrame({"a": ["1", "", "x"], "b": [0.5, None, 2]})
    np.testing.assert_array_equal(row_values(table, ["b", "a"]), [[0.5, 1], [np.nan, np.nan], [2, np.nan]])
