"""Distilling: one small network learns what the ensemble answers, and is judged on molecules that nobody showed it.

Student k learns from member k of the teacher and from measured values, both without fold k, so its scores of fold k
are out of fold as the teacher's own are. These calibrate the student that ships, which learns from all folds.
"""

import hashlib
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.molecules import RESULTS_VERSION
from loci2lead.molecules.calibration import logistic
from loci2lead.molecules.datasets import standardise_table
from loci2lead.molecules.endpoints import CLASSIFICATION, endpoint_table
from loci2lead.molecules.fast import FastModel, save_fast_model
from loci2lead.molecules.features import MORGAN_SIZE
from loci2lead.molecules.graphs import atom_vocabulary
from loci2lead.molecules.inputs import Inputs, inputs_of, load_inputs, save_inputs
from loci2lead.molecules.judging import out_of_fold_figures
from loci2lead.molecules.model import Output, PropertyModel, load_model
from loci2lead.molecules.network import PropertyNetwork, build_network
from loci2lead.molecules.network_training import NetworkPlan, train_network
from loci2lead.molecules.recipe import Gathered, gather, read_recipe
from loci2lead.molecules.training import OutOfFold, fit_calibration, fold_numbers, standardised, too_common
from loci2lead.provenance import describe, to_json
from loci2lead.seeds import derive_seed

log = logging.getLogger(__name__)
Array = NDArray[np.float64]
PLAN = NetworkPlan(hidden=64, layers=3, side=MORGAN_SIZE, mixed=128, dropout=0.1, batch=128, steps=1600, rate=3e-3)
SEED = 0
MEASURED_SHARE = 0.5  # of a target where a value was measured; the rest is the teacher's answer
BLOCK = 2048  # molecules that the teacher scores at once
LIMITS = (
    "Research use only: for the first pass over a large library; score what it keeps with the full depth. No spread "
    "and no nearest training molecule: of the domain it only knows atoms that it never met."
)


@dataclass(frozen=True)
class Lesson:
    """What the students learn from: inputs, each member's answers (members, n, endpoints), measured values, folds.

    Answers and measured values are on the standardised scale of the endpoint, classes as probabilities.
    """

    inputs: Inputs
    answers: Array
    measured: Array
    fold: NDArray[np.int64]

    def targets(self, members: slice) -> Array:
        """Return what is to be learnt: the mean of some members' answers, mixed with the value where measured."""
        taught = self.answers[members].mean(0)
        mixed = MEASURED_SHARE * self.measured + (1 - MEASURED_SHARE) * taught
        return np.where(np.isfinite(self.measured), mixed, taught)


def distil(teacher_name: str, recipe_name: str, output: Path) -> None:
    """Distil a model trained on a recipe, and write the fast model with its card.

    Raises InputError where the teacher was not trained on this recipe: its folds would be others.
    """
    folder = os.environ.get("LOCI2LEAD_DATA")
    if not folder or not Path(folder).is_dir():
        raise InputError("The data folder is not set", expected="LOCI2LEAD_DATA=<folder of the recipe's tables>")
    teacher, recipe = load_model(teacher_name, torch.device("cpu")), read_recipe(recipe_name)
    checkpoint = load_checkpoint(teacher_name)
    if checkpoint.card.get("provenance", {}).get("parameters", {}).get("recipe") != recipe:
        raise InputError(
            "The teacher was not trained on this recipe", file=checkpoint.path, found=recipe_name,
            remedy="train it again with `loci2lead train-properties --recipe`, or give its own recipe",
        )  # fmt: skip
    gathered = gather(recipe, Path(folder))
    provenance = describe(
        "distil-properties",
        results_version=RESULTS_VERSION,
        inputs=gathered.sources,
        models={"teacher": checkpoint.path},
        parameters={"recipe": recipe, "network": asdict(PLAN), "measured_share": MEASURED_SHARE},
    )
    digest = hashlib.sha256(to_json(provenance).encode()).hexdigest()[:16]
    work = output.with_name(f".{output.name}.students-{digest}")
    work.mkdir(parents=True, exist_ok=True)
    model, out_of_fold = _students(teacher, _lesson(teacher, gathered, work), gathered, PLAN, work)
    model = _with_approved(model, gathered.approved)
    # the student sits where the teacher's trees would
    stand_in = replace(teacher, outputs=model.endpoints, networks=[], calibration=model.calibration)
    values = gathered.measured.values[:, _answers(teacher)]
    measured = replace(gathered.measured, values=values)
    figures = out_of_fold_figures(stand_in, out_of_fold, measured, {}, gathered.plan.seed)
    save_fast_model(output, model, _card(model, figures, checkpoint.card, provenance))
    shutil.rmtree(work)


def _lesson(teacher: PropertyModel, gathered: Gathered, work: Path) -> Lesson:
    """Let the teacher's members answer for every molecule, or read what an interrupted run has kept."""
    measured, plan = gathered.measured, gathered.plan
    if not (work / "inputs.npz").exists():
        save_inputs(work / "inputs.npz", inputs_of(measured.mols, forget=True))
    inputs = load_inputs(work / "inputs.npz")
    kept = work / "answers.npy"
    if not kept.exists():
        blocks = [np.arange(i, min(i + BLOCK, len(inputs))) for i in range(0, len(inputs), BLOCK)]
        answers = np.concatenate([_member_answers(teacher, inputs.take(block)) for block in blocks], axis=1)
        with atomic_path(kept) as temporary, temporary.open("wb") as handle:
            np.save(handle, answers)
        log.info("the teacher has answered for %d molecules", len(inputs))
    targets = standardised(measured.values, teacher.outputs)[:, _answers(teacher)]
    return Lesson(inputs, np.load(kept), targets, fold_numbers(measured.groups, plan.folds or plan.members, plan.seed))


