"""Training examples: simulated libraries over real haplotypes, examined as in calling, labelled by sequence."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments
from loci2lead.io.atomic import atomic_path
from loci2lead.io.fasta import Reference
from loci2lead.seeds import generator
from loci2lead.variants.candidates import Gates
from loci2lead.variants.examine import CHUNK, Examined, examine
from loci2lead.variants.features import FEATURES, WIDTH, chunk_alleles, locus_features
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.labels import label_alleles
from loci2lead.variants.library import LibraryProfile, measure_library
from loci2lead.variants.matching import Edit, Fetch
from loci2lead.variants.placement import CLIP
from loci2lead.variants.sequencing import HISEQ_BINS, NOVASEQ_BINS, SequencerProfile
from loci2lead.variants.simulate import Decoy, Library, Region, SystematicSite, simulate_reads
from loci2lead.variants.tensors import CHANNELS, HEIGHT, allele_image
from loci2lead.variants.training_config import TrainingConfig
from loci2lead.variants.truth_haplotypes import edits_of, invent, read_haplotypes

# A penalty that makes an aligner report reads from end to end (bwa aln, which also opens a gap for 5 mismatches only).
NO_CLIP = 1_000
# Lower gates than in calling show the network more of what it must refuse.
TRAINING_GATES = Gates(reads=2, snp_share=0.10, indel_share=0.06)


@dataclass(frozen=True)
class Drawn:
    """One library's design: where, how deep, how it was made."""

    region: Region
    depth: float
    library: Library
    seed: int


def draw_library(config: TrainingConfig, split: str, number: int, sequence_of: Fetch) -> Drawn:
    """Draw the design of library `number` of "train", "tune" or "test"."""
    rng = generator(config.seed, "design", split, number)
    low, high = {"train": config.train_region, "tune": config.tune_region, "test": config.test_region}[split]
    length = min(config.library_length if split == "train" else config.tuning_length, high - low)
    start = int(rng.integers(low, high - length + 1))
    region = Region(config.contig, start, start + length)
    depth = float(np.exp(rng.uniform(*np.log(config.depth_range))))
    slip = float(np.exp(rng.uniform(*np.log(config.slip_range))))
    read_length = int(rng.choice([100, 125, 148, 150, 150, 250]))
    mean = float(rng.uniform(max(250, 1.3 * read_length), 600))
    profile = draw_profile(rng)
    decoys, sites = draw_noise(region, sequence_of, rng)
    library = Library(
        read_length=read_length,
        fragment_mean=mean,
        fragment_sd=float(rng.uniform(40, 120)),
        slip_rate=slip,
        slip_growth=float(rng.uniform(1.4, 2.0)),
        slip_shorter=float(rng.uniform(0.4, 0.8)),
        gap_open=int(rng.choice([5, 6, 8, 12, 24])),
        clip=int(rng.choice([CLIP, CLIP, 10, NO_CLIP])),
        profile=profile,
        decoys=decoys,
        systematic=sites,
        low_mapq=float(rng.uniform(0, 0.06)),
    )
    return Drawn(region, depth, library, int(rng.integers(1 << 40)))


def draw_profile(rng: np.random.Generator) -> SequencerProfile:
    """Draw how a sequencer writes qualities: its levels and the highest of them, shape over the read, and honesty.

    Levels are NovaSeq's four, HiSeq's eight with a drawn top, every value up to a drawn top, or a few evenly spaced
    ones as recalibrating and shrinking programs write them.
    """
    top, lowest, levels = int(rng.integers(38, 43)), int(rng.integers(2, 11)), int(rng.integers(3, 7))
    bins = (
        NOVASEQ_BINS,
        (*HISEQ_BINS[:-1], top),
        tuple(range(2, top + 1)),
        tuple(np.linspace(lowest, rng.integers(30, top + 1), levels).round().astype(int).tolist()),
    )[int(rng.integers(4))]
    return SequencerProfile(
        bins=bins,
        best=bins[-1] + float(rng.uniform(-3, 2)),
        fall=float(rng.uniform(0, 8)),
        spread=float(rng.uniform(0.2, 3)),
        tail=float(rng.uniform(0, 5)),
        warm_up=float(rng.uniform(0, 10)),
        bad_reads=float(rng.uniform(0.01, 0.15)),
        error_scale=float(np.exp(rng.uniform(np.log(0.25), np.log(2.5)))),
        weak_sites=float(rng.uniform(0, 0.12)),
    )


