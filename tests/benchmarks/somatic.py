"""Somatic calling beside freebayes and bcftools: recall, precision and F1 with intervals, as a committed table.

    LOCI2LEAD_DATA=... python tests/benchmarks/somatic.py --work DIR   # writes tests/benchmarks/somatic.tsv
    ... --sets real,vaf10                                              # some sets only; their rows are replaced
    ... --simulate-only                                                # only makes the reads (kept in DIR)

Sets: the real mix of HG002 reads into NA12878 (clone at half and at a quarter of the depth; a test, never
trained on: read length leaks the label), simulated pairs over GRCh38 chr20 from 5 Mb on (60x and 40x, shares from
10 %), and simulated pairs of 200x and 60x with shares of 3 to 10 %, both with misplaced reads of paralogs and
systematic errors. The simulated ones are the caller's home ground. The mix's truth leaves out what HG001's truth of
high confidence holds, and that covers a tenth of the slice: the rows "less the background's alleles" are without
those that bcftools finds in the normal's genotype.

An allele counts as found whatever its genotype. Recall is over alleles of the set's shares, precision over everything
that was called and passes. freebayes runs with --pooled-discrete over both samples (where shares are low or unknown
also with --pooled-continuous); an allele is its somatic call where the normal shows it in at most one read or 3 % of
its reads, and the QUAL from which calls count is the one best for freebayes on each set. bcftools is mpileup | call
-mv, somatic where the tumour's genotype has the allele and the normal's has not. The cost beside call-variants on the
tumour, the deeper sample, goes to somatic.speed.tsv.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools

from loci2lead.io.bed import Intervals, read_bed
from loci2lead.io.fasta import Reference
from loci2lead.models.metrics import expected_calibration_error, wilson_interval
from loci2lead.seeds import generator
from loci2lead.variants.evaluate import KINDS, contig_fetch, evaluate, read_units
from loci2lead.variants.library_design import Library, Region
from loci2lead.variants.matching import make_units
from loci2lead.variants.somatic.simulation import PairDesign, draw_truth, simulate_pair, truth_lines
from loci2lead.variants.somatic.tuning import reliability
from loci2lead.variants.training_data import draw_noise

TABLE = Path(__file__).with_suffix(".tsv")
CALIBRATION = Path(__file__).with_suffix(".calibration.tsv")
SPEED = Path(__file__).with_suffix(".speed.tsv")
BANDS = ("set", "type", "alleles", "mean_chance", "share_true", "ece_of_type")
COLUMNS = (
    *("set", "caller", "type", "shares", "truth", "found", "false", "recall", "recall_low", "recall_high"),
    *("precision", "precision_low", "precision_high", "f1", "cpu_seconds"),
)
MODEL = os.environ.get("SOMATIC_MODEL", "variants-somatic-v1")
# Of each set, so many parts are timed: 1 Mb of the common shares.
SPEED_PARTS = 2
QUALITIES = (0.001, 0.1, 1, 3, 5, 10, 20, 40)
HEAD = (
    '##fileformat=VCFv4.2\n{contigs}##INFO=<ID=EXPECTED_VAF,Number=1,Type=Float,Description="Expected share">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"
)
Line = tuple[str, int, str, str, float]


@dataclass(frozen=True)
class TestSet:
    """A pair with truth; `bins` are the ranges of expected shares whose recall is given."""

    name: str
    tumour: Path
    normal: Path
    reference: Path
    region: str
    confident: Intervals
    truth: list[tuple[Line, float]]
    bins: tuple[tuple[float, float], ...] = ((0.0, 1.01),)


def real_sets(data: Path) -> list[TestSet]:
    """Return the real mixes; the clone's expected shares are not known by allele."""
    folder = data / "somatic_mix_real_b37_chr20_10M"
    with pysam.VariantFile(str(folder / "truth.somatic.vcf.gz")) as vcf:
        truth = [((r.contig, r.start, r.ref, alt, 0.0), 0.5) for r in vcf for alt in r.alts or ()]
    confident = read_bed(folder / "conf.somatic.bed")
    return [
        TestSet(
            f"real mix, clone {share} %",
            folder / f"tumor.purity{share}.bam",
            folder / "normal.bam",
            folder / "ref.b37.chr20.masked.fa.gz",
            "20:10000001-10100000",
            confident,
            truth,
        )
        for share in (50, 23)
    ]


