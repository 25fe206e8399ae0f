"""Configuration of train-somatic-caller: frozen, typed, checked against unknown keys."""

from dataclasses import dataclass
from pathlib import Path

from loci2lead.variants.training_config import CallerTraining, build, read_mapping


@dataclass(frozen=True, kw_only=True)
class SomaticTrainingConfig(CallerTraining):
    """What to train on and how: the donor's alleles are split anew for each of `pairs` simulated pairs into germline
    and somatic, and `members` networks are trained with different seeds and averaged."""

    pairs: int = 40
    tuning_pairs: int = 14
    members: int = 3
    epochs: int = 40
    weight_decay: float = 1e-2
    label_smoothing: float = 0.001
    average_decay: float = 0.995


def read_somatic_config(path: Path) -> SomaticTrainingConfig:
    """Read the YAML; paths are relative to LOCI2LEAD_DATA, or else to the file. Raises ConfigError."""
    content, base = read_mapping(path)
    config: SomaticTrainingConfig = build(SomaticTrainingConfig, content, path, base)
    return config
