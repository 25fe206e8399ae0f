"""Splits as DeepChem makes them, or as a file says."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loci2lead.errors import InputError
from loci2lead.molecules.splits import PARTS, split_rows, time_numbers

SMILES = [f"{'C' * n}c1ccccc1" for n in range(1, 11)] + [f"{'C' * n}C1CC1" for n in range(1, 6)] + ["CCO"] * 5
USABLE = np.arange(1, 20)


def test_a_file_is_followed_and_unusable_rows_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    path.write_text(json.dumps({"train": [0, 1, 2], "valid": [3], "test": [5, 4]}))
    split = split_rows(str(path), SMILES, USABLE, 0)
    assert split.as_lists() == {"train": [1, 2], "valid": [3], "test": [5, 4]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        ('{"train": ["a"]}', "cannot be read"),
        ("[1]", "cannot be read"),
        ('{"train": [1, 99]}', "0 to 19"),
        ('{"train": [1, -1]}', "row -1"),
        ('{"train": [1], "test": [1]}', "twice"),
        ('{"test": [1]}', "no training rows"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "split.json"
    path.write_text(content)
    with pytest.raises(InputError, match=words):
        split_rows(str(path), SMILES, USABLE, 0)


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(InputError, match="scaffold, random"):
        split_rows("by-moon", SMILES, USABLE, 0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("how", ["scaffold", "random"])
def test_parts_hold_every_usable_row_once(how: str) -> None:
    split = split_rows(how, SMILES, USABLE, 3)
    rows = np.concatenate([getattr(split, part) for part in PARTS])
    assert sorted(rows.tolist()) == USABLE.tolist()
    if how == "scaffold":
        benzenes = set(range(1, 10))
        assert len({part for part in PARTS if benzenes & set(getattr(split, part).tolist())}) == 1


def test_by_time_the_newest_rows_test_and_equal_times_stay_together() -> None:
    times = np.array([2000.0 + (7 * i) % 20 for i in range(20)])
    split = split_rows("time", SMILES, USABLE, 0, times)
    assert times[split.train].max() < times[split.valid].min()
    assert times[split.valid].max() < times[split.test].min()
    assert sorted(np.concatenate([split.train, split.valid, split.test])) == USABLE.tolist()
    years = np.repeat([2001.0, 2002, 2003], [15, 3, 2])
    parts = split_rows("time", SMILES, USABLE, 0, years).as_lists()
    assert parts == {"train": list(range(1, 18)), "valid": [], "test": [18, 19]}


@pytest.mark.parametrize(("times", "words"), [(None, "--time-column"), (np.full(20, 2001.0), "no test rows")])
def test_times_that_cannot_split_are_refused(times: np.ndarray | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        split_rows("time", SMILES, USABLE, 0, times)


@pytest.mark.parametrize(
    ("cells", "order"),
    [(["2001", "1999.5", "2000"], [1, 2, 0]), (["2024-03-01", "2023-12-31", "2024-02-29T10:00:00"], [1, 2, 0])],
)
def test_times_are_numbers_or_dates(cells: list[str], order: list[int]) -> None:
    assert np.argsort(time_numbers(pd.Series(cells, name="year"), Path("t.csv"))).tolist() == order


@pytest.mark.parametrize("cells", [["2001", ""], ["2001", "soon"], ["2024-01-01", "31.12.2024"]])
def test_a_row_without_time_is_named(cells: list[str]) -> None:
    with pytest.raises(InputError, match="row 1, column year"):
        time_numbers(pd.Series(cells, name="year"), Path("t.csv"))
