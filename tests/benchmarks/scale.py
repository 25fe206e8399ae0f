"""How much of a run's CPU goes to Snakemake and to the starts of processes: writes scale.tsv.

python tests/benchmarks/scale.py --samples 100 --rows 192720 --library L.csv.gz --folder WORK

Calls, annotates and checks so many small samples (the demo's target regions at 100x; ten sets of reads in turn), and
screens the first rows of a library, with the local profile on two cores. CPU seconds are user and system of all
processes. `starts` is what each job's command takes on the smallest input there is. The rest is work.
"""

import argparse
import csv
import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
GENOMES, DEPTH = 10, 100
TARGETS = "genome/targets.bed"
COLUMNS = (
    "samples",
    "samples_per_job",
    "rows",
    "jobs",
    "cpu_s",
    "snakemake_s",
    "starts_s",
    "work_s",
    "share_snakemake_and_starts",
    "load",
)


def cpu_of(command: list[str], cwd: Path) -> float:
    """Run a command and return its CPU seconds, those of its children included."""
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime


def own_cpu(pid: int) -> float:
    """Return the CPU seconds of a living process without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def prepare(folder: Path, samples: int, samples_per_job: int, rows: int, library: Path) -> None:
    """Write genome, reads, sheets and settings into a new folder."""
    for name in ("workflow", "config", "lib", "envs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "Snakefile", folder)
    cpu_of(["loci2lead", "simulate-demo", "--output", "genome"], folder)
    made = min(GENOMES, samples)
    for seed in range(1, made + 1):
        source = ("--reference", "genome/genome.fa", "--variants", f"genome/germline-{seed % 2 + 1}.truth.vcf.gz")
        drawn = ("--regions", "genome/targets.bed", "--depth", str(DEPTH), "--seed", str(seed))
        cpu_of(["loci2lead", "simulate-reads", *source, *drawn, "--output", f"reads{seed}.bam"], folder)
    header = ["patient", "sample", "type", "reads", "build", "targets", "simulated"]
    lines = ["\t".join(header)]
    for number in range(samples):
        reads = f"reads{number % made + 1}.bam"
        lines.append("\t".join([f"p{number:03d}", f"s{number:03d}", "germline", reads, "demo", TARGETS, "yes"]))
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    with gzip.open(library, "rt") as given, (folder / "library.csv").open("w") as kept:
        kept.writelines(line for number, line in enumerate(given) if number <= rows)
    (folder / "libraries.tsv").write_text("library\tpath\nlarge\tlibrary.csv\n")
    settings = {
        "samples": "samples.tsv",
        "libraries": "libraries.tsv",
        "results": "out",
        "references": {"demo": {"fasta": "genome/genome.fa", "genes": "genome/genes.gff3"}},
        "variants": {"device": "cpu", "samples_per_job": samples_per_job},
        "screening": {"device": "cpu"},
    }
    (folder / "my.yaml").write_text(yaml.safe_dump(settings))


def starts(folder: Path, jobs: Mapping[str, int]) -> float:
    """Return the CPU seconds that all jobs take to start: of each rule's command on the least input there is."""
    contig, start, _ = (folder / TARGETS).read_text().split("\t", 2)
    (folder / "one.bed").write_text(f"{contig}\t{start}\t{int(start) + 1}\n")
    (folder / "one.csv").write_text("smiles,id\nCCO,a\n")
    given = ["--reads", "reads1.bam", "--reference", "genome/genome.fa", "--regions", "one.bed"]
    call = ["call-variants", *given, "--output", "one.vcf.gz", "--device", "cpu"]
    note = ["annotate-variants", "--variants", "one.vcf.gz", "--genes", "genome/genes.gff3", "--output", "noted.vcf.gz"]
    check = ["qc-sample", *given, "--variants", "one.vcf.gz", "--output", "one.html"]
    screen = ["screen-library", "--library", "one.csv", "--output", "one.parquet", "--device", "cpu"]
    rank = ["rank-compounds", "--scores", "one.parquet", "--output", "ranked.parquet"]
    small = ["run-several", " && ".join(map(shlex.join, (call, note, check)))]
    commands = {
        "call_variants": call,
        "annotate_variants": note,
        "qc_sample": check,
        "small_samples": small,
        "screen_library": screen,
        "rank_compounds": rank,
    }
    needed = ("call_variants", "screen_library")  # later commands read what these write
    taken = {rule: cpu_of(["loci2lead", *commands[rule]], folder) for rule in (*needed, *(jobs.keys() - needed))}
    return sum(count * taken[rule] for rule, count in jobs.items())


def main() -> None:
    """Run, measure, append a row to the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--samples-per-job", type=int, default=10, help="the setting variants.samples_per_job")
    parser.add_argument("--rows", type=int, default=192_720)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    args = parser.parse_args()
    prepare(args.folder, args.samples, args.samples_per_job, args.rows, args.library)
    profile = ("--workflow-profile", "workflow/profiles/local")
    command = [sys.executable, "-m", "snakemake", "variants", "molecules", "--configfile", "my.yaml", *profile]
    with (args.folder / "run.log").open("w") as log:
        process = subprocess.Popen([*command, "--cores", "2"], cwd=args.folder, stdout=log, stderr=log)
        own = 0.0
        while not Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].startswith(" Z"):
            own = own_cpu(process.pid)
            time.sleep(0.2)
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit((args.folder / "run.log").read_text()[-3000:])
    log = (args.folder / "run.log").read_text()
    jobs = Counter(re.findall(r"^Finished jobid: \d+ \(Rule: ([a-z_]+?)(?:_\d+)?\)", log, re.MULTILINE))
    jobs -= Counter({"variants": 1, "molecules": 1})  # targets, which run nothing
    total, begun = usage.ru_utime + usage.ru_stime, starts(args.folder, jobs)
    share = (own + begun) / total
    work, load = total - own - begun, os.getloadavg()[0]
    row = (
        args.samples,
        args.samples_per_job,
        args.rows,
        jobs.total(),
        *(round(x, 1) for x in (total, own, begun, work)),
        round(share, 3),
        round(load),
    )
    table = Path(__file__).with_suffix(".tsv")
    new = not table.exists()
    with table.open("a", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerows([COLUMNS, row] if new else [row])
    print(dict(zip(COLUMNS, row, strict=True)))


if __name__ == "__main__":
    main()