def _member_answers(teacher: PropertyModel, inputs: Inputs) -> Array:
    z = teacher.raw_scores(inputs) @ teacher.calibration.weights + teacher.calibration.offsets
    classes = np.array([output.task == CLASSIFICATION for output in teacher.endpoints])
    return np.where(classes, logistic(z), z)


def _students(
    teacher: PropertyModel, lesson: Lesson, gathered: Gathered, plan: NetworkPlan, work: Path
) -> tuple[FastModel, OutOfFold]:
    """Train one student per member of the teacher and one on everything, calibrated by the others' unseen scores."""
    endpoints, members = tuple(teacher.endpoints), gathered.plan.left_out()
    vocabulary = atom_vocabulary(lesson.inputs.graphs, 5)
    scores = np.full((len(lesson.fold), len(endpoints)), np.nan)
    for k, left_out in enumerate(members):
        unseen = np.flatnonzero(lesson.fold == left_out)
        _, scores[unseen] = _student(lesson, slice(k, k + 1), unseen, endpoints, vocabulary, plan, work, k)
    nobody = np.zeros(0, dtype=np.int64)
    network, _ = _student(lesson, slice(None), nobody, endpoints, vocabulary, plan, work, len(members))
    judged = np.isin(lesson.fold, members) & ~too_common(gathered.measured.groups)
    placed = np.hstack([np.zeros_like(scores), scores])  # the place of trees in an ensemble's scores
    fitted = fit_calibration(placed[judged], lesson.measured[judged], endpoints, {}, networks=False)
    calibration = replace(fitted, weights=fitted.weights[len(endpoints) :])
    settings = {"network": plan.shape(len(vocabulary), len(endpoints))}
    model = FastModel(endpoints, vocabulary, network, calibration, torch.device("cpu"), settings)
    return model, OutOfFold(placed, np.where(judged, lesson.fold, -1))


def _student(
    lesson: Lesson, members: slice, unseen: NDArray[np.int64], endpoints: tuple[Output, ...],
    vocabulary: NDArray[np.int64], plan: NetworkPlan, work: Path, number: int,
) -> tuple[PropertyNetwork, NDArray[np.float32]]:  # fmt: skip
    """Train a student on all but `unseen` and return it with its scores of those, or read it from `work`."""
    kept = work / f"student-{number}.pt"
    if not kept.exists():
        seen = np.setdiff1d(np.arange(len(lesson.inputs)), unseen)
        counts = lesson.inputs.counts[:, :MORGAN_SIZE]
        network, scores = train_network(
            lesson.inputs.graphs, counts, lesson.targets(members), seen, unseen, endpoints, vocabulary, plan,
            derive_seed(SEED, "student", number),
        )  # fmt: skip
        with atomic_path(kept) as temporary:
            torch.save({"network": network.state_dict(), "scores": torch.from_numpy(scores)}, temporary)
        log.info("trained student %d", number + 1)
    content = torch.load(kept, weights_only=True)
    network = build_network(plan.shape(len(vocabulary), len(endpoints)))
    network.load_state_dict(content["network"])
    return network.eval(), content["scores"].numpy()


def _answers(teacher: PropertyModel) -> list[int]:
    """Return the columns of the teacher's outputs that are answers."""
    return [i for i, output in enumerate(teacher.outputs) if not output.helper]


def _with_approved(model: FastModel, smiles: list[str]) -> FastModel:
    """Return the model with the quantiles that approved drugs reach on each endpoint."""
    mols = [compound.mol for compound in standardise_table(smiles) if compound.mol is not None]
    if not mols:
        return model
    return replace(model, calibration=model.calibration.with_approved(model.predict(mols)[0].value))


def _card(
    model: FastModel, figures: Mapping[str, Mapping[str, Any]], teacher: Mapping[str, Any], provenance: dict[str, Any]
) -> dict[str, Any]:
    known = endpoint_table()
    key = ("auroc", "spearman", "mae")
    theirs = teacher.get("out_of_fold", {})
    return {
        "model": "one GINE network on graph and Morgan counts, distilled from an ensemble, calibrated out of fold",
        "endpoints": [output.name for output in model.endpoints],
        "licences": {o.name: known[o.name].licence for o in model.endpoints if o.name in known},
        "licence": "Apache-2.0 for the weights; each data set's licence under licences",
        "data": "the teacher's training tables only; hashes under provenance.inputs",
        "seed": SEED,
        "command": "loci2lead distil-properties, with provenance.parameters",
        "limits": LIMITS,
        "out_of_fold": figures,
        "teacher_out_of_fold": {
            name: {k: theirs[name][k] for k in key if k in theirs[name]} for name in figures if name in theirs
        },
        "provenance": provenance,
    }
