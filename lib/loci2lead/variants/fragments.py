"""Sequenced fragments of one haplotype: read pairs with their bases, qualities and alignments."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pysam
from numpy.typing import NDArray

from loci2lead.variants.haplotypes import INSERTED, Bases, HaplotypeSequence, Positions
from loci2lead.variants.library_design import Library, Region
from loci2lead.variants.placement import MATCH, Cigar, project
from loci2lead.variants.sequencing import SlippingLibrary

_SHORTEST_FRAGMENT = 50


@dataclass
class _Batch:
    """Read pairs under construction: rows 2i and 2i + 1 are the forward and the reverse read of fragment i.

    `begin` is each row's haplotype offset, `length` its bases, `slipped` the positions of rows that slipped.
    """

    begin: NDArray[np.int64]
    length: NDArray[np.int64]
    bases: Bases
    quality: NDArray[np.uint8]
    slipped: dict[int, Positions]


class FragmentSource:
    """One haplotype over one region, from which read pairs are drawn."""

    def __init__(
        self, haplotype: HaplotypeSequence, reference: Bases, part: Region, library: Library, confident: float
    ) -> None:
        """Prepare `haplotype` of `part`; a share `confident` of the fragments keeps its mapping quality."""
        self.haplotype, self.reference, self.part = haplotype, reference, part
        self.library, self.confident = library, confident
        self.slipping = SlippingLibrary(haplotype, library.slip_rate, library.slip_growth, library.slip_shorter)
        self.unknown = np.concatenate([[0], np.cumsum(haplotype.bases == ord("N"))])
        jumps = np.diff(haplotype.positions, prepend=haplotype.positions[:1] - 1) != 1
        self.jumps = np.cumsum(jumps | (haplotype.positions == INSERTED))

    def records(
        self, count: int, label: str, rng: np.random.Generator, header: pysam.AlignmentHeader
    ) -> Iterator[pysam.AlignedSegment]:
        """Yield both reads of `count` fragments; fragments over N are dropped."""
        size = len(self.haplotype.bases)
        lengths = rng.normal(self.library.fragment_mean, self.library.fragment_sd, count).astype(np.int64)
        lengths = np.minimum(np.maximum(lengths, _SHORTEST_FRAGMENT), size)
        starts = (rng.random(count) * (size - lengths + 1)).astype(np.int64)
        batch = self._sequence(starts, lengths, rng)
        self.library.profile.add_errors(batch.bases, batch.quality, rng)
        self._add_systematic(batch, rng)
        mapq = np.where(rng.random(count) < self.library.low_mapq, rng.integers(0, 30, count), 60)
        mapq = np.where(rng.random(count) < self.confident, mapq, rng.integers(0, 41, count))
        first_is_forward = rng.random(count) < 0.5
        self._damage(batch, starts, lengths, first_is_forward, rng)
        known = self.unknown[starts + lengths] == self.unknown[starts]
        contig = header.get_tid(self.part.contig)
        for i in np.flatnonzero(known).tolist():
            placed = self._place(batch, 2 * i), self._place(batch, 2 * i + 1)
            if placed[0] and placed[1]:
                common = (f"{label}-{i}", contig, int(mapq[i]), bool(first_is_forward[i]))
                yield from _pair(batch, i, (placed[0], placed[1]), common, header)

    def _sequence(self, starts: NDArray[np.int64], lengths: NDArray[np.int64], rng: np.random.Generator) -> _Batch:
        """Return the reads of fragments without errors, slips applied."""
        width = self.library.read_length
        read = np.minimum(width, lengths)
        begin = np.stack([starts, starts + lengths - read], axis=1).ravel()
        length = np.repeat(read, 2)
        index = np.minimum(begin[:, None] + np.arange(width), len(self.haplotype.bases) - 1)
        quality = self.library.profile.qualities(len(begin), width, rng)
        full = length == width
        quality[1::2][full[1::2]] = quality[1::2][full[1::2], ::-1]
        reverse = np.arange(len(begin)) % 2 == 1
        quality = self.library.profile.weaken(quality, self.haplotype.positions[index], reverse)
        batch = _Batch(begin, length, self.haplotype.bases[index], quality, {})
        for i, slips in self.slipping.draw(starts, starts + lengths, rng).items():
            bases, positions = self.slipping.apply(self.haplotype, int(starts[i]), int(starts[i] + lengths[i]), slips)
            kept = min(int(read[i]), len(bases))
            for row, part in ((2 * i, slice(0, kept)), (2 * i + 1, slice(len(bases) - kept, len(bases)))):
                batch.length[row] = kept
                batch.bases[row, :kept] = bases[part]
                batch.slipped[row] = positions[part]
        return batch

    def _add_systematic(self, batch: _Batch, rng: np.random.Generator) -> None:
        """Write the wrong base of systematic sites into reads of their strand that align without a gap."""
        sites = [s for s in self.library.systematic if s.contig == self.part.contig]
        simple = self._is_simple(batch)
        simple[list(batch.slipped)] = False
        first = self.haplotype.positions[batch.begin]
        reverse = np.arange(len(first)) % 2 == 1
        for site in sites:
            over = simple & (reverse == site.reverse) & (first <= site.position)
            rows = np.flatnonzero(over & (site.position < first + batch.length))
            rows = rows[rng.random(len(rows)) < site.rate]
            batch.bases[rows, site.position - first[rows]] = ord(site.base)
            batch.quality[rows, site.position - first[rows]] = self.library.profile.bins[-2]

    def _damage(
        self,
        batch: _Batch,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        first_is_forward: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> None:
        """Write damaged bases into both reads of the fragments that carry them (slipped reads are left out)."""
        ends = np.cumsum(lengths)
        kinds = (
            (self.library.deamination, {b"C": b"T", b"G": b"A"}, None),
            (self.library.oxidation, {b"G": b"T"}, True),
            (self.library.oxidation, {b"C": b"A"}, False),
        )
        slipped = np.zeros(len(batch.begin), dtype=bool)
        slipped[list(batch.slipped)] = True
        for rate, changes, side in kinds:
            if rate <= 0 or not len(ends):
                continue
            places = rng.integers(0, ends[-1], rng.poisson(rate * ends[-1]))
            fragment = np.searchsorted(ends, places, side="right")
            offset = starts[fragment] + places - (ends - lengths)[fragment]
            base = self.haplotype.bases[offset]
            for before, after in changes.items():
                hit = (base == ord(before)) & (True if side is None else first_is_forward[fragment] == side)
                for row in (2 * fragment[hit], 2 * fragment[hit] + 1):
                    column = offset[hit] - batch.begin[row]
                    inside = (column >= 0) & (column < batch.length[row]) & ~slipped[row]
                    batch.bases[row[inside], column[inside]] = ord(after)

    def _is_simple(self, batch: _Batch) -> NDArray[np.bool_]:
        """Return which rows align without insertion, deletion or slip."""
        same = self.jumps[batch.begin] == self.jumps[batch.begin + batch.length - 1]
        return same & (self.haplotype.positions[batch.begin] != INSERTED)

    def _place(self, batch: _Batch, row: int) -> tuple[int, Cigar] | None:
        begin, length = int(batch.begin[row]), int(batch.length[row])
        positions = batch.slipped.get(row)
        if positions is None:
            first = int(self.haplotype.positions[begin])
            if first != INSERTED and self.jumps[begin] == self.jumps[begin + length - 1]:
                return first, [(MATCH, length)]
            positions = self.haplotype.positions[begin : begin + length]
        penalties = self.library.gap_open, self.library.clip
        return project(batch.bases[row, :length], positions, self.reference, self.part.start, *penalties)


def _pair(
    batch: _Batch,
    fragment: int,
    placed: tuple[tuple[int, Cigar], tuple[int, Cigar]],
    common: tuple[str, int, int, bool],
    header: pysam.AlignmentHeader,
) -> Iterator[pysam.AlignedSegment]:
    """Yield the forward and the reverse read of a fragment as records that know each other."""
    name, contig, mapq, first_is_forward = common
    ends = [start + sum(n for op, n in cigar if op in (0, 2)) for start, cigar in placed]
    span = max(ends) - min(placed[0][0], placed[1][0])
    for reverse in (False, True):
        row = 2 * fragment + reverse
        length = int(batch.length[row])
        record = pysam.AlignedSegment(header)
        record.query_name = name
        record.flag = 0x1 | 0x2 | (0x10 if reverse else 0x20) | (0x40 if first_is_forward != reverse else 0x80)
        record.reference_id = record.next_reference_id = contig
        record.reference_start, record.next_reference_start = placed[reverse][0], placed[not reverse][0]
        record.mapping_quality = mapq
        record.cigartuples = placed[reverse][1]
        record.template_length = -span if reverse else span
        record.query_sequence = batch.bases[row, :length].tobytes().decode("ascii")
        record.query_qualities = array("B", batch.quality[row, :length].tobytes())
        yield record
