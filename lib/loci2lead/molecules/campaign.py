"""A screening campaign in rounds: the pool of candidates on disk, what is measured, and what comes next."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdkit.rdBase import BlockLogs

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.io.libraries import read_library
from loci2lead.io.tables import read_table, write_text_table
from loci2lead.molecules.active import propose
from loci2lead.molecules.features import N_COUNTS, counts_of
from loci2lead.molecules.foreign import ForeignModel
from loci2lead.molecules.standardise import standardise, without_isotopes
from loci2lead.provenance import sha256_of

log = logging.getLogger(__name__)
MOST_ROWS = 2_000_000  # 6 GB of fingerprints on disk


@dataclass(frozen=True)
class Pool:
    """The distinct compounds of a library that can be scored, in its order, and their counts (mapped from disk)."""

    ids: list[str]
    smiles: list[str]
    counts: NDArray[np.uint8]


@dataclass(frozen=True)
class Campaign:
    """How the rounds go: compounds per round, whether low or high values are wanted, strategy and seed."""

    pool: Pool
    count: int
    goal: str
    strategy: str
    seed: int

    def next_rows(self, known: Mapping[int, float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the rows to measure next and the prediction for every row."""
        rows = np.array(sorted(known), dtype=np.int64)
        values = np.array([known[row] for row in rows.tolist()])
        usable = np.isfinite(values)
        chosen, predicted = propose(
            self.pool.counts, rows[usable], values[usable], self.count,
            strategy=self.strategy, low_is_good=self.goal == "low", seed=self.seed, closed=rows[~usable],
        )  # fmt: skip
        return chosen, predicted

    def proposals(self, known: Mapping[int, float]) -> pd.DataFrame:
        """Return the next batch as a table, best first."""
        rows, predicted = self.next_rows(known)
        return pd.DataFrame(
            {
                "id": [self.pool.ids[row] for row in rows.tolist()],
                "smiles": [self.pool.smiles[row] for row in rows.tolist()],
                "predicted": np.round(predicted[rows], 4),
            }
        )


def open_pool(library: Path, output: Path, smiles_column: str | None, id_column: str | None) -> Pool:
    """Read a library; its counts are computed once and kept beside the output for later rounds."""
    ids, smiles, seen = [], [], set()
    kept = output.with_name(f".{output.name}.counts-{sha256_of(library)[:16]}.npy")
    fresh = not kept.exists()
    rows = []
    with BlockLogs():
        for row in read_library(library, smiles_column, id_column):
            compound = standardise(row)
            if compound.mol is None or compound.canonical in seen:
                continue
            seen.add(compound.canonical)
            ids.append(compound.id)
            smiles.append(compound.canonical)
            if fresh:
                rows.append(counts_of(without_isotopes(compound.mol)))
            if len(ids) > MOST_ROWS:
                raise InputError("The library is too large for one campaign", file=library,
                                 expected=f"at most {MOST_ROWS:,} compounds",
                                 remedy="screen it first and propose among the best")  # fmt: skip
    if len(set(ids)) < len(ids):
        raise InputError("Identifiers repeat", file=library, expected="one structure for each id", remedy="--id-column")
    if fresh:
        with atomic_path(kept) as temporary:
            np.save(temporary, np.array(rows, dtype=np.uint8).reshape(-1, N_COUNTS))
    return Pool(ids, smiles, np.load(kept, mmap_mode="r"))


def read_measured(path: Path, pool: Pool) -> dict[int, float]:
    """Return the measured values by row of the pool; an empty value means: tried, nothing to learn from.

    Raises InputError for an id that the pool does not hold, or a value that is no number.
    """
    table = read_table(path, columns=("id", "value"))
    place = {name: row for row, name in enumerate(pool.ids)}
    strange = [str(name) for name in table["id"] if str(name) not in place]
    if strange:
        raise InputError(
            "Unknown compounds",
            file=path,
            record=", ".join(strange[:5]),
            found=f"{len(strange)} ids",
            expected="ids of the library's distinct compounds",
        )
    values = pd.to_numeric(table["value"], errors="coerce")
    if (values.isna() & table["value"].notna()).any():
        bad = table.loc[values.isna() & table["value"].notna(), "id"].astype(str)
        raise InputError("A value is not a number", file=path, record=", ".join(bad[:5]))
    rows = pd.Series([place[str(name)] for name in table["id"]], dtype="int64")
    means = values.astype(float).groupby(rows).mean()  # repeated measurements count once
    return dict(zip(means.index.tolist(), means.tolist(), strict=True))


def scored_rounds(
    campaign: Campaign, known: dict[int, float], function: ForeignModel, rounds: int, kept: Path
) -> dict[int, float]:
    """Run rounds with a scoring function; after each, `kept` holds every value so far (a killed run goes on)."""
    if kept.exists():
        known = known | read_measured(kept, campaign.pool)
    done = int(pd.read_csv(kept)["round"].max()) if kept.exists() else 0
    history = pd.read_csv(kept, dtype={"id": str}) if kept.exists() else pd.DataFrame()
    for number in range(done + 1, rounds + 1):
        rows, _ = campaign.next_rows(known)
        scores, _ = function.scores([campaign.pool.smiles[row] for row in rows.tolist()])
        values = next(iter(scores.values()))
        known = known | dict(zip(rows.tolist(), values.tolist(), strict=True))
        names = [campaign.pool.ids[row] for row in rows.tolist()]
        part = pd.DataFrame({"id": names, "value": values, "round": number})
        history = pd.concat([history, part], ignore_index=True)
        write_text_table(kept, history)
        log.info("round %d: %d measured, best %.4g", number, len(known), _best(known, campaign.goal))
    return known


def _best(known: Mapping[int, float], goal: str) -> float:
    values = np.array(list(known.values()))
    return float(np.nanmin(values) if goal == "low" else np.nanmax(values))
