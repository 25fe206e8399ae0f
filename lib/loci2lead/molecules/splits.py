"""Train, validation and test rows: by scaffold or at random as DeepChem does it, or as given in a file."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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


def split_rows(how: str, smiles: Sequence[str], usable: NDArray[np.int64], seed: int) -> Split:
    """Split rows 80/10/10 by "scaffold" or "random", or read the split from a JSON file.

    `usable` are the rows whose structure was accepted. Scaffolds are Bemis-Murcko, the rarest in the test part
    (DeepChem's ScaffoldSplitter). Raises InputError for a split that does not fit the table.
    """
    if how in {"scaffold", "random"}:
        return _deepchem_split(how, smiles, usable, seed)
    path = Path(how)
    if not path.is_file():
        raise InputError("Split not found", found=how, expected="scaffold, random or a JSON file")
    return _read_split(path, len(smiles), usable)


def _deepchem_split(how: str, smiles: Sequence[str], usable: NDArray[np.int64], seed: int) -> Split:
    logging.getLogger("deepchem").setLevel(logging.ERROR)  # it reports every optional part it misses
    import deepchem

    ids = np.array([smiles[row] for row in usable], dtype=object)
    data = deepchem.data.NumpyDataset(X=np.zeros((len(ids), 1)), ids=ids)
    splitter = deepchem.splits.ScaffoldSplitter() if how == "scaffold" else deepchem.splits.RandomSplitter()
    parts = splitter.split(data, frac_train=0.8, frac_valid=0.1, frac_test=0.1, seed=seed)
    return Split(*(usable[np.array(part, dtype=np.int64)] for part in parts))


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
