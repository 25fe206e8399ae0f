"""Training tables as molecules with labels: one molecule per structure, conflicting labels settled in the open."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdkit import Chem

from loci2lead.io.libraries import LibraryRow
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.standardise import Compound, standardise


@dataclass(frozen=True)
class Measured:
    """Molecules and their measured values.

    `mols` (n), `keys` (n) canonical SMILES, `groups` (n) first InChIKey block (one compound whatever its
    stereo drawing, so that folds never separate such twins), `values` float64 (n, tasks), NaN = not measured.
    """

    mols: list[Chem.Mol]
    keys: list[str]
    groups: list[str]
    values: NDArray[np.float64]
    conflicts: int

    def __len__(self) -> int:
        return len(self.keys)


def standardise_table(smiles: Sequence[str]) -> list[Compound]:
    """Standardise the structures of a training table; rejected ones stay in place, without a molecule."""
    return [standardise(LibraryRow(row, f"row-{row}", str(text))) for row, text in enumerate(smiles)]


def measured_molecules(
    compounds: Sequence[Compound], values: NDArray[np.float64], tasks: Sequence[str]
) -> tuple[Measured, NDArray[np.int64]]:
    """Merge rows of the same structure; return the molecules and each row's molecule (-1 = rejected).

    Repeated regression values are averaged. Repeated class labels that disagree are unknown, and counted.
    `tasks` says classification or regression per column of `values` (rows, tasks).
    """
    place: dict[str, int] = {}
    mols: list[Chem.Mol] = []
    groups: list[str] = []
    member = np.full(len(compounds), -1, dtype=np.int64)
    for row, compound in enumerate(compounds):
        if compound.mol is None:
            continue
        if compound.canonical not in place:
            place[compound.canonical] = len(mols)
            mols.append(compound.mol)
            groups.append(compound.inchikey[:14] or compound.canonical)
        member[row] = place[compound.canonical]
    merged, conflicts = _merge(values, member, len(mols), tasks)
    return Measured(mols, list(place), groups, merged, conflicts), member


def _merge(
    values: NDArray[np.float64], member: NDArray[np.int64], size: int, tasks: Sequence[str]
) -> tuple[NDArray[np.float64], int]:
    used = member >= 0
    known = np.isfinite(values) & used[:, None]
    sums = np.zeros((size, values.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, member[used], np.where(known, values, 0.0)[used])
    np.add.at(counts, member[used], known[used].astype(float))
    mean = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    classes = np.array([task == CLASSIFICATION for task in tasks])
    torn = classes & np.isfinite(mean) & (mean > 0) & (mean < 1)
    mean[torn] = np.nan
    return mean, int(torn.sum())


def row_values(table: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return the values of `columns` as floats; empty cells and text that is no number become NaN."""
    return np.stack([pd.to_numeric(table[name], errors="coerce").to_numpy(float) for name in columns], axis=1)