def simulated_set(
    data: Path, work: Path, name: str, designs: list[PairDesign], bins: tuple[tuple[float, float], ...]
) -> list[TestSet]:
    """Simulate (once) and return one set per design; sets of the same name are pooled."""
    folder = data / "reference_and_truth"
    path = folder / "grch38.chr20_and_21_10M.fa.gz"
    reference = Reference(path)
    sets = []
    for number, plain in enumerate(designs):
        design = with_noise(plain, reference)
        stem = work / f"{slug(name)}-{number}"
        bams = stem.with_suffix(".tumour.bam"), stem.with_suffix(".normal.bam")
        truth = draw_truth(design, folder / "HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz", reference)
        if not bams[1].exists():
            simulate_pair(design, truth, reference, *bams)
        lines = []
        for text in truth_lines(truth):
            fields = text.split("\t")
            line = (fields[0], int(fields[1]) - 1, fields[3], fields[4], 0.0)
            lines.append((line, float(fields[7].split("=")[1])))
        low, high = design.region.start + 600, design.region.end - 600
        where = f"{design.region.contig}:{low + 1}-{high}"
        confident = Intervals({design.region.contig: [(low, high)]})
        sets.append(TestSet(name, *bams, path, where, confident, lines, bins))
    return sets


def with_noise(design: PairDesign, reference: Reference) -> PairDesign:
    """Return the design with paralogs' reads and systematic errors in both samples, as in training."""
    rng = generator(design.seed, "benchmark noise")
    region = design.region
    decoys, sites = draw_noise(region, lambda a, b: reference.fetch(region.contig, a, b), rng)
    libraries = (replace(x, decoys=decoys, systematic=sites) for x in (design.tumour_library, design.normal_library))
    return replace(design, **dict(zip(("tumour_library", "normal_library"), libraries, strict=True)))


def slug(name: str) -> str:
    """Return a set's name as part of a file name."""
    return "".join(c if c.isalnum() else "-" for c in name)


def common_designs() -> list[PairDesign]:
    """Return 60x and 40x over 3 Mb, with several purities, imbalance, leak and damage."""
    return [
        PairDesign(
            Region("chr20", 5_000_000 + 500_000 * i, 5_500_000 + 500_000 * i),
            60,
            40,
            purity,
            100 + i,
            Library(slip_rate=0.005, deamination=damage),
            Library(slip_rate=0.005),
            imbalance=imbalance,
            leak=leak,
        )
        for i, (purity, imbalance, leak, damage) in enumerate(
            [(0.8, 1, 0, 0), (0.5, 1, 0.02, 0), (0.9, 0, 0, 0), (0.6, 1, 0, 5e-4), (0.7, 2, 0.03, 0), (0.4, 1, 0, 2e-4)]
        )
    ]


def rare_designs() -> list[PairDesign]:
    """Return 200x and 60x over 1.2 Mb with shares of 3 to 10 %."""
    return [
        PairDesign(
            Region("chr20", 8_000_000 + 300_000 * i, 8_300_000 + 300_000 * i),
            200,
            60,
            0.2,
            200 + i,
            Library(slip_rate=0.005, deamination=damage),
            Library(slip_rate=0.005),
            clones=(0.4, 0.33, 0.27),
            truncal=0.2,
        )
        for i, damage in enumerate((0.0, 3e-4, 0.0, 3e-4))
    ]


def run_own(part: TestSet, output: Path) -> tuple[list[Line], float]:
    """Run call-somatic; return its passing calls and CPU seconds."""
    command = [sys.executable, "-m", "loci2lead", "call-somatic", "--tumor", str(part.tumour)]
    command += ["--normal", str(part.normal), "--reference", str(part.reference), "--regions", part.region]
    seconds = measure([*command, "--model", MODEL, "--device", "cpu", "--output", str(output)])
    with pysam.VariantFile(str(output)) as vcf:
        return [line_of(r, alt) for r in vcf if "PASS" in r.filter for alt in r.alts or ()], seconds


def run_freebayes(part: TestSet, output: Path, mode: str = "--pooled-discrete") -> tuple[list[Line], float]:
    """Run freebayes over both samples; return what the normal does not show."""
    plain = plain_reference(part.reference, output.parent)
    bams = [named(part.tumour, "tumour", output.parent), named(part.normal, "normal", output.parent)]
    raw = output.with_suffix(".raw.vcf")
    options = [mode, "-F", "0.02", "-C", "2", "-r", part.region.replace("-", "..")]
    seconds = once(["freebayes", "-f", str(plain), *options, "-v", str(raw), *map(str, bams)], raw)
    pysam.bcftools.norm("-f", str(plain), "-m", "-any", "-a", "-o", str(output), str(raw), catch_stdout=False)
    return list(only_in_tumour(output)), seconds


