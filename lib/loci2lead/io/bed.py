"""Intervals of a genome: BED files, and regions written as chr:start-end."""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loci2lead.errors import InputError

_REGION = re.compile(r"^(?P<contig>.+?)(?::(?P<start>[\d,]+)(?:-(?P<end>[\d,]+))?)?$")


class Intervals:
    """Sorted, merged, half-open intervals per contig."""

    def __init__(self, intervals: Mapping[str, list[tuple[int, int]]]) -> None:
        """Sort and merge `intervals`; touching ones become one."""
        self._bounds: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        for contig, parts in intervals.items():
            merged: list[list[int]] = []
            for start, end in sorted(parts):
                if merged and start <= merged[-1][1]:
                    merged[-1][1] = max(merged[-1][1], end)
                else:
                    merged.append([start, end])
            table = np.array(merged, dtype=np.int64).reshape(-1, 2)
            self._bounds[contig] = (table[:, 0], table[:, 1])

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        """Yield (contig, start, end) in the order the contigs were given."""
        for contig, (starts, ends) in self._bounds.items():
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                yield contig, start, end

    @property
    def contigs(self) -> list[str]:
        """Names of the contigs that hold an interval."""
        return list(self._bounds)

    def total(self) -> int:
        """Return the number of bases covered."""
        return sum(end - start for _, start, end in self)

    def covers(self, contig: str, start: int, end: int) -> bool:
        """Return whether [start, end) lies inside one interval (an empty one: whether its point does)."""
        if contig not in self._bounds:
            return False
        starts, ends = self._bounds[contig]
        index = int(np.searchsorted(starts, start, side="right")) - 1
        return index >= 0 and max(end, start + 1) <= int(ends[index])

    def overlapping(self, contig: str, start: int, end: int) -> list[tuple[int, int]]:
        """Return the parts of the intervals that lie in [start, end)."""
        if contig not in self._bounds:
            return []
        starts, ends = self._bounds[contig]
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(starts, end, side="left"))
        pairs = zip(starts[first:last].tolist(), ends[first:last].tolist(), strict=True)
        return [(max(s, start), min(e, end)) for s, e in pairs]


def read_bed(path: str | Path) -> Intervals:
    """Read a BED file (also .gz). Raises InputError for a missing file or a malformed line."""
    path = Path(path)
    if not path.exists():
        raise InputError("BED file not found", file=path, remedy="check the path")
    opener = gzip.open if path.suffix == ".gz" else open
    found: dict[str, list[tuple[int, int]]] = {}
    with opener(path, "rt", encoding="utf-8") as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 3 or not (fields[1].isdigit() and fields[2].isdigit()) or int(fields[2]) < int(fields[1]):
                raise InputError(
                    "Malformed BED line",
                    file=path,
                    record=f"line {number}",
                    found=line.strip()[:80],
                    expected="contig, start, end separated by tabs, start not after end",
                )
            if int(fields[2]) > int(fields[1]):
                found.setdefault(fields[0], []).append((int(fields[1]), int(fields[2])))
    return Intervals(found)


def parse_regions(text: str | None, lengths: Mapping[str, int]) -> Intervals:
    """Return the intervals of `chr`, `chr:start-end` (1-based, comma separated for several) or a BED path.

    None means every contig of `lengths`. Raises InputError for an unknown contig, or a region that is
    empty or lies outside its contig.
    """
    if text is None:
        return Intervals({contig: [(0, length)] for contig, length in lengths.items()})
    if Path(text).suffix in {".bed", ".gz"} or Path(text).is_file():
        intervals = read_bed(text)
        parts = list(intervals)
    else:
        parts = [_parse(part.strip(), lengths) for part in re.split(r",(?=[^\d])|;|\s+", text) if part.strip()]
    if not parts:
        raise InputError("No region given", found=text or "nothing", expected="chr:start-end or a BED file with lines")
    found: dict[str, list[tuple[int, int]]] = {}
    for contig, start, end in parts:
        _check(contig, start, end, lengths, text)
        found.setdefault(contig, []).append((start, min(end, lengths[contig])))
    return Intervals({contig: found[contig] for contig in lengths if contig in found})


def _parse(part: str, lengths: Mapping[str, int]) -> tuple[str, int, int]:
    if part in lengths:
        return part, 0, lengths[part]
    match = _REGION.match(part)
    if match is None or match["start"] is None:
        return part, 0, 1
    start = int(match["start"].replace(",", ""))
    end = int(match["end"].replace(",", "")) if match["end"] else lengths.get(match["contig"], start)
    return match["contig"], start - 1, end


def _check(contig: str, start: int, end: int, lengths: Mapping[str, int], text: str) -> None:
    if contig not in lengths:
        raise InputError(
            "Unknown contig in the regions",
            record=text,
            found=contig,
            expected=", ".join(list(lengths)[:6]),
            remedy="use the contig names of the reference (chr20 or 20)",
        )
    if start < 0 or end <= start or start >= lengths[contig]:
        raise InputError(
            "Empty region",
            record=text,
            found=f"{contig}:{start + 1}-{end}",
            expected=f"1 to {lengths[contig]}, end not before start",
        )
