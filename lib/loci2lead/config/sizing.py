"""How many jobs a sample's reads and a library are spread over: by the size of their files, known before any job.

Results do not depend on these numbers, so an estimate is enough.
"""

import zlib
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path

# Rows that the screening engine scores together: parts begin at multiples of it.
BLOCK_ROWS = 2048
_PEEK = 1 << 20
# Bytes of reads whose work dwarfs the starts of a sample's processes (3 CPU seconds): below, samples share a process.
SMALL_READS = 10**9


def jobs_of_reads(files: Sequence[str | Path], gigabytes_per_job: float) -> int:
    """Return in how many jobs the reads in `files` are called; 1 for files that are not there yet."""
    return max(1, ceil(size_of(files) / (gigabytes_per_job * 10**9)))


def size_of(files: Sequence[str | Path]) -> int:
    """Return the bytes of those files that are there."""
    return sum(path.stat().st_size for path in map(Path, files) if path.exists())


def batches_of_small(sizes: Mapping[str, int], most: int) -> list[list[str]]:
    """Return names whose work shares a process: neighbours in `sizes` (bytes), up to `most` and SMALL_READS together.

    Files that are not there yet (size 0), large ones and those left alone are in no batch.
    """
    batches: list[list[str]] = [[]]
    room = SMALL_READS
    for name, size in sizes.items():
        if not 0 < size < SMALL_READS:
            continue
        if len(batches[-1]) == most or size > room:
            batches.append([])
            room = SMALL_READS
        batches[-1].append(name)
        room -= size
    return [names for names in batches if len(names) > 1]


def row_ranges(library: str | Path, rows_per_job: int) -> list[str]:
    """Return the parts in which a library is scored, as "START-END"; the last is open ("START-")."""
    step = -(-rows_per_job // BLOCK_ROWS) * BLOCK_ROWS
    starts = range(0, max(estimated_rows(library), 1), step)
    return [f"{start}-{start + step if start != starts[-1] else ''}" for start in starts]


def estimated_rows(library: str | Path) -> int:
    """Return about how many rows a library holds, from its size and its beginning; 0 where it is not there.

    Parquet tells the number itself.
    """
    path = Path(library)
    if not path.is_file():
        return 0
    if path.suffix == ".parquet":
        return _rows_of_parquet(path)
    with path.open("rb") as handle:
        raw = handle.read(_PEEK)
    plain = zlib.decompressobj(wbits=31).decompress(raw) if path.suffix == ".gz" else raw
    mark = b"$$$$" if ".sdf" in path.suffixes else b"\n"
    return int(plain.count(mark) * path.stat().st_size / max(len(raw), 1))


def _rows_of_parquet(path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowInvalid):  # the job that reads it says what is wrong
        return 0