def plain_reference(path: Path, folder: Path) -> Path:
    """Return the reference unpacked, made once."""
    plain = folder / path.stem
    if not plain.exists():
        plain.write_bytes(subprocess.run(["gzip", "-dc", str(path)], capture_output=True, check=True).stdout)
        pysam.faidx(str(plain))
    return plain


def only_in_tumour(path: Path) -> Iterator[Line]:
    """Yield freebayes' alleles that the normal shows in at most one read or 3 % of its reads."""
    with pysam.VariantFile(str(path)) as vcf:
        for record in vcf:
            counts = {}
            for name in ("tumour", "normal"):
                sample = record.samples[name]
                other, own = sample.get("RO") or 0, sample.get("AO")
                own = own[0] if isinstance(own, tuple) else own
                counts[name] = (own or 0, other + (own or 0))
            shown, depth = counts["normal"]
            if counts["tumour"][0] >= 2 and shown <= max(1, 0.03 * depth):
                yield from (line_of(record, alt) for alt in record.alts or ())


def run_bcftools(part: TestSet, output: Path) -> tuple[list[Line], float]:
    """Run bcftools over both samples; return alleles of the tumour's genotype that the normal's lacks."""
    bams = [named(part.tumour, "tumour", output.parent), named(part.normal, "normal", output.parent)]
    code = (
        "import sys, pysam.bcftools as b\n"
        "fasta, region, out, *bams = sys.argv[1:]\n"
        "b.mpileup('-d', '2000', '-f', fasta, '-r', region, '-Ou', '-o', out + '.p', *bams, catch_stdout=False)\n"
        "b.call('-mv', '-Ou', '-o', out + '.c', out + '.p', catch_stdout=False)\n"
        "b.norm('-f', fasta, '-m', '-any', '-Ov', '-o', out, out + '.c', catch_stdout=False)\n"
    )
    paths = [str(part.reference), part.region, str(output), *map(str, bams)]
    seconds = once([sys.executable, "-c", code, *paths], output)
    lines = []
    with pysam.VariantFile(str(output)) as vcf:
        for record in vcf:
            if 1 in record.samples["tumour"]["GT"] and 1 not in record.samples["normal"]["GT"]:
                lines += [line_of(record, alt) for alt in record.alts or ()]
    return lines, seconds


def run_continuous(part: TestSet, output: Path) -> tuple[list[Line], float]:
    """Run freebayes with shares that are no multiples of a copy."""
    return run_freebayes(part, output, "--pooled-continuous")


def of_background(path: Path) -> set[tuple]:
    """Return the alleles that bcftools finds in the normal's genotype."""
    with pysam.VariantFile(str(path)) as vcf:
        return {line_of(r, alt)[:4] for r in vcf if 1 in r.samples["normal"]["GT"] for alt in r.alts or ()}


def line_of(record: pysam.VariantRecord, alt: str) -> Line:
    """Return (contig, position, ref, alt, quality) of one allele."""
    return (record.contig, record.start, record.ref or "", alt, float(record.qual or 0.0))


def named(bam: Path, sample: str, folder: Path) -> Path:
    """Return the BAM with one read group of this sample name, made once."""
    output = folder / f"{bam.parent.name}-{bam.stem}-{sample}.named.bam"
    if not output.exists():
        header = f"@RG\tID:{sample}\tSM:{sample}"
        pysam.addreplacerg("-r", header, "-w", "-o", str(output), str(bam), catch_stdout=False)
        pysam.index(str(output))
    return output


def once(command: list[str], output: Path) -> float:
    """Run a peer's command unless its output is there already; return its CPU seconds."""
    note = output.with_name(output.name + ".cpu")
    if not note.exists():
        note.write_text(f"{measure(command):.2f}")
    return float(note.read_text())


