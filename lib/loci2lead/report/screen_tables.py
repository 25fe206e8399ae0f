"""What a screening report reads: counts over every row, and a sample of rows for what is drawn.

Tables of any size are streamed. Counts are exact; distributions come from all scored rows, or beyond
SAMPLE_ROWS from those whose InChIKey hashes into an even sample, so that no order of rows can change them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from loci2lead.errors import InputError
from loci2lead.io.tables import read_provenance, read_table, rejected_path, require_columns
from loci2lead.records import REJECTED_COLUMNS, SCREEN_COLUMNS, names

SAMPLE_ROWS = 100_000
STATUSES = ("accepted", "flagged", "rejected")
# What the codes of rows that were scored mean; rejected rows bring their own sentence.
CODE_WORDS = {
    "parent_fragment": "counter-ions or other fragments removed; the largest fragment was scored",
    "neutralised": "charges neutralised before scoring",
    "isotope_kept": "isotope labels kept",
    "tautomer_canonical": "the canonical tautomer was scored",
    "name_split": "a name behind the structure was split off",
    "extension_ignored": "the CXSMILES extension was ignored",
    "duplicate_of": "same structure (full InChIKey) as an earlier row; ranked once",
    "metal": "holds a metal; rare in the training sets",
    "out_of_domain_size": "a peptide or larger than what the models were trained on",
    "trivial": "a single atom or ion",
    "no_carbon": "no carbon",
    "unusual_element": "an element that the training sets hardly know",
}


@dataclass
class Overview:
    """Counts by status and by code (with status), and the sampled rows. `rows` = the sum of the statuses."""

    status: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    sample: pd.DataFrame = field(default_factory=pd.DataFrame)
    sampled: bool = False

    @property
    def rows(self) -> int:
        """Return the number of rows of the input library."""
        return sum(self.status.values())


def read_overview(scores: str | Path) -> Overview:
    """Stream the scores (and the rejected rows beside them) into an overview."""
    path = Path(scores)
    if not path.exists():
        raise InputError("File not found", file=path, remedy="run screen-library first, or check --scores")
    try:
        dataset = ds.dataset(path, format="parquet")
        rows = dataset.count_rows()
    except (OSError, ValueError) as error:
        raise InputError("The scores cannot be read", file=path, found=error, expected="Parquet") from error
    require_columns(pd.DataFrame(columns=dataset.schema.names), names(SCREEN_COLUMNS), path)
    overview, parts = Overview(sampled=rows > SAMPLE_ROWS), []
    for batch in _batches(dataset):
        _count(overview, batch)
        scored = batch[batch["status"] != "rejected"]
        parts.append(scored[_in_sample(scored["inchikey"], rows)])
    overview.sample = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    if overview.status["rejected"] == 0:
        _count_rejected(overview, rejected_path(path))
    return overview


def _batches(dataset: ds.Dataset) -> Iterator[pd.DataFrame]:
    empty = True
    for batch in dataset.to_batches(batch_size=50_000, use_threads=False):
        empty = False
        yield batch.to_pandas()
    if empty:
        yield dataset.schema.empty_table().to_pandas()


def _count(overview: Overview, batch: pd.DataFrame) -> None:
    for status, count in batch["status"].value_counts().items():
        overview.status[str(status)] = overview.status.get(str(status), 0) + int(count)
    codes = batch["codes"].fillna("").str.split(";")
    for status, listed in zip(batch["status"], codes, strict=True):
        # duplicate_of:row-7 counts as duplicate_of
        overview.codes.update((status, code.split(":")[0]) for code in listed if code)


def _count_rejected(overview: Overview, path: Path) -> None:
    """Add the rejected rows that stand only in the file beside the scores."""
    if not path.exists():
        return
    rejected = read_table(path, columns=REJECTED_COLUMNS)
    overview.status["rejected"] = len(rejected)
    overview.codes.update(("rejected", str(code)) for code in rejected["code"])


def _in_sample(keys: pd.Series, rows: int) -> np.ndarray:
    """Return which rows belong to the sample: all of a small table, one in `rows / SAMPLE_ROWS` of a large one."""
    share = -(-rows // SAMPLE_ROWS)
    hashes = pd.util.hash_pandas_object(keys.astype(object), index=False).to_numpy()
    return np.ones(len(keys), dtype=bool) if share <= 1 else hashes % np.uint64(share) == 0


def read_rejected_reasons(scores: str | Path) -> dict[str, str]:
    """Return the sentence that goes with each reject code, from the file beside the scores."""
    path = rejected_path(scores)
    if not path.exists():
        return {}
    table = read_table(path, columns=REJECTED_COLUMNS)
    return dict(zip(table["code"].astype(str), table["reason"].astype(str), strict=True))


def provenance_of(scores: str | Path) -> dict[str, Any]:
    """Return the provenance of the scores: of the file, or of the first part of a folder of them."""
    path = Path(scores)
    parts = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    return read_provenance(parts[0]) if parts else {}


def numeric(table: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column's known values as floats."""
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return values[np.isfinite(values)]


def present(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return those of `columns` that the table has."""
    return [c for c in columns if c in table.columns]
