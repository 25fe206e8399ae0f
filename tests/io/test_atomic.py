"""Outputs appear whole or not at all, and what a killed process left is removed by the next, never a living one's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loci2lead.io.atomic import atomic_path, temporary_name, write_text


def test_nothing_is_left_of_a_failed_writer(tmp_path: Path) -> None:
    final = tmp_path / "x.tsv"
    final.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(final) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert final.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["x.tsv"]


def name_of(process: int, final: Path) -> Path:
    own = temporary_name(final).name
    return final.with_name(own.replace(f"-{os.getpid()}-", f"-{process}-"))


def test_only_the_dead_lose_their_temporaries(tmp_path: Path) -> None:
    final = tmp_path / "x.tsv"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    of_dead, of_living = name_of(dead.pid, final), name_of(os.getppid(), final)
    elsewhere, of_other_file = tmp_path / f".tmp-otherhost-{dead.pid}-x.tsv", name_of(dead.pid, tmp_path / "y.tsv")
    for path in (of_dead, of_living, elsewhere, of_other_file):
        path.write_text("half")
    write_text(final, "whole\n")
    assert final.read_text() == "whole\n"
    assert not of_dead.exists()
    assert of_living.exists() and elsewhere.exists() and of_other_file.exists()


def test_a_folder_replaces_a_folder(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "old").write_text("")
    with atomic_path(tmp_path / "d") as temporary:
        temporary.mkdir()
        (temporary / "new").write_text("")
    assert [p.name for p in (tmp_path / "d").iterdir()] == ["new"]
