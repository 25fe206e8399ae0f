"""How well a classifier tells simulated from real candidates: AUROC with interval, and the features that leak.

    LOCI2LEAD_DATA=... python tests/benchmarks/variants_gate.py --work DIR      # writes variants.gate.tsv

Real candidates are those of the HG002 and NA12878 slices, without labels: their class is what the likelihoods say
(copies of an SNP or indel). Simulated ones come from libraries drawn as in training over the tuning region, given
what is constant in a library: the slice's depth, read length and aligner (clipping or from end to end), and of many
drawn quality profiles those nearest to its own. How near they come, the first lines say: a library that training
never draws would fail there. SNPs made by misleading sites and paralogs count as little as in training. Constants are
no features; "reads only" also leaves out what the reference sequence and its neighbouring candidates say, since the
two come from different places of chr20.
Five folds by place, gradient boosting, intervals by bootstrap over places of 10 kb. The gate is .75, the aim .65.
"""

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pysam
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

import loci2lead
from loci2lead.io.alignments import UNUSABLE, Alignments
from loci2lead.io.bed import Intervals, read_bed
from loci2lead.io.fasta import Reference
from loci2lead.seeds import generator
from loci2lead.variants.candidates import Gates
from loci2lead.variants.examine import CHUNK, examine
from loci2lead.variants.features import FEATURES, chunk_alleles, locus_features
from loci2lead.variants.haplotypes import Haplotype
from loci2lead.variants.library import measure_library
from loci2lead.variants.sequencing import SequencerProfile
from loci2lead.variants.simulate import Region, simulate_reads
from loci2lead.variants.training_config import TrainingConfig, read_training_config
from loci2lead.variants.training_data import NO_CLIP, draw_library, draw_profile
from loci2lead.variants.truth_haplotypes import invent, read_haplotypes

TABLE = Path(__file__).with_name("variants.gate.tsv")
CONFIG = Path(loci2lead.__file__).parent / "resources" / "training" / "variants-germline.yaml"
LIBRARIES, LENGTH, FEWEST = 3, 150_000, 12
PROFILES = 1_000
CONSTANTS = {"read_length", "library_depth"}
CONTEXT = {
    *(
        "snp",
        "insertion",
        "deletion",
        "log_length",
        "transition",
        "unit_1",
        "unit_2",
        "unit_3",
        "tract_units",
        "slip_rate",
    ),
    *("one_unit", "gc", "entropy", "neighbours", "neighbour_share", "locus_alleles", "haplotypes", "best_other"),
    *("allele_rank", "share_other", "excess_over_slip"),
}
# (features, place in units of 10 kb, class)
Candidates = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.str_]]
# Copies of each substitution (position, alternate base).
Truth = Counter[tuple[int, str]]


