"""The best rows of a stream by one column: a bounded table, the same for any sharding and any order of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.provenance import PROVENANCE_KEY, to_json

HIGH, LOW = "high", "low"


@dataclass(frozen=True)
class Top:
    """How many rows to keep, by which column, and which end of it is best."""

    count: int
    column: str
    end: str = HIGH

    def __str__(self) -> str:
        """Return the form that provenance keeps."""
        return f"{self.count} {self.column} {self.end}"


class Best:
    """The best rows seen so far; ties go to the smaller identity, then to the smaller id; nulls never count.

    `identity` is the column that says which rows are one compound.
    """

    def __init__(self, top: Top, identity: str = "inchikey") -> None:
        self.top, self.identity = top, identity
        self.rows: pa.Table | None = None

    def add(self, table: pa.Table) -> None:
        """Take in more rows; of repeated structures only the first row is a candidate."""
        found = pc.and_(pc.is_valid(table[self.top.column]), pc.is_valid(table[self.identity]))
        again = pc.match_substring(table["codes"], "duplicate_of:")
        table = table.filter(pc.and_(found, pc.invert(again)))
        joined = table if self.rows is None else pa.concat_tables([self.rows, table])
        order = [(self.top.column, "descending" if self.top.end == HIGH else "ascending")]
        places = pc.sort_indices(joined, sort_keys=[*order, (self.identity, "ascending"), ("id", "ascending")])
        self.rows = joined.take(places[: self.top.count]).combine_chunks()

    def write(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write the rows, best first."""
        if self.rows is None:
            return
        metadata = {PROVENANCE_KEY: to_json(provenance)}
        with atomic_path(path) as temporary:
            pq.write_table(self.rows.replace_schema_metadata(metadata), temporary, compression="zstd")


def top_path(output: Path) -> Path:
    """Return <stem>.top.parquet beside the scores."""
    return output.with_name(f"{output.stem}.top.parquet")


def parse_top(count: int | None, by: str | None) -> Top | None:
    """Return what `--top COUNT --by COLUMN[:high|:low]` asks for. Raises InputError for half of it."""
    if count is None and by is None:
        return None
    if count is None or by is None or count < 1:
        raise InputError("The best rows need a number and a column", found=f"--top {count} --by {by}",
                         expected="--top 500 --by herg:low", remedy="give both, or neither")  # fmt: skip
    column, _, end = by.partition(":")
    if end not in {"", HIGH, LOW}:
        raise InputError("Unknown end of a column", found=f"--by {by}", expected=f"{column}:{HIGH} or {column}:{LOW}")
    return Top(count, column, end or HIGH)


def require_column(top: Top, columns: Sequence[str]) -> None:
    """Raise InputError where the scores will have no such column."""
    if top.column not in columns:
        raise InputError("No such column", found=f"--by {top.column}", expected=", ".join(columns))
