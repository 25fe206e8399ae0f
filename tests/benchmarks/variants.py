"""Germline calling beside bcftools and freebayes: F1 with intervals, paired errors, CPU seconds, peak memory.

    LOCI2LEAD_DATA=... python tests/benchmarks/variants.py --work DIR              # writes variants.tsv
    LOCI2LEAD_DATA=... python tests/benchmarks/variants.py --work DIR --megabases 5
    LOCI2LEAD_DATA=... python tests/benchmarks/variants.py --work DIR --speed --megabases 10   # variants.speed.tsv

Reads and the peers' calls in DIR are kept and used again (DIR must be emptied when the simulator has changed);
our own calls are always made anew. `--megabases` is for the sets of 10 to 50x, the others have one megabase.

Sets: real HG002 30x and NA12878 slices (see `real_sets`), ART with bwa (a simulator that is not ours), and our
own simulator (the caller's home ground) over GRCh38 chr20 from 5 Mb on: depths, slip rates, and a stress set of
systematic errors and paralogs.
All callers are judged by evaluate-calls. bcftools is mpileup | call -mv of the version inside pysam, freebayes
(left out where it is not installed) its defaults with QUAL of 10 or more; both normalised.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pysam

from loci2lead.io.bed import Intervals, read_bed
from loci2lead.io.fasta import Reference
from loci2lead.models.metrics import mcnemar_exact, wilson_interval
from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.calls_vcf import header, open_vcf
from loci2lead.variants.comparison import compare_callers
from loci2lead.variants.evaluate import read_units
from loci2lead.variants.haplotypes import Haplotype
from loci2lead.variants.simulate import Library, Region, simulate_reads
from loci2lead.variants.training_data import draw_noise
from loci2lead.variants.training_report import truth_lines
from loci2lead.variants.truth_haplotypes import read_haplotypes

TABLE = Path(__file__).with_suffix(".tsv")
FIRST, END, MEGABASE, SEED = 5_000_000, 9_900_000, 1_000_000, 20
LAST = 5
"""How many megabases lie from FIRST to END."""
SPEED_COLUMNS = ("marginal_seconds_per_mb", "times_cheaper_than_bcftools")
COLUMNS = (
    *("set", "caller", "type", "truth", "tp", "fp", "fn", "precision", "recall", "f1", "f1_low", "f1_high"),
    *("wrong_only_here", "wrong_only_in_ours", "p_paired", "cpu_seconds", "peak_mb"),
)
BCFTOOLS = """
import sys, pysam.bcftools as b
reference, reads, region, output = sys.argv[1:]
b.mpileup("-a", "AD,DP", "-f", reference, "-r", region, "-Ou", "-o", output + ".mpileup", reads, catch_stdout=False)
b.call("-mv", "-Ou", "-o", output + ".call", output + ".mpileup", catch_stdout=False)
b.norm("-f", reference, "-Oz", "-o", output, output + ".call", catch_stdout=False)
"""
FREEBAYES = """
import subprocess, sys, pysam.bcftools as b
reference, reads, region, output = sys.argv[1:]
with open(output + ".raw", "w") as raw:
    subprocess.run(["freebayes", "-f", reference, "-r", region, reads], stdout=raw, check=True)
