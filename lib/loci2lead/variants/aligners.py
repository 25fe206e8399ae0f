"""The aligners that align-reads can use: found on PATH or imported, asked for their version, and how each is called.

Every call fixes the number of bases per batch, since bwa estimates the fragment length batch by batch and
would otherwise let the number of threads change an alignment.
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from loci2lead.errors import InputError, Loci2leadError
from loci2lead.io.fastq import Lane

Name = Literal["bwa-mem2", "bwa", "minimap2", "mappy"]
# In the order of preference: accuracy on short reads first, then what needs no program.
NAMES: tuple[Name, ...] = ("bwa-mem2", "bwa", "minimap2", "mappy")
# Files that an index consists of, beside the FASTA; minimap2 and mappy index in memory.
INDEX_SUFFIXES = {
    "bwa-mem2": (".0123", ".amb", ".ann", ".bwt.2bit.64", ".pac"),
    "bwa": (".amb", ".ann", ".bwt", ".pac", ".sa"),
    "minimap2": (),
    "mappy": (),
}
BASES_PER_BATCH = 100_000_000
INSTALL = (
    "install one: `apt install bwa`, `conda install -c bioconda bwa-mem2`, "
    "or `pip install 'loci2lead[align]'` (mappy, needs a C compiler)"
)


@dataclass(frozen=True)
class Aligner:
    """An aligner that is there: its name, its version as it says itself, and the program (None for mappy)."""

    name: Name
    version: str
    program: str | None

    def command(self, index: Path, lane: Lane, read_group: str, threads: int) -> list[str]:
        """Return the command that writes SAM to standard output; `read_group` is an @RG line with tabs."""
        escaped = read_group.replace("\t", "\\t")
        files = [str(index), str(lane.first), str(lane.second)]
        batch = ["-K", str(BASES_PER_BATCH)]
        if self.program is None:
            raise Loci2leadError("mappy is a library, not a program")
        if self.name == "minimap2":
            return [self.program, "-a", "-x", "sr", "-Y", "-t", str(threads), *batch, "-R", escaped, *files]
        return [self.program, "mem", "-Y", "-t", str(threads), *batch, "-R", escaped, *files]


def choose_aligner(wanted: str = "auto") -> Aligner:
    """Return the aligner called `wanted`, or the first that is there. Raises InputError that says what to install."""
    if wanted != "auto" and wanted not in NAMES:
        raise InputError("Unknown aligner", found=wanted, expected="auto, " + ", ".join(NAMES))
    for name in NAMES if wanted == "auto" else [wanted]:
        found = _find(name)
        if found:
            return found
    raise InputError(
        "No aligner was found" if wanted == "auto" else f"The aligner {wanted} was not found",
        expected=f"one of {', '.join(NAMES[:3])} on PATH, or mappy" if wanted == "auto" else f"{wanted} on PATH",
        remedy=INSTALL if wanted == "auto" else f"{INSTALL}, or choose --aligner auto",
    )


def index_for(aligner: Aligner, reference: Path, work: Path, log: Callable[..., None]) -> Path:
    """Return the path that `aligner` takes as its reference, building an index inside `work` where there is none.

    An index beside the FASTA is used. Raises InputError where the reference cannot be indexed.
    """
    suffixes = INDEX_SUFFIXES[aligner.name]
    if all(Path(f"{reference}{suffix}").exists() for suffix in suffixes):
        return reference
    index = work / "reference"
    command = [str(aligner.program), "index", "-p", str(index), str(reference)]
    log("Building an index for this run; to keep one: %s index %s", aligner.name, reference.name)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(
            f"{aligner.name} cannot index the reference",
            file=reference,
            found=last_line(done.stderr),
            expected="FASTA, with memory and disk enough for its index",
        )
    return index


def last_line(text: str) -> str:
    """Return the last line that says something, for messages."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def _find(name: str) -> Aligner | None:
    if name == "mappy":
        return Aligner("mappy", metadata.version("mappy"), None) if find_spec("mappy") else None
    program = shutil.which(name)
    version = program and _version(name, program)
    if not (program and version):
        return None
    kind = next(known for known in NAMES if known == name)
    return Aligner(kind, version, program)


def _version(name: str, program: str) -> str | None:
    """Return what the program says of its version; None where it does not run (another CPU, a missing library)."""
    arguments = {"bwa": [], "bwa-mem2": ["version"], "minimap2": ["--version"]}[name]
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"(?m)^(?:Version: )?(\d+\.\d[\w.-]*)\s*$", done.stdout + "\n" + done.stderr)
    return found[1] if found else None
