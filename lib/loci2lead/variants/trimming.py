"""Adapters and bad ends cut off by fastp before alignment, where the caller asks for it."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loci2lead.errors import InputError, Loci2leadError
from loci2lead.io.atomic import temporary_name
from loci2lead.io.fastq import Lane
from loci2lead.variants.aligners import last_line


@dataclass(frozen=True)
class Fastp:
    """fastp as found on PATH, with the version it tells."""

    program: str
    version: str


def find_fastp() -> Fastp:
    """Return fastp. Raises InputError that says what to install."""
    program = shutil.which("fastp")
    if program is None:
        remedy = "apt install fastp, or conda install -c bioconda fastp; or leave trimming out"
        raise InputError("fastp was not found", expected="fastp on PATH", remedy=remedy)
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return Fastp(program, last_line(done.stderr or done.stdout).split()[-1])


@contextmanager
def trimmed(lanes: Sequence[Lane], output: Path, fastp: Fastp) -> Iterator[tuple[list[Lane], int]]:
    """Yield the lanes trimmed, in a temporary folder beside `output`, and how many pairs are left in them.

    fastp's defaults: adapters found by overlap, reads shorter than 15 or with over 40 % bad bases left out with
    their mates. One thread, so that the order of the reads is always the same. Raises Loci2leadError where fastp
    fails or leaves no pair.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f"{temporary_name(output).name}-") as folder:
        done = [_trim(lane, Path(folder) / f"lane-{number}", fastp) for number, lane in enumerate(lanes, start=1)]
        pairs = sum(count for _, count in done)
        if not pairs:
            raise Loci2leadError("Trimming left no reads", file=lanes[0].first, remedy="look at their quality")
        yield [lane for lane, _ in done], pairs


def _trim(lane: Lane, folder: Path, fastp: Fastp) -> tuple[Lane, int]:
    folder.mkdir()
    result = Lane(folder / "R1.fastq", folder / "R2.fastq")
    files = ("-i", lane.first, "-I", lane.second, "-o", result.first, "-O", result.second)
    report = folder / "fastp.json"
    command = [fastp.program, *map(str, files), "--thread", "1", "--json", str(report), "--html", os.devnull]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Loci2leadError(f"fastp {fastp.version} failed", file=lane.first, found=last_line(done.stderr))
    return result, json.loads(report.read_text())["summary"]["after_filtering"]["total_reads"] // 2
