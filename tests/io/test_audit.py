"""The audit log: every way to drop, alter, reorder or cut a line is found at the right line."""

import itertools
import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from loci2lead.errors import InputError
from loci2lead.io.audit import append, head_of, subject_of, verify
from loci2lead.provenance import to_json

RunCli = Callable[..., tuple[int, str, str]]
COUNT = 6


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "audit.jsonl"
    for number in range(COUNT):
        append(path, "report-patient", sample=f"S{number}", details={"outputs": {"report.json": "ab" * 32}})
    return path


def lines_of(log: Path) -> list[bytes]:
    return log.read_bytes().splitlines(keepends=True)


def fault_line(log: Path, lines: list[bytes]) -> int | None:
    log.write_bytes(b"".join(lines))
    fault = verify(log)[1]
    return fault.line if fault else None


def forged(line: bytes, **changes: object) -> bytes:
    """Return a line with other content and a digest of its own that fits, as a careful forger would write it."""
    from loci2lead.io import audit

    entry = json.loads(line) | changes
    entry.pop("digest")
    return to_json(entry | {"digest": audit._digest(entry)}).encode() + b"\n"


def test_a_log_left_alone_is_whole(log: Path) -> None:
    assert verify(log) == (COUNT, None)
    assert log.stat().st_mode & 0o777 == head_of(log).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", range(COUNT))
def test_a_dropped_line_is_found(log: Path, place: int) -> None:
    lines = lines_of(log)
    assert fault_line(log, lines[:place] + lines[place + 1 :]) == place + 1


@pytest.mark.parametrize("keep", range(COUNT))
def test_a_log_cut_at_its_end_is_found(log: Path, keep: int) -> None:
    assert fault_line(log, lines_of(log)[:keep]) == keep + 1


@pytest.mark.parametrize("place", range(COUNT))
def test_an_altered_line_is_found(log: Path, place: int) -> None:
    lines = lines_of(log)
    lines[place] = lines[place].replace(b"report-patient", b"report-patience")
    assert fault_line(log, lines) == place + 1


@pytest.mark.parametrize("place", range(COUNT))
def test_a_line_altered_with_a_fitting_digest_is_found(log: Path, place: int) -> None:
    lines = lines_of(log)
    lines[place] = forged(lines[place], event="nothing")
    assert fault_line(log, lines) == place + 1


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(COUNT), 2)))
def test_two_lines_that_changed_places_are_found(log: Path, one: int, other: int) -> None:
    lines = lines_of(log)
    lines[one], lines[other] = lines[other], lines[one]
    assert fault_line(log, lines) == one + 1


@pytest.mark.parametrize("place", range(COUNT))
def test_a_doubled_line_is_found(log: Path, place: int) -> None:
    lines = lines_of(log)
    assert fault_line(log, [*lines[: place + 1], *lines[place:]]) == place + 2


@pytest.mark.parametrize("bit", range(0, 700, 13))
def test_any_flipped_bit_is_found_in_its_line(log: Path, bit: int) -> None:
    data = bytearray(log.read_bytes())
    place = bit * 3 % len(data)
    line = data[:place].count(b"\n") + 1
    data[place] ^= 1 << (bit % 7)
    log.write_bytes(bytes(data))
    fault = verify(log)[1]
    assert fault and fault.line == line


def test_a_log_rewritten_from_a_line_on_fails_the_head_that_was_kept(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.head"
    kept.write_bytes(head_of(log).read_bytes())
    log.unlink()
    head_of(log).unlink()
    for number in range(COUNT):
        append(log, "report-patient", sample=f"X{number}", details={})
    assert verify(log)[1] is None
    fault = verify(log, kept)[1]
    assert fault and fault.line == COUNT


def test_a_writer_stopped_between_line_and_head_does_no_harm(log: Path) -> None:
    before = head_of(log).read_bytes()
    append(log, "erase", sample="S1", details={})
    head_of(log).write_bytes(before)
    assert verify(log) == (COUNT + 1, None)
    append(log, "erase", sample="S2", details={})
    assert verify(log) == (COUNT + 2, None)


@pytest.mark.parametrize("spoil", ["cut", "half", "headless"])
def test_nothing_is_added_to_a_changed_log(log: Path, spoil: str) -> None:
    if spoil == "headless":
        head_of(log).unlink()
    else:
        data = log.read_bytes()
        log.write_bytes(b"".join(lines_of(log)[:-2]) if spoil == "cut" else data[:-5])
    before = log.read_bytes()
    with pytest.raises(InputError, match="does not end as its head says"):
        append(log, "erase", sample="S1", details={})
    assert log.read_bytes() == before


def _write_some(log: Path) -> None:
    for _ in range(10):
        append(log, "report-patient", sample="S1", details={})


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_some, args=(log,)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert verify(log) == (40, None)


def test_a_sample_stands_as_a_digest(log: Path) -> None:
    assert b"S3" not in log.read_bytes() and subject_of("S3").encode() in log.read_bytes()


def test_the_command_names_the_line(log: Path, run_cli: RunCli) -> None:
    code, out, _ = run_cli("audit", "verify", "--log", log)
    assert code == 0 and f"{COUNT} entries" in out
    lines = lines_of(log)
    log.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    code, _, err = run_cli("audit", "verify", "--log", log)
    assert code == 1 and "line 3" in err and "dropped" in err


@pytest.mark.parametrize("missing", ["log", "head"])
def test_a_missing_file_is_the_callers_mistake(log: Path, run_cli: RunCli, missing: str) -> None:
    (log if missing == "log" else head_of(log)).unlink()
    code, _, err = run_cli("audit", "verify", "--log", log)
    assert code == 2 and "is not there" in err
