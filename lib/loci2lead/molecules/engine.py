"""The screening engine: shards of a library scored by one or many processes, joined in order, in bounded memory.

A shard is always the same rows, so the result cannot depend on the number of processes. Finished shards lie in
a work folder beside the output until the end: a killed run that is started again goes on where it stopped.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loci2lead.io.atomic import atomic_path
from loci2lead.io.libraries import LibraryRow, in_shards
from loci2lead.models.runtime import prepare_device
from loci2lead.molecules.best import Top
from loci2lead.molecules.fast import load_fast_model
from loci2lead.molecules.foreign import is_foreign, load_foreign
from loci2lead.molecules.joining import join_marked
from loci2lead.molecules.model import load_model
from loci2lead.molecules.screening import FAST, AnyModel, ScreenPlan, score_block
from loci2lead.provenance import to_json
from loci2lead.records import REJECTED_COLUMNS

SHARD_ROWS = 2048
BLOCK_ROWS = 1024  # rows whose features are in memory together; no score depends on it
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
    shards: Iterable[list[LibraryRow]],
    output: Path,
    job: Job,
    provenance: dict[str, Any],
    processes: int,
    partitioned: bool = False,
) -> Counter[str]:
    """Score every shard, join them into `output` and the reject table, and return counts by status."""
    job.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    done = FinishedShards(job, score_all(shards, job, processes))
    counts = join_marked(
        done, output, provenance, job.folder, job.plan.identity, job.top, partitioned=partitioned, processes=processes
    )
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


@dataclass(frozen=True)
class FinishedShards:
    """The shards of a job once all are scored (see joining.Shards)."""

    job: Job
    count: int

    def __len__(self) -> int:
        return self.count

    def read(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of a shard, of these columns or of all."""
        return pq.read_table(self.job.shard(number), columns=columns)

    def rejected(self, number: int) -> pd.DataFrame:
        """Return the rejected rows of a shard."""
        metadata = pq.read_schema(self.job.shard(number)).metadata
        return pd.read_json(StringIO(metadata[b"rejected"].decode()), orient="split", dtype=False)


def _take(iterator: Iterator[Any], most: int) -> Iterator[Any]:
    for _ in range(most):
        try:
            yield next(iterator)
        except StopIteration:
            return


def _chain(first: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from first
    yield from rest
