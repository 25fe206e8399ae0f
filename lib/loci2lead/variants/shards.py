"""The parts in which one sample's calling is spread over jobs, about equal in reads, and how they are joined."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pysam

from loci2lead.errors import InputError
from loci2lead.io.read_density import ReadDensity
from loci2lead.variants.calls_vcf import open_vcf

Task = tuple[str, list[int]]
WORTH_A_PROCESS = 8_000_000
"""Bytes of reads that are called in about the time in which another process starts."""


@dataclass(frozen=True)
class Shard:
    """Part `number` (from 1) of `count`."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str | None) -> "Shard":
        """Read "3/16"; None is the whole. Raises InputError for anything else."""
        if text is None:
            return cls()
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise InputError("A wrong shard", found=text, expected="K/N with K from 1 to N, such as 3/16")
        return cls(int(match[1]), int(match[2]))


def tasks_of_shard(tasks: Sequence[Task], width: int, density: ReadDensity, shard: Shard) -> list[Task]:
    """Return the consecutive tasks (contig, starts of chunks `width` wide) that fall to `shard`.

    Every task falls to exactly one of the shards; their weights are the bytes of reads over them.
    """
    if shard.count == 1:
        return list(tasks)
    weights = [density.weight(contig, starts[0], starts[-1] + width) for contig, starts in tasks]
    total, before, kept = sum(weights), 0, []
    for task, weight in zip(tasks, weights, strict=True):
        if (2 * before + weight) * shard.count // (2 * total) == shard.number - 1:
            kept.append(task)
        before += weight
    return kept


def worthwhile(threads: int, tasks: Sequence[Task], width: int, density: ReadDensity) -> int:
    """Return how many processes of at most `threads` the reads over `tasks` are worth starting."""
    most = min(threads, len(tasks))
    if not density.is_known:
        return most
    reads = sum(density.weight(contig, starts[0], starts[-1] + width) for contig, starts in tasks)
    return min(most, reads // WORTH_A_PROCESS)


def gather_calls(parts: Sequence[Path], output: Path) -> None:
    """Join the VCFs of all shards, in their order, into the bytes that one job would have written.

    Raises InputError for a missing or damaged part, or one of another sample, model, reference or setting.
    """
    heads = [_head(part) for part in parts]
    for part, head in zip(parts, heads, strict=True):
        if head != heads[0]:
            raise InputError(
                "The parts do not belong together",
                file=part,
                found="a header that differs",
                expected=f"the header of {parts[0].name}: the same sample, reference, model and settings",
                remedy="remove the parts and call again",
            )
    with pysam.VariantFile(str(parts[0])) as vcf:
        lengths = {str(name): contig.length or 0 for name, contig in vcf.header.contigs.items()}
    with open_vcf(output, heads[0], lengths) as write:
        for line in chain.from_iterable(_lines(part) for part in parts):
            if not line.startswith("#"):
                write(line)


def _head(part: Path) -> str:
    lines = []
    for line in _lines(part):
        if not line.startswith("#"):
            break
        lines.append(line)
    return "".join(lines)


def _lines(part: Path) -> Iterator[str]:
    if not part.is_file():
        raise InputError("A part is missing", file=part, remedy="call that shard again")
    try:
        with pysam.BGZFile(str(part), "r", None) as handle:
            for line in handle:
                yield line.decode() + "\n"
    except OSError as error:
        raise InputError("A part is damaged", file=part, found=error, remedy="call that shard again") from error
