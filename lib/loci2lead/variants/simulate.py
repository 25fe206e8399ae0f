"""Paired short reads from known haplotypes, as a sorted and indexed BAM, the same bytes for the same seed.

Reads are cut from haplotype sequences and carry the alignment that their haplotype implies, made to look
like an aligner's: indels leftmost, and indels near read ends turned into mismatches or soft clips. Base
qualities come in a sequencer's bins and errors follow them; repeats slip at a rate of the library's own.
Paralog decoys (reads of a diverged copy that an aligner would put here) and systematic error sites are
optional. No external aligner, no clock, no path and no @PG line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.seeds import generator
from loci2lead.variants.haplotypes import Haplotype, HaplotypeSequence, Variant, build_haplotype, encode
from loci2lead.variants.placement import project
from loci2lead.variants.sequencing import SequencerProfile, SlippingLibrary

_BATCH = 20_000
_COMPLEMENT = bytes.maketrans(b"ACGTN", b"TGCAN")


@dataclass(frozen=True)
class Region:
    """A half-open interval of a contig."""

    contig: str
    start: int
    end: int


@dataclass(frozen=True)
class Decoy:
    """Reads of a paralog: `variants` tell the copy from `region`, `share` is its depth relative to the rest.

    A fraction `confident` of the misplaced reads still gets mapping quality 60, the rest 0 to 40.
    """

    region: Region
    variants: Sequence[Variant]
    share: float = 0.5
    confident: float = 0.4


@dataclass(frozen=True)
class SystematicSite:
    """A site where reads of one strand show `base` with chance `rate` and a lower quality."""

    contig: str
    position: int
    base: str
    rate: float
    reverse: bool


@dataclass(frozen=True)
class Library:
    """How the reads are made: fragment lengths in bases, slip chance at a run of nine, qualities, noise."""

    read_length: int = 150
    fragment_mean: float = 400.0
    fragment_sd: float = 100.0
    slip_rate: float = 0.002
    profile: SequencerProfile = field(default_factory=SequencerProfile)
    decoys: Sequence[Decoy] = ()
    systematic: Sequence[SystematicSite] = ()
    low_mapq: float = 0.01


def simulate_reads(
    reference: Mapping[str, str] | str | Path,
    haplotypes: Sequence[Haplotype],
    out_bam: str | Path,
    *,
    depth: float,
    seed: int,
    read_length: int = 150,
    fragment_mean: float = 400.0,
    fragment_sd: float = 100.0,
    slip_rate: float = 0.002,
    sample_name: str = "sample",
    regions: Sequence[Region] = (),
    library: Library | None = None,
) -> Path:
    """Write a coordinate-sorted BAM (and .bai) of reads from `haplotypes`, and return its path.

    A germline sample is two haplotypes of weight 0.5; a tumour adds haplotypes at the weights of its
    clones (weights are normalised). `depth` is the mean over `regions` (default: every contig). A `library`
    replaces the single settings before it. Raises InputError for variants that do not fit the reference.
    """
    sequences = _load(reference)
    library = library or Library(read_length, fragment_mean, fragment_sd, slip_rate)
    wanted = list(regions) or [Region(name, 0, len(text)) for name, text in sequences.items()]
    header = pysam.AlignmentHeader.from_dict(_header(sequences, sample_name))
    out_bam = Path(out_bam)
    with atomic_path(out_bam) as temporary:
        unsorted = temporary.with_name(temporary.name + ".unsorted")
        try:
            with pysam.AlignmentFile(str(unsorted), "wb0", header=header) as bam:
                for region in wanted:
                    for record in _region_records(sequences, haplotypes, region, depth, seed, library, header):
                        bam.write(record)
            pysam.sort("--no-PG", "-m", "200M", "-o", str(temporary), str(unsorted))
        finally:
            unsorted.unlink(missing_ok=True)
        pysam.index(str(temporary), str(out_bam) + ".bai")
    return out_bam


def _load(reference: Mapping[str, str] | str | Path) -> Mapping[str, str]:
    if isinstance(reference, Mapping):
        return reference
    if not Path(reference).exists():
        raise InputError("File not found", file=reference, remedy="check the path of the reference")
    with pysam.FastaFile(str(reference)) as fasta:
        return {name: fasta.fetch(name) for name in fasta.references}


def _header(sequences: Mapping[str, str], sample: str) -> dict:
    return {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": name, "LN": len(text)} for name, text in sequences.items()],
        "RG": [{"ID": sample, "SM": sample, "LB": sample, "PL": "ILLUMINA"}],
    }


def _region_records(
    sequences: Mapping[str, str],
    haplotypes: Sequence[Haplotype],
    region: Region,
    depth: float,
    seed: int,
    library: Library,
    header: pysam.AlignmentHeader,
) -> Iterator[pysam.AlignedSegment]:
    """Yield the unsorted records of one region: every haplotype, then the decoys inside it."""
    reference = encode(sequences[region.contig][region.start : region.end])
    total = sum(h.weight for h in haplotypes)
    sources = [(h.variants, depth * h.weight / total, 1.0, region) for h in haplotypes]
    sources += [
        (d.variants, depth * d.share, d.confident, d.region)
        for d in library.decoys
        if d.region.contig == region.contig and region.start <= d.region.start and d.region.end <= region.end
    ]
    for index, (variants, share, confident, part) in enumerate(sources):
        own = [v for v in variants if v.contig == region.contig]
        window = reference[part.start - region.start : part.end - region.start]
        source = _Source(build_haplotype(window, part.start, own), window, part, library, confident)
        label = f"{region.contig}-{region.start}-{index}"
        rng = generator(seed, "reads", label)
        fragments = rng.poisson(share * len(window) / (2 * library.read_length))
        for batch in range(0, int(fragments), _BATCH):
            yield from source.records(min(_BATCH, int(fragments) - batch), f"{label}-{batch}", rng, header)


class _Source:
    """One haplotype over one region, from which read pairs are drawn."""

    def __init__(
        self, haplotype: HaplotypeSequence, reference: NDArray[np.uint8], part: Region, library: Library, confident: float
    ) -> None:
        self.haplotype, self.reference, self.part = haplotype, reference, part
        self.library, self.confident = library, confident
        self.slipping = SlippingLibrary(haplotype, library.slip_rate)
        self.known = np.concatenate([[0], np.cumsum(haplotype.bases == ord("N"))])
        self.sites = {s.position: s for s in library.systematic if s.contig == part.contig}
        self.site_positions = np.array(sorted(self.sites), dtype=np.int64)

    def records(
        self, count: int, label: str, rng: np.random.Generator, header: pysam.AlignmentHeader
    ) -> Iterator[pysam.AlignedSegment]:
        """Yield both reads of `count` fragments; fragments over N are dropped."""
        size = len(self.haplotype.bases)
        lengths = rng.normal(self.library.fragment_mean, self.library.fragment_sd, count).astype(np.int64)
        lengths = np.minimum(np.maximum(lengths, 50), size)
        starts = (rng.random(count) * (size - lengths + 1)).astype(np.int64)
        read = np.minimum(self.library.read_length, lengths)
        slips = self.slipping.draw(starts, starts + lengths, rng)
        quality = self.library.profile.qualities(2 * count, self.library.read_length, rng)
        mapq = np.where(rng.random(count) < self.library.low_mapq, rng.integers(0, 30, count), 60)
        mapq = np.where(rng.random(count) < self.confident, mapq, rng.integers(0, 41, count))
        first_is_forward = rng.random(count) < 0.5
        known = self.known[starts + lengths] == self.known[starts]
        for i in np.flatnonzero(known).tolist():
            begin, end, length = int(starts[i]), int(starts[i] + lengths[i]), int(read[i])
            bases, positions = self.haplotype.bases[begin:end], self.haplotype.positions[begin:end]
            if i in slips:
                bases, positions = self.slipping.apply(self.haplotype, begin, end, slips[i])
            length = min(length, len(bases))
            pair = [
                self._read(bases[:length], positions[:length], quality[2 * i, :length], False, rng),
                self._read(bases[-length:], positions[-length:], quality[2 * i + 1, :length][::-1], True, rng),
            ]
            if pair[0] and pair[1]:
                yield from _pair(pair, f"{label}-{i}", int(mapq[i]), bool(first_is_forward[i]), header)

    def _read(
        self,
        bases: NDArray[np.uint8],
        positions: NDArray[np.int64],
        quality: NDArray[np.uint8],
        reverse: bool,
        rng: np.random.Generator,
    ) -> tuple[int, list[tuple[int, int]], bytes, bytes] | None:
        bases, quality = bases.copy(), quality.copy()
        self.library.profile.add_errors(bases, quality, rng)
        if len(self.site_positions):
            self._systematic(bases, positions, quality, reverse, rng)
        placed = project(bases, positions, self.reference, self.part.start)
        return None if placed is None else (*placed, bases.tobytes(), quality.tobytes())

    def _systematic(
        self,
        bases: NDArray[np.uint8],
        positions: NDArray[np.int64],
        quality: NDArray[np.uint8],
        reverse: bool,
        rng: np.random.Generator,
    ) -> None:
        low, high = np.searchsorted(self.site_positions, [positions.min(), positions.max() + 1])
        for position in self.site_positions[low:high].tolist():
            site = self.sites[position]
            if site.reverse == reverse and rng.random() < site.rate:
                where = np.flatnonzero(positions == position)
                bases[where] = ord(site.base)
                quality[where] = self.library.profile.bins[-2]


def _pair(
    pair: Sequence, name: str, mapq: int, first_is_forward: bool, header: pysam.AlignmentHeader
) -> Iterator[pysam.AlignedSegment]:
    """Yield the forward and the reverse read of a fragment as records that know each other."""
    contig_id = header.get_tid(name.rsplit("-", 4)[0])
    spans = [start + sum(n for op, n in cigar if op in (0, 2)) for start, cigar, _, _ in pair]
    span = max(spans) - min(pair[0][0], pair[1][0])
    for reverse in (False, True):
        start, cigar, bases, quality = pair[reverse]
        record = pysam.AlignedSegment(header)
        record.query_name = name
        record.flag = 0x1 | 0x2 | (0x10 if reverse else 0x20) | (0x40 if first_is_forward != reverse else 0x80)
        record.reference_id = record.next_reference_id = contig_id
        record.reference_start, record.next_reference_start = start, pair[not reverse][0]
        record.mapping_quality = mapq
        record.cigartuples = cigar
        record.template_length = -span if reverse else span
        record.query_sequence = bases.decode("ascii")
        record.query_qualities = pysam.qualitystring_to_array((np.frombuffer(quality, np.uint8) + 33).tobytes().decode())
        yield record
