"""A library scored in parts by several jobs, and the parts joined into the bytes of one job."""

import json
import re
import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.io.libraries import LibraryRow, in_shards
from loci2lead.io.tables import rejected_path
from loci2lead.molecules.best import Top, require_column
from loci2lead.molecules.engine import SHARD_ROWS, FinishedShards, Job, score_all, work_folder
from loci2lead.molecules.joining import join_marked, reject_table, write_rejected, write_shards
from loci2lead.molecules.screening import identity_column, orderable_columns
from loci2lead.provenance import PROVENANCE_KEY, to_json
from loci2lead.records import REJECTED_COLUMNS

RANGE_KEY = "loci2lead_rows"


@dataclass(frozen=True)
class RowRange:
    """Rows [start, end) of a library, 0-based; an `end` of None is that of the library."""

    start: int
    end: int | None

    @classmethod
    def parse(cls, text: str) -> "RowRange":
        """Read "0-1048576" or "1048576-". Raises InputError unless the bounds are multiples of SHARD_ROWS."""
        match = re.fullmatch(r"(\d+)-(\d*)", text)
        start, end = (int(match[1]), int(match[2]) if match[2] else None) if match else (1, None)
        if start % SHARD_ROWS or (end is not None and (end % SHARD_ROWS or end <= start)):
            expected = f"START-END or START-, 0-based, multiples of {SHARD_ROWS}"
            raise InputError("Wrong range of rows", found=text or "none", expected=expected)
        return cls(start, end)

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        return f"{self.start}-{'' if self.end is None else self.end}"


def screen_part(
    rows: Iterator[LibraryRow], bounds: RowRange, output: Path, job: Job, provenance: dict[str, Any], processes: int
) -> Counter[str]:
    """Score only the rows of `bounds`, for `gather_scores`: duplicates are not marked yet; return counts by status."""
    job = replace(job, folder=job.folder.with_name(f"{job.folder.name}-{bounds.start}"))
    job.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shards = in_shards(islice(rows, bounds.start, bounds.end), SHARD_ROWS)
    done = FinishedShards(job, score_all(shards, job, processes))
    metadata = {PROVENANCE_KEY: to_json(provenance), RANGE_KEY: str(bounds)}
    with atomic_path(output) as temporary, reject_table(output) as rejects:
        for number in range(len(done)):
            write_rejected(rejects, done.rejected(number))
        counts = write_shards(done, range(len(done)), temporary, metadata, lambda table: table, together=1)
    shutil.rmtree(job.folder)
    return counts


def parts_in(folder: Path) -> list[Path]:
    """Return the parts of a folder (START-END.parquet) in the order of their rows. Raises InputError for none."""
    parts = sorted(folder.glob("*.parquet"), key=lambda path: RowRange.parse(path.stem).start)
    if not parts:
        raise InputError("No parts in the folder", file=folder, expected="files like 0-1048576.parquet")
    return parts


def gather_scores(
    parts: Sequence[Path], output: Path, top: Top | None = None, *, partitioned: bool = False, processes: int = 1
) -> Counter[str]:
    """Join the parts of a library, in their order, into the bytes of one job; return counts by status.

    With `top`, the best rows of the whole library are written too. A `partitioned` output is a folder. Raises
    InputError for a damaged part, parts of different libraries or settings, rows left out between them, or a column
    that the scores do not have.
    """
    provenance = json.loads(_common_provenance(parts))
    parameters = provenance["parameters"]
    depth, endpoints = parameters["depth"], parameters["endpoints"]
    identity = identity_column(depth, parameters.get("identity", "auto"))
    if top is not None:
        require_column(top, orderable_columns(depth, endpoints))
        parameters["best"] = str(top)
    folder = work_folder(output, {"parts": provenance})
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shards = PartShards.of(parts)
    counts = join_marked(
        shards, output, provenance, folder, identity, top, partitioned=partitioned, processes=processes
    )
    shutil.rmtree(folder)
    return counts


@dataclass(frozen=True)
class PartShards:
    """The row groups of the parts, which are the shards they were scored in (see joining.Shards).

    `ends[i]` is the number of shards in the first i + 1 parts.
    """

    parts: tuple[Path, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, parts: Sequence[Path]) -> "PartShards":
        """Count the shards of the parts; the empty row group of a part behind the last row is none."""
        counts = []
        for part in parts:
            metadata = pq.read_metadata(part)
            counts.append(metadata.num_row_groups if metadata.num_rows else 0)
        return cls(tuple(parts), tuple(accumulate(counts)))

    def __len__(self) -> int:
        return self.ends[-1]

    def _place(self, number: int) -> tuple[Path, int]:
        part = bisect_right(self.ends, number)
        return self.parts[part], number - (self.ends[part - 1] if part else 0)

    def read(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of a shard, of these columns or of all. Raises InputError for a damaged part."""
        part, group = self._place(number)
        try:
            return _opened(part).read_row_group(group, columns=columns)
        except OSError as error:
            raise InputError("A part is damaged", file=part, found=error, remedy="score it again") from error

    def rejected(self, number: int) -> pd.DataFrame:
        """Return the rejected rows of a part with its first shard, none with the others."""
        part, group = self._place(number)
        if group:
            return pd.DataFrame(columns=list(REJECTED_COLUMNS))
        return pd.read_csv(rejected_path(part), sep="\t", dtype={"id": str}, keep_default_na=False)


@lru_cache(maxsize=1)  # shards are read in their order; a footer is some megabytes
def _opened(part: Path) -> pq.ParquetFile:
    return pq.ParquetFile(part)


def _common_provenance(parts: Sequence[Path]) -> str:
    """Return the provenance that all parts carry. Raises InputError where they do not follow each other."""
    found, end = set(), 0
    for part in parts:
        try:
            metadata = pq.read_schema(part).metadata or {}
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError("A part cannot be read", file=part, found=error, remedy="score it again") from error
        found.add(metadata.get(PROVENANCE_KEY.encode(), b"").decode())
        bounds = RowRange.parse(metadata.get(RANGE_KEY.encode(), b"").decode())
        if len(found) > 1 or bounds.start != end or (bounds.end is None) != (part == parts[-1]):
            raise InputError(
                "The parts do not belong together",
                file=part,
                found=f"rows {bounds} of {'another run' if len(found) > 1 else 'the same run'}",
                expected=f"rows from {end} on, of one library, model and settings; only the last part is open",
                remedy="score the parts again and give them in their order",
            )
        end = bounds.end or 0
    return found.pop()
