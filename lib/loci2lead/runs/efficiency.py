"""What jobs asked for against what they used, from Snakemake's extended benchmark files, and what to ask for."""

import ast
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loci2lead.errors import InputError

# What Snakemake itself takes inside a job of a cluster: two of its processes, measured at 170 to 200 MB each.
SNAKEMAKE_MB = 400
# Room above the highest peak, and the steps of a proposal.
ROOM, STEP_MB = 1.5, 50
COLUMNS = (
    *("rule", "jobs", "seconds_median", "seconds_longest", "cpu_seconds", "asked_threads", "busy_threads"),
    *("asked_mb", "peak_mb", "asked_to_peak", "propose_mb", "propose_threads"),
)


@dataclass(frozen=True)
class Job:
    """One finished job: seconds, CPU seconds, peak MB, and the threads and MB it had asked for."""

    rule: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    threads: int
    asked_mb: float


@dataclass(frozen=True)
class RuleUse:
    """What the jobs of one rule asked for and used; memory without Snakemake's own inside a cluster job."""

    rule: str
    jobs: int
    seconds_median: float
    seconds_longest: float
    cpu_seconds: float
    asked_threads: int
    busy_threads: float
    asked_mb: int
    peak_mb: int

    @property
    def asked_to_peak(self) -> float:
        """Return how many times its peak the rule asked for."""
        return round(self.asked_mb / max(self.peak_mb, 1), 2)

    @property
    def propose_mb(self) -> int:
        """Return a peak and a half, in whole steps."""
        return int(-(-self.peak_mb * ROOM // STEP_MB) * STEP_MB)

    @property
    def propose_threads(self) -> int:
        """Return the threads that were kept busy, at least one, never more than asked."""
        return min(self.asked_threads, max(1, round(self.busy_threads + 0.2)))

    def cells(self) -> list[str]:
        """Return the row under COLUMNS."""
        return [str(getattr(self, name)) for name in COLUMNS]


def read_jobs(folder: Path) -> Iterator[Job]:
    """Yield the jobs of every benchmark file below `folder`. Raises InputError where they lack what was asked for."""
    for path in sorted(folder.rglob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle, delimiter="\t"):
                if "resources" not in row:
                    raise InputError(
                        "The benchmark file does not tell what was asked for",
                        file=path,
                        expected="the columns rule_name, threads and resources",
                        remedy="run with a profile of workflow/profiles, or with --benchmark-extended",
                    )
                yield _job(row, path)


def _job(row: dict[str, str], path: Path) -> Job:
    try:
        asked = ast.literal_eval(row["resources"])
        peak = 0.0 if row["max_rss"] in ("NA", "-") else float(row["max_rss"])
        cpu = 0.0 if row["cpu_time"] in ("NA", "-") else float(row["cpu_time"])
        rule = kind_of(row["rule_name"])
        mb = float(asked.get("mem_mb", 0))
        return Job(rule, float(row["s"]), cpu, peak, int(row["threads"]), mb)
    except (KeyError, ValueError, SyntaxError) as error:
        raise InputError("A malformed benchmark file", file=path, found=error, remedy="remove the file") from error


def kind_of(rule: str) -> str:
    """Return the rule that a part, a shard or a numbered batch belongs to: its jobs do the same work."""
    return re.sub(r"_\d+$", "", rule.removesuffix("_shard").removesuffix("_part"))


def use_by_rule(jobs: Iterable[Job]) -> list[RuleUse]:
    """Return one summary per rule, in the order of their names."""
    by_rule: dict[str, list[Job]] = {}
    for job in jobs:
        by_rule.setdefault(job.rule, []).append(job)
    return [_summary(rule, found) for rule, found in sorted(by_rule.items())]


def _summary(rule: str, jobs: list[Job]) -> RuleUse:
    seconds = sorted(job.seconds for job in jobs)
    total = sum(seconds)
    return RuleUse(
        rule=rule,
        jobs=len(jobs),
        seconds_median=round(seconds[len(seconds) // 2], 1),
        seconds_longest=round(seconds[-1], 1),
        cpu_seconds=round(sum(job.cpu_seconds for job in jobs), 1),
        asked_threads=max(job.threads for job in jobs),
        busy_threads=round(sum(job.cpu_seconds for job in jobs) / total, 2) if total else 0.0,
        asked_mb=round(max(max(job.asked_mb - SNAKEMAKE_MB, 0) for job in jobs)),
        peak_mb=round(max(job.peak_mb for job in jobs)),
    )
