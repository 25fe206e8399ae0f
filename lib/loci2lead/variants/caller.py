"""Calling: chunks of a fixed grid are examined, scored and turned into records, by one process or several.

Chunks do not depend on the regions asked for, and every allele is scored by itself in fixed-size batches:
regions, shards, threads and batch size cannot change a record.
"""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.io.read_density import read_density
from loci2lead.models.devices import choose_device
from loci2lead.variants.candidates import Gates
from loci2lead.variants.examine import CHUNK, HALO, Examined, examine
from loci2lead.variants.features import chunk_alleles, locus_features
from loci2lead.variants.forced import Forced, forced_alleles, with_forced
from loci2lead.variants.genotypes import Record, make_records
from loci2lead.variants.genotyping import coherent_chances
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus, build_locus
from loci2lead.variants.network_server import Address, remote, served
from loci2lead.variants.phasing import phase
from loci2lead.variants.ploidy import Ploidy
from loci2lead.variants.realign import slip_tables
from loci2lead.variants.reference_blocks import blocks
from loci2lead.variants.scorer import Scorer
from loci2lead.variants.shards import Shard, tasks_of_shard
from loci2lead.variants.tensors import allele_image

CHUNKS_PER_BLOCK = 20


@dataclass(frozen=True)
class CallSettings:
    """Everything a process needs to call; plain enough to be sent to another process."""

    reads: Path
    reference: Path
    model: str
    device: str
    batch: int
    sex: str
    library: LibraryProfile
    regions: Intervals
    forced: Forced
    reference_blocks: bool
    gates: Gates = field(default_factory=Gates)
    shard: Shard = field(default_factory=Shard)
    network: Address | None = None


@dataclass(frozen=True)
class CalledChunk:
    """Records of one chunk, and its reference blocks as (position, line)."""

    records: list[Record]
    blocks: list[str]


class Caller:
    """Open files and a loaded network; calls blocks of chunks."""

    def __init__(self, settings: CallSettings) -> None:
        """Open the inputs. Raises InputError as their readers do."""
        self.settings = settings
        self.reference = Reference(settings.reference)
        self.alignments = Alignments(settings.reads, self.reference)
        network = remote(settings.network) if settings.network else None
        self.scorer = Scorer.load(settings.model, settings.device, network)
        self.ploidy = Ploidy(settings.sex, self.reference.lengths)
        self.table = slip_tables(settings.library.slips)

    def call(self, contig: str, starts: Sequence[int]) -> list[CalledChunk]:
        """Call the chunks that begin at `starts`, in order."""
        pending = _Pending(self.scorer, self.settings.batch)
        prepared = [self._prepare(contig, start, pending) for start in starts]
        pending.flush()
        return [self._finish(*p) for p in prepared]

    def _prepare(self, contig: str, start: int, pending: "_Pending") -> tuple["_Outline", list["_Judged"]]:
        library = self.settings.library
        examined = examine(self.alignments, self.reference, contig, start, library, self.settings.gates, True)
        forced = self.settings.forced.get(contig, [])
        wanted = {(p, r, a) for p, r, a in forced}
        parts = self.settings.regions.overlapping(contig, examined.start, examined.end)
        near = chunk_alleles(examined.loci)
        extra = [
            build_locus(
                [a], examined.block, examined.longest, examined.scan, examined.reference, examined.repeats, self.table
            )
            for a in forced_alleles(examined, forced)
        ]
        judged = []
        for locus in [*examined.loci, *extra]:
            position = locus.alleles[0].position
            inside = any(low <= position < high for low, high in parts)
            asked = [i for i, a in enumerate(locus.alleles) if (a.position, a.ref, a.alt) in wanted]
            copies = self.ploidy.copies(contig, position)
            # Outside the regions too: what is phased with what must not depend on them.
            if (parts or asked) and copies:
                features = locus_features(examined, locus, near, library)
                judged.append(_Judged(locus, features, copies, asked, inside))
        pending.add(examined, judged)
        outline = _Outline.of(examined, parts, self.settings.reference_blocks)
        return outline, judged

    def _finish(self, outline: "_Outline", judged: Sequence["_Judged"]) -> CalledChunk:
        made: list[tuple[Record, _Judged]] = []
        for item in judged:
            chances = coherent_chances(item.chances, item.locus.haplotypes)
            place = (outline.contig, item.locus, chances, item.copies, outline.reference, outline.start)
            made += [(r, item) for r in with_forced(make_records(*place), item.asked, place)]
        phased = phase([r for r, _ in made], [item.locus for _, item in made], outline.pair)
        shown = [r for r, (_, item) in zip(phased, made, strict=True) if item.inside or item.asked]
        records = sorted(shown, key=lambda r: r.sort_key)
        lines = blocks(outline.examined, outline.parts, records) if outline.examined is not None else []
        return CalledChunk(records, lines)


