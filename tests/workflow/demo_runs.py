"""Whole demo runs for the tests of faults and clusters: started, watched, compared."""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = ("demo", "--configfile", "config/demo/config.yaml", "--workflow-profile", "workflow/profiles/local")
RESULTS = Path("results/demo")


def clone(folder: Path) -> Path:
    """Copy what a clone of the repository holds and a run needs into the new `folder`."""
    folder.mkdir(parents=True)
    for name in ("workflow", "config", "lib", "envs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("Snakefile", "Makefile"):
        shutil.copy(ROOT / name, folder)
    return folder


def environment() -> dict[str, str]:
    """Return the environment of a user who has activated the virtual environment of these tests."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def command(*arguments: str, cores: int = 2) -> list[str]:
    return [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores)]


def finish(folder: Path, *arguments: str, cores: int = 2, wrapper: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """Run Snakemake in `folder` to its end, under the command `wrapper`; standard error is in stdout."""
    return subprocess.run(
        [*wrapper, *command(*arguments, cores=cores)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def start(folder: Path, *arguments: str) -> subprocess.Popen:
    """Start Snakemake in `folder`, in a process group of its own, writing to run.log there."""
    with (folder / "run.log").open("w") as log:
        return subprocess.Popen(
            command(*arguments), cwd=folder, env=environment(), stdout=log, stderr=log, start_new_session=True
        )


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until `condition` holds; fail the test where it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s in vain for {what}")
        time.sleep(0.1)


def jobs_of(folder: Path) -> list[int]:
    """Return the ids of processes that run `loci2lead` with `folder` as their working directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
            if b"loci2lead" in line and b"snakemake" not in line and (entry / "cwd").resolve() == folder.resolve():
                found.append(int(entry.name))
        except OSError:  # it ended while we looked
            continue
    return found


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file under the results of `folder`, by its relative path.

    The crate's metadata is left out: it holds the time of the run.
    """
    results = folder / RESULTS
    files = sorted(p for p in results.rglob("*") if p.is_file() and p.name != "ro-crate-metadata.json")
    return {str(p.relative_to(results)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def differences(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """Return the names of files that are missing, unexpected, or have other bytes."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


@functools.cache
def undisturbed_run(session_folder: Path) -> Path:
    """Return the folder of a demo run that nothing disturbed; it is made once for all tests, and never changed."""
    folder = clone(session_folder / "undisturbed")
    done = finish(folder, *DEMO)
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def copy_of(folder: Path, target: Path) -> Path:
    """Copy a finished run with its times and Snakemake's records, so that nothing in it counts as changed."""
    return shutil.copytree(folder, target, symlinks=True, ignore=shutil.ignore_patterns("log", "locks"))
