"""From a table or a recipe to a model file, its card, its metrics and its predictions."""

import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.atomic import write_json
from loci2lead.io.tables import read_table, write_text_table
from loci2lead.molecules import RESULTS_VERSION
from loci2lead.molecules.curation import split_report, structures_report, target_report
from loci2lead.molecules.datasets import Measured, measured_molecules, row_values, standardise_table
from loci2lead.molecules.endpoints import CLASSIFICATION, REGRESSION, endpoint_table
from loci2lead.molecules.inputs import Inputs, inputs_of, load_inputs, save_inputs
from loci2lead.molecules.judging import out_of_fold_figures, part_figures
from loci2lead.molecules.members import TrainingPlan
from loci2lead.molecules.model import Output, PropertyModel, save_model
from loci2lead.molecules.recipe import Gathered, gather, read_recipe
from loci2lead.molecules.scales import Scale, fit_scale
from loci2lead.molecules.splits import split_rows, time_numbers
from loci2lead.molecules.training import OutOfFold, train_model
from loci2lead.provenance import describe, to_json

log = logging.getLogger(__name__)
Array = NDArray[np.float64]
SMALL_SET, SMALL_SET_MEMBERS = 1500, 8
LIMITS = (
    "Research use only. In-vitro assays and literature labels, not effects in people. Stereochemistry, isotopes "
    "and tautomers are not seen by the model. Outside `in_domain` the numbers are guesses. Sets and intervals "
    "hold for molecules as new as those of the folds: new compounds or new scaffolds, as `folds` says."
)


@dataclass(frozen=True)
class DatasetSource:
    """A user's table: file, structure column, target columns, their task and the split (a word or a file)."""

    file: Path
    smiles_column: str
    targets: tuple[str, ...]
    task: str
    split: str
    time_column: str | None = None


def train_on_dataset(source: DatasetSource, seed: int, members: int | None, output: Path, metrics: Path) -> None:
    """Train on the split's training rows, judge on its test rows, and write model, card, metrics, predictions."""
    wanted = [source.smiles_column, *source.targets, *([source.time_column] if source.time_column else [])]
    table = read_table(source.file, columns=wanted, low_memory=False)
    smiles = table[source.smiles_column].fillna("").astype(str).tolist()
    values = row_values(table, source.targets)
    _check_values(source, values)
    compounds = standardise_table(smiles)
    usable = np.array([i for i, compound in enumerate(compounds) if compound.mol is not None], dtype=np.int64)
    if not len(usable):
        raise InputError("No structure of the table can be used", file=source.file, record=source.smiles_column)
    times = time_numbers(table[source.time_column], source.file) if source.time_column else None
    split = split_rows(source.split, smiles, usable, seed, times)
    tasks = [source.task] * len(source.targets)
    train = split.train
    measured, member = measured_molecules([compounds[i] for i in train], values[train], tasks)
    outputs = [_output(name, source.task, measured.values[:, i]) for i, name in enumerate(source.targets)]
    plan = fitted_plan(TrainingPlan(seed=seed), len(measured), members)
    provenance = describe(
        "train-properties",
        results_version=RESULTS_VERSION,
        inputs={"dataset": source.file, "split": Path(source.split) if Path(source.split).is_file() else None},
        parameters={
            "smiles_column": source.smiles_column, "targets": list(source.targets), "task": source.task,
            "split": source.split if not Path(source.split).is_file() else "file",
            "time_column": source.time_column, "plan": asdict(plan),
        },
    )  # fmt: skip
    inputs, model, out_of_fold = _trained(measured, outputs, plan, output, provenance)
    judged = np.concatenate([split.valid, split.test])
    judged_inputs = inputs_of([compounds[i].mol for i in judged])
    predictions = model.predict(judged_inputs)
    before, after = slice(0, len(split.valid)), slice(len(split.valid), None)
    report: dict[str, Any] = {
        "split": {part: len(rows) for part, rows in split.as_lists().items()},
        "folds": "compound",
        "rejected_rows": len(smiles) - len(usable),
        "conflicting_labels": measured.conflicts,
        "out_of_fold": out_of_fold_figures(model, out_of_fold, measured, plan.helpers, seed),
        "valid": part_figures(model, predictions, values[split.valid], before, measured.values, seed),
        "test": part_figures(model, predictions, values[split.test], after, measured.values, seed),
        "provenance": provenance,
    }
    _write_report(output, metrics, model, report, plan.seed)
    rows = pd.DataFrame({"row": np.repeat(split.test, len(source.targets))})
    rows["target"] = list(source.targets) * len(split.test)
    rows["y"] = values[split.test].ravel()
    rows["prediction"] = np.round(predictions.value[after].ravel(), 6)
    write_text_table(metrics.with_suffix(".predictions.csv"), rows.dropna(subset=["y"]))
    curation = {
        "structures": structures_report(compounds),
        "targets": {
            name: target_report(table[name].iloc[train], values[train, i], member, name, source.task)
            for i, name in enumerate(source.targets)
        },
        "leaks": split_report(
            compounds,
            split,
            {
                "train": inputs.fingerprints,
                "valid": judged_inputs.fingerprints[before],
                "test": judged_inputs.fingerprints[after],
            },
        ),
        "provenance": provenance,
    }
    write_json(metrics.with_suffix(".curation.json"), curation)
    log.info("test: %s", _summary(report["test"]))