@dataclass
class _Judged:
    """A locus on its way through the network."""

    locus: Locus
    features: NDArray[np.float32]
    copies: int
    asked: list[int]
    inside: bool
    chances: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))


@dataclass(frozen=True)
class _Outline:
    """What is kept of a chunk until its records are made: the reads only where reference blocks need them."""

    contig: str
    start: int
    reference: NDArray[np.uint8]
    pair: NDArray[np.int32]
    parts: list[tuple[int, int]]
    examined: Examined | None

    @classmethod
    def of(cls, examined: Examined, parts: list[tuple[int, int]], keep: bool) -> "_Outline":
        """Return the outline of a chunk; `keep` its reads."""
        place = examined.contig, examined.scan.start, examined.reference, examined.block.pair
        return cls(*place, parts, examined if keep else None)


class _Pending:
    """Alleles that wait for the network: the summary head settles what it can, the rest gets a pileup image."""

    def __init__(self, scorer: Scorer, batch: int) -> None:
        self.scorer, self.batch = scorer, max(batch, 1)
        self.open: list[tuple[_Judged, int]] = []
        self.images: list[NDArray[np.uint8]] = []

    def add(self, examined: Examined, judged: Sequence[_Judged]) -> None:
        """Settle the alleles of a chunk that the summary head is sure of, and paint the others."""
        if not judged:
            return
        features = np.concatenate([j.features for j in judged])
        costs = np.concatenate([j.locus.copies for j in judged])
        chances, asked = self.scorer.settle(features, costs)
        done = 0
        for item in judged:
            count = len(item.locus.alleles)
            item.chances = chances[done : done + count].copy()
            for index in np.flatnonzero(asked[done : done + count]).tolist():
                self.open.append((item, index))
                self.images.append(allele_image(examined, item.locus, index))
            done += count
        if len(self.images) >= self.batch:
            self.flush()

    def flush(self) -> None:
        """Run the network on what waits."""
        if self.images:
            features = np.stack([item.features[i] for item, i in self.open])
            costs = np.stack([item.locus.copies[i] for item, i in self.open])
            chances = self.scorer.fused(np.stack(self.images), features, costs)
            for (item, index), chance in zip(self.open, chances, strict=True):
                item.chances[index] = chance
        self.open, self.images = [], []


_CALLER: list[Caller] = []


def _start_process(settings: CallSettings) -> None:
    _CALLER.append(Caller(settings))


def _call_in_process(task: tuple[str, list[int]]) -> list[CalledChunk]:
    return _CALLER[0].call(*task)


def call_all(settings: CallSettings, threads: int) -> Iterator[CalledChunk]:
    """Yield the called chunks of all regions in genome order, from `threads` processes."""
    caller = Caller(settings)
    density = read_density(settings.reads, caller.alignments.contigs)
    tasks = tasks_of_shard(list(plan(settings, caller)), CHUNK, density, settings.shard)
    if threads <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield from caller.call(*task)
        return
    # Several processes would each hold a network and a context on one GPU: it answers all of them from here.
    on_gpu = choose_device(settings.device) == "cuda"
    with served(caller.scorer.forward) if on_gpu else nullcontext() as network:
        yield from _in_processes(replace(settings, network=network), tasks, threads)


def _in_processes(
    settings: CallSettings, tasks: Sequence[tuple[str, list[int]]], threads: int
) -> Iterator[CalledChunk]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(threads, len(tasks)), context, _start_process, (settings,)) as pool:
        for result in pool.map(_call_in_process, tasks):
            yield from result


def plan(settings: CallSettings, caller: Caller) -> Iterator[tuple[str, list[int]]]:
    """Yield (contig, chunk starts): what regions or forced sites touch; stretches without reads only if asked."""
    for contig in caller.reference.lengths:
        touched = _touched(settings, contig)
        for index in sorted({start // (CHUNK * CHUNKS_PER_BLOCK) for start in touched}):
            low = index * CHUNK * CHUNKS_PER_BLOCK
            starts = [s for s in touched if low <= s < low + CHUNK * CHUNKS_PER_BLOCK]
            if settings.reference_blocks or settings.forced.get(contig) or _has_reads(caller, contig, starts):
                yield contig, starts


def _touched(settings: CallSettings, contig: str) -> list[int]:
    starts = {p // CHUNK * CHUNK for p, _, _ in settings.forced.get(contig, [])}
    for _, low, high in (i for i in settings.regions if i[0] == contig):
        starts.update(range(low // CHUNK * CHUNK, high, CHUNK))
    return sorted(starts)


def _has_reads(caller: Caller, contig: str, starts: Sequence[int]) -> bool:
    if contig not in caller.alignments.contigs:
        return False
    first = caller.alignments.next_read_start(contig, max(starts[0] - HALO, 0))
    return first is not None and first < starts[-1] + CHUNK + HALO
