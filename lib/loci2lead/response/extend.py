"""A model with further drugs: all that prediction needs for drugs given by structure, targets and pathway."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.records import Rejection
from loci2lead.response.compounds import Drug, plain_name, read_drugs
from loci2lead.response.drug_kernel import target_words
from loci2lead.response.model import ResponseModel, SetFigures
from loci2lead.response.reference import Distribution
from loci2lead.response.unseen import UnseenFigures, level, profile_weights, support_bin, transfer_matrix


def read_new_drugs(path: Path, known: Sequence[Drug]) -> tuple[list[Drug], list[Rejection]]:
    """Read drugs to add, and what was refused: empty names, repetitions, known drugs, nothing to go by.

    A structure that does not parse is refused even where targets are given: a wrong structure is more often a
    mistake in the row than a drug without one.
    """
    table = read_table(path, dtype=str).fillna("")
    if not len(table):
        raise InputError("The table of drugs is empty", file=path, expected="drug,smiles,targets,pathway")
    drugs, rejected = [], []
    taken = {d.key: d.name for d in known} | {plain_name(d.name): d.name for d in known}
    for row, drug in enumerate(read_drugs(path)):
        smiles = table["smiles"].iloc[row] if "smiles" in table.columns else ""
        code, reason = _refusal(drug, smiles, taken)
        if code:
            rejected.append(Rejection(row, drug.name or f"row-{row}", code, reason))
            continue
        taken |= {drug.key: drug.name, plain_name(drug.name): drug.name}
        drugs.append(replace(drug, study="unseen"))
    return drugs, rejected


def _refusal(drug: Drug, smiles: str, taken: dict[str, str]) -> tuple[str, str]:
    if not plain_name(drug.name):
        return "no_name", "the drug has no name"
    same = taken.get(drug.key) or taken.get(plain_name(drug.name))
    if same is not None:
        return "known_drug", f"the model or an earlier row already has it as {same}"
    if smiles and not drug.smiles and drug.modality == "small_molecule":
        return "invalid_smiles", "the structure is not valid SMILES"
    if not drug.smiles and not target_words(drug.targets) and not drug.pathway:
        return "nothing_known", "neither structure nor targets nor pathway are given"
    return "", ""


def extend_model(model: ResponseModel, new: Sequence[Drug]) -> ResponseModel:
    """Return the model with further drugs appended, predicted by kriging over the drugs it knows."""
    if not new:
        return model
    figures = UnseenFigures.from_plain(model.unseen)
    weights, nearest = profile_weights(new, model.drugs)
    carry = transfer_matrix(figures.spread, weights)
    means = level(new, model.drugs, model.means)
    extension = np.hstack([np.eye(len(model.drugs)), carry])
    tissue_means = {t: np.concatenate([m, means + (m - model.means) @ carry]) for t, m in model.tissue_means.items()}
    scopes, _, levels = model.distribution.quantiles.shape
    quantiles = np.concatenate([model.distribution.quantiles, np.full((scopes, len(new), levels), np.nan)], axis=1)
    lines = np.concatenate([model.distribution.lines, np.zeros((scopes, len(new)), dtype=int)], axis=1)
    bins = support_bin(nearest)
    return replace(
        model,
        drugs=[*model.drugs, *new],
        means=np.concatenate([model.means, means]),
        extension=extension,
        figures={s: _extended(f, figures, bins) for s, f in model.figures.items()},
        tissue_means=tissue_means,
        distribution=Distribution(model.distribution.scopes, quantiles, lines),
        support=bins,
    )


def _extended(figures: SetFigures, unseen: UnseenFigures, bins: NDArray[np.int_]) -> SetFigures:
    width = np.array(unseen.half_width)[bins]
    strict = np.array(unseen.strict)[bins]
    none = np.full(len(bins), np.nan)
    return SetFigures(
        figures.network_share,
        np.concatenate([figures.half_width, width]),
        np.concatenate([figures.half_width_tumour, width]),
        np.concatenate([figures.reliability, strict]),
        *(np.concatenate([v, none]) for v in (figures.gain, figures.gain_low, figures.gain_high)),
    )