def candidates(
    bam: Path, fasta: Path, contig: str, low: int, high: int, inside: Intervals | None, truth: Truth | None = None
) -> Candidates:
    """Return the candidates of [low, high), inside confident regions where they are given.

    With a truth, SNPs that misleading sites and paralogs have made are kept as often as training weighs them.
    """
    reference = Reference(fasta)
    alignments = Alignments(bam, reference)
    library = measure_library(alignments, reference)
    rng = np.random.default_rng(0)
    rows, places, classes = [], [], []
    for start in range(low // CHUNK * CHUNK, high, CHUNK):
        examined = examine(alignments, reference, contig, start, library, Gates())
        near = chunk_alleles(examined.loci)
        for locus in examined.loci:
            position = locus.alleles[0].position
            if not low <= position < high or (inside and not inside.covers(contig, position, position + 1)):
                continue
            features = locus_features(examined, locus, near, library)
            for row, allele, costs in zip(features, locus.alleles, locus.copies, strict=True):
                copies = int(costs.argmin())
                is_misled = truth is not None and not allele.change and truth[allele.position, allele.alt] != copies
                if not is_misled or rng.random() < TrainingConfig.noise_weight:
                    rows.append(row)
                    places.append(position // 10_000)
                    classes.append(f"{'INDEL' if allele.change else 'SNP'} {copies}")
    return np.stack(rows), np.array(places), np.array(classes)


def quality_strings(bam: Path, reads: int = 2_000) -> NDArray[np.int64]:
    """Return the base qualities of whole reads of a library, in the order of sequencing."""
    strings = []
    with pysam.AlignmentFile(str(bam)) as file:
        for read in file:
            quality = read.query_qualities
            if not read.flag & UNUSABLE and quality is not None:
                strings.append(np.array(quality)[:: -1 if read.is_reverse else 1])
    length = np.bincount([len(s) for s in strings]).argmax()
    return np.array([s for s in strings if len(s) == length][:reads])


def distance(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return how far two libraries' qualities are apart in Phred: Wasserstein, mean over the quarters of a read."""
    total = 0.0
    for parts in zip(np.array_split(one, 4, axis=1), np.array_split(other, 4, axis=1), strict=True):
        shares = [np.cumsum(np.bincount(p.ravel(), minlength=64)) / p.size for p in parts]
        total += float(np.abs(shares[0] - shares[1]).sum()) / 4
    return total


def nearest_profiles(strings: NDArray[np.int64]) -> list[tuple[float, SequencerProfile]]:
    """Return the profiles, of many drawn as in training, that write qualities most like `strings`, and how far off."""
    rng = np.random.default_rng(0)
    drawn = [draw_profile(rng) for _ in range(PROFILES)]
    apart = [distance(strings, p.qualities(150, strings.shape[1], rng).astype(np.int64)) for p in drawn]
    return [(apart[i], drawn[i]) for i in np.argsort(apart)[:LIBRARIES]]


def simulated(config: TrainingConfig, work: Path, depth: float, profiles: Sequence, **constants: int) -> Candidates:
    """Return candidates of libraries drawn as in training, at one depth and with these profiles and `constants`."""
    reference = Reference(config.reference)
    sequence = {config.contig: reference.fetch(config.contig, 0, reference.lengths[config.contig])}
    parts = []
    for number, profile in enumerate(profiles):
        low = config.tune_region[0] + number * LENGTH
        region = Region(config.contig, low, low + LENGTH)
        narrow = replace(config, tune_region=(region.start, region.end), tuning_length=LENGTH)
        drawn = draw_library(narrow, "tune", 1_000 + number, lambda a, b: reference.fetch(config.contig, a, b))
        rng = generator(config.seed, "gate", number)
        copies = read_haplotypes(config.truth, region, rng)
        text = reference.fetch(config.contig, region.start, region.end)
        copies = invent(copies, region, text, rng, config.invented_rate)
        bam = work / f"gate-{depth:.0f}-{number}.bam"
        if not Path(f"{bam}.bai").exists():
            library = replace(drawn.library, profile=profile, **constants)
            haplotypes = [Haplotype(0.5, copy) for copy in copies]
            simulate_reads(sequence, haplotypes, bam, depth=depth, seed=number, regions=[region], library=library)
        truth = Counter((v.position, v.alt) for copy in copies for v in copy if len(v.ref) == len(v.alt) == 1)
        bounds = region.start + 600, region.end - 600
        parts.append(candidates(bam, config.reference, config.contig, *bounds, None, truth))
    return tuple(np.concatenate(x) for x in zip(*parts, strict=True))  # type: ignore[return-value]


def auroc(real: Candidates, drawn: Candidates, kind: str, left_out: set[str]) -> list[str] | None:
    """Return real and simulated counts, AUROC, its interval and the four features that differ most; None if too few."""
    own, other = real[2] == kind, drawn[2] == kind
    if min(own.sum(), other.sum()) < FEWEST:
        return None
    columns = [i for i, f in enumerate(FEATURES) if f not in left_out]
    x = np.concatenate([real[0][own], drawn[0][other]])[:, columns]
    y = np.concatenate([np.ones(own.sum()), np.zeros(other.sum())])
    place = np.concatenate([real[1][own], 10_000 + drawn[1][other]])
    rng = np.random.default_rng(0)
    names = rng.permutation(np.unique(place))
    fold = np.array([dict(zip(names, np.arange(len(names)) % 5, strict=True))[p] for p in place])
    score = np.zeros(len(y))
    for held in range(5):
        model = lightgbm.LGBMClassifier(
            n_estimators=60,
            num_leaves=7,
            min_child_samples=10,
            colsample_bytree=0.5,
            n_jobs=1,
            random_state=1,
            verbose=-1,
        )
        inside = fold != held
        model.fit(x[inside], y[inside])
        if (~inside).any():
            score[~inside] = model.predict_proba(x[~inside])[:, 1]
    rounds = []
    for _ in range(300):
        drawn_places = rng.choice(names, len(names))
        rows = np.concatenate([np.flatnonzero(place == p) for p in drawn_places])
        if 0 < y[rows].sum() < len(rows):
            rounds.append(roc_auc_score(y[rows], score[rows]))
    single = {FEATURES[c]: roc_auc_score(y, x[:, i]) for i, c in enumerate(columns)}
    leaks = sorted(single, key=lambda f: -abs(single[f] - 0.5))[:4]
    figures = [f"{v:.3f}" for v in (roc_auc_score(y, score), *np.quantile(rounds, [0.025, 0.975]))]
    return [str(int(own.sum())), str(int(other.sum())), *figures, ", ".join(f"{f} {single[f]:.2f}" for f in leaks)]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for simulated reads; kept")
    work = parser.parse_args().work
    work.mkdir(parents=True, exist_ok=True)
    data, config = Path(os.environ["LOCI2LEAD_DATA"]) / "variants", read_training_config(CONFIG)
    hg002, na12878 = data / "hg002_b37_chr20_nist30x_10M", data / "na12878_hg19_chr20_50x_10M"
    proxy, bwa_aln = "conf.proxy_hg002v4.2.1.bed", {"gap_open": 24, "clip": NO_CLIP}
    slices = {
        "HG002 30x": (hg002, "ref.b37.chr20.masked.fa.gz", "20", "conf.bed", 30.6, {"read_length": 148}),
        "NA12878 52x": (
            na12878, "ref.hg19.chr20.masked.fa.gz", "chr20", proxy, 51.8, {"read_length": 101, **bwa_aln}
        ),
    }  # fmt: skip
    lines = ["slice\tclass\tfeatures\treal\tsimulated\tauroc\tlow\thigh\tleaks"]
    for name, (folder, fasta, contig, bed, depth, constants) in slices.items():
        bam, confident = next(folder.glob("*.bam")), read_bed(folder / bed)
        real = candidates(bam, folder / fasta, contig, 10_000_000, 10_100_000, confident)
        profiles = nearest_profiles(quality_strings(bam))
        print(f"# {name}: nearest drawn quality profiles are {', '.join(f'{d:.2f}' for d, _ in profiles)} Phred off")
        drawn = simulated(config, work, depth, [p for _, p in profiles], **constants)
        for kind in (f"{t} {n}" for t in ("SNP", "INDEL") for n in (0, 1, 2)):
            for words, left_out in (("all", CONSTANTS), ("reads only", CONSTANTS | CONTEXT)):
                found = auroc(real, drawn, kind, left_out)
                if found:
                    lines.append("\t".join([name, kind, words, *found]))
                    print(lines[-1], flush=True)
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