def measure(command: list[str]) -> float:
    """Run a command; return its CPU seconds."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN); print(u.ru_utime + u.ru_stime)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def calibration(groups: list[list[TestSet]], work: Path) -> list[str]:
    """Return, per set and type, ten bands of P_SOMATIC over all printed records, and the calibration error."""
    rows = []
    for parts in groups:
        found: dict[str, list[tuple[float, bool]]] = {kind: [] for kind in KINDS}
        for number, part in enumerate(parts):
            reference = Reference(part.reference)
            fetch = contig_fetch(reference, part.region.split(":")[0])
            true = {make_units(p, (r, a), (0, 1), fetch)[0].key for (_, p, r, a, _), _ in part.truth}
            with pysam.VariantFile(str(work / f"{slug(part.name)}-{number}.loci2lead.vcf.gz")) as vcf:
                for record in vcf:
                    unit = make_units(record.start, record.alleles, (0, 1), fetch)[0]
                    found["SNP" if unit.is_snp else "INDEL"].append((record.info["P_SOMATIC"], unit.key in true))
        for kind, pairs in found.items():
            chance, right = np.array([p for p, _ in pairs]), np.array([t for _, t in pairs])
            error = expected_calibration_error(chance, right.astype(float))
            for band in reliability(chance, right):
                figures = (str(band["alleles"]), f"{band['mean']:.4f}", f"{band['true']:.4f}", f"{error:.4f}")
                rows.append("\t".join([parts[0].name, kind, *figures]))
            print(parts[0].name, kind, f"ECE {error:.4f}", flush=True)
    return rows


def as_vcf(lines: list[Line], reference: Reference, path: Path) -> Path:
    """Write alleles as a VCF in which each is present."""
    contigs = "".join(f"##contig=<ID={n},length={x}>\n" for n, x in reference.lengths.items())
    rows = [f"{c}\t{p + 1}\t.\t{r}\t{a}\t.\tPASS\t.\tGT\t0/1\n" for c, p, r, a, _ in sorted(set(lines))]
    path.write_text(HEAD.format(contigs=contigs) + "".join(rows))
    return path


def tally(part: TestSet, calls: list[Line], work: Path) -> dict[str, dict]:
    """Return, per type and bin of shares, truth and found; and per type right and false calls."""
    reference = Reference(part.reference)
    called = read_units(as_vcf(calls, reference, work / "calls.tmp.vcf"), part.confident, reference)
    everything = as_vcf([line for line, _ in part.truth], reference, work / "truth.tmp.vcf")
    whole, _ = evaluate(read_units(everything, part.confident, reference), called, reference)
    counts: dict[str, dict] = {k: {"right": whole[k]["tp_calls"], "false": whole[k]["fp"]} for k in KINDS}
    for low, high in part.bins:
        chosen = [line for line, share in part.truth if low <= share < high]
        subset = as_vcf(chosen, reference, work / "truth.tmp.vcf")
        scores, _ = evaluate(read_units(subset, part.confident, reference), called, reference)
        for kind in KINDS:
            counts[kind][(low, high)] = (scores[kind]["truth"], scores[kind]["tp"])
    return counts


def pooled(parts: list[TestSet], calls: list[list[Line]], work: Path) -> dict[str, dict]:
    """Return the tallies of several parts of one set, added."""
    total: dict[str, dict] = {}
    for part, lines in zip(parts, calls, strict=True):
        for kind, own in tally(part, lines, work).items():
            into = total.setdefault(kind, {})
            for key, value in own.items():
                before = into.get(key, (0, 0) if isinstance(value, tuple) else 0)
                if isinstance(value, tuple):
                    into[key] = tuple(a + b for a, b in zip(before, value, strict=True))
                else:
                    into[key] = before + value
    return total


def f1_of(own: dict, key: tuple) -> float:
    """Return F1 of precision over everything and recall over one bin."""
    truth, found = own[key]
    recall = found / truth if truth else 0.0
    precision = own["right"] / max(own["right"] + own["false"], 1)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


CALLERS = {"loci2lead": run_own, "freebayes": run_freebayes, "freebayes continuous": run_continuous}
CALLERS["bcftools"] = run_bcftools


def rows_of(parts: list[TestSet], work: Path) -> list[str]:
    """Run all callers on the parts of one set and return its lines of the table."""
    real = parts[0].name.startswith("real")
    called: dict[str, tuple[list[list[Line]], float]] = {}
    for caller, run in CALLERS.items():
        if "continuous" in caller and not (real or parts[0].bins[0][0] < 0.1):
            continue
        calls, seconds = [], 0.0
        for number, part in enumerate(parts):
            stem = f"{slug(part.name)}-{number}.{slug(caller)}.vcf"
            found, cost = run(part, work / (stem + ".gz" if caller == "loci2lead" else stem))
            calls.append(found)
            seconds += cost
        called[caller] = calls, seconds
    rows = tallied(parts, called, work)
    if real:
        known = of_background(work / f"{slug(parts[0].name)}-0.bcftools.vcf")
        truth = [(line, share) for line, share in parts[0].truth if line[:4] not in known]
        less = replace(parts[0], name=f"{parts[0].name}, less the background's alleles", truth=truth)
        rows += tallied([less], called, work)
    for text in rows:
        print(text, flush=True)
    return rows


def tallied(parts: list[TestSet], called: dict[str, tuple[list[list[Line]], float]], work: Path) -> list[str]:
    """Return the lines of all callers' calls and CPU seconds; freebayes at its best QUAL."""
    rows = []
    for caller, (calls, seconds) in called.items():
        counts = pooled(parts, calls, work)
        for kind in KINDS:
            best = counts[kind]
            if caller.startswith("freebayes"):
                keys = list(parts[0].bins)
                options = [
                    pooled(parts, [[x for x in lines if x[4] >= q] for lines in calls], work)[kind] for q in QUALITIES
                ]
                best = max(options, key=lambda own: sum(f1_of(own, key) for key in keys))
            rows += [row(parts[0], caller, kind, key, best, seconds) for key in parts[0].bins]
    return rows


