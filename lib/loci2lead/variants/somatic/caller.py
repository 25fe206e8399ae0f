"""Somatic calling: chunks of the fixed grid are examined in both samples, judged and turned into records.

As in germline calling, chunks do not depend on the regions asked for and every allele is judged by itself:
regions, shards, threads and batch size cannot change a record.
"""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.io.read_density import read_density
from loci2lead.variants.candidates import Allele
from loci2lead.variants.examine import CHUNK, HALO
from loci2lead.variants.forced import Forced
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.shards import Shard, tasks_of_shard
from loci2lead.variants.somatic.alone import Others, Weighed, split, weigh
from loci2lead.variants.somatic.evidence import Judged, judge_locus, near_alleles
from loci2lead.variants.somatic.pair import PairChunk, PairLocus, Sample, examine_pair
from loci2lead.variants.somatic.population import Key, KnownAlleles
from loci2lead.variants.somatic.posterior import against_chance
from loci2lead.variants.somatic.records import NOISE, REMOVED, STANDING, WEIGHED, Rule, SomaticRecord, make_record
from loci2lead.variants.somatic.scorer import SomaticScorer

CHUNKS_PER_BLOCK = 20


@dataclass(frozen=True)
class SomaticSettings:
    """Everything a process needs to call; plain enough to be sent to another process."""

    tumour: Path
    normal: Path | None
    reference: Path
    tumour_library: LibraryProfile
    normal_library: LibraryProfile | None
    damage: NDArray[np.float64]
    regions: Intervals
    forced: Forced
    model: str
    device: str
    density: float
    frequencies: Path | None = None
    panel: Path | None = None
    shard: Shard = field(default_factory=Shard)

    @property
    def germline(self) -> str:
        """How germline alleles are told apart, for the header."""
        if self.normal is not None:
            return REMOVED
        return STANDING if self.frequencies is None else WEIGHED


@dataclass(frozen=True)
class JudgedChunk:
    """The alleles of a chunk, those asked for, what others carry, posteriors as `learned` by the network and at last,
    and of a tumour alone how its alleles were weighed."""

    chunk: PairChunk
    judged: list[Judged]
    asked: set[Key]
    others: Others
    learned: NDArray[np.float64]
    chances: NDArray[np.float64]
    weighed: list[Weighed]


