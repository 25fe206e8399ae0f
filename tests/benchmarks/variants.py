"""Germline calling beside bcftools: F1 with intervals, CPU seconds and peak memory, as a committed table.

    LOCI2LEAD_DATA=... python tests/benchmarks/variants.py            # writes tests/benchmarks/variants.tsv
    LOCI2LEAD_DATA=... python tests/benchmarks/variants.py --work DIR # keeps reads and calls in DIR

Sets: the real HG002 30x and NA12878 52x slices (whose confident region is HG002's, so precision there is
approximate), and simulated 15x and 30x over GRCh38 chr20 5-6 Mb from the package's own simulator (the
caller's home ground) and from ART with bwa (a simulator that is not ours). Both callers are judged by
evaluate-calls; bcftools is mpileup | call -mv, normalised, of the version inside pysam.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from loci2lead.variants.training_config import TrainingConfig
from loci2lead.variants.training_report import simulated_test

TABLE = Path(__file__).with_suffix(".tsv")
COLUMNS = ("set", "caller", "type", "truth", "tp", "fp", "fn", "precision", "recall", "f1", "f1_low", "f1_high")
BCFTOOLS = """
import sys, pysam.bcftools as b
reference, reads, region, output = sys.argv[1:]
b.mpileup("-a", "AD,DP", "-f", reference, "-r", region, "-Ou", "-o", output + ".mpileup", reads, catch_stdout=False)
b.call("-mv", "-Ou", "-o", output + ".call", output + ".mpileup", catch_stdout=False)
b.norm("-f", reference, "-Oz", "-o", output, output + ".call", catch_stdout=False)
"""


@dataclass(frozen=True)
class TestSet:
    """Reads with truth, and the region to call."""

    name: str
    reads: Path
    reference: Path
    truth: Path
    confident: Path
    region: str


def real_sets(data: Path) -> list[TestSet]:
    """Return the sets that come as files."""
    hg002, na12878 = data / "hg002_b37_chr20_nist30x_10M", data / "na12878_hg19_chr20_50x_10M"
    art, genome = data / "sim_hg002_grch38_chr20_5-6M_30x_HSXt", reference_of(data)
    return [
        TestSet(
            "HG002 30x real",
            next(hg002.glob("*.bam")),
            hg002 / "ref.b37.chr20.masked.fa.gz",
            hg002 / "truth.vcf.gz",
            hg002 / "conf.bed",
            "20:10000001-10100000",
        ),
        TestSet(
            "NA12878 52x real",
            next(na12878.glob("*.bam")),
            na12878 / "ref.hg19.chr20.masked.fa.gz",
            na12878 / "truth.hg001_v3.3.2.vcf.gz",
            na12878 / "conf.proxy_hg002v4.2.1.bed",
            "chr20:10000001-10100000",
        ),
        TestSet(
            "ART+bwa 30x simulated",
            art / "sim1M.bam",
            genome,
            art / "truth.vcf.gz",
            art / "conf.all_injected.bed",
            "chr20:5000001-6000000",
        ),
    ]


def reference_of(data: Path) -> Path:
    """Return the real GRCh38 sequence."""
    return data / "reference_and_truth" / "grch38.chr20_and_21_10M.fa.gz"


def own_simulated_sets(data: Path, work: Path) -> list[TestSet]:
    """Make and return the sets of the package's simulator."""
    truth = data / "reference_and_truth" / "HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz"
    genome = reference_of(data)
    config = TrainingConfig(genome, truth, "chr20", (0, 4_000_000), (4_000_000, 5_000_000), (5_000_000, 6_000_000))
    sets = []
    for depth in (15.0, 30.0):
        bam, drawn_truth, confident = simulated_test(config, depth, work)
        bed = work / "simulated.bed"
        bed.write_text("".join(f"{c}\t{s}\t{e}\n" for c, s, e in confident))
        name = f"own simulator {depth:g}x"
        sets.append(TestSet(name, bam, genome, drawn_truth, bed, "chr20:5000001-6000000"))
    return sets


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; return its CPU seconds and peak memory in MB (its own process tree's)."""
    code = (
        "import json, resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([u.ru_utime + u.ru_stime, u.ru_maxrss / 1024]))"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True, env=environment
    )
    seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, memory


def commands(part: TestSet, work: Path) -> dict[str, tuple[list[str], Path]]:
    """Return the command and the output of each caller."""
    stem = part.name.replace(" ", "-")
    own, peer = work / f"{stem}.loci2lead.vcf.gz", work / f"{stem}.bcftools.vcf.gz"
    inputs = ["--reads", str(part.reads), "--reference", str(part.reference)]
    call = ["call-variants", *inputs, "--regions", part.region, "--device", "cpu", "--output", str(own)]
    paths = [str(part.reference), str(part.reads), part.region, str(peer)]
    return {
        "loci2lead": ([sys.executable, "-m", "loci2lead", *call], own),
        "bcftools": ([sys.executable, "-c", BCFTOOLS, *paths], peer),
    }


def judge(part: TestSet, calls: Path, work: Path) -> dict:
    """Return what evaluate-calls says."""
    output = work / "scores.json"
    command = [sys.executable, "-m", "loci2lead", "evaluate-calls", "--truth", str(part.truth), "--calls", str(calls)]
    command += ["--confident", str(part.confident), "--reference", str(part.reference), "--output", str(output)]
    subprocess.run(command, check=True, capture_output=True)
    return json.loads(output.read_text())


def rows_of(part: TestSet, work: Path) -> list[str]:
    """Run both callers on a set and return its lines of the table."""
    lines = []
    for caller, (command, calls) in commands(part, work).items():
        seconds, memory = measure(command)
        scores = judge(part, calls, work)
        for kind in ("SNP", "INDEL"):
            own = scores[kind]
            numbers = [f"{own[k]:.4f}" for k in ("precision", "recall", "f1")]
            interval = [f"{x:.4f}" for x in own["f1_interval"]]
            counts = [str(own[k]) for k in ("truth", "tp", "fp", "fn")]
            fields = [part.name, caller, kind, *counts, *numbers, *interval, f"{seconds:.1f}", f"{memory:.0f}"]
            lines.append("\t".join(fields))
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="folder for reads and calls (default: a temporary one)")
    arguments = parser.parse_args()
    data = Path(os.environ["LOCI2LEAD_DATA"]) / "variants"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        sets = [*real_sets(data), *own_simulated_sets(data, work)]
        lines = [line for part in sets for line in rows_of(part, work)]
    TABLE.write_text("\n".join(["\t".join((*COLUMNS, "cpu_seconds", "peak_mb")), *lines]) + "\n")


if __name__ == "__main__":
    main()
