"""How much of a run's CPU goes to Snakemake and to the starts of processes: writes scale.tsv.

python tests/benchmarks/scale.py --samples 100 --rows 192720 --library L.csv.gz --folder WORK

Simulates ten genomes, calls and annotates so many samples of them (their small target regions), and screens the first
rows of a library, with the local profile on two cores. CPU seconds are user and system of all processes. `starts` is
what each subcommand takes on the smallest input there is, times its jobs. The rest is work.
"""

import argparse
import csv
import gzip
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
GENOMES = 10
COLUMNS = (
    "samples",
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


def prepare(folder: Path, samples: int, rows: int, library: Path) -> None:
    """Write genomes, sheets and settings into a new folder."""
    for name in ("workflow", "config", "lib", "envs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "Snakefile", folder)
    for seed in range(1, min(GENOMES, samples) + 1):
        cpu_of(["loci2lead", "simulate-demo", "--output", f"genome{seed}", "--seed", str(seed)], folder)
    header = ["patient", "sample", "type", "reads", "reference", "build", "targets", "simulated"]
    lines = ["\t".join(header)]
    for number in range(samples):
        genome = f"genome{number % GENOMES + 1}"
        reads = f"{genome}/germline-{number // GENOMES % 2 + 1}.bam"
        name = f"s{number:03d}"
        cells = [
            f"p{number:03d}",
            name,
            "germline",
            reads,
            f"{genome}/genome.fa",
            "demo",
            f"{genome}/targets.bed",
            "yes",
        ]
        lines.append("\t".join(cells))
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    with gzip.open(library, "rt") as given, (folder / "library.csv").open("w") as kept:
        kept.writelines(line for number, line in enumerate(given) if number <= rows)
    (folder / "libraries.tsv").write_text("library\tpath\nlarge\tlibrary.csv\n")
    settings = {"samples": "samples.tsv", "libraries": "libraries.tsv", "results": "out", "variants": {"device": "cpu"}}
    settings["references"] = {"demo": {"fasta": "genome1/genome.fa", "genes": "genome1/genes.gff3"}}
    (folder / "my.yaml").write_text(yaml.safe_dump(settings | {"screening": {"device": "cpu"}}))


def starts(folder: Path, samples: int) -> float:
    """Return the CPU seconds of all jobs on the smallest input there is: a base, a molecule."""
    (folder / "one.csv").write_text("smiles,id\nCCO,a\n")
    region = (folder / "genome1/targets.bed").read_text().split("\t", 2)
    place = f"{region[0]}:{int(region[1]) + 1}-{int(region[1]) + 2}"
    genome = ["--reads", "genome1/germline-1.bam", "--reference", "genome1/genome.fa"]
    call = ["loci2lead", "call-variants", *genome, "--regions", place, "--output", "one.vcf.gz", "--device", "cpu"]
    note = ["loci2lead", "annotate-variants", "--variants", "one.vcf.gz", "--genes", "genome1/genes.gff3"]
    screen = ["loci2lead", "screen-library", "--library", "one.csv", "--output", "one.parquet", "--device", "cpu"]
    per_sample = cpu_of(call, folder) + cpu_of([*note, "--output", "noted.vcf.gz"], folder)
    return samples * per_sample + cpu_of(screen, folder)


def main() -> None:
    """Run, measure, append a row to the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--rows", type=int, default=192_720)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    args = parser.parse_args()
    prepare(args.folder, args.samples, args.rows, args.library)
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
    total, begun = usage.ru_utime + usage.ru_stime, starts(args.folder, args.samples)
    jobs = (args.folder / "run.log").read_text().count("\nFinished jobid")
    share = (own + begun) / total
    work, load = total - own - begun, os.getloadavg()[0]
    row = (
        args.samples,
        args.rows,
        jobs,
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
