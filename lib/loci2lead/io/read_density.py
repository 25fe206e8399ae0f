"""Where the reads of a BAM or CRAM lie, told by its index alone: bytes of the file per stretch of the genome.

Compressed bytes stand for reads. Only the division of work depends on them, never a result.
"""

import gzip
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Windows of the linear index in the BAM index format (SAM specification, section 5.2).
WINDOW = 1 << 14


class ReadDensity:
    """Bytes of reads before each window of each contig."""

    def __init__(self, bytes_before: dict[str, NDArray[np.int64]]) -> None:
        """Keep, per contig, the bytes before window 0, 1, ... and after the last."""
        self._before = bytes_before
        self.is_known = bool(bytes_before)

    def weight(self, contig: str, start: int, end: int) -> int:
        """Return about how many bytes of reads lie in [start, end), at least 1."""
        before = self._before.get(contig)
        if before is None or len(before) == 0:
            return 1
        low = min(start // WINDOW, len(before) - 1)
        high = min(-(-end // WINDOW), len(before) - 1)
        return max(int(before[high] - before[low]), 1)


def read_density(reads: Path, contigs: Sequence[str]) -> ReadDensity:
    """Return the density of `reads`, whose header lists `contigs`; even where the index (CSI) does not tell."""
    for suffix, read in ((".bai", _from_bai), (".crai", _from_crai)):
        for index in (Path(f"{reads}{suffix}"), reads.with_suffix(suffix)):
            if index.exists():
                return ReadDensity(dict(zip(contigs, read(index), strict=False)))
    return ReadDensity({})


def _from_bai(index: Path) -> list[NDArray[np.int64]]:
    content = index.read_bytes()
    (count,) = struct.unpack_from("<4xi", content)
    at, found = 8, []
    for _ in range(count):
        (bins,) = struct.unpack_from("<i", content, at)
        at += 4
        for _ in range(bins):
            (chunks,) = struct.unpack_from("<4xi", content, at)
            at += 8 + 16 * chunks
        (windows,) = struct.unpack_from("<i", content, at)
        offsets = np.frombuffer(content, "<u8", windows, at + 4) >> np.uint64(16)
        at += 4 + 8 * windows
        # Windows in which no read begins hold 0.
        found.append(np.maximum.accumulate(_without_leading_zeros(offsets.astype(np.int64))))
    return found


def _without_leading_zeros(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    filled = np.flatnonzero(offsets)
    if len(filled):
        offsets[: filled[0]] = offsets[filled[0]]
    return offsets


def _from_crai(index: Path) -> list[NDArray[np.int64]]:
    sizes: dict[int, dict[int, int]] = {}
    with gzip.open(index, "rt") as handle:
        for line in handle:
            contig, start, _, _, _, size = map(int, line.split())
            windows = sizes.setdefault(contig, {})
            windows[max(start - 1, 0) // WINDOW] = windows.get(max(start - 1, 0) // WINDOW, 0) + size
    found = []
    for contig in range(max(sizes, default=-1) + 1):
        windows = sizes.get(contig, {})
        flat = np.zeros(max(windows, default=-1) + 2, dtype=np.int64)
        for window, size in windows.items():
            flat[window + 1] = size
        found.append(np.cumsum(flat))
    return found
