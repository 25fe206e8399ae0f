"""Paired FASTQ files, checked record by record before anything long is started on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pysam

from loci2lead.errors import InputError

_CUT_SHORT = "the file is cut short or damaged: copy it again, and check it with `gzip -t`"
# Sanger qualities start at '!'; files of Illumina 1.3 to 1.7 start at '@' and reach far beyond 'K'.
_LOWEST_OLD, _HIGHEST_SANGER = "@", "K"


@dataclass(frozen=True)
class Lane:
    """The two files of one lane: first and second reads of the same fragments, in the same order."""

    first: Path
    second: Path


@dataclass(frozen=True)
class Read:
    """One record: name without /1 or /2, which mate its header says it is (None if it does not), bases, qualities."""

    name: str
    mate: int | None
    bases: str
    qualities: str


def read_fastq(path: Path) -> Iterator[Read]:
    """Yield the records of a FASTQ file, gzipped or not. Raises InputError for a missing or damaged file."""
    if not path.is_file():
        raise InputError("FASTQ file not found", file=path, remedy="check the path")
    number = 0
    try:
        with pysam.FastxFile(str(path), persist=False) as file:
            for number, record in enumerate(file, start=1):
                yield _checked(record, path, number)
    except (OSError, ValueError) as error:
        raise InputError(
            "The reads cannot be read", file=path, record=f"after read {number}", found=error, remedy=_CUT_SHORT
        ) from error


def read_pairs(lane: Lane) -> Iterator[tuple[Read, Read]]:
    """Yield the pairs of a lane.

    Raises InputError where the files are the same, swapped, of different lengths, or their names do not match.
    """
    if lane.first.exists() and lane.second.exists() and lane.first.samefile(lane.second):
        raise InputError("Both mates are the same file", file=lane.second, remedy="give the file of the second reads")
    pairs = zip_longest(read_fastq(lane.first), read_fastq(lane.second))
    for number, (first, second) in enumerate(pairs, start=1):
        if first is None or second is None:
            _refuse_lengths(lane, number, first is None)
        _check_mates(first, second, lane, number)
        yield first, second


def check_pairs(lane: Lane) -> int:
    """Read both files of a lane to their ends and return the number of pairs. Raises InputError as read_pairs."""
    pairs, lowest, highest = 0, "~", "!"
    for first, second in read_pairs(lane):
        if pairs < 10_000:
            lowest = min(lowest, *first.qualities, *second.qualities)
            highest = max(highest, *first.qualities, *second.qualities)
        pairs += 1
    if not pairs:
        raise InputError("The file holds no reads", file=lane.first, expected="FASTQ, four lines a read")
    if lowest >= _LOWEST_OLD and highest > _HIGHEST_SANGER:
        raise InputError(
            "The base qualities are in the old encoding (Phred+64)",
            file=lane.first,
            found=f"quality characters {lowest} to {highest}",
            expected="Phred+33, from '!' on",
            remedy="convert with `seqtk seq -Q64 -V`",
        )
    return pairs


def _checked(record: pysam.FastxRecord, path: Path, number: int) -> Read:
    bases, qualities = record.sequence or "", record.quality
    if qualities is None or len(qualities) != len(bases) or not bases:
        raise InputError(
            "A read is not whole",
            file=path,
            record=f"read {number}",
            found=f"{len(bases)} bases, {len(qualities or '')} qualities",
            expected="as many qualities as bases, four lines a read",
            remedy=_CUT_SHORT,
        )
    name, mate = record.name or "", None
    if name.endswith(("/1", "/2")):
        name, mate = name[:-2], int(name[-1])
    elif record.comment and record.comment[:2] in ("1:", "2:"):
        mate = int(record.comment[0])
    return Read(name, mate, bases, qualities)


def _refuse_lengths(lane: Lane, number: int, first_ended: bool) -> None:
    short, long = (lane.first, lane.second) if first_ended else (lane.second, lane.first)
    raise InputError(
        "The two files of the pairs hold different numbers of reads",
        file=short,
        record=f"ends after read {number - 1}",
        found=f"more reads in {long.name}",
        expected="the same number in both",
        remedy="give the two files of one lane, untrimmed or trimmed together",
    )


def _check_mates(first: Read, second: Read, lane: Lane, number: int) -> None:
    if first.name != second.name:
        raise InputError(
            "The reads of the two files are not mates",
            file=lane.second,
            record=f"read {number}",
            found=second.name,
            expected=f"{first.name}, as in {lane.first.name}",
            remedy="give the two files of one lane, in the same order",
        )
    if first.mate == 2 or second.mate == 1:
        raise InputError(
            "First and second reads are swapped" if first.mate != second.mate else "Both files hold the same mates",
            file=lane.first,
            record=f"read {number}",
            found=f"mate {first.mate} in the first file, mate {second.mate} in the second",
            expected="mate 1 in the first file, mate 2 in the second",
            remedy="exchange the two files" if first.mate != second.mate else "give the file of the other mates",
        )
