"""Training examples: simulated pairs, examined as in calling, labelled by what normal and tumour cells carry."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments
from loci2lead.io.atomic import atomic_path
from loci2lead.io.fasta import Reference
from loci2lead.seeds import generator
from loci2lead.variants.examine import CHUNK
from loci2lead.variants.features import FEATURES
from loci2lead.variants.labels import label_alleles
from loci2lead.variants.library import measure_library
from loci2lead.variants.library_design import Library, Region
from loci2lead.variants.matching import Edit, Fetch
from loci2lead.variants.sequencing import HISEQ_BINS, NOVASEQ_BINS, SequencerProfile
from loci2lead.variants.somatic.evidence import PAIR_FEATURES, Judged, judge_locus, near_alleles
from loci2lead.variants.somatic.likelihoods import HYPOTHESES
from loci2lead.variants.somatic.pair import PairChunk, PairLocus, Sample, examine_pair
from loci2lead.variants.somatic.simulation import PairDesign, PairTruth, draw_truth, simulate_pair
from loci2lead.variants.somatic.substitutions import excess_rates
from loci2lead.variants.somatic.survey import survey
from loci2lead.variants.somatic.training_config import SomaticTrainingConfig
from loci2lead.variants.training_data import draw_noise
from loci2lead.variants.truth_haplotypes import edits_of

# Alleles expected in less than this share are neither taught as somatic nor as noise.
LEAST_SHARE = 0.015
NOISE, GERMLINE, SOMATIC, UNTAUGHT = 0, 1, 2, 3
_MARGIN = 600
_READS_TIMES_BASES = 24e6


def draw_design(config: SomaticTrainingConfig, split: str, number: int, fetch: Fetch) -> PairDesign:
    """Draw pair `number` of "train" or "tune": depths, purity, clones, leak, damage, slip and sequencer."""
    rng = generator(config.seed, "pair design", split, number)
    tumour_depth = float(np.exp(rng.uniform(*np.log([20.0, 320.0]))))
    normal_depth = float(np.exp(rng.uniform(*np.log([15.0, 90.0]))))
    low, high = config.train_region if split == "train" else config.tune_region
    length = int(np.clip(_READS_TIMES_BASES / (tumour_depth + normal_depth), 80_000, min(500_000, high - low)))
    start = int(rng.integers(low, high - length + 1))
    region = Region(config.contig, start, start + length)
    read_length = int(rng.choice([100, 125, 150, 150]))
    profile = SequencerProfile(
        bins=NOVASEQ_BINS if rng.random() < 0.5 else HISEQ_BINS,
        best=float(rng.uniform(34, 39)),
        fall=float(rng.uniform(1, 8)),
        spread=float(rng.uniform(2, 6)),
        bad_reads=float(rng.uniform(0.02, 0.15)),
        error_scale=float(np.exp(rng.uniform(np.log(0.5), np.log(2.5)))),
    )
    decoys, sites = draw_noise(region, fetch, rng)
    normal = Library(
        read_length,
        fragment_mean=float(rng.uniform(max(250, 1.3 * read_length), 600)),
        fragment_sd=float(rng.uniform(40, 120)),
        slip_rate=float(np.exp(rng.uniform(np.log(1e-4), np.log(5e-2)))),
        profile=profile,
        decoys=decoys,
        systematic=sites,
        low_mapq=float(rng.uniform(0, 0.03)),
    )
    tumour = replace(
        normal,
        deamination=float(np.exp(rng.uniform(np.log(1e-4), np.log(5e-3)))) if rng.random() < 0.35 else 0.0,
        oxidation=float(np.exp(rng.uniform(np.log(1e-4), np.log(3e-3)))) if rng.random() < 0.25 else 0.0,
        slip_rate=normal.slip_rate * float(np.exp(rng.normal(0, 0.4))),
    )
    clones = rng.dirichlet([4.0, 1.5, 1.0])
    return PairDesign(
        region,
        tumour_depth,
        normal_depth,
        float(rng.uniform(0.05, 1.0)),
        int(rng.integers(1 << 40)),
        tumour,
        normal,
        tuple(clones.tolist()),
        float(rng.choice([1.0, 1.0, 1.0, 0.0, 0.5, 2.0])),
        float(np.exp(rng.uniform(np.log(0.01), np.log(0.15)))) if rng.random() < 0.35 else 0.0,
        somatic=0.5,
        invented_rate=5e-4,
    )


def make_examples(config: SomaticTrainingConfig, split: str, number: int, output: Path) -> None:
    """Simulate one pair, examine it, and write its examples as .npz (whole or not at all)."""
    reference = Reference(config.reference)

    def fetch(start: int, end: int) -> str:
        return reference.fetch(config.contig, start, end)

    design = draw_design(config, split, number, fetch)
    truth = draw_truth(design, config.truth, reference)
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        bams = Path(folder) / "tumour.bam", Path(folder) / "normal.bam"
        simulate_pair(design, truth, reference, *bams)
        parts = list(examples(bams[0], bams[1], reference, design, truth))
    with atomic_path(output) as temporary, temporary.open("wb") as handle:
        arrays: dict[str, Any] = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
        np.savez(handle, **arrays)


def examples(
    tumour: Path, normal: Path, reference: Reference, design: PairDesign, truth: PairTruth
) -> Iterator[dict[str, NDArray]]:
    """Yield the examples of each chunk of a simulated pair."""
    opened = [Alignments(path, reference) for path in (tumour, normal)]
    samples = [Sample.of(a, measure_library(a, reference)) for a in opened]
    damage = excess_rates(survey(opened[:1], reference))
    region = design.region

    def fetch(start: int, end: int) -> str:
        return reference.fetch(region.contig, start, end)

    labeller = Labeller(truth, fetch)
    for start in range(region.start // CHUNK * CHUNK, region.end, CHUNK):
        chunk = examine_pair(samples[0], samples[1], reference, region.contig, start, [])
        near = near_alleles(chunk)
        alone = PairChunk(
            chunk.tumour, None, [PairLocus.of(pair.tumour, None, [chunk.tumour.block]) for pair in chunk.loci]
        )
        rows: dict[str, list] = {k: [] for k in ROW_FIELDS}
        for pair, single in zip(chunk.loci, alone.loci, strict=True):
            if not region.start + _MARGIN <= pair.tumour.alleles[0].position < region.end - _MARGIN:
                continue
            judged = judge_locus(chunk, pair, near, samples[0], samples[1], damage, [])
            if not judged:
                continue
            labels = labeller.labels(pair)
            kept = [item.index for item in judged]
            again = judge_locus(alone, single, near, samples[0], None, damage, kept)
            for item in [*judged, *(a for a in again if a.index in kept)]:
                label, share = labels[item.index]
                if label != UNTAUGHT:
                    _add_row(rows, item, label, share)
        yield _arrays(rows)


ROW_FIELDS = ("tumour", "normal", "pair", "origins", "label", "indel", "share", "alone")


def _add_row(rows: dict[str, list], item: Judged, label: int, share: float) -> None:
    indel = item.pair.tumour.alleles[item.index].change != 0
    values = (item.tumour_features, item.normal_features, item.pair_features, item.origins)
    for key, value in zip(ROW_FIELDS, (*values, label, indel, share, item.normal is None), strict=True):
        rows[key].append(value)


def _arrays(rows: dict[str, list]) -> dict[str, NDArray]:
    return {
        "tumour": np.array(rows["tumour"], np.float32).reshape(-1, len(FEATURES)),
        "normal": np.array(rows["normal"], np.float32).reshape(-1, len(FEATURES)),
        "pair": np.array(rows["pair"], np.float32).reshape(-1, len(PAIR_FEATURES)),
        "origins": np.array(rows["origins"], np.float64).reshape(-1, len(HYPOTHESES)),
        "label": np.array(rows["label"], np.int64),
        "indel": np.array(rows["indel"], bool),
        "share": np.array(rows["share"], np.float32),
        "alone": np.array(rows["alone"], bool),
    }


class Labeller:
    """Says of a locus' alleles who carries them, by the sequences that the true haplotypes spell."""

    def __init__(self, truth: PairTruth, fetch: Fetch) -> None:
        """Spell the haplotypes of normal and tumour cells as edits."""
        self.fetch = fetch
        self.germline = [_Edits(edits_of(copy, fetch)) for copy in truth.germline]
        total = sum(h.weight for h in truth.tumour)
        self.tumour = [(h.weight / total, _Edits(edits_of(h.variants, fetch))) for h in truth.tumour]

    def labels(self, pair: PairLocus) -> list[tuple[int, float]]:
        """Return (label, expected share in the tumour) of each allele."""
        alleles = pair.tumour.alleles
        first, last = alleles[0].position - 60, max(a.span[1] for a in alleles) + 60
        known: dict[tuple[Edit, ...], list[int]] = {}

        def carried(edits: "_Edits") -> list[int]:
            near = tuple(edits.between(first, last))
            if near not in known:
                known[near] = label_alleles(alleles, (list(near), []), self.fetch) if near else [0] * len(alleles)
            return known[near]

        inherited = np.sum([carried(edits) for edits in self.germline], axis=0)
        shares = np.sum([weight * np.array(carried(edits)) for weight, edits in self.tumour], axis=0)
        found = []
        for copies, share in zip(inherited.tolist(), shares.tolist(), strict=True):
            label = GERMLINE if copies else SOMATIC if share >= LEAST_SHARE else UNTAUGHT if share > 0 else NOISE
            found.append((label, float(share)))
        return found


class _Edits:
    def __init__(self, edits: list[Edit]) -> None:
        self.edits, self.starts = edits, np.array([e[0] for e in edits], dtype=np.int64)

    def between(self, first: int, last: int) -> list[Edit]:
        low, high = np.searchsorted(self.starts, [first, last])
        return self.edits[low:high]
