"""What of a run is done, at work or failed, read from the log that Snakemake writes under .snakemake/log."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loci2lead.errors import InputError
from loci2lead.runs.efficiency import kind_of

_BEGIN = re.compile(r"^(?:local)?(?:rule|checkpoint) (\w+):$")
_FAILED = re.compile(r"^Error in rule (\w+):?$")
_FINISHED = re.compile(r"^Finished jobid: (\d+)")
_COUNT = re.compile(r"^(\w+) +(\d+)$")
_VALUE = re.compile(r"^    (\w+): ?(.*)$")
_SHELL = "    shell:"
_ENDED = re.compile(r"^(Complete log|Exiting because|Shutting down|WorkflowError)")


@dataclass(frozen=True)
class JobEntry:
    """A job as the log tells it: files of its own log, outputs, and the command of one that failed."""

    rule: str
    jobid: int
    wildcards: str = ""
    logs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    command: str = ""


@dataclass
class Progress:
    """The state of a run. `planned` has the jobs per rule, or of those begun where the log holds no plan."""

    planned: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    running: list[JobEntry] = field(default_factory=list)
    failed: list[JobEntry] = field(default_factory=list)
    ended: bool = False


def latest_log(folder: Path) -> Path:
    """Return the log of the last run in a folder. Raises InputError where there was none."""
    found = sorted((folder / ".snakemake" / "log").glob("*.snakemake.log"))
    if not found:
        raise InputError("No run was started here", file=folder, remedy="give the folder that snakemake was started in")
    return found[-1]


def read_progress(log: Path) -> Progress:
    """Return the state that a log tells; of a job that was tried again, its last. Raises InputError if it cannot."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError("The log cannot be read", file=log, found=error) from error
    progress, begun = Progress(_planned(lines)), dict[int, JobEntry]()
    failed: dict[int, JobEntry] = {}
    for number, line in enumerate(lines):
        if match := _BEGIN.match(line):
            entry = _entry(match[1], lines[number + 1 :])
            begun[entry.jobid] = entry
            failed.pop(entry.jobid, None)
        elif match := _FAILED.match(line):
            entry = _entry(match[1], lines[number + 1 :])
            failed[entry.jobid] = _joined(begun.pop(entry.jobid, entry), entry)
        elif (match := _FINISHED.match(line)) and int(match[1]) in begun:
            progress.done[begun.pop(int(match[1])).rule] += 1
        elif _ENDED.match(line):
            progress.ended = True
    progress.failed = list(failed.values())
    progress.running = [] if progress.ended else list(begun.values())
    if not progress.planned:
        entries = [*begun.values(), *failed.values()]
        progress.planned = progress.done + Counter(entry.rule for entry in entries)
    return progress


def _planned(lines: list[str]) -> Counter[str]:
    """Return the jobs per rule of the table that Snakemake prints before it starts."""
    if "Job stats:" not in lines:
        return Counter()
    table = lines[lines.index("Job stats:") + 3 :]
    found: Counter[str] = Counter()
    for line in table:
        match = _COUNT.match(line)
        if match is None or match[1] == "total":
            break
        found[match[1]] = int(match[2])
    return found


def _entry(rule: str, lines: list[str]) -> JobEntry:
    values = dict[str, str]()
    command = ""
    for number, line in enumerate(lines):
        if line.startswith(_SHELL):
            command = lines[number + 1].strip() if number + 1 < len(lines) else ""
            break
        match = _VALUE.match(line)
        if match is None:
            break
        values[match[1]] = match[2]
    logs = values.get("log", "").removesuffix(" (check log file(s) for error details)")
    return JobEntry(
        rule,
        int(values.get("jobid", "-1")),
        values.get("wildcards", ""),
        tuple(filter(None, logs.split(", "))),
        tuple(filter(None, values.get("output", "").split(", "))),
        command,
    )


def _joined(begun: JobEntry, failed: JobEntry) -> JobEntry:
    """Return the failed entry with what only its beginning told."""
    return JobEntry(
        failed.rule,
        failed.jobid,
        begun.wildcards or failed.wildcards,
        failed.logs or begun.logs,
        failed.outputs or begun.outputs,
        failed.command,
    )


def told(progress: Progress, folder: Path, tail: int = 8) -> Iterator[str]:
    """Yield lines for people: failures first, each with the end of its log and its command, then stage by stage."""
    done, total = progress.done.total(), progress.planned.total()
    state = "the run ended" if progress.ended else f"{len(progress.running)} at work"
    yield f"{len(progress.failed)} failed, {done} of {total} jobs done, {state}"
    for entry in progress.failed:
        yield ""
        yield f"FAILED  {entry.rule}" + (f"  ({entry.wildcards})" if entry.wildcards else "")
        for log in entry.logs:
            yield from _end_of(folder / log, log, tail)
        if entry.command:
            yield "  run it again by itself:"
            yield f"    {entry.command}"
        elif entry.outputs:
            yield f"  make it again: snakemake {entry.outputs[0]} with the flags of the run"
    yield ""
    yield f"{'stage':<24}{'done':>8}{'of':>8}{'at work':>9}{'failed':>8}"
    planned, finished = _by_kind(progress.planned.elements()), _by_kind(progress.done.elements())
    running, failed = (_by_kind(e.rule for e in entries) for entries in (progress.running, progress.failed))
    for kind, count in sorted(planned.items(), key=lambda item: (-failed[item[0]], item[0])):
        yield f"{kind:<24}{finished[kind]:>8}{count:>8}{running[kind]:>9}{failed[kind]:>8}"


def _by_kind(rules: Iterable[str]) -> Counter[str]:
    return Counter(map(kind_of, rules))


def _end_of(path: Path, name: str, tail: int) -> Iterator[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        yield f"  {name} was not written"
        return
    yield f"  {name} ends:" if lines else f"  {name} is empty: the job may have been killed (memory, time)"
    yield from (f"    {line}" for line in lines[-tail:])
