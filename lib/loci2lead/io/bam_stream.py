"""Reads of a BAM file straight from its bytes into flat arrays: three times cheaper than one Python object per read.

Windows are read in ascending order as one stream, so that what two neighbouring windows share is inflated
once; a jump goes through the linear index of the .bai (SAM specification, sections 4.2 and 5.2).
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pysam
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock

Array = NDArray[Any]
_PIECE = 1 << 20
# A gap wider than this is jumped over, not read through.
_READ_THROUGH = 50_000
_LINEAR_SHIFT = 14
_HEAD = 36
# Codes of the 4-bit alphabet =ACMGRSVTWYHKDBN: A, C, G, T as 0 to 3, anything else 4.
_NIBBLE = np.array([4, 0, 1, 4, 2, 4, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4], dtype=np.uint8)


class DamagedBam(ValueError):
    """A record does not hold what its lengths promise."""


class LongCigar(ValueError):
    """A record keeps its CIGAR in a tag; such reads are left to htslib."""


class BamStream:
    """An open BAM with a .bai index."""

    def __init__(self, path: Path, index: Path) -> None:
        """Open the file and load the index. Raises OSError or ValueError where it is damaged."""
        self._file = pysam.BGZFile(str(path), "r", None)
        self._linear = _linear_index(index)
        self._contig, self._start, self._end = -1, 0, 0
        self._raw = np.zeros(0, dtype=np.uint8)
        self._over = False

    def read(self, contig: int, start: int, end: int, unusable: int, missing_quality: int) -> ReadBlock:
        """Return the reads over [start, end) of contig number `contig` without a flag of `unusable`, in file order.

        Raises DamagedBam, LongCigar, OSError.
        """
        if not self._continues(contig, start):
            self._jump(contig, start, end)
        self._contig, self._start, self._end = contig, start, max(end, start)
        count, complete = _until(self._raw, contig, end)
        while not complete and not self._over:
            piece = np.frombuffer(self._file.read(_PIECE), dtype=np.uint8)
            self._over = not len(piece)
            self._raw = np.concatenate([self._raw, piece])
            count, complete = _until(self._raw, contig, end)
        if count < 0 or (self._over and not complete and _left_over(self._raw)):
            self._contig = -1
            raise DamagedBam("a record is cut short or its lengths do not add up")
        packed, first = _pack(self._raw, count, start, unusable, missing_quality)
        self._raw = self._raw[first:]
        return packed

    def _continues(self, contig: int, start: int) -> bool:
        return contig == self._contig and self._start <= start <= self._end + _READ_THROUGH

    def _jump(self, contig: int, start: int, end: int) -> None:
        offsets = self._linear[contig] if contig < len(self._linear) else np.zeros(0, np.int64)
        window = offsets[start >> _LINEAR_SHIFT : ((max(end, start + 1) - 1) >> _LINEAR_SHIFT) + 1]
        window = window[window > 0]
        self._raw, self._over = np.zeros(0, dtype=np.uint8), not len(window)
        if len(window):
            self._file.seek(int(window[0]))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _linear_index(path: Path) -> list[NDArray[np.int64]]:
    """Return, per contig, the file offset of the first read over each window of 16 kb (0: none)."""
    content = path.read_bytes()
    if content[:4] != b"BAI\1":
        raise ValueError("not a .bai index")
    try:
        (contigs,) = struct.unpack_from("<i", content, 4)
        place, found = 8, []
        for _ in range(contigs):
            (bins,) = struct.unpack_from("<i", content, place)
            place += 4
            for _ in range(bins):
                (chunks,) = struct.unpack_from("<i", content, place + 4)
                place += 8 + 16 * chunks
            (windows,) = struct.unpack_from("<i", content, place)
            found.append(np.frombuffer(content, "<i8", windows, place + 4))
            place += 4 + 8 * windows
    except struct.error as error:
        raise ValueError("the .bai index is cut short") from error
    return found


def _left_over(raw: Array) -> bool:
    """Return whether bytes remain that are no whole record."""
    place = 0
    while place + 4 <= len(raw):
        place += 4 + int(raw[place : place + 4].view("<i4")[0])
    return place != len(raw)


@njit(cache=True)
def _short(raw: Array, place: Any) -> Any:
    return np.int64(raw[place]) + (np.int64(raw[place + 1]) << 8)


@njit(cache=True)
def _int(raw: Array, place: Any) -> Any:
    low, high = _short(raw, place), _short(raw, place + 2)
    return low + (high << 16) - ((high >> 15) << 32)


@njit(cache=True)
def _until(raw: Array, contig: int, end: int) -> tuple[int, bool]:
    """Return how many whole records begin before `end` of `contig`, and whether one beyond was seen; −1 for damage."""
    place, count = 0, 0
    while place + _HEAD <= len(raw):
        size = _int(raw, place)
        if size < _HEAD - 4:
            return -1, True
        here, start = _int(raw, place + 4), _int(raw, place + 8)
        if here < 0 or here > contig or (here == contig and start >= end):
            return count, True
        if place + 4 + size > len(raw):
            return count, False
        place += 4 + size
        count += 1
    return count, False


@njit(cache=True)
def _measure(raw: Array, count: int, first: int, unusable: int, table: Array) -> tuple[int, int, int, int]:
    """Fill `table` with (place, start, end) of usable reads; return reads, bases, operations, and what to drop.

    Reads is −1 for damage and −2 for a CIGAR kept in a tag.
    """
    place, kept, bases, operations, drop, dropping = 0, 0, 0, 0, 0, True
    for _ in range(count):
        size = _int(raw, place)
        start, name, flag = _int(raw, place + 8), np.int64(raw[place + 12]), _short(raw, place + 18)
        cigars, length = _short(raw, place + 16), _int(raw, place + 20)
        cigar = place + _HEAD + name
        if length < 0 or cigar + 4 * cigars + (length + 1) // 2 + length > place + 4 + size:
            return -1, 0, 0, 0
        span = 0
        for c in range(cigars):
            value = _int(raw, cigar + 4 * c)
            operation, run = value & 15, (value >> 4) & 0xFFFFFFF
            if operation == 0 or operation == 2 or operation == 3 or operation == 7 or operation == 8:
                span += run
            if c == 0 and cigars == 2 and operation == 4 and run == length and (_int(raw, cigar + 4) & 15) == 3:
                return -2, 0, 0, 0
        stop = start + max(span, 1)
        if dropping and stop > first:
            drop, dropping = place, False
        if stop > first and not flag & unusable and cigars and length:
            table[kept, 0], table[kept, 1], table[kept, 2] = place, start, stop
            kept += 1
            bases += length
            operations += cigars
        place += 4 + size
    return kept, bases, operations, place if dropping else drop


@njit(cache=True)
def _fill(raw: Array, table: Array, nibble: Array, missing: int, names: Array, out: Any) -> None:
    offsets, cigar_offsets, operations, lengths = out.offset, out.cigar_offset, out.operations, out.lengths
    for r in range(len(table)):
        place = table[r, 0]
        name, cigars = np.int64(raw[place + 12]), _short(raw, place + 16)
        length = _int(raw, place + 20)
        out.start[r], out.end[r] = table[r, 1], table[r, 2]
        out.flag[r] = _short(raw, place + 18)
        out.mapq[r] = raw[place + 13]
        value = np.uint64(14695981039346656037)
        for k in range(place + _HEAD, place + _HEAD + name):
            value = (value ^ np.uint64(raw[k])) * np.uint64(1099511628211)
        names[r] = value
        where = place + _HEAD + name
        begin = cigar_offsets[r]
        for c in range(cigars):
            item = _int(raw, where + 4 * c)
            operations[begin + c] = item & 15
            lengths[begin + c] = (item >> 4) & 0xFFFFFFF
        cigar_offsets[r + 1] = begin + cigars
        where += 4 * cigars
        begin, half = offsets[r], (length + 1) // 2
        _unpack(raw[where : where + half], nibble, out.bases[begin : begin + length])
        _copy(raw[where + half : where + half + length], missing, out.qualities[begin : begin + length])
        offsets[r + 1] = begin + length


@njit(cache=True)
def _unpack(packed: Array, nibble: Array, bases: Array) -> None:
    for k in range(len(bases) // 2):
        bases[2 * k] = nibble[packed[k] >> 4]
        bases[2 * k + 1] = nibble[packed[k] & 15]
    if len(bases) % 2:
        bases[-1] = nibble[packed[-1] >> 4]


@njit(cache=True)
def _copy(source: Array, missing: int, qualities: Array) -> None:
    for k in range(len(qualities)):
        qualities[k] = missing if source[k] == 255 else source[k]


def _pack(raw: Array, count: int, start: int, unusable: int, missing: int) -> tuple[ReadBlock, int]:
    """Return the usable ones of the first `count` records that end after `start`, and how many bytes can go."""
    table = np.zeros((count, 3), dtype=np.int64)
    kept, bases, operations, drop = _measure(raw, count, start, unusable, table)
    if kept == -1:
        raise DamagedBam("a record's lengths do not add up")
    if kept == -2:
        raise LongCigar
    out = ReadBlock(
        start=np.zeros(kept, np.int64),
        end=np.zeros(kept, np.int64),
        flag=np.zeros(kept, np.int32),
        mapq=np.zeros(kept, np.uint8),
        pair=np.zeros(kept, np.int32),
        offset=np.zeros(kept + 1, np.int64),
        bases=np.zeros(bases, np.uint8),
        qualities=np.zeros(bases, np.uint8),
        cigar_offset=np.zeros(kept + 1, np.int64),
        operations=np.zeros(operations, np.uint8),
        lengths=np.zeros(operations, np.int32),
    )
    names = np.zeros(kept, np.uint64)
    _fill(raw, table[:kept], _NIBBLE, missing, names, out)
    return out._replace(pair=_numbered(names)), drop


def _numbered(names: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return numbers of the hashed names, in order of first appearance."""
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    rank = np.zeros(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]
