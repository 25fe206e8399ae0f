"""Calling of chunks of a fixed grid: they are examined, scored and turned into records.

Chunks do not depend on the regions asked for, and every allele is scored by itself in fixed-size batches:
regions, shards, threads and batch size cannot change a record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.variants.candidates import Gates
from loci2lead.variants.examine import HALO, Examined, examine
from loci2lead.variants.features import chunk_alleles, locus_features
from loci2lead.variants.forced import Forced, forced_alleles, with_forced
from loci2lead.variants.genotypes import Record, make_records
from loci2lead.variants.genotyping import coherent_chances
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus, build_locus
from loci2lead.variants.network_server import Address, remote
from loci2lead.variants.phasing import Borders, PhaseSets, find_sets
from loci2lead.variants.ploidy import Ploidy
from loci2lead.variants.realign import slip_tables
from loci2lead.variants.reference_blocks import blocks
from loci2lead.variants.scorer import Scorer
from loci2lead.variants.shards import Shard
from loci2lead.variants.tensors import allele_image


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
    """The records asked for of the chunk that begins at `start`, its reference blocks, the sets of all its calls."""

    contig: str
    start: int
    records: list[Record]
    blocks: list[str]
    sets: PhaseSets


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

    def neighbour(self, contig: str, start: int) -> PhaseSets:
        """Return the phase sets of one chunk; none beyond the contig."""
        if not 0 <= start < self.reference.lengths[contig]:
            return PhaseSets([], {}, {})
        return self.call(contig, [start])[0].sets

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
            if copies:
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
        sets = find_sets([r for r, _ in made], [item.locus for _, item in made], outline.borders)
        records = sorted((r for r, item in made if item.inside or item.asked), key=lambda r: r.sort_key)
        lines = blocks(outline.examined, outline.parts, records) if outline.examined is not None else []
        return CalledChunk(outline.contig, outline.chunk, records, lines, sets)


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
    chunk: int
    start: int
    reference: NDArray[np.uint8]
    borders: Borders
    parts: list[tuple[int, int]]
    examined: Examined | None

    @classmethod
    def of(cls, examined: Examined, parts: list[tuple[int, int]], keep: bool) -> "_Outline":
        """Return the outline of a chunk; `keep` its reads."""
        place = examined.contig, examined.start, examined.scan.start, examined.reference
        borders = Borders.of(examined.block, examined.start, examined.end, HALO)
        return cls(*place, borders, parts, examined if keep else None)


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
