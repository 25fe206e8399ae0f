"""Microsatellite instability on simulated pairs: AUROC and verdicts by purity, as a committed table.

    LOCI2LEAD_DATA=... python tests/benchmarks/msi.py --work DIR     # writes tests/benchmarks/msi.tsv

Unstable tumours change the length of 35 % of their longer repeats on one chromosome copy, stable ones of 2 %.
Pairs of 60x and 40x lie over the 20 kb windows of the test region (GRCh38 chr20, from 5 Mb on) that hold most
repeats, five to a tumour; the donor's own repeat alleles are in both samples. Pairs of a tenth of the depth show that
nothing is said below the stated coverage. --split tune takes the tuning region.
"""

import argparse
import os
from pathlib import Path

import numpy as np

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.models.metrics import bootstrap_interval
from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.haplotypes import Haplotype, Variant, encode
from loci2lead.variants.repeats import find_repeats
from loci2lead.variants.simulate import Library, Region, simulate_reads
from loci2lead.variants.somatic.msi import measure_msi
from loci2lead.variants.truth_haplotypes import read_haplotypes

TABLE = Path(__file__).with_suffix(".tsv")
COLUMNS = (
    "mode",
    "purity",
    "depth",
    "tumours",
    "sites",
    "auroc",
    "auroc_low",
    "auroc_high",
    "high",
    "stable",
    "undetermined",
)
SPLITS = {"tune": (4_000_000, 5_000_000), "test": (5_000_000, 9_900_000)}
UNSTABLE, STABLE = 0.35, 0.02
WINDOW, PER_TUMOUR = 20_000, 5


