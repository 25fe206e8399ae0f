"""Say what is installed, which device and models are there, what is missing, and the command that mends it.

With --configfile it also checks settings and sheets, so that a mistake shows before any job runs.
Exit code 0 when nothing that is needed is missing, 1 otherwise.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from loci2lead.errors import Loci2leadError

PACKAGES = (
    "snakemake",
    "pysam",
    "torch",
    "torch-geometric",
    "rdkit",
    "deepchem",
    "pandas",
    "typst",
    "numba",
    "lightgbm",
)
ALIGNERS = ("bwa-mem2", "bwa", "minimap2")


@dataclass(frozen=True)
class Finding:
    """One line of the report. `state` is ok, missing (needed) or optional (absent but not needed)."""

    state: str
    what: str
    remedy: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--configfile", type=Path, metavar="YAML", help="also check these settings and their sheets")
    parser.add_argument("--workflow-profile", type=Path, metavar="DIR", help="also check that this profile is there")


def run(*, configfile: Path | None = None, workflow_profile: Path | None = None) -> None:
    """Print the findings; raise Loci2leadError when something needed is missing."""
    findings = [*interpreter(), *packages(), *device(), *models(), *surroundings()]
    if workflow_profile:
        findings += profile(workflow_profile)
    if configfile:
        findings += settings(configfile)
    for finding in findings:
        print(f"{finding.state:<9} {finding.what}" + (f"\n{'':<9}   → {finding.remedy}" if finding.remedy else ""))
    missing = sum(finding.state == "missing" for finding in findings)
    if missing:
        raise Loci2leadError(f"{missing} needed thing{'s are' if missing > 1 else ' is'} missing; see the arrows above")


def interpreter() -> Iterator[Finding]:
    """Check the Python version: deepchem 2.8 runs on 3.11 only."""
    found = "Python " + ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == (3, 11):
        yield Finding("ok", found)
    else:
        yield Finding("missing", f"{found}, but 3.11 is needed", "install python3.11, then run `make demo`")


def packages() -> Iterator[Finding]:
    """Check that the packages are installed, without importing them."""
    for name in PACKAGES:
        try:
            yield Finding("ok", f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding("missing", name, "pip install -r envs/cpu.txt")


def device() -> Iterator[Finding]:
    """Say where networks will run."""
    try:
        import torch
    except ImportError:
        return
    if torch.cuda.is_available():
        yield Finding("ok", f"GPU: {torch.cuda.get_device_name(0)}")
    else:
        yield Finding("optional", "no CUDA device: networks run on the CPU", "for a GPU: pip install -r envs/gpu.txt")


def models() -> Iterator[Finding]:
    """Check each shipped model against the digest in its card."""
    from loci2lead.models.checkpoint import WEIGHTS, shipped_models
    from loci2lead.provenance import sha256_of

    for name in shipped_models():
        file = WEIGHTS / f"{name}.pt"
        card = file.with_suffix(".json")
        if not card.exists():
            yield Finding("missing", f"model {name} has no card", "reinstall the package")
        elif json.loads(card.read_text(encoding="utf-8")).get("sha256") != sha256_of(file):
            yield Finding("missing", f"model {name} differs from its card", "reinstall the package")
        else:
            yield Finding("ok", f"model {name}")
    for stage in ("variants", "response", "molecules"):
        if not shipped_models(stage):
            yield Finding("missing", f"no model for {stage}", "reinstall the package, or `make train`")


def surroundings() -> Iterator[Finding]:
    """Look for what only some uses need: aligners and the real data."""
    found = [name for name in ALIGNERS if shutil.which(name)]
    if found:
        yield Finding("ok", f"aligner: {', '.join(found)}")
    else:
        yield Finding(
            "optional", "no aligner (only FASTQ input needs one)", "pip install 'loci2lead[align]', or bwa-mem2"
        )
    data = os.environ.get("LOCI2LEAD_DATA")
    if data and Path(data).is_dir():
        yield Finding("ok", "LOCI2LEAD_DATA is set")
    else:
        yield Finding(
            "optional",
            "LOCI2LEAD_DATA is not set (only training, benchmarks and the real example need it)",
            "export LOCI2LEAD_DATA=/path/to/data",
        )


def profile(folder: Path) -> Iterator[Finding]:
    """Check a profile's path: Snakemake silently ignores one that does not exist."""
    if (folder / "config.yaml").exists():
        yield Finding("ok", f"profile {folder}")
    else:
        yield Finding("missing", f"no profile at {folder}", "ls workflow/profiles; pass the whole relative path")


def settings(configfile: Path) -> Iterator[Finding]:
    """Check settings and sheets as the workflow will read them."""
    from loci2lead.config.load import load_settings, read_config
    from loci2lead.config.sheets import read_libraries, read_samples

    loaded = load_settings(read_config(configfile), str(configfile))
    accessions = loaded.privacy.accession_patterns
    samples = read_samples(Path(loaded.samples), accession_patterns=accessions) if loaded.samples else []
    libraries = read_libraries(Path(loaded.libraries)) if loaded.libraries else []
    yield Finding("ok", f"settings {configfile}: {len(samples)} samples, {len(libraries)} libraries")


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