def speed_rows(groups: list[list[TestSet]], work: Path) -> list[str]:
    """Return, over the first parts of each set, CPU seconds of call-somatic and of call-variants on the tumour."""
    rows = []
    for parts in groups:
        somatic = germline = 0.0
        for part in parts[:SPEED_PARTS]:
            somatic += run_own(part, work / "speed.somatic.vcf.gz")[1]
            command = [sys.executable, "-m", "loci2lead", "call-variants", "--reads", str(part.tumour)]
            command += ["--reference", str(part.reference), "--regions", part.region, "--device", "cpu"]
            germline += measure([*command, "--output", str(work / "speed.germline.vcf.gz")])
        where = ",".join(part.region for part in parts[:SPEED_PARTS])
        rows.append(f"{parts[0].name}\t{where}\t{somatic:.2f}\t{germline:.2f}\t{somatic / germline:.2f}")
        print(rows[-1], flush=True)
    return rows


def row(part: TestSet, caller: str, kind: str, key: tuple[float, float], own: dict, seconds: float) -> str:
    """Return one line of the table."""
    truth, found = own[key]
    calls = own["right"] + own["false"]
    recall, precision = wilson_interval(found, truth), wilson_interval(own["right"], calls)
    shares = "all" if key[1] > 1 and key[0] == 0 else f"{key[0]:g}-{min(key[1], 1):g}"
    numbers = [
        found / truth if truth else 0,
        *recall,
        own["right"] / calls if calls else 0,
        *precision,
        f1_of(own, key),
    ]
    fields = [part.name, caller, kind, shares, str(truth), str(found), str(own["false"])]
    return "\t".join([*fields, *(f"{n:.4f}" for n in numbers), f"{seconds:.1f}"])


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for reads and calls")
    parser.add_argument("--parts", type=int, default=6, help="how many of the designs of each simulated set")
    parser.add_argument("--simulate-only", action="store_true", help="stop when the reads are made")
    parser.add_argument("--sets", default="real,vaf10,vaf3", help="which sets to run")
    arguments = parser.parse_args()
    data, work = Path(os.environ["LOCI2LEAD_DATA"]) / "variants", arguments.work
    work.mkdir(parents=True, exist_ok=True)
    groups: list[list[TestSet]] = []
    if "real" in arguments.sets:
        groups += [[part] for part in real_sets(data)]
    if "vaf10" in arguments.sets:
        designs = common_designs()[: arguments.parts]
        name = f"simulated 60x/40x, {0.5 * len(designs):g} Mb"
        groups.append(simulated_set(data, work, name, designs, ((0.1, 1.01),)))
    if "vaf3" in arguments.sets:
        designs = rare_designs()[: arguments.parts]
        name = f"simulated 200x/60x, {0.3 * len(designs):g} Mb"
        groups.append(simulated_set(data, work, name, designs, ((0.03, 0.05), (0.05, 0.07), (0.07, 0.101))))
    if arguments.simulate_only:
        return
    write_rows(TABLE, COLUMNS, [text for parts in groups for text in rows_of(parts, work)])
    simulated = [parts for parts in groups if parts[0].name.startswith("simulated")]
    head = ("set", "regions", "call_somatic_cpu_seconds", "call_variants_cpu_seconds", "ratio")
    write_rows(SPEED, head, speed_rows(simulated, work))
    write_rows(CALIBRATION, BANDS, calibration(simulated, work))


def write_rows(path: Path, columns: tuple[str, ...], rows: list[str]) -> None:
    """Write a table by set; rows that it holds of other sets stay."""
    kept = path.read_text().splitlines()[1:] if path.exists() else []
    names = {text.split("\t")[0] for text in rows}
    lines = [text for text in kept if text.split("\t")[0] not in names] + rows
    path.write_text("\n".join(["\t".join(columns), *sorted(lines, key=lambda x: x.split("\t")[0])]) + "\n")


if __name__ == "__main__":
    main()
