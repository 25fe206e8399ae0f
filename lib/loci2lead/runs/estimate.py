"""What a run will take: jobs counted by Snakemake itself, CPU hours and gigabytes from measured rates.

The rates stand in resources/tables/rates.tsv with what they were measured on: seconds for a job's start and its
fixed part, and seconds per gigabyte of reads or million of rows. They are CPU seconds of one core.
"""

import csv
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loci2lead.config.sizing import estimated_rows, size_of
from loci2lead.errors import InputError, Loci2leadError
from loci2lead.runs.efficiency import kind_of
from loci2lead.runs.inputs import RunInputs
from loci2lead.runs.surroundings import PACKAGE

RATES = PACKAGE / "resources" / "tables" / "rates.tsv"
# CPU seconds that Snakemake itself takes: per job planned, and per job of a cluster, inside which it starts twice.
PLAN_SECONDS, CLUSTER_SECONDS = 0.0025, 3.4


@dataclass(frozen=True)
class Rate:
    """CPU seconds of a job and per unit of its work, gigabytes written per unit."""

    seconds: float
    unit: str
    seconds_per_unit: float
    output_gb_per_unit: float


@dataclass(frozen=True)
class Estimate:
    """One rule's share of a run; hours and gigabytes are None where no rate was measured."""

    rule: str
    jobs: int
    cpu_hours: float | None
    output_gb: float | None


def read_rates() -> dict[str, Rate]:
    """Return the measured rates by rule."""
    with RATES.open(encoding="utf-8", newline="") as handle:
        return {
            row["rule"]: Rate(
                float(row["seconds"]), row["unit"], float(row["seconds_per_unit"]), float(row["output_gb_per_unit"])
            )
            for row in csv.DictReader(handle, delimiter="\t")
        }


def count_jobs(configfile: Path, target: str) -> dict[str, int]:
    """Return the jobs per rule of a whole run, by a dry run of Snakemake in the current folder.

    Raises InputError where there is no workflow, Loci2leadError with Snakemake's words where it cannot plan.
    """
    if not Path("Snakefile").exists():
        raise InputError(
            "There is no workflow here", file="Snakefile", remedy="go to the folder of its Snakefile first"
        )
    arguments = ("--dry-run", "--forceall", "--quiet", "rules", "--nolock", "--configfile", str(configfile))
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", target, *arguments, "--cores", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Loci2leadError("Snakemake cannot plan this run", found=done.stdout.strip()[-2000:])
    listed = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE))  # before and after the plan
    found: Counter[str] = Counter()
    for rule in listed.keys() - {"total", target}:
        found[kind_of(rule) if rule.startswith("small_samples_") else rule] += int(listed[rule])
    return found


def amounts(run: RunInputs) -> dict[str, float]:
    """Return the work of a run in units of the rates: gigabytes of reads by caller, million rows of libraries.

    Reads of tumours count with those of their normal, which may count for several tumours and for the germline caller.
    """
    sizes: Counter[str] = Counter()
    for name, path in run.files():
        sample, kind = name.split(".")[:2]
        if kind in ("reads", "fastq_1", "fastq_2"):
            sizes[sample] += size_of([path])
    small = {name for names in run.batches() for name in names}
    tumours = {row.sample: run.normal_of(row) for row in run.somatic_tumours()}
    pairs = sum(sizes[name] + (sizes[normal.sample] if normal else 0) for name, normal in tumours.items())
    work = {
        "gb_reads": sum(size for name, size in sizes.items() if name not in small and name not in tumours),
        "gb_small_reads": sum(sizes[name] for name in small),
        "gb_pair_reads": pairs,
    }
    rows = sum(estimated_rows(library.path) for library in run.libraries)
    return {unit: size / 1e9 for unit, size in work.items()} | {"million_rows": rows / 1e6}


def estimate(jobs: Mapping[str, int], work: Mapping[str, float]) -> list[Estimate]:
    """Return a line per rule. Parts (call_variants_shard, screen_library_part) share the rates of their rule."""
    rates, found = read_rates(), []
    for rule, count in sorted(jobs.items()):
        rate = rates.get(kind_of(rule))
        if rate is None:
            found.append(Estimate(rule, count, None, None))
            continue
        units = count if rate.unit == "job" else work[rate.unit] * _share(rule, jobs)
        seconds = count * rate.seconds + units * rate.seconds_per_unit
        found.append(Estimate(rule, count, seconds / 3600, units * rate.output_gb_per_unit))
    return found


def _share(rule: str, jobs: Mapping[str, int]) -> float:
    """Return which part of the work falls to a rule: whole and divided samples are told apart by their jobs."""
    base = kind_of(rule)
    other = {f"{base}_shard", f"{base}_part", base} - {rule}
    divided = sum(jobs.get(name, 0) for name in other)
    return jobs[rule] / (jobs[rule] + divided)