b.view("-i", "QUAL>=10", "-Ob", "-o", output + ".good", output + ".raw", catch_stdout=False)
b.norm("-f", reference, "-Oz", "-o", output, output + ".good", catch_stdout=False)
"""


@dataclass(frozen=True)
class TestSet:
    """Reads with truth, and the region to call; sets of one name are summed in the table."""

    name: str
    part: str
    reads: Path
    reference: Path
    truth: Path
    confident: Path
    region: str


def real_sets(data: Path) -> list[TestSet]:
    """Return the sets that come as files.

    NA12878's official confident region covers 9 kb of its slice. There both kinds of errors count; on the rest,
    whose confident region is HG002's, recall does, and the extra calls are shown but may be variants of NA12878
    that its truth leaves out.
    """
    hg002, na12878 = data / "hg002_b37_chr20_nist30x_10M", data / "na12878_hg19_chr20_50x_10M"
    trio = data / "trio_hg001_b37_chr20_10kb"
    hifi = data / "hg002_hifi_grch38_chr20_9.0M"
    art = data / "sim_hg002_grch38_chr20_5-6M_30x_HSXt"
    return [
        TestSet(
            "HG002 30x real",
            "",
            next(hg002.glob("*.bam")),
            hg002 / "ref.b37.chr20.masked.fa.gz",
            hg002 / "truth.vcf.gz",
            hg002 / "conf.bed",
            "20:10000001-10100000",
        ),
        *(
            TestSet(
                f"NA12878 52x real, {where}",
                "",
                next(na12878.glob("*.bam")),
                na12878 / "ref.hg19.chr20.masked.fa.gz",
                na12878 / "truth.hg001_v3.3.2.vcf.gz",
                na12878 / confident,
                f"chr20:{start}-{end}",
            )
            for where, confident, start, end in (
                ("official region", "conf.official_10kb_to_10.010M.bed", 10_000_001, 10_010_000),
                ("recall elsewhere", "conf.proxy_hg002v4.2.1.bed", 10_010_001, 10_100_000),
            )
        ),
        TestSet(
            "HG001 23x real, official region",
            "",
            trio / "HG001.chr20.10_10p1mb_sorted.bam",
            trio / "hs37d5.chr20.fa.gz",
            trio / "truth.hg001.vcf.gz",
            trio / "conf.bed",
            "20:10000001-10010000",
        ),
        TestSet(
            "HG002 HiFi 46x real",
            "",
            next(hifi.glob("*.bam")),
            reference_of(data),
            hifi / "truth.vcf.gz",
            hifi / "conf.bed",
            "chr20:9000001-9100000",
        ),
        TestSet(
            "ART+bwa 30x simulated",
            "",
            art / "sim1M.bam",
            reference_of(data),
            art / "truth.vcf.gz",
            art / "conf.all_injected.bed",
            "chr20:5000001-6000000",
        ),
    ]


def reference_of(data: Path) -> Path:
    """Return the real GRCh38 sequence."""
    return data / "reference_and_truth" / "grch38.chr20_and_21_10M.fa.gz"


@dataclass(frozen=True)
class Design:
    """A simulated set: depth, slip chance at a run of nine, and injected systematic errors per base (and paralogs)."""

    name: str
    depth: float
    slip: float = 0.005
    stress: float = 0.0


DEPTHS = tuple(Design(f"own simulator {depth}x", float(depth)) for depth in (30, 15, 10, 50))
DESIGNS = (
    *DEPTHS,
    Design("own simulator 30x, slip 5 %", 30.0, 0.05),
    Design("own simulator 30x, slip .01 %", 30.0, 1e-4),
    Design("stress 30x: systematic errors, paralogs", 30.0, stress=2e-3),
    Design("stress 30x, a quarter of them", 30.0, stress=5e-4),
    *(Design(f"own simulator {depth}x", float(depth)) for depth in (60, 100)),
)


def region_of(number: int) -> Region:
    """Return megabase `number` from FIRST on (before it where negative)."""
    start = FIRST + number * MEGABASE
    return Region("chr20", start, min(start + MEGABASE, END))


def simulated_set(data: Path, work: Path, design: Design, number: int) -> TestSet:
    """Return megabase `number` of a design, made where it is not there yet; all designs share their truth."""
    stem = work / f"{design.name.translate(str.maketrans(' ,%:', '____'))}.{number}"
    region = region_of(number)
    reference, bam = Reference(reference_of(data)), Path(f"{stem}.bam")
    truth, bed = work / f"truth.{number}.vcf.gz", work / f"truth.{number}.bed"
    source = data / "reference_and_truth" / "HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz"
    copies = read_haplotypes(source, region, generator(SEED, "haplotypes", "test"))
    if not bed.exists():
        with open_vcf(truth, header(reference.lengths, "TRUTH", {}, False), reference.lengths) as write:
            for text in truth_lines(copies):
                write(text)
        bed.write_text(f"chr20\t{region.start + 600}\t{region.end - 600}\n")
    if not Path(f"{bam}.bai").exists():
        library = Library(slip_rate=design.slip)
        if design.stress:
            rng = generator(SEED, "stress", number)
            noise = draw_noise(
                region, lambda a, b: reference.fetch("chr20", a, b), rng, 1500 * design.stress, (design.stress,) * 2
            )
            library = replace(library, decoys=noise[0], systematic=noise[1])
        sequence = {"chr20": reference.fetch("chr20", 0, reference.lengths["chr20"])}
        seed = derive_seed(SEED, "test", design.name, number)
        haplotypes = [Haplotype(0.5, copy) for copy in copies]
        simulate_reads(sequence, haplotypes, bam, depth=design.depth, seed=seed, regions=[region], library=library)
    place = f"chr20:{region.start + 1}-{region.end}"
    return TestSet(design.name, f".{number}", bam, reference_of(data), truth, bed, place)


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; return its CPU seconds and peak memory in MB (its own process tree's)."""
    code = (
        "import json, resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([u.ru_utime + u.ru_stime, u.ru_maxrss / 1024]))"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *command], stdout=subprocess.PIPE, text=True, check=True, env=environment
    )
    seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, memory


