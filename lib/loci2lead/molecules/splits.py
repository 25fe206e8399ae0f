"""Train, validation and test rows: by scaffold or at random as DeepChem does it, by time, or as given in a file."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.errors import InputError

PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class Split:
    """0-based row numbers of the three parts; rows in none of them are not used."""

    train: NDArray[np.int64]
    valid: NDArray[np.int64]
    test: NDArray[np.int64]

    def as_lists(self) -> dict[str, list[int]]:
        """Return the split in the form of a split file."""
        return {part: [int(row) for row in getattr(self, part)] for part in PARTS}


def split_rows(
    how: str, smiles: Sequence[str], usable: NDArray[np.int64], seed: int, times: NDArray[np.float64] | None = None
) -> Split:
    """Split rows 80/10/10 by "scaffold", "random" or "time", or read the split from a JSON file.

    `usable` are the rows whose structure was accepted. Scaffolds are Bemis-Murcko, the rarest in the test part
    (DeepChem's ScaffoldSplitter). By time the oldest rows train and the newest test; `times` (rows) are numbers.
    Raises InputError for a split that does not fit the table.
    """
    if how in {"scaffold", "random"}:
        return _deepchem_split(how, smiles, usable, seed)
    if how == "time":
        return _time_split(usable, times)
    path = Path(how)
    if not path.is_file():
        raise InputError("Split not found", found=how, expected="scaffold, random, time or a JSON file")
    return _read_split(path, len(smiles), usable)


def _deepchem_split(how: str, smiles: Sequence[str], usable: NDArray[np.int64], seed: int) -> Split:
    logging.getLogger("deepchem").setLevel(logging.ERROR)  # it reports every optional part it misses
    import deepchem

    ids = np.array([smiles[row] for row in usable], dtype=object)
    data = deepchem.data.NumpyDataset(X=np.zeros((len(ids), 1)), ids=ids)
    splitter = deepchem.splits.ScaffoldSplitter() if how == "scaffold" else deepchem.splits.RandomSplitter()
    parts = splitter.split(data, frac_train=0.8, frac_valid=0.1, frac_test=0.1, seed=seed)
    return Split(*(usable[np.array(part, dtype=np.int64)] for part in parts))


def time_numbers(column: "pd.Series[Any]", file: Path) -> NDArray[np.float64]:
    """Return times (years, dates or any numbers) as numbers that sort. Raises InputError where a row has none."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        dates = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
        numbers = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    if numbers.isna().any():
        row = int(np.flatnonzero(numbers.isna())[0])
        raise InputError(
            "A row has no time",
            file=file,
            record=f"row {row}, column {column.name}",
            found=column.iloc[row],
            expected="numbers throughout, or ISO dates (2024-05-31) throughout",
            remedy="leave such rows out, or use another split",
        )
    return numbers.to_numpy(dtype=float)


def _time_split(usable: NDArray[np.int64], times: NDArray[np.float64] | None) -> Split:
    """Cut the rows in order of time; rows of one time stay together, in the older part."""
    if times is None:
        raise InputError("A split by time needs the times", expected="--time-column with --split time")
    order = usable[np.argsort(times[usable], kind="stable")]
    ordered = times[order]
    cuts = [
        int(np.searchsorted(ordered, ordered[max(int(len(order) * share) - 1, 0)], side="right"))
        for share in (0.8, 0.9)
    ]
    if cuts[1] >= len(order):
        raise InputError(
            "The times leave no test rows",
            found=f"{len(np.unique(ordered))} different times",
            expected="a tenth of the rows newer than the rest",
        )
    return Split(*np.split(order, cuts))


def _read_split(path: Path, rows: int, usable: NDArray[np.int64]) -> Split:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        parts = [np.array(content.get(part, []), dtype=np.int64) for part in PARTS]
    except (json.JSONDecodeError, UnicodeDecodeError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            "The split cannot be read",
            file=path,
            found=error,
            expected='{"train": [row numbers], "valid": [...], "test": [...]}',
        ) from error
    everything = np.concatenate(parts)
    if len(everything) and (everything.min() < 0 or everything.max() >= rows):
        raise InputError(
            "The split names rows that the table does not have",
            file=path,
            found=f"row {everything.min() if everything.min() < 0 else everything.max()}",
            expected=f"0 to {rows - 1}",
        )
    if len(np.unique(everything)) < len(everything):
        raise InputError("The split names a row twice", file=path, expected="every row in one part at most")
    if not len(parts[0]):
        raise InputError("The split has no training rows", file=path)
    return Split(*(part[np.isin(part, usable)] for part in parts))