def train_on_recipe(name: str, output: Path, metrics: Path) -> None:
    """Train a model from a recipe's tables, judged out of fold, and write model, card and metrics."""
    folder = os.environ.get("LOCI2LEAD_DATA")
    if not folder or not Path(folder).is_dir():
        raise InputError("The data folder is not set", expected="LOCI2LEAD_DATA=<folder of the recipe's tables>")
    gathered: Gathered = gather(read_recipe(name), Path(folder))
    provenance = describe(
        "train-properties",
        results_version=RESULTS_VERSION,
        inputs=gathered.sources,
        parameters={"recipe": read_recipe(name)},
    )
    _, model, out_of_fold = _trained(gathered.measured, gathered.outputs, gathered.plan, output, provenance)
    model = with_approved(model, gathered.approved)
    report: dict[str, Any] = {
        "folds": read_recipe(name).get("folds", "compound"),
        "molecules": len(gathered.measured),
        "conflicting_labels": gathered.measured.conflicts,
        "out_of_fold": out_of_fold_figures(
            model, out_of_fold, gathered.measured, gathered.plan.helpers, gathered.plan.seed
        ),
        "provenance": provenance,
    }
    _write_report(output, metrics, model, report, gathered.plan.seed)
    write_json(metrics.with_suffix(".curation.json"), {"tables": gathered.curation, "provenance": provenance})
    log.info("out of fold: %s", _summary(report["out_of_fold"]))


def fitted_plan(plan: TrainingPlan, molecules: int, members: int | None = None) -> TrainingPlan:
    """Return the plan with as many members and network updates as a set of this size deserves.

    Small sets get more members, if the user does not say how many: each then sees 7/8 of what little there is.
    """
    plan = replace(plan, members=members or (SMALL_SET_MEMBERS if molecules < SMALL_SET else plan.members))
    if plan.network is None:
        return plan
    steps = int(np.clip(20 * molecules / plan.network.batch, 300, 2000))
    return replace(plan, network=replace(plan.network, steps=steps))


def with_approved(model: PropertyModel, smiles: list[str]) -> PropertyModel:
    """Return the model with the quantiles that approved drugs reach on each endpoint."""
    mols = [compound.mol for compound in standardise_table(smiles) if compound.mol is not None]
    if not mols:
        return model
    return replace(model, calibration=model.calibration.with_approved(model.predict(inputs_of(mols)).value))


def _trained(
    measured: Measured, outputs: Sequence[Output], plan: TrainingPlan, output: Path, provenance: dict[str, Any]
) -> tuple[Inputs, PropertyModel, OutOfFold]:
    """Train with finished members kept beside the output, so that a killed run goes on; tidy up at the end."""
    digest = hashlib.sha256(to_json(provenance).encode()).hexdigest()[:16]
    folder = output.with_name(f".{output.name}.members-{digest}")
    folder.mkdir(parents=True, exist_ok=True)
    inputs = _kept_inputs(measured, folder)
    model, out_of_fold = train_model(inputs, measured.groups, measured.values, outputs, plan, folder)
    shutil.rmtree(folder)
    return inputs, model, out_of_fold


def _kept_inputs(measured: Measured, folder: Path) -> Inputs:
    """Compute what the model sees of the molecules, or read it from a run that was interrupted."""
    path = folder / "inputs.npz"
    if not path.exists():
        save_inputs(path, inputs_of(measured.mols, forget=True))
    return load_inputs(path)


def _check_values(source: DatasetSource, values: Array) -> None:
    for i, name in enumerate(source.targets):
        known = values[np.isfinite(values[:, i]), i]
        if len(known) < 20:
            raise InputError(
                "Too few measured values", file=source.file, record=name, found=len(known), expected="at least 20"
            )
        if source.task == CLASSIFICATION and set(np.unique(known)) != {0.0, 1.0}:
            raise InputError(
                "Class labels must be 0 and 1, both present",
                file=source.file,
                record=name,
                found=", ".join(f"{v:g}" for v in np.unique(known)[:5]),
                remedy="use --task regression, or turn the labels into 0 and 1",
            )


def _output(name: str, task: str, values: Array) -> Output:
    return Output(name, task, fit_scale(values) if task == REGRESSION else Scale("plain", 0.0, 1.0))


def _write_report(output: Path, metrics: Path, model: PropertyModel, report: dict[str, Any], seed: int) -> None:
    """Write model, card and metrics; the card holds the metrics too, so one file may serve as both."""
    save_model(output, model, _card(model, report, seed))
    if metrics != output.with_suffix(".json"):
        write_json(metrics, report)


def _card(model: PropertyModel, report: dict[str, Any], seed: int) -> dict[str, Any]:
    known = endpoint_table()
    return {
        "model": "ensemble of GINE networks and boosted trees, blended and calibrated out of fold",
        "endpoints": [output.name for output in model.endpoints],
        "licences": {o.name: known[o.name].licence for o in model.endpoints if o.name in known},
        "licence": "Apache-2.0 for the weights; each data set's licence under licences",
        "data": "hashes under provenance.inputs",
        "seed": seed,
        "command": "loci2lead train-properties, with provenance.parameters",
        "baselines": "naive_* beside each figure: the training set's rate of class 1 or median",
        "limits": LIMITS,
        **report,
    }


def _summary(figures: dict[str, dict[str, Any]]) -> str:
    words = []
    for name in ("auroc", "mae", "spearman"):
        values = [f[name] for f in figures.values() if f.get(name) is not None]
        if values:
            words.append(f"mean {name} {np.mean(values):.4f} over {len(values)} endpoints")
    return ", ".join(words)
