"""Configuration of train-caller: frozen, typed, checked against unknown keys."""

import difflib
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from loci2lead.errors import ConfigError, InputError

DATA_VARIABLE = "LOCI2LEAD_DATA"


@dataclass(frozen=True)
class RealSlice:
    """A real sample that is only tested on."""

    name: str
    reads: Path
    reference: Path
    truth: Path
    confident: Path
    regions: str


@dataclass(frozen=True, kw_only=True)
class CallerTraining:
    """What the trainings of both callers share: a donor's alleles (`truth`) on `contig` of `reference`, and where to
    train and tune (0-based, half open)."""

    reference: Path
    truth: Path
    contig: str
    train_region: tuple[int, int]
    tune_region: tuple[int, int]
    seed: int = 20
    batch: int = 128
    learning_rate: float = 2e-3


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(CallerTraining):
    """What to train the germline caller on and how.

    `libraries` simulated libraries of `library_length` bases each are drawn from the training region, and
    `tuning_libraries` from the tuning region; `invented_rate` is the chance per base of an invented allele;
    `noise_weight` the natural rate of misleading sites relative to the simulated one;
    `image_margin` the Phred gap of the likelihoods below which a pileup image is always kept. The network goes on from
    that of the model `start` (a shipped one's name or a file) if there is one, else from nothing.
    """

    test_region: tuple[int, int]
    libraries: int = 40
    library_length: int = 400_000
    tuning_libraries: int = 8
    tuning_length: int = 500_000
    depth_range: tuple[float, float] = (10.0, 100.0)
    slip_range: tuple[float, float] = (1e-4, 1e-1)
    invented_rate: float = 4e-4
    image_margin: float = 90.0
    image_share: float = 0.12
    epochs: int = 16
    weight_decay: float = 1e-3
    label_smoothing: float = 0.002
    noise_weight: float = 0.05
    average_decay: float = 0.998
    test_depths: tuple[float, ...] = (15.0, 30.0)
    start: str = ""
    real: tuple[RealSlice, ...] = ()


_PATHS = {"reference", "truth", "reads", "confident"}


def read_training_config(path: Path) -> TrainingConfig:
    """Read the YAML; paths are relative to LOCI2LEAD_DATA, or else to the file. Raises ConfigError."""
    content, base = read_mapping(path)
    real = tuple(build(RealSlice, entry, path, base) for entry in content.pop("real", []) or [])
    return build(TrainingConfig, {**content, "real": real}, path, base)


def read_mapping(path: Path) -> tuple[dict[str, Any], Path]:
    """Return the YAML's mapping and the folder its paths are relative to. Raises ConfigError."""
    if not path.exists():
        raise ConfigError("Training configuration not found", file=path, remedy="check the path")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError("The configuration is not YAML", file=path, found=error) from error
    if not isinstance(content, dict):
        raise ConfigError("The configuration is not a mapping", file=path)
    return content, Path(os.environ.get(DATA_VARIABLE) or path.parent)


def build(kind: Any, content: dict[str, Any], path: Path, base: Path) -> Any:
    """Return `kind` (a dataclass) from a mapping. Raises ConfigError for an unknown or a missing key."""
    known = [f.name for f in fields(kind)]
    for key in content:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            raise ConfigError("Unknown key", file=path, record=key, expected=close[0] if close else ", ".join(known))
    values = {k: base / v if k in _PATHS else _tupled(v) for k, v in content.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError("A key is missing", file=path, found=error) from error


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def check_files(*paths: Path) -> None:
    """Raise InputError for a missing reference or truth before any long work."""
    for path in paths:
        if not path.exists():
            raise InputError(
                "Training data not found", file=path, remedy=f"set {DATA_VARIABLE} to its folder, or mend the paths"
            )
