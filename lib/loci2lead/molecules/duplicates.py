"""Which rows of a library repeat an earlier compound: found on disk, in memory that no size of library exceeds.

Keys are dealt into buckets by their hash, so that equal keys meet in one; each bucket is then settled by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

HELD_ROWS = 1 << 18  # rows in memory before they are dealt
BUCKETS = MOST_PIECES = 512  # files open at once
_SEEN = pa.schema([("row", pa.int64()), ("key", pa.large_string()), ("id", pa.large_string())])
_FOUND = pa.schema([("row", pa.int64()), ("first", pa.large_string())])


@dataclass
class Repeats:
    """The rows of a library that repeat an earlier one, with the id of that one; a file tells of `piece_rows` rows."""

    folder: Path
    piece_rows: int
    _piece: int = field(default=-1, repr=False)
    _table: pa.Table = field(default=None, repr=False)

    def mark(self, table: pa.Table, start: int) -> pa.Table:
        """Return rows [start, start + n) with `duplicate_of:<id>` among the codes of those that repeat another."""
        found = self._between(start, start + table.num_rows)
        if not found.num_rows:
            return table
        place = table.schema.get_field_index("codes")
        codes = np.array(table["codes"].to_pylist(), dtype=object)
        for row, first in zip(found["row"].to_numpy() - start, found["first"].to_pylist(), strict=True):
            codes[row] = ";".join(filter(None, (codes[row], f"duplicate_of:{first}")))
        return table.set_column(place, table.schema.field(place), pa.array(codes, table.schema.field(place).type))

    def _between(self, start: int, end: int) -> pa.Table:
        pieces = range(start // self.piece_rows, (end - 1) // self.piece_rows + 1)
        tables = [self._read(piece) for piece in pieces]
        rows = [table["row"].to_numpy() for table in tables]
        cuts = [np.searchsorted(values, (start, end)) for values in rows]
        return pa.concat_tables(
            [table.slice(low, high - low) for table, (low, high) in zip(tables, cuts, strict=True)]
            or [_FOUND.empty_table()]
        )

    def _read(self, piece: int) -> pa.Table:
        if piece != self._piece:
            path = _piece_path(self.folder, piece)
            self._table = _read_stream(path).sort_by("row") if path.exists() else _FOUND.empty_table()
            self._piece = piece
        return self._table


def find_repeats(blocks: Iterable[tuple[pa.Array, pa.Array]], folder: Path) -> Repeats:
    """Find the repeats among consecutive blocks of (keys, ids); a null key is nobody's. Works in `folder`."""
    buckets = _Streams(folder, "bucket", _SEEN)
    held: list[pa.Table] = []
    start = rows = 0
    for keys, ids in blocks:
        numbers = np.arange(start, start + len(keys))
        table = pa.table([pa.array(numbers), _text(keys), _text(ids)], schema=_SEEN)
        held.append(table.filter(pc.is_valid(table["key"])))
        start += len(keys)
        rows += len(keys)
        if rows >= HELD_ROWS:
            _deal(pa.concat_tables(held), buckets)
            held, rows = [], 0
    if buckets:  # more than fits: what is left joins the rest
        _deal(pa.concat_tables(held or [_SEEN.empty_table()]), buckets)
        buckets.close()
        tables: Iterator[pa.Table] = (_read_stream(path) for path in buckets.paths())
    else:
        tables = iter(held and [pa.concat_tables(held)])
    pieces = _Streams(folder, "repeats", _FOUND)
    piece_rows = max(HELD_ROWS, -(-start // MOST_PIECES))
    for table in tables:
        found = _repeats_of(table)
        for piece, part in _split(found, found["row"].to_numpy() // piece_rows):
            pieces.write(piece, part)
    pieces.close()
    for path in buckets.paths():
        path.unlink()
    return Repeats(folder, piece_rows)


def _repeats_of(table: pa.Table) -> pa.Table:
    """Return the rows whose key stands in an earlier row of the table, with the id of the first."""
    codes = table["key"].combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.zeros(codes.max(initial=-1) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the smallest place is written last
    places = np.flatnonzero(first[codes] != np.arange(len(codes)))
    firsts = table["id"].combine_chunks().take(pa.array(first[codes[places]]))
    return pa.table([table["row"].combine_chunks().take(pa.array(places)), firsts], schema=_FOUND)


def _deal(table: pa.Table, buckets: "_Streams") -> None:
    hashes = pd.util.hash_array(table["key"].to_numpy(zero_copy_only=False), categorize=False)
    for bucket, part in _split(table, hashes % BUCKETS):
        buckets.write(bucket, part)


def _split(table: pa.Table, groups: NDArray[np.integer]) -> Iterator[tuple[int, pa.Table]]:
    """Yield each group's number and its rows, in their order."""
    order = np.argsort(groups, kind="stable")
    numbers, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    table = table.take(pa.array(order))
    for number, start, count in zip(numbers.tolist(), starts, counts, strict=True):
        yield number, table.slice(start, count)


class _Streams:
    """Arrow streams on disk by number, each opened when it is first written to."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema) -> None:
        self.folder, self.name, self.schema = folder, name, schema
        self.open: dict[int, pa.RecordBatchStreamWriter] = {}
        for path in folder.glob(f"{name}-*.arrows"):  # of a run that was killed
            path.unlink()

    def __bool__(self) -> bool:
        return bool(self.open)

    def write(self, number: int, table: pa.Table) -> None:
        if number not in self.open:
            path = self.folder / f"{self.name}-{number:05d}.arrows"
            self.open[number] = pa.ipc.new_stream(str(path), self.schema)
        self.open[number].write_table(table)

    def close(self) -> None:
        for writer in self.open.values():
            writer.close()

    def paths(self) -> list[Path]:
        return [self.folder / f"{self.name}-{number:05d}.arrows" for number in sorted(self.open)]


def _piece_path(folder: Path, piece: int) -> Path:
    return folder / f"repeats-{piece:05d}.arrows"


def _read_stream(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as stream:
        return stream.read_all()


def _text(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return array.cast(pa.large_string())