@cache
def plain_copy(reference: Path, work: Path) -> Path:
    """Return an uncompressed, indexed copy of a FASTA, which freebayes wants."""
    plain = work / reference.name.removesuffix(".gz")
    if not Path(f"{plain}.fai").exists():
        with pysam.FastaFile(str(reference)) as source, plain.open("w") as handle:
            for name in source.references:
                handle.write(f">{name}\n{source.fetch(name)}\n")
        pysam.faidx(str(plain))
    return plain


def with_read_groups(reads: Path, work: Path) -> Path:
    """Return the reads as freebayes wants them, each with a read group; those of the simulator carry none."""
    with pysam.AlignmentFile(str(reads)) as bam:
        if next(bam).has_tag("RG"):
            return reads
    grouped = work / f"{reads.stem}.grouped.bam"
    if not Path(f"{grouped}.bai").exists():
        pysam.addreplacerg(
            "-m", "overwrite_all", "-r", "ID:S\tSM:S", "-o", str(grouped), str(reads), catch_stdout=False
        )
        pysam.index(str(grouped))
    return grouped


def commands(part: TestSet, work: Path) -> Iterator[tuple[str, list[str], Path]]:
    """Yield the name, command and output of each caller."""
    stem = work / f"{part.name.translate(str.maketrans(' ,%:', '____'))}{part.part}"
    outputs = {name: Path(f"{stem}.{name}.vcf.gz") for name in ("loci2lead", "bcftools", "freebayes")}
    inputs = ["--reads", str(part.reads), "--reference", str(part.reference)]
    call = ["call-variants", *inputs, "--regions", part.region, "--device", "cpu"]
    own = outputs["loci2lead"]
    yield "loci2lead", [sys.executable, "-m", "loci2lead", *call, "--output", str(own)], own
    peer = outputs["bcftools"]
    yield (
        "bcftools",
        [sys.executable, "-c", BCFTOOLS, str(part.reference), str(part.reads), part.region, str(peer)],
        peer,
    )
    if shutil.which("freebayes"):
        peer, contig = outputs["freebayes"], part.region.replace(",", "")
        plain, reads = plain_copy(part.reference, work), with_read_groups(part.reads, work)
        # freebayes counts from 0 in -r.
        name, _, span = contig.partition(":")
        region = f"{name}:{int(span.split('-')[0]) - 1}-{span.split('-')[1]}"
        yield "freebayes", [sys.executable, "-c", FREEBAYES, str(plain), str(reads), region, str(peer)], peer


def judged(part: TestSet, work: Path) -> list[dict]:
    """Return the counts of each caller on one part; peers are not run again where their calls are there."""
    units, costs = {}, {}
    reference, confident = Reference(part.reference), inside(part)
    for name, command, output in commands(part, work):
        kept = Path(f"{output}.cost.json")
        if name == "loci2lead" or not kept.exists():
            kept.write_text(json.dumps(measure(command)))
        costs[name] = json.loads(kept.read_text())
        units[name] = read_units(output, confident, reference)
    truth = read_units(part.truth, confident, reference)
    return [
        {**row, "cpu_seconds": costs[row["caller"]][0], "peak_mb": costs[row["caller"]][1]}
        for row in compare_callers(truth, units, reference)
        if row["context"] == "all"
    ]


