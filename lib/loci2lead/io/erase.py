"""Erasing a sample: its files, and everything that names it or was made from it; a tombstone is all that stays.

In a folder of results goes every file below a path part that is the sample's, and every other file that names it
(a ranking made from its response, say): the workflow makes those again without it. In a run's own folders (logs,
benchmarks, Snakemake's metadata) go the sample's files and records; of text that several samples share, only the
lines that name it.
"""

import base64
import binascii
import gzip
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loci2lead.io.atomic import write_text

RUN_FOLDERS = ("logs", "benchmarks", ".snakemake")
TOMBSTONES = "erased"
_TOKEN = re.compile(rb"[A-Za-z0-9_.-]+")
_GZIP = b"\x1f\x8b"


@dataclass
class Erased:
    """What was done: files and folders removed, files of which lines were removed."""

    removed: list[Path] = field(default_factory=list)
    trimmed: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """A sample among its neighbours: S1 is not S10, nor S1.b where there is a sample of that name."""

    name: str
    neighbours: frozenset[str]

    def owns(self, word: str) -> bool:
        """Return whether a word of text or a part of a path is the sample's name, or begins with it and a dot."""
        owners = [n for n in (self.name, *self.neighbours) if word == n or word.startswith(f"{n}.")]
        return bool(owners) and max(owners, key=len) == self.name

    def named_in(self, data: bytes) -> bool:
        """Return whether bytes hold the sample's name as a word."""
        if self.name.encode() not in data:
            return False
        return any(self.owns(word.decode().strip(".")) for word in _TOKEN.findall(data))


def sample_among(name: str, results: Path) -> Sample:
    """Return a sample with its neighbours: the other samples that have a folder in the results."""
    folders = [*results.glob("samples/*/"), *results.glob("reports/patients/*/")]
    return Sample(name, frozenset(f.name for f in folders) - {name})


def erase_sample(sample: Sample, results: Path, run_folder: Path, keep: frozenset[Path]) -> Erased:
    """Erase a sample from `results` and from the run's own folders below `run_folder`; `keep` stays (audit log)."""
    done = Erased()
    _remove_owned(sample, results, done, keep)
    for path in list(_files(results, keep)):
        if sample.named_in(_content(path)):
            _remove(path, done)
    for name in RUN_FOLDERS:
        folder = run_folder / name
        if folder.is_dir():
            _remove_owned(sample, folder, done, keep)
            for path in list(_files(folder, keep)):
                _trim(sample, path, done)
    return done


def _remove_owned(sample: Sample, root: Path, done: Erased, keep: frozenset[Path]) -> None:
    for path in sorted(root.rglob("*"), key=lambda p: len(p.parts)):
        if path.parent == root / TOMBSTONES or path in keep or any(k.is_relative_to(path) for k in keep):
            continue
        if (path.exists() or path.is_symlink()) and sample.owns(path.name):
            _remove(path, done)


def _trim(sample: Sample, path: Path, done: Erased) -> None:
    """Remove a record of Snakemake's that names the sample; of any other text only its lines."""
    data = path.read_bytes()
    record = "metadata" in path.parts or "incomplete" in path.parts
    if record and (sample.named_in(data) or sample.named_in(_output_of(path))):
        _remove(path, done)
    elif not record and sample.named_in(data):
        lines = data.splitlines(keepends=True)
        kept = b"".join(line for line in lines if not sample.named_in(line))
        write_text(path, kept.decode("utf-8", errors="replace"))
        done.trimmed.append(path)


def _output_of(record: Path) -> bytes:
    """Return the output that a record of Snakemake's metadata is about: its base64 name, cut into folders if long."""
    start = next(i for i, part in enumerate(record.parts) if part in ("metadata", "incomplete"))
    name = "".join(part.removeprefix("@") for part in record.parts[start + 1 :])
    try:
        return base64.b64decode(name, altchars=b"-_" if "_" in name or "-" in name else None)
    except (binascii.Error, ValueError):
        return b""


def _files(root: Path, keep: frozenset[Path]) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and path not in keep and path.parent != root / TOMBSTONES:
            yield path


def _content(path: Path) -> bytes:
    """Return what a file says: as it is, unpacked if it is gzip, as text if it is Parquet."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        metadata = b" ".join(f for pair in (table.schema.metadata or {}).items() for f in pair)
        texts = (c for c in table.columns if str(c.type) in ("string", "large_string") or "dictionary" in str(c.type))
        return metadata + b" " + " ".join(str(v) for c in texts for v in c.unique().to_pylist()).encode()
    if data[:2] == _GZIP:
        try:
            return gzip.decompress(data)
        except (OSError, EOFError):
            return data
    return data


def _remove(path: Path, done: Erased) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    done.removed.append(path)
