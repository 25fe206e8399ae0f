"""Scoring of one block of a library: rows in, one table row per input row out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.rdBase import BlockLogs

from loci2lead.errors import InputError
from loci2lead.io.libraries import LibraryRow
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.molecules.alerts import alerts_of
from loci2lead.molecules.calibration import class_sets, percentile
from loci2lead.molecules.endpoints import CLASSIFICATION, endpoint_table
from loci2lead.molecules.exposure import margins
from loci2lead.molecules.fast import FastModel
from loci2lead.molecules.foreign import ForeignModel, is_foreign, load_foreign
from loci2lead.molecules.inputs import Inputs, inputs_of
from loci2lead.molecules.model import Predictions, PropertyModel
from loci2lead.molecules.properties import QUICK as QUICK_COLUMNS
from loci2lead.molecules.properties import qed_of, quick_properties, quick_properties_of, sa_score_of
from loci2lead.molecules.smarts_screen import features_of
from loci2lead.molecules.standardise import standardise
from loci2lead.records import Rejection

DIGITS = 4
DEPTHS = ("parse", "fast", "properties", "quick", "cascade", "full")
PARSE, FAST, PROPERTIES, QUICK, CASCADE, FULL = DEPTHS
CANONICAL_SMILES, INCHIKEY = "canonical_smiles", "inchikey"
IDENTITIES = {"inchikey": INCHIKEY, "smiles": CANONICAL_SMILES}
WITHOUT_MODEL = frozenset({PARSE, PROPERTIES})
AnyModel = PropertyModel | FastModel | ForeignModel | None
OUT_OF_DOMAIN = frozenset({"metal", "out_of_domain_size", "trivial", "no_carbon", "unusual_element"})


@dataclass(frozen=True)
class ScreenPlan:
    """What to compute: endpoints by name, depth (one of DEPTHS), canonical tautomers or not, known peak levels.

    `identity` is the column that says which rows are one compound, one of IDENTITIES; without the InChIKey, which takes
    longer than all else of a first pass, two tautomers that share one count as two compounds.
    """

    endpoints: tuple[str, ...]
    depth: str = FULL
    tautomers: bool = False
    cmax: Mapping[str, float] = field(default_factory=dict)
    identity: str = INCHIKEY


def identity_column(depth: str, asked: str = "auto") -> str:
    """Return the column that identifies a compound: the one asked for (of IDENTITIES), else that of the depth."""
    return IDENTITIES.get(asked) or (CANONICAL_SMILES if depth == FAST else INCHIKEY)


def orderable_columns(depth: str, endpoints: Sequence[str]) -> list[str]:
    """Return the columns of numbers by which the rows of this depth can be put in order."""
    dear = ("qed", "sa_score", "nearest_training")
    numbers = {PARSE: (), FAST: (), PROPERTIES: QUICK_COLUMNS}.get(depth, (*QUICK_COLUMNS, *dear))
    return [*endpoints, *numbers]


def choose_endpoints(model: str | Path, asked: str | None, commercial: bool = False) -> tuple[str, ...]:
    """Return the endpoints to score, in the model's order.

    With `commercial`, those are left out whose training data may not be used commercially or have no known licence
    for it. Raises InputError for a name the model does not know, or where nothing is left.
    """
    known = _endpoints_of(model)
    if commercial:
        free = {name for name, endpoint in endpoint_table().items() if endpoint.commercial == "yes"}
        known = [name for name in known if name in free]
    if asked is None and known:
        return tuple(known)
    wanted = [name.strip() for name in (asked or "").split(",") if name.strip()]
    strange = [name for name in wanted if name not in known]
    if strange or not wanted:
        raise InputError(
            "Unknown endpoint",
            file=Path(model),
            found=", ".join(strange) or "none named",
            expected=", ".join(known) or "an endpoint that --commercial allows",
            remedy="name endpoints of this model with --endpoints, or leave the flag out for all",
        )
    return tuple(name for name in known if name in wanted)


def _endpoints_of(model: str | Path) -> list[str]:
    if is_foreign(str(model)):
        return list(load_foreign(str(model)).columns)
    return [o["name"] for o in load_checkpoint(model).settings.get("outputs", []) if not o["helper"]]


def score_block(rows: Sequence[LibraryRow], model: AnyModel, plan: ScreenPlan) -> tuple[pd.DataFrame, list[Rejection]]:
    """Score consecutive library rows; the table has one row per input row, in order."""
    with BlockLogs():  # RDKit's messages may spell out a structure
        return _score_block(rows, model, plan)


def _score_block(rows: Sequence[LibraryRow], model: AnyModel, plan: ScreenPlan) -> tuple[pd.DataFrame, list[Rejection]]:
    with_key = plan.identity == INCHIKEY or bool(plan.cmax)  # peak levels are looked up by InChIKey
    compounds = [standardise(row, plan.tautomers, with_key) for row in rows]
    usable = np.array([i for i, compound in enumerate(compounds) if compound.mol is not None], dtype=np.int64)
    mols = [compound.mol for compound in compounds if compound.mol is not None]
    strange = np.array([bool(OUT_OF_DOMAIN & set(compounds[i].codes)) for i in usable], dtype=bool)
    if plan.depth == PARSE:
        scores: dict[str, Any] = {}
    elif isinstance(model, FastModel):
        scores = _fast_columns(mols, strange, model, plan)
    elif isinstance(model, PropertyModel):
        scores = _score_columns(mols, strange, inputs_of(mols), model, plan)
    else:
        scores, failed = _foreign_columns(mols, [compounds[i].canonical for i in usable], strange, model, plan)
        for i in usable[failed].tolist():
            compounds[i] = replace(compounds[i], codes=(*compounds[i].codes, "model_failed"))
    if plan.cmax:
        scores |= margins([(compounds[i].inchikey, compounds[i].id) for i in usable], scores, plan.cmax)
    texts: dict[str, list[str | None]] = {
        "id": [compound.id for compound in compounds],
        "smiles": [compound.smiles for compound in compounds],
        "canonical_smiles": [compound.canonical or None for compound in compounds],
        "inchikey": [compound.inchikey or None for compound in compounds],
        "status": [compound.status for compound in compounds],
        "codes": [";".join(compound.codes) for compound in compounds],
    }
    columns = {name: pd.Series(values, dtype="string") for name, values in texts.items()}
    for name, values in scores.items():
        columns[name] = _spread_out(values, usable, len(compounds))
    rejections = [
        Rejection(compound.row, compound.id, compound.codes[0], compound.reason)
        for compound in compounds
        if compound.mol is None
    ]
    return pd.DataFrame(columns), rejections


def _score_columns(
    mols: Sequence[Chem.Mol], strange: NDArray[np.bool_], inputs: Inputs, model: PropertyModel, plan: ScreenPlan
) -> dict[str, Any]:
    """Return all columns that come from a structure; `strange` are the molecules flagged as out of domain."""
    predictions = model.predict(inputs)
    columns: dict[str, Any] = {}
    for i, output in enumerate(model.endpoints):
        if output.name in plan.endpoints:
            columns |= _endpoint_columns(i, predictions, model)
    threshold = model.domain_threshold
    columns["in_domain"] = (predictions.similarity >= threshold) & ~strange
    columns["nearest_training"] = np.round(predictions.similarity, DIGITS)
    return columns | _structure_columns(mols, quick_properties(inputs.descriptors), columns["in_domain"], plan.depth)


def _fast_columns(
    mols: Sequence[Chem.Mol], strange: NDArray[np.bool_], model: FastModel, plan: ScreenPlan
) -> dict[str, Any]:
    """Return the columns of the fast model; `in_domain` is false for strange structures and atoms, else null."""
    predictions, unknown = model.predict(mols)
    columns: dict[str, Any] = {}
    for i, output in enumerate(model.endpoints):
        if output.name in plan.endpoints:
            columns |= _endpoint_columns(i, predictions, model)
    return columns | {"in_domain": _false_or_null(strange | unknown)}


def _false_or_null(outside: NDArray[np.bool_]) -> Any:
    return pd.array([False if odd else None for odd in outside], dtype="boolean")


def _foreign_columns(
    mols: Sequence[Chem.Mol],
    smiles: Sequence[str],
    strange: NDArray[np.bool_],
    model: ForeignModel | None,
    plan: ScreenPlan,
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Return the columns of a model made elsewhere (or of none), and which molecules it failed on.

    Nothing is known of its domain: `in_domain` is false for structures flagged as strange, else null.
    """
    columns: dict[str, Any] = {}
    failed = np.zeros(len(mols), dtype=bool)
    if model is not None:
        scores, failed = model.scores(smiles)
        columns = {name: values for name, values in scores.items() if name in plan.endpoints}
        columns["in_domain"] = _false_or_null(strange)
        columns["nearest_training"] = np.full(len(mols), np.nan)
    return columns | _structure_columns(mols, quick_properties_of(mols), ~strange, plan.depth), failed


