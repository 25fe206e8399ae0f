"""A library scored in parts by several jobs, and the parts joined into the bytes of one job."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loci2lead.errors import InputError
from loci2lead.io.libraries import LibraryRow, in_shards
from loci2lead.io.tables import rejected_path
from loci2lead.molecules.best import Top, require_column
from loci2lead.molecules.engine import SHARD_ROWS, Block, Job, finished, join, join_marked, score_all, work_folder
from loci2lead.molecules.screening import identity_column, orderable_columns
from loci2lead.provenance import PROVENANCE_KEY, to_json

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
    count = score_all(in_shards(islice(rows, bounds.start, bounds.end), SHARD_ROWS), job, processes)
    metadata = {PROVENANCE_KEY: to_json(provenance), RANGE_KEY: str(bounds)}
    counts = join(finished(job, count), output, metadata, lambda table: table)
    shutil.rmtree(job.folder)
    return counts


def parts_in(folder: Path) -> list[Path]:
    """Return the parts of a folder (START-END.parquet) in the order of their rows. Raises InputError for none."""
    parts = sorted(folder.glob("*.parquet"), key=lambda path: RowRange.parse(path.stem).start)
    if not parts:
        raise InputError("No parts in the folder", file=folder, expected="files like 0-1048576.parquet")
    return parts


def gather_scores(parts: Sequence[Path], output: Path, top: Top | None = None) -> Counter[str]:
    """Join the parts of a library, in their order, into the bytes of one job; return counts by status.

    With `top`, the best rows of the whole library are written too. Raises InputError for a damaged part, parts of
    different libraries or settings, rows left out between them, or a column that the scores do not have.
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
    counts = join_marked(_blocks_of_parts(parts), output, provenance, folder, identity, top)
    shutil.rmtree(folder)
    return counts


def _blocks_of_parts(parts: Sequence[Path]) -> Iterator[Block]:
    """Yield the row groups of the parts, which are the shards they were scored in, with their rejected rows."""
    for part in parts:
        rejected = pd.read_csv(rejected_path(part), sep="\t", dtype={"id": str}, keep_default_na=False)
        with pq.ParquetFile(part) as file:
            for number in range(file.num_row_groups if file.metadata.num_rows else 0):
                yield _row_group(file, number, part), rejected if number == 0 else rejected.iloc[:0]


def _row_group(file: pq.ParquetFile, number: int, part: Path) -> pa.Table:
    try:
        return file.read_row_group(number)
    except OSError as error:
        raise InputError("A part is damaged", file=part, found=error, remedy="score it again") from error


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
