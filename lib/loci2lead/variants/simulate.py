"""Paired short reads from known haplotypes, as a sorted and indexed BAM, the same bytes for the same seed.

Reads are cut from haplotype sequences and carry the alignment that their haplotype implies, made to look
like an aligner's: indels leftmost, and indels near read ends turned into mismatches or soft clips. Base
qualities come in a sequencer's bins and errors follow them; repeats slip at a rate of the library's own.
Paralog decoys (reads of a diverged copy that an aligner would put here) and systematic error sites are
optional. No external aligner, no clock, no path and no @PG line.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pysam

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.seeds import generator
from loci2lead.variants.fragments import FragmentSource
from loci2lead.variants.haplotypes import Haplotype, build_haplotype, encode
from loci2lead.variants.library_design import Decoy, Library, Region, SystematicSite

_BATCH = 20_000

__all__ = ["Decoy", "Library", "Region", "SystematicSite", "simulate_reads"]


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
        source = FragmentSource(build_haplotype(window, part.start, own), window, part, library, confident)
        label = f"{region.contig}-{region.start}-{index}"
        rng = generator(seed, "reads", label)
        fragments = rng.poisson(share * len(window) / (2 * library.read_length))
        for batch in range(0, int(fragments), _BATCH):
            yield from source.records(min(_BATCH, int(fragments) - batch), f"{label}-{batch}", rng, header)