class SomaticCaller:
    """Open files; calls blocks of chunks."""

    def __init__(self, settings: SomaticSettings) -> None:
        """Open the inputs. Raises InputError as their readers do."""
        self.settings = settings
        self.reference = Reference(settings.reference)
        self.scorer = SomaticScorer.load(settings.model, settings.device)
        self.tumour = Sample.of(Alignments(settings.tumour, self.reference), settings.tumour_library)
        self.normal: Sample | None = None
        if settings.normal is not None and settings.normal_library is not None:
            self.normal = Sample.of(Alignments(settings.normal, self.reference), settings.normal_library)
        known = [(settings.frequencies, True), (settings.panel, False)]
        self.frequencies, self.panel = (KnownAlleles(p, self.reference, f) if p else None for p, f in known)

    @property
    def threshold(self) -> float:
        """The chance from which an allele passes."""
        return self.scorer.threshold if self.normal is not None else self.scorer.threshold_alone

    def call(self, contig: str, starts: Sequence[int]) -> list[list[SomaticRecord]]:
        """Return the sorted records of each chunk that begins at `starts`."""
        return [self._call_chunk(contig, start) for start in starts]

    def _call_chunk(self, contig: str, start: int) -> list[SomaticRecord]:
        found = self.judge(contig, start)
        examined = found.chunk.tumour
        parts = self.settings.regions.overlapping(contig, start, examined.end)
        records = []
        for item, chance in zip(found.judged, found.chances.tolist(), strict=True):
            if _inside(item.pair, parts) or item.allele.key in found.asked:
                rule = self.rule(found, item)
                record = make_record(contig, item, chance, rule, examined.reference, examined.scan.start)
                records += [record] if record is not None else []
        return sorted(records, key=lambda r: r.sort_key)

    def judge(self, contig: str, start: int) -> JudgedChunk:
        """Return the alleles of the chunk that begins at `start` with their posteriors."""
        forced = self.settings.forced.get(contig, [])
        asked = {(p, r, a) for p, r, a in forced if start <= p < start + CHUNK}
        extra = [Allele(p, r, a, (p, p + max(len(r), 1)), 0, 0) for p, r, a in sorted(asked)]
        chunk = examine_pair(self.tumour, self.normal, self.reference, contig, start, extra)
        parts = self.settings.regions.overlapping(contig, start, chunk.tumour.end)
        near = near_alleles(chunk)
        judged: list[Judged] = []
        for pair in chunk.loci:
            wanted = [i for i, a in enumerate(pair.tumour.alleles) if a.key in asked]
            # Of a tumour alone outside the regions too: what is learned of its copies must not depend on them.
            if self.normal is None or wanted or _inside(pair, parts):
                judged += judge_locus(chunk, pair, near, self.tumour, self.normal, self.settings.damage, wanted)
        others = Others.of(self.frequencies, self.panel, contig, start, start + CHUNK + HALO)
        learned = self.scorer.chances(judged)
        held = self._against_chance(learned, judged)
        if self.normal is not None:
            return JudgedChunk(chunk, judged, asked, others, learned, held, [])
        molecules = chunk.tumour.block.pair
        weighed = weigh(judged, held[:, NOISE], molecules, others)
        return JudgedChunk(chunk, judged, asked, others, learned, *split(held, judged, weighed, molecules))

    def _against_chance(self, learned: NDArray[np.float64], judged: Sequence[Judged]) -> NDArray[np.float64]:
        if not judged:
            return learned
        indel = np.array([item.allele.change != 0 for item in judged])
        return against_chance(learned, np.stack([item.origins for item in judged]), indel, self.settings.density)

    def rule(self, found: JudgedChunk, item: Judged) -> Rule:
        """Return how an allele is judged."""
        asked = item.allele.key in found.asked
        return Rule(self.threshold, self.settings.germline, asked, found.others.flags(item.allele))


def _inside(pair: PairLocus, parts: list[tuple[int, int]]) -> bool:
    position = pair.tumour.alleles[0].position
    return any(low <= position < high for low, high in parts)


_CALLER: list[SomaticCaller] = []


def _start_process(settings: SomaticSettings) -> None:
    _CALLER.append(SomaticCaller(settings))


def _call_in_process(task: tuple[str, list[int]]) -> list[list[SomaticRecord]]:
    return _CALLER[0].call(*task)


def call_all(settings: SomaticSettings, threads: int) -> Iterator[list[SomaticRecord]]:
    """Yield the records of all chunks in genome order, from `threads` processes."""
    caller = SomaticCaller(settings)
    density = read_density(settings.tumour, caller.tumour.alignments.contigs)
    tasks = tasks_of_shard(list(_plan(settings, caller)), CHUNK, density, settings.shard)
    if threads <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield from caller.call(*task)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(threads, len(tasks)), context, _start_process, (settings,)) as pool:
        for result in pool.map(_call_in_process, tasks):
            yield from result


def _plan(settings: SomaticSettings, caller: SomaticCaller) -> Iterator[tuple[str, list[int]]]:
    """Yield (contig, chunk starts) of what regions or forced sites touch and where the tumour has reads."""
    for contig in caller.reference.lengths:
        forced = {p // CHUNK * CHUNK for p, _, _ in settings.forced.get(contig, [])}
        touched = set(forced)
        for _, low, high in (i for i in settings.regions if i[0] == contig):
            touched.update(range(low // CHUNK * CHUNK, high, CHUNK))
        blocks: dict[int, list[int]] = {}
        for start in sorted(touched):
            blocks.setdefault(start // (CHUNK * CHUNKS_PER_BLOCK), []).append(start)
        for starts in blocks.values():
            if forced.intersection(starts) or _has_reads(caller, contig, starts):
                yield contig, starts


def _has_reads(caller: SomaticCaller, contig: str, starts: Sequence[int]) -> bool:
    alignments = caller.tumour.alignments
    if contig not in alignments.contigs:
        return False
    first = alignments.next_read_start(contig, max(starts[0] - HALO, 0))
    return first is not None and first < starts[-1] + CHUNK + HALO