def inside(part: TestSet) -> Intervals:
    """Return the confident region as far as it is called."""
    contig, _, span = part.region.partition(":")
    start, end = (int(x) for x in span.split("-"))
    return Intervals({contig: read_bed(part.confident).overlapping(contig, start - 1, end)})


def summed(name: str, parts: list[list[dict]]) -> list[str]:
    """Return the lines of a set: counts summed over its parts, rates and tests made from the sums."""
    lines = []
    for rows in zip(*parts, strict=True):
        first = rows[0]
        truth, tp, fp, fn = (sum(r[k] for r in rows) for k in ("truth", "tp", "fp", "fn"))
        precision, recall = tp / max(tp + fp, 1), tp / max(truth, 1)
        f1 = tp / max(tp + (fp + fn) / 2, 1)
        shares = [precision, recall, f1, *wilson_interval(tp, tp + round((fp + fn) / 2))]
        paired = ["", "", ""]
        if first["wrong_only_here"] is not None:
            here, ours = (sum(r[k] for r in rows) for k in ("wrong_only_here", "wrong_only_in_first"))
            paired = [str(here), str(ours), f"{mcnemar_exact(here, ours):.2g}"]
        seconds, memory = sum(r["cpu_seconds"] for r in rows), max(r["peak_mb"] for r in rows)
        fields = [name, first["caller"], first["type"], *map(str, (truth, tp, fp, fn))]
        fields += [f"{x:.4f}" for x in shares] + [*paired, f"{seconds:.1f}", f"{memory:.0f}"]
        lines.append("\t".join(fields))
        print(lines[-1], flush=True)
    return lines


def speed(data: Path, work: Path, megabases: int) -> None:
    """Write CPU seconds over 1 Mb and about `megabases` at 30x, and the slope between them, of every caller.

    Beyond what lies from FIRST on, the megabases before it are added: timing learns nothing from them.
    """
    numbers = range(min(LAST - megabases, 0), min(megabases, LAST))
    parts = [simulated_set(data, work, Design("own simulator 30x", 30.0), n) for n in numbers]
    merged = work / f"speed.{megabases}.bam"
    if not Path(f"{merged}.bai").exists():
        pysam.merge("-f", str(merged), *(str(p.reads) for p in parts))
        pysam.index(str(merged))
    places = region_of(0), replace(region_of(numbers[0]), end=region_of(numbers[-1]).end)
    sizes = [(place.end - place.start) / MEGABASE for place in places]
    found: dict[str, list[float]] = {}
    for number, place in enumerate(places):
        text = f"{place.contig}:{place.start + 1}-{place.end}"
        part = replace(parts[0], name="speed", part=f".{number}", reads=merged, region=text)
        for name, command, _ in commands(part, work):
            runs = 3 if sizes[number] < 3 else 1
            found.setdefault(name, []).append(min(measure(command)[0] for _ in range(runs)))
    slopes = {name: (seconds[1] - seconds[0]) / (sizes[1] - sizes[0]) for name, seconds in found.items()}
    lines = ["\t".join(("caller", *(f"cpu_seconds_{s:g}_mb" for s in sizes), *SPEED_COLUMNS))]
    for name, slope in slopes.items():
        values = [*found[name], slope, slopes["bcftools"] / slope]
        lines.append("\t".join([name, *(f"{v:.2f}" for v in values)]))
        print(lines[-1], flush=True)
    TABLE.with_suffix(".speed.tsv").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for reads, calls and counts; kept")
    parser.add_argument("--megabases", type=int, default=1, choices=range(1, 11), help="of each depth (at most 5)")
    parser.add_argument("--speed", action="store_true", help="time 1 Mb and --megabases (at least 2) instead")
    arguments = parser.parse_args()
    data = Path(os.environ["LOCI2LEAD_DATA"]) / "variants"
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if arguments.speed:
        speed(data, work, max(arguments.megabases, 2))
        return
    lines = ["\t".join(COLUMNS)]
    for part in real_sets(data):
        lines += summed(part.name, [judged(part, work)])
    for design in DESIGNS:
        megabases = min(arguments.megabases, LAST) if design in DEPTHS else 1
        parts = [simulated_set(data, work, design, n) for n in range(megabases)]
        lines += summed(design.name, [judged(p, work) for p in parts])
        # After every set, so that a run that is stopped leaves what it has measured.
        TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
