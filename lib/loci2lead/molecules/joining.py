"""Scored shards joined into one table: duplicates marked, the best rows kept, every rejected row listed.

The result is one Parquet file, or a folder of files of PART_SHARDS shards that several processes write. Its bytes
depend neither on them nor on how the library was divided for scoring.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loci2lead.io.atomic import atomic_path
from loci2lead.io.tables import rejected_path
from loci2lead.molecules.best import Best, Top, top_path
from loci2lead.molecules.duplicates import Repeats, find_repeats
from loci2lead.provenance import PROVENANCE_KEY, to_json
from loci2lead.records import REJECTED_COLUMNS

GROUP_SHARDS = 8  # shards in a row group: larger ones are smaller on disk and sooner read
PART_SHARDS = 512  # shards in a file of a folder


class Shards(Protocol):
    """Consecutive shards of a scored library."""

    def __len__(self) -> int: ...

    def read(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of a shard, of these columns or of all."""

    def rejected(self, number: int) -> pd.DataFrame:
        """Return the rejected rows of a shard (REJECTED_COLUMNS)."""


@dataclass(frozen=True)
class _Joined:
    """What every piece of the joined table is made with."""

    shards: Shards
    repeats: Repeats
    metadata: dict[str, str]
    identity: str
    top: Top | None

    def write(self, numbers: range, row: int, path: Path) -> tuple[Counter[str], pa.Table | None]:
        """Write some shards, which begin at this row, to a file; return counts by status and their best rows."""
        best = Best(self.top, self.identity) if self.top is not None else None

        def finish(table: pa.Table) -> pa.Table:
            nonlocal row
            table = self.repeats.mark(table, row)
            row += table.num_rows
            if best is not None:
                best.add(table)
            return table

        counts = write_shards(self.shards, numbers, path, self.metadata, finish, GROUP_SHARDS)
        return counts, best.rows if best is not None else None


def join_marked(
    shards: Shards,
    output: Path,
    provenance: dict[str, Any],
    folder: Path,
    identity: str,
    top: Top | None,
    *,
    partitioned: bool = False,
    processes: int = 1,
) -> Counter[str]:
    """Join the shards of a whole library into `output`, and write the best rows if asked for; return counts by status.

    `identity` is the column that tells compounds apart. `folder` is scratch. A `partitioned` output is a folder.
    """
    starts = [0]
    with reject_table(output) as rejects:

        def keys() -> Iterator[tuple[pa.ChunkedArray, pa.ChunkedArray]]:
            for number in range(len(shards)):
                write_rejected(rejects, shards.rejected(number))
                table = shards.read(number, [identity, "id"])
                starts.append(starts[-1] + table.num_rows)
                yield table[identity], table["id"]

        repeats = find_repeats(keys(), folder)
        joined = _Joined(shards, repeats, {PROVENANCE_KEY: to_json(provenance)}, identity, top)
        with atomic_path(output) as temporary:
            if partitioned:
                temporary.mkdir()
                pieces = _write_parts(joined, starts, temporary, processes)
            else:
                pieces = [joined.write(range(len(shards)), 0, temporary)]
    if top is not None:
        best = Best(top, identity)
        for _, rows in pieces:
            if rows is not None:
                best.add(rows)
        best.write(top_path(output), provenance)
    return sum((counts for counts, _ in pieces), Counter())


def _write_parts(
    joined: _Joined, starts: Sequence[int], folder: Path, processes: int
) -> list[tuple[Counter[str], pa.Table | None]]:
    count = len(joined.shards)
    ranges = [range(start, min(start + PART_SHARDS, count)) for start in range(0, count, PART_SHARDS)]
    rows = [starts[numbers.start] for numbers in ranges]
    paths = [folder / f"part-{number:05d}.parquet" for number in range(len(ranges))]
    if processes == 1 or len(ranges) == 1:
        return list(map(joined.write, ranges, rows, paths))
    with ProcessPoolExecutor(min(processes, len(ranges)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(_Joined.write, repeat(joined), ranges, rows, paths))


def write_shards(
    shards: Shards,
    numbers: range,
    path: Path,
    metadata: dict[str, str],
    finish: Callable[[pa.Table], pa.Table],
    together: int,
) -> Counter[str]:
    """Write shards, each through `finish`, so many `together` in a row group; return counts by status."""
    counts: Counter[str] = Counter()
    writer = None
    for start in range(numbers.start, numbers.stop, together):
        some = range(start, min(start + together, numbers.stop))
        tables = [finish(shards.read(number).replace_schema_metadata()) for number in some]
        table = pa.concat_tables(tables).combine_chunks()
        counts.update(table["status"].to_pylist())
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema.with_metadata(metadata), compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()
    else:  # a part that begins behind the last row
        pq.write_table(pa.table({}).replace_schema_metadata(metadata), path)
    return counts


@contextmanager
def reject_table(output: Path) -> Iterator[TextIO]:
    """Open the reject table for writing, readable by its owner only: it lists what could be a secret."""
    with (
        atomic_path(rejected_path(output)) as temporary,
        open(temporary, "w", encoding="utf-8", newline="\n", opener=lambda p, f: os.open(p, f, 0o600)) as handle,
    ):
        handle.write("\t".join(REJECTED_COLUMNS) + "\n")
        yield handle


def write_rejected(handle: TextIO, rows: pd.DataFrame) -> None:
    """Add rows to an open reject table."""
    rows.to_csv(handle, sep="\t", columns=list(REJECTED_COLUMNS), header=False, index=False, lineterminator="\n")
