"""The screening engine: shards of a library scored by one or many processes, joined in order, in bounded memory.

A shard is always the same rows, so the result cannot depend on the number of processes. Finished shards lie in
a work folder beside the output until the end: a killed run that is started again goes on where it stopped.
"""

import hashlib
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loci2lead.io.atomic import atomic_path
from loci2lead.io.libraries import LibraryRow, in_shards
from loci2lead.io.tables import rejected_path
from loci2lead.models.runtime import prepare_device
from loci2lead.molecules.best import Best, Top, top_path
from loci2lead.molecules.fast import load_fast_model
from loci2lead.molecules.foreign import is_foreign, load_foreign
from loci2lead.molecules.model import load_model
from loci2lead.molecules.screening import FAST, AnyModel, ScreenPlan, score_block
from loci2lead.provenance import PROVENANCE_KEY, to_json
from loci2lead.records import REJECTED_COLUMNS

SHARD_ROWS = 2048
BLOCK_ROWS = 1024  # rows whose features are in memory together; no score depends on it
Block = tuple[pa.Table, pd.DataFrame]
_worker: dict[str, AnyModel] = {}


@dataclass(frozen=True)
class Job:
    """What all shards of a run share: model and its SHA-256, device, plan, folder of finished shards.

    `model` is the file of a property model, or chemprop:FILE or python:..., or empty where no model is needed.
    `top` asks for a table of the best rows beside the scores.
    """

    model: str
    digest: str
    device: str
    plan: ScreenPlan
    folder: Path
    top: Top | None = None

    def shard(self, number: int) -> Path:
        """Return the file of a finished shard."""
        return self.folder / f"shard-{number:07d}.parquet"


def work_folder(output: Path, provenance: dict[str, Any]) -> Path:
    """Return the work folder of exactly this run: other inputs or parameters get another one."""
    digest = hashlib.sha256(to_json(provenance).encode()).hexdigest()[:16]
    return output.with_name(f".{output.name}.shards-{digest}")


def screen(
    shards: Iterable[list[LibraryRow]], output: Path, job: Job, provenance: dict[str, Any], processes: int
) -> Counter[str]:
    """Score every shard, join them into `output` and the reject table, and return counts by status."""
    job.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = score_all(shards, job, processes)
    counts = join_marked(finished(job, count), output, provenance, job.folder, job.plan.identity, job.top)
    shutil.rmtree(job.folder)
    return counts


def score_shard(job: Job, number: int, rows: list[LibraryRow]) -> int:
    """Score one shard into its file, in whatever process this is; return its number."""
    kind = f"{job.digest} {job.plan.depth == FAST}"
    if kind not in _worker:
        _worker[kind] = _load(job)
    tables, rejections = [], []
    for block in in_shards(iter(rows), BLOCK_ROWS):
        table, refused = score_block(block, _worker[kind], job.plan)
        tables.append(pa.Table.from_pandas(table, preserve_index=False))
        rejections += refused
    arrow = pa.concat_tables(tables).combine_chunks()
    rejected = pd.DataFrame([asdict(rejection) for rejection in rejections], columns=list(REJECTED_COLUMNS))
    arrow = arrow.replace_schema_metadata({b"rejected": rejected.to_json(orient="split").encode()})
    with atomic_path(job.shard(number)) as temporary:
        pq.write_table(arrow, temporary, compression="zstd")
    return number


def _load(job: Job) -> AnyModel:
    if not job.model:
        return None
    if job.plan.depth == FAST:
        return load_fast_model(job.model, prepare_device(job.device))
    if is_foreign(job.model):
        return load_foreign(job.model, job.device)
    return load_model(job.model, prepare_device(job.device))


def score_all(shards: Iterable[list[LibraryRow]], job: Job, processes: int) -> int:
    """Score the shards that are not there yet; return the number of shards of the library."""
    iterator = iter(enumerate(shards))
    first = list(_take(iterator, 2))
    if processes == 1 or len(first) < 2:
        last = -1
        for last, rows in _chain(first, iterator):
            if not job.shard(last).exists():
                score_shard(job, last, rows)
        return last + 1
    return _score_in_processes(_chain(first, iterator), job, processes)


