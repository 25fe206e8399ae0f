"""Outputs that appear whole or not at all."""

import json
import os
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
    temporary = final.with_name(f".tmp-{os.getpid()}-{final.name}")
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


def write_text(final: str | Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends, whole or not at all."""
    with atomic_path(final) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(final: str | Path, value: Mapping[str, Any] | list[Any]) -> None:
    """Write JSON with keys in their given order and two spaces of indent; NaN is refused."""
    write_text(final, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