def _structure_columns(
    mols: Sequence[Chem.Mol], quick: dict[str, NDArray[np.float64]], in_domain: NDArray[np.bool_], depth: str
) -> dict[str, Any]:
    if depth == PROPERTIES:
        return dict(quick)
    alerts, qed, accessibility = _dear_columns(mols, _deserves_depth(quick, in_domain, depth))
    return {"alerts": alerts, **quick, "qed": qed, "sa_score": accessibility}


def _deserves_depth(p: dict[str, NDArray[np.float64]], in_domain: NDArray[np.bool_], depth: str) -> NDArray[np.bool_]:
    """Return which molecules get the dear columns: all (full), none (quick), or those the cascade lets pass.

    The cascade asks for the model's domain and an oral drug's window: Lipinski 1997 and Veber 2002, no violation.
    """
    if depth != CASCADE:
        return np.full(len(in_domain), depth == FULL)
    lipinski = (p["mw"] <= 500) & (p["logp"] <= 5) & (p["hbd"] <= 5) & (p["hba"] <= 10)
    return in_domain & lipinski & (p["rotatable"] <= 10) & (p["tpsa"] <= 140)


def _dear_columns(
    mols: Sequence[Chem.Mol], wanted: NDArray[np.bool_]
) -> tuple[list[str | None], NDArray[np.float64], NDArray[np.float64]]:
    """Return alerts, QED and synthetic accessibility of the wanted molecules; None and NaN for the others."""
    alerts: list[str | None] = [None] * len(mols)
    qed, accessibility = np.full((2, len(mols)), np.nan)
    for i in np.flatnonzero(wanted).tolist():
        features = features_of(mols[i])
        alerts[i] = alerts_of(mols[i], features)
        qed[i] = _or_nan(qed_of(mols[i], features))
        accessibility[i] = _or_nan(sa_score_of(mols[i]))
    return alerts, qed, accessibility


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _endpoint_columns(i: int, predictions: Predictions, model: PropertyModel | FastModel) -> dict[str, Any]:
    output, calibration = model.endpoints[i], model.calibration
    value = np.round(predictions.value[:, i], DIGITS)
    columns: dict[str, object] = {output.name: value, f"{output.name}_std": np.round(predictions.spread[:, i], DIGITS)}
    if output.task == CLASSIFICATION:
        columns[f"{output.name}_set"] = class_sets(value, calibration.zero[i], calibration.one[i])
    else:
        columns[f"{output.name}_low"] = np.round(predictions.lower[:, i], DIGITS)
        columns[f"{output.name}_high"] = np.round(predictions.upper[:, i], DIGITS)
    quantiles = calibration.approved[i]
    if np.isfinite(quantiles).all():
        columns[f"{output.name}_pct_approved"] = percentile(value, quantiles)
    return columns


def _spread_out(values: Any, places: NDArray[np.int64], size: int) -> "pd.Series[Any]":
    """Put the values of usable rows at their places; the other rows become null."""
    array = np.asarray(values, dtype=object if isinstance(values, list) else None)
    if array.dtype.kind == "f":
        numbers = np.full(size, np.nan)
        numbers[places] = array
        return pd.Series(numbers).astype("Float64")
    full = np.full(size, None, dtype=object)
    full[places] = array
    kind: Any = "boolean" if array.dtype.kind == "b" or isinstance(values, pd.arrays.BooleanArray) else "string"
    return pd.Series(full).astype(kind)