def _score_in_processes(shards: Iterator[tuple[int, list[LibraryRow]]], job: Job, processes: int) -> int:
    pending: set[Future[int]] = set()
    total = 0
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for number, rows in shards:
            total = number + 1
            if job.shard(number).exists():
                continue
            pending.add(pool.submit(score_shard, job, number, rows))
            if len(pending) >= 2 * processes:  # bounds the rows that wait in memory
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
        for future in pending:
            future.result()
    return total


def finished(job: Job, count: int) -> Iterator[Block]:
    """Yield the finished shards, each with its rejected rows."""
    for number in range(count):
        arrow = pq.read_table(job.shard(number))
        rejected = StringIO(arrow.schema.metadata[b"rejected"].decode())
        yield arrow.replace_schema_metadata(), pd.read_json(rejected, orient="split", dtype=False)


def join_marked(
    blocks: Iterable[Block], output: Path, provenance: dict[str, Any], folder: Path, identity: str, top: Top | None
) -> Counter[str]:
    """Join the blocks of a whole library with its duplicates marked, and write the best rows if asked for."""
    best = Best(top, identity) if top is not None else None
    with Identities(folder, identity) as identities:

        def mark(table: pa.Table) -> pa.Table:
            table = identities.mark(table)
            if best is not None:
                best.add(table)
            return table

        counts = join(blocks, output, {PROVENANCE_KEY: to_json(provenance)}, mark)
    if best is not None:
        best.write(top_path(output), provenance)
    return counts


def join(
    blocks: Iterable[Block], output: Path, metadata: dict[str, str], mark: Callable[[pa.Table], pa.Table]
) -> Counter[str]:
    """Write blocks of scored rows one after another, each through `mark`; return counts by status."""
    counts: Counter[str] = Counter()
    columns = list(REJECTED_COLUMNS)
    with atomic_path(output) as temporary, _reject_table(output) as rejects:
        rejects.write("\t".join(columns) + "\n")
        writer = None
        for block, refused in blocks:
            refused.to_csv(rejects, sep="\t", columns=columns, header=False, index=False, lineterminator="\n")
            table = mark(block.replace_schema_metadata())
            counts.update(table["status"].to_pylist())
            if writer is None:
                writer = pq.ParquetWriter(temporary, table.schema.with_metadata(metadata), compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()
        else:  # a part that begins behind the last row
            pq.write_table(pa.table({}).replace_schema_metadata(metadata), temporary)
    return counts


@contextmanager
def _reject_table(output: Path) -> Iterator[TextIO]:
    """Open the reject table for writing, readable by its owner only: it lists what could be a secret."""
    with (
        atomic_path(rejected_path(output)) as temporary,
        open(temporary, "w", encoding="utf-8", newline="\n", opener=lambda p, f: os.open(p, f, 0o600)) as handle,
    ):
        yield handle


class Identities:
    """Which compound was first seen under which id: a table on disk, so that memory stays flat."""

    def __init__(self, folder: Path, column: str) -> None:
        self.path, self.column = folder / "identities.sqlite", column

    def __enter__(self) -> "Identities":
        self.path.unlink(missing_ok=True)
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=OFF")
        self.connection.execute("PRAGMA synchronous=OFF")
        self.connection.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, id TEXT) WITHOUT ROWID")
        self.connection.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def mark(self, table: pa.Table) -> pa.Table:
        """Return the table with `duplicate_of:<id>` among the codes of repeated structures."""
        columns = [table[name].to_pylist() for name in (self.column, "id", "codes")]
        codes = columns[2]
        for i, (key, name, code) in enumerate(zip(*columns, strict=True)):
            if key is None:
                continue
            found = self.connection.execute("SELECT id FROM seen WHERE key = ?", (key,)).fetchone()
            if found is None:
                self.connection.execute("INSERT INTO seen VALUES (?, ?)", (key, name))
            else:
                codes[i] = ";".join(filter(None, (code, f"duplicate_of:{found[0]}")))
        place = table.schema.get_field_index("codes")
        return table.set_column(place, table.schema.field(place), pa.array(codes, table.schema.field(place).type))


def _take(iterator: Iterator[Any], most: int) -> Iterator[Any]:
    for _ in range(most):
        try:
            yield next(iterator)
        except StopIteration:
            return


def _chain(first: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from first
    yield from rest
