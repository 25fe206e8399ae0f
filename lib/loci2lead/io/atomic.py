"""Outputs that appear whole or not at all."""

import glob
import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def atomic_path(final: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `final`; rename it to `final` on success, remove it on failure.

    The temporary name keeps the suffixes, so writers that go by them behave the same. Works for a file or
    for a folder that the caller makes at the temporary path (an older folder at `final` is replaced).
    """
    final = Path(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(final)
    temporary = temporary_name(final)
    _remove(temporary)
    try:
        yield temporary
        if temporary.is_dir() and final.is_dir():
            shutil.rmtree(final)
        temporary.replace(final)
    finally:
        _remove(temporary)


@contextmanager
def private_files() -> Iterator[None]:
    """Give every file and folder made inside to its owner alone (umask 077), then restore the umask."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def temporary_name(final: Path) -> Path:
    """Return the name that this process alone writes to: it holds host and process, so that it tells its owner.

    A job that outlived its killed Snakemake, on this node or another, therefore never writes to the rerun's file.
    """
    return final.with_name(f".tmp-{_host()}-{os.getpid()}-{final.name}")


def remove_stale(final: Path) -> None:
    """Remove what killed processes of this host left of `final`; what a living one or another host owns stays."""
    for path in final.parent.glob(f".tmp-{glob.escape(_host())}-*-{glob.escape(final.name)}"):
        owner = path.name.removeprefix(f".tmp-{_host()}-").split("-", 1)[0]
        if owner.isdigit() and not _lives(int(owner)):
            _remove(path)


def _host() -> str:
    return platform.node().split(".", 1)[0]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def write_text(final: str | Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends, whole or not at all."""
    with atomic_path(final) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(final: str | Path, value: Mapping[str, Any] | list[Any]) -> None:
    """Write JSON with keys in their given order and two spaces of indent; NaN is refused."""
    write_text(final, json_text(value))


def json_text(value: Mapping[str, Any] | list[Any]) -> str:
    """Return the text that write_json writes."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