def draw_noise(
    region: Region,
    fetch: Fetch,
    rng: np.random.Generator,
    decoys_per_100_kb: float = 1.0,
    sites_per_base: tuple[float, float] = (0.0, 3e-4),
) -> tuple[list[Decoy], list[SystematicSite]]:
    """Return paralog decoys, 1 to 4 % diverged, and systematic sites at a rate drawn from `sites_per_base`."""
    decoys = []
    for _ in range(rng.poisson(decoys_per_100_kb * (region.end - region.start) / 100_000)):
        start = int(rng.integers(region.start, max(region.end - 3_000, region.start + 1)))
        part = Region(region.contig, start, min(start + int(rng.integers(800, 3_000)), region.end))
        text = fetch(part.start, part.end)
        places = np.flatnonzero(rng.random(len(text)) < rng.uniform(0.01, 0.04)).tolist()
        variants = [
            Variant(part.contig, part.start + p, text[p], str(rng.choice([b for b in "ACGT" if b != text[p]])))
            for p in places
            if text[p] in "ACGT"
        ]
        decoys.append(Decoy(part, variants, float(rng.uniform(0.15, 1.0)), float(rng.uniform(0, 0.9))))
    sites = []
    for _ in range(rng.poisson(rng.uniform(*sites_per_base) * (region.end - region.start))):
        position = int(rng.integers(region.start, region.end))
        ref = fetch(position, position + 1)
        if ref in "ACGT":
            base = "G" if rng.random() < 0.4 and ref != "G" else str(rng.choice([b for b in "ACGT" if b != ref]))
            sites.append(
                SystematicSite(region.contig, position, base, float(rng.uniform(0.15, 0.5)), rng.random() < 0.5)
            )
    return decoys, sites


def make_examples(config: TrainingConfig, split: str, number: int, output: Path) -> None:
    """Simulate one library, examine it, and write its examples as .npz (whole or not at all)."""
    reference = Reference(config.reference)

    def fetch(start: int, end: int) -> str:
        return reference.fetch(config.contig, start, end)

    drawn = draw_library(config, split, number, fetch)
    rng = generator(config.seed, "haplotypes", split, number)
    copies = read_haplotypes(config.truth, drawn.region, rng)
    copies = invent(copies, drawn.region, fetch(drawn.region.start, drawn.region.end), rng, config.invented_rate)
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        bam = Path(folder) / "reads.bam"
        sequence = {config.contig: reference.fetch(config.contig, 0, reference.lengths[config.contig])}
        haplotypes = [Haplotype(0.5, copies[0]), Haplotype(0.5, copies[1])]
        simulate_reads(
            sequence, haplotypes, bam, depth=drawn.depth, seed=drawn.seed, regions=[drawn.region], library=drawn.library
        )
        alignments = Alignments(bam, reference)
        profile = measure_library(alignments, reference)
        truth = (edits_of(copies[0], fetch), edits_of(copies[1], fetch))
        parts = list(_examples(config, alignments, reference, drawn, profile, truth, rng))
        alignments.close()
    with atomic_path(output) as temporary, temporary.open("wb") as handle:
        arrays: dict[str, Any] = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
        np.savez(handle, **arrays)


def _examples(
    config: TrainingConfig,
    alignments: Alignments,
    reference: Reference,
    drawn: Drawn,
    profile: LibraryProfile,
    truth: tuple[list[Edit], list[Edit]],
    rng: np.random.Generator,
) -> Iterator[dict[str, NDArray]]:
    region = drawn.region
    for start in range(region.start // CHUNK * CHUNK, region.end, CHUNK):
        examined = examine(alignments, reference, region.contig, start, profile, TRAINING_GATES, True)
        low, high = region.start + 600, region.end - 600
        yield chunk_examples(examined, profile, truth, reference, (low, high), config, rng)


def chunk_examples(
    examined: Examined,
    profile: LibraryProfile,
    truth: tuple[list[Edit], list[Edit]],
    reference: Reference,
    bounds: tuple[int, int],
    config: TrainingConfig,
    rng: np.random.Generator,
) -> dict[str, NDArray]:
    """Return features, costs, labels and indel flags by row; images of the rows that `pictured` marks."""
    near = chunk_alleles(examined.loci)
    starts = [np.array([e[0] for e in edits]) for edits in truth]
    rows: list[tuple[NDArray, NDArray, list[int], list[bool]]] = []
    images: list[NDArray] = []
    pictured: list[bool] = []
    for locus in examined.loci:
        first, last = locus.alleles[0].position, locus.alleles[-1].span[1]
        if not bounds[0] <= first < bounds[1]:
            continue
        close = [
            edits[slice(*np.searchsorted(s, [first - 60, last + 60]))] if len(s) else []
            for edits, s in zip(truth, starts, strict=True)
        ]
        labels = label_alleles(locus.alleles, (close[0], close[1]), lambda a, b: reference.fetch(examined.contig, a, b))
        rows.append(
            (
                locus_features(examined, locus, near, profile),
                locus.copies,
                labels,
                [a.change != 0 for a in locus.alleles],
            )
        )
        for index, label in enumerate(labels):
            costs = np.sort(locus.copies[index])
            hard = costs[1] < config.image_margin or int(locus.copies[index].argmin()) != label
            pictured.append(bool(hard or rng.random() < config.image_share))
            if pictured[-1]:
                images.append(allele_image(examined, locus, index))
    return {
        "features": np.concatenate([r[0] for r in rows]) if rows else np.zeros((0, len(FEATURES)), np.float32),
        "costs": np.concatenate([r[1] for r in rows]) if rows else np.zeros((0, 3)),
        "labels": np.array([x for r in rows for x in r[2]], dtype=np.int64),
        "indel": np.array([x for r in rows for x in r[3]], dtype=bool),
        "images": np.array(images, dtype=np.uint8).reshape(-1, CHANNELS, HEIGHT, WIDTH),
        "pictured": np.array(pictured, dtype=bool),
    }
