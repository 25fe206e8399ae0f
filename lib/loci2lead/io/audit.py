"""An append-only log whose lines are chained by their digests, so that any change of it can be found.

Each line is one JSON object: number, time, event, the user's number, a subject, details, the digest of the line
before and its own. Beside the log stands a head file (entries, digest of the last): it shows a log that was cut
at its end. Whoever can write both can forge both, so keep a copy of the head elsewhere.

A subject (a sample) stands as a digest, never by name: so a sample can be erased while its log stays whole.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loci2lead.errors import InputError
from loci2lead.io.atomic import private_files, write_json
from loci2lead.provenance import to_json

_START = "0" * 64
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Fault:
    """The first place where a log is not what it was: its line (from 1) and what is wrong there."""

    line: int
    reason: str


def head_of(log: str | Path) -> Path:
    """Return the head file of a log."""
    log = Path(log)
    return log.with_name(log.name + ".head")


def subject_of(sample: str) -> str:
    """Return how a sample stands in the log: a digest that only those who know the pseudonym can make."""
    return hashlib.sha256(f"loci2lead sample {sample}".encode()).hexdigest()


def append(log: str | Path, event: str, *, sample: str, details: Mapping[str, Any]) -> str:
    """Append one entry and return its digest; writers on one machine wait for each other.

    Raises InputError where the log's end does not fit its head: then it was changed, and nothing is added.
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    with private_files(), log.open("a+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        last = _last_entry(handle, log)
        entry = {
            "number": last["number"] + 1,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": event,
            "uid": os.getuid(),
            "subject": subject_of(sample),
            "details": dict(details),
            "previous": last["digest"],
        }
        digest = _digest(entry)
        handle.write(to_json(entry | {"digest": digest}).encode() + b"\n")
        handle.flush()
        os.fsync(handle.fileno())
        write_json(head_of(log), {"entries": entry["number"], "digest": digest})
    return digest


def verify(log: str | Path, head: str | Path | None = None) -> tuple[int, Fault | None]:
    """Return the number of lines that are sound and the first fault, or None. `head` may be a copy kept elsewhere.

    Raises InputError for a missing log or head.
    """
    log, head = Path(log), Path(head) if head else head_of(log)
    for path in (log, head):
        if not path.is_file():
            raise InputError("The audit log or its head is not there", file=path, remedy="check --log and --head")
    lines = log.read_bytes().split(b"\n")
    complete = lines.pop() == b""
    entries = [_parse(line) for line in lines]
    for place, entry in enumerate(entries, start=1):
        previous = entries[place - 2] if place > 1 else {"digest": _START}
        fault = _fault(place, entry, previous or {}, entries)
        if fault:
            return fault.line - 1, fault
    if not complete:
        return len(entries), Fault(len(entries) + 1, "the line is not complete")
    return len(entries), _fault_of_head(entries, head)


def _fault(place: int, entry: dict[str, Any] | None, previous: dict[str, Any], entries: list[Any]) -> Fault | None:
    if entry is None:
        return Fault(place, "this is no record of an audit log")
    if entry["digest"] != _digest({k: v for k, v in entry.items() if k != "digest"}):
        return Fault(place, "altered: the line does not fit its own digest")
    if entry["number"] != place:
        elsewhere = any(e and e["number"] == place for e in entries[place:])
        reason = "out of order" if elsewhere or entry["number"] < place else "dropped"
        return Fault(place, f"{reason}: here stands entry {entry['number']}, expected {place}")
    if entry["previous"] != previous.get("digest"):
        return Fault(max(1, place - 1), "altered: the line after it expects another digest")
    return None


def _fault_of_head(entries: list[Any], head: Path) -> Fault | None:
    """Return where a log fails its head. A line after the head's is sound: its writer was stopped in between."""
    try:
        anchor = json.loads(head.read_bytes())
        number, digest = int(anchor["entries"]), str(anchor["digest"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("The head of the audit log cannot be read", file=head, found=error) from error
    if number > len(entries):
        return Fault(len(entries) + 1, f"dropped at the end: the head knows {number} entries")
    if number < 1 or entries[number - 1]["digest"] != digest:
        return Fault(max(1, number), "altered: the head expects another digest")
    return None


def _last_entry(handle: Any, log: Path) -> dict[str, Any]:
    """Return number and digest of the last entry, after checking that it is what the head says."""
    size = handle.seek(0, os.SEEK_END)
    head = head_of(log)
    if size == 0 and not head.exists():
        return {"number": 0, "digest": _START}
    handle.seek(max(0, size - _LONGEST_LINE))
    tail = handle.read().split(b"\n")
    last = _parse(tail[-2]) if size and tail[-1] == b"" and len(tail) > 1 else None
    anchor = json.loads(head.read_bytes()) if head.is_file() else {}
    sound = last is not None and (
        (last["number"], last["digest"]) == (anchor.get("entries"), anchor.get("digest"))
        or (last["number"], last["previous"]) == (anchor.get("entries", -1) + 1, anchor.get("digest"))
    )
    if not sound or last is None:
        raise InputError(
            "The audit log does not end as its head says; nothing was added",
            file=log,
            remedy="run `loci2lead audit verify --log` on it, keep it, and begin a new log",
        )
    handle.seek(0, os.SEEK_END)
    return last


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    wanted = {"number": int, "digest": str, "previous": str}
    sound = isinstance(entry, dict) and all(isinstance(entry.get(k), kind) for k, kind in wanted.items())
    return entry if sound and to_json(entry).encode() == line else None


def _digest(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(to_json(entry).encode()).hexdigest()