def rich_windows(reference: Reference, low: int, high: int, count: int) -> list[Region]:
    """Return the windows with most repeats, in order of position."""
    repeats = find_repeats(encode(reference.fetch("chr20", low, high)))
    long = repeats.units() >= np.where(repeats.unit == 1, 10, 6)
    counts = np.bincount(repeats.start[long] // WINDOW, minlength=(high - low) // WINDOW)
    chosen = sorted(np.argsort(-counts, kind="stable")[:count].tolist())
    return [Region("chr20", low + WINDOW * i, low + WINDOW * (i + 1)) for i in chosen]


def unstable_copy(
    copy: list[Variant], region: Region, text: str, rate: float, rng: np.random.Generator
) -> list[Variant]:
    """Return a copy's variants with a share `rate` of the longer repeats one to four units shorter (rarely longer)."""
    bases = encode(text)
    repeats = find_repeats(bases)
    taken = {v.position + i for v in copy for i in range(-8, len(v.ref) + 8)}
    made = []
    for start, end, unit in zip(repeats.start.tolist(), repeats.end.tolist(), repeats.unit.tolist(), strict=True):
        units = (end - start) // unit
        if units < (10 if unit == 1 else 5) or start < 2 or rng.random() >= rate:
            continue
        position = region.start + start - 1
        if any(p in taken for p in range(position, region.start + end)):
            continue
        steps = min(int(rng.geometric(0.5)), 4, units - 3)
        motif, anchor = text[start : start + unit], text[start - 1]
        shorter = rng.random() < 0.8
        ref, alt = (anchor + motif * steps, anchor) if shorter else (anchor, anchor + motif * steps)
        made.append(Variant(region.contig, position, ref, alt))
    return sorted([*copy, *made])


def simulate(
    data: Path, work: Path, split: str, number: int, purity: float, depth: int, rate: float
) -> tuple[list, list]:
    """Simulate (once) the windows of one tumour; return its tumour and normal BAMs, and the windows."""
    reference = Reference(data / "grch38.chr20_and_21_10M.fa.gz")
    windows = rich_windows(reference, *SPLITS[split], 10 * PER_TUMOUR)
    mine = [windows[(number * 7 + i * 3) % len(windows)] for i in range(PER_TUMOUR)]
    stem = work / f"{split}-{number}-{purity:g}-{depth}-{rate:g}"
    bams = [stem.with_name(f"{stem.name}.{kind}.bam") for kind in ("tumour", "normal")]
    rng = generator(30, "msi", split, number, f"{purity:g}", f"{rate:g}")
    library = Library(slip_rate=float(np.exp(rng.uniform(np.log(0.001), np.log(0.02)))))
    cells: list[list[Variant]] = [[], [], []]
    for region in sorted(set(mine), key=lambda r: r.start):
        copies = read_haplotypes(data / "HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz", region, rng)
        text = reference.fetch("chr20", region.start, region.end)
        changed = unstable_copy(copies[0], region, text, rate, rng)
        for into, own in zip(cells, (*copies, changed), strict=True):
            into.extend(own)
    healthy = [Haplotype(0.5, cells[0]), Haplotype(0.5, cells[1])]
    tumour = [Haplotype((1 - purity) / 2, cells[0]), Haplotype(purity / 2, cells[2]), Haplotype(0.5, cells[1])]
    sequence = {"chr20": reference.fetch("chr20", 0, reference.lengths["chr20"])}
    regions = sorted(set(mine), key=lambda r: r.start)
    for path, haplotypes, reads in ((bams[0], tumour, depth), (bams[1], healthy, depth * 2 / 3)):
        if not path.exists():
            seed = derive_seed(30, stem.name, path.name)
            simulate_reads(sequence, haplotypes, path, depth=reads, seed=seed, regions=regions, library=library)
    return bams, regions


def auroc(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the chance that an unstable tumour scores above a stable one."""
    high, low = scores[truth], scores[~truth]
    if not len(high) or not len(low):
        return float("nan")
    return float(((high[:, None] > low[None]) + 0.5 * (high[:, None] == low[None])).mean())


def auroc_interval(scores: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Return the bootstrap interval over tumours."""
    return bootstrap_interval(lambda i: auroc(scores[i], truth[i]), len(truth), rng)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for reads")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--tumours", type=int, default=10, help="unstable and stable ones, of each purity")
    arguments = parser.parse_args()
    data = Path(os.environ["LOCI2LEAD_DATA"]) / "variants" / "reference_and_truth"
    arguments.work.mkdir(parents=True, exist_ok=True)
    reference = Reference(data / "grch38.chr20_and_21_10M.fa.gz")
    rows = []
    for purity, depth in ((0.2, 60), (0.4, 60), (0.8, 60), (0.8, 6)):
        found: dict[str, list] = {"tumour_normal": [], "tumour_alone": []}
        for number in range(arguments.tumours if depth > 20 else 3):
            for rate in (UNSTABLE, STABLE):
                bams, regions = simulate(data, arguments.work, arguments.split, number, purity, depth, rate)
                opened = [Alignments(path, reference) for path in bams]
                inside = Intervals({"chr20": [(r.start, r.end) for r in regions]})
                for mode, normal in (("tumour_normal", opened[1]), ("tumour_alone", None)):
                    found[mode].append((measure_msi(opened[0], normal, reference, inside), rate == UNSTABLE))
        for mode, results in found.items():
            truth = np.array([t for _, t in results])
            scores = np.array([m.unstable / max(m.sites, 1) for m, _ in results])
            rng = generator(30, "bootstrap", mode, f"{purity:g}")
            interval = auroc_interval(scores, truth, rng)
            right = [sum(m.status == s for m, t in results if t == u) for s, u in (("high", True), ("stable", False))]
            sites = f"{np.median([m.sites for m, _ in results]):.0f}"
            unknown = sum(m.status == "not_determined" for m, _ in results)
            figures = [f"{x:.4f}" for x in (auroc(scores, truth), *interval)]
            counts = [f"{right[0]}/{truth.sum()}", f"{right[1]}/{(~truth).sum()}", str(unknown)]
            rows.append("\t".join([mode, f"{purity:g}", str(depth), str(len(truth)), sites, *figures, *counts]))
            print(rows[-1], scores[truth].round(2), scores[~truth].round(2), flush=True)
    if arguments.split == "test":
        TABLE.write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n")


if __name__ == "__main__":
    main()
