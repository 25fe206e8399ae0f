"""Training from raw tables to the model file, its card and its metrics."""

import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from loci2lead import provenance
from loci2lead.errors import ConfigError
from loci2lead.io.atomic import write_json
from loci2lead.models.checkpoint import save_checkpoint
from loci2lead.models.runtime import prepare_device
from loci2lead.response.compounds import read_exclusions
from loci2lead.response.fitting import fit_model
from loci2lead.response.folds import Plan
from loci2lead.response.network import Schedule
from loci2lead.response.omics import Omics, read_folder
from loci2lead.response.storage import pack
from loci2lead.response.tables import Panel, read_panel
from loci2lead.response.training_metrics import training_metrics

log = logging.getLogger(__name__)
RESULTS_VERSION = 2
DEFAULTS = Path(str(files("loci2lead") / "resources" / "training" / "response.yaml"))
LIMITS = (
    "Learned from cell lines; no patient outcome was used, nothing here shows benefit. "
    "706 cancer genes' expression at most. Laboratories agree on the same lines at about 0.5 per drug. "
    "Tissues without training lines, drugs with a strict correlation up to 0.1, and drugs that a monoculture "
    "cannot see are marked and left out of reports."
)


@dataclass(frozen=True)
class Sources:
    """Files a model is trained from."""

    responses: list[Path]
    features: Path
    exclude_lines: Path | None = None
    exclude_drugs: Path | None = None
    main_study: str | None = None
    drug_table: Path | None = None

    def drug_tables(self) -> list[Path]:
        """Return the drug table given, or those found among features and beside the responses."""
        if self.drug_table is not None:
            return [self.drug_table]
        folders = dict.fromkeys([self.features, *(p.parent for p in self.responses)])
        found = [f / name for f in folders for name in ("drugs.csv.gz", "drugs.csv") if (f / name).exists()]
        return found[:1]


def read_settings(config: Path | None, seed: int | None = None) -> dict[str, Any]:
    """Read the training settings; unknown keys are an error that names the known ones."""
    defaults = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    given = {} if config is None else _read_yaml(config)
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise ConfigError("Unknown key", file=config, record=unknown[0], expected=", ".join(defaults))
    return {**defaults, **given} | ({} if seed is None else {"seed": seed})


def _read_yaml(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        raise ConfigError("File not found", file=path, remedy="check the path")
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(content, dict):
        raise ConfigError("Not a mapping of keys to values", file=path)
    return content


def read_sources(sources: Sources) -> tuple[Panel, Omics]:
    """Read responses and features without the excluded lines and drugs."""
    lines, drugs = read_exclusions(sources.exclude_lines), read_exclusions(sources.exclude_drugs)
    omics = read_folder(sources.features)
    absent = lines - set(omics.samples)
    if absent:
        log.info("%d of %d excluded lines are not among the features", len(absent), len(lines))
    omics = omics.take([s for s in omics.samples if s not in lines])
    panel = read_panel(sources.responses, sources.drug_tables(), lines, drugs, sources.main_study)
    return panel, omics


def plan_of(settings: Mapping[str, Any]) -> Plan:
    """Return the training plan; the sets of modalities follow from the data."""
    schedule = Schedule(
        settings["epochs"], settings["learning_rate"], settings["weight_decay"], settings["teacher_share"]
    )
    return Plan(settings["seed"], (), "", settings["networks"], schedule)


def train(sources: Sources, settings: Mapping[str, Any], output: Path, metrics: Path) -> None:
    """Train a model and write it, its card and its metrics; finished folds survive an interruption."""
    prepare_device("cpu")
    panel, omics = read_sources(sources)
    record = _provenance(sources, settings)
    work = output.with_name(
        f".{output.stem}-work-{sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:12]}"
    )
    work.mkdir(parents=True, exist_ok=True)
    model, held = fit_model(panel, omics, plan_of(settings), work)
    figures = training_metrics(held)
    content, state = pack(model)
    card = {
        "model": output.stem,
        "task": "ln(IC50 in µM) of cell lines per drug",
        "command": "loci2lead train-response",
        "data": "hashes under provenance.inputs",
        "seed": settings["seed"],
        "settings": dict(settings),
        **figures,
        "licence": "Apache-2.0 for the weights; the data owners' terms apply to the data",
        "limits": LIMITS,
        "provenance": record,
    }
    save_checkpoint(output, settings=content, state=state, card=card)
    if metrics.resolve() != output.with_suffix(".json").resolve():  # then the card is the metrics file
        write_json(metrics, {**figures, "provenance": record})
    shutil.rmtree(work)
    log.info("model written to %s", output)


def _provenance(sources: Sources, settings: Mapping[str, Any]) -> dict[str, Any]:
    responses = {f"responses_{i}": p for i, p in enumerate(sources.responses)}
    tables = {
        f"features_{p.stem}": p
        for p in sorted(sources.features.glob("*"))
        if p.name.startswith(("expr_", "cn_", "mut_", "hotspot_", "panel718_", "gdsc_", "lines"))
    }
    drugs = {f"drugs_{i}": p for i, p in enumerate(sources.drug_tables())}
    return provenance.describe(
        "train-response",
        results_version=RESULTS_VERSION,
        inputs={
            **responses,
            **tables,
            **drugs,
            "exclude_lines": sources.exclude_lines,
            "exclude_drugs": sources.exclude_drugs,
        },
        parameters={**settings, "main_study": sources.main_study},
    )
