"""From omics to the response table: numbers, intervals, percentiles, and why a number is to be left out."""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.records import RESPONSE_COLUMNS, names
from loci2lead.response.blocks import standardise
from loci2lead.response.explain import top_genes
from loci2lead.response.model import ResponseModel, words_of_set
from loci2lead.response.omics import Omics
from loci2lead.response.reference import LEVELS, MIN_TISSUE_LINES

log = logging.getLogger(__name__)
Matrix = NDArray[np.float64]
UNRELIABLE = 0.1
EXTRA_COLUMNS = ("compound", "study", "n_tissue_lines")
COLUMNS = [*names(RESPONSE_COLUMNS), *EXTRA_COLUMNS]


@dataclass(frozen=True)
class Batch:
    """Predictions of samples that share one set of modalities."""

    omics: Omics
    modalities: str
    residual: Matrix
    inside: NDArray[np.bool_]
    remarks: list[str]


def predict_table(model: ResponseModel, omics: Omics, remark: str = "") -> pd.DataFrame:
    """Return a row for every sample and drug, samples in their order, drugs in the model's.

    `remark` says how expression was mapped; it is given where expression had to be dropped.
    """
    letters = _usable_sets(model, omics, remark)
    parts: dict[str, pd.DataFrame] = {}
    for modalities in sorted(set(letters.values())):
        members = [s for s in omics.samples if letters[s] == modalities]
        batch = _batch(model, omics.take(members), modalities)
        rows = _rows(model, batch)
        for i, sample in enumerate(members):
            parts[sample] = rows.iloc[i * len(model.drugs) : (i + 1) * len(model.drugs)]
    table = pd.concat([parts[s] for s in omics.samples], ignore_index=True)
    dtypes = {c.name: c.dtype for c in RESPONSE_COLUMNS} | {
        "compound": "string",
        "study": "string",
        "n_tissue_lines": "Int64",
    }
    return table[COLUMNS].astype(dtypes)


def _usable_sets(model: ResponseModel, omics: Omics, remark: str) -> dict[str, str]:
    """Return each sample's modalities; a patient's expression that resembles no line is dropped with a note."""
    found = dict(zip(omics.samples, model.sets_present(omics), strict=True))
    with_expression = [s for s, letters in found.items() if "E" in letters]
    if omics.patients and with_expression and model.domain is not None:
        x = standardise(model.blocks.scalers["expr"], "expr", omics.take(with_expression))
        for sample, ok in zip(with_expression, model.domain.inside(x), strict=True):
            if not ok:
                found[sample] = found[sample].replace("E", "")
                dropped = f"expression does not resemble the training lines and was not used ({remark})"
                omics.notes[sample] = "; ".join([w for w in (omics.notes.get(sample), dropped) if w])
    return found


def _batch(model: ResponseModel, omics: Omics, modalities: str) -> Batch:
    residual, _ = model.residuals(omics, modalities)
    inside = np.ones(len(omics.samples), dtype=bool)
    remarks = []
    distant = np.zeros(len(inside), dtype=bool)
    if "E" in modalities and model.domain is not None:
        distant = ~model.domain.inside(standardise(model.blocks.scalers["expr"], "expr", omics))
    burden = _burden(omics) if "any" in omics.frames and "M" in modalities else np.zeros(len(inside))
    for i, _sample in enumerate(omics.samples):
        tissue = omics.tissue[i]
        why = []
        if not tissue:
            why.append("the tissue is unknown")
        elif tissue not in model.tissue_means:
            why.append(f"tissue {tissue} has no training lines")
        if distant[i]:
            why.append("expression is unlike that of the training lines")
        if burden[i] > model.max_burden:
            why.append("more mutated genes than the training lines have")
        if not modalities:
            why.append("nothing but the tissue is known")
        remarks.append("outside the domain: " + ", ".join(why) if why else "")
        inside[i] = not why
    return Batch(omics, modalities, residual, inside, remarks)


def _burden(omics: Omics) -> NDArray[np.float64]:
    """Return the share of genes that are mutated: of those known, at least half of all.

    Where coverage is unknown only the mutated genes are known, and in a small panel they are many of few.
    """
    calls = omics.frames["any"]
    known = np.maximum(calls.notna().sum(axis=1).to_numpy(float), calls.shape[1] / 2)
    return calls.eq(1).sum(axis=1).to_numpy(float) / known


def _rows(model: ResponseModel, batch: Batch) -> pd.DataFrame:
    samples, drugs = batch.omics.samples, model.drugs
    figures = model.figures[batch.modalities]
    predicted = model.means + batch.residual
    half = figures.half_width_tumour if batch.omics.patients else figures.half_width
    tissue_lines, in_tissue, delta = _against_tissue(model, batch, predicted)
    hidden = (
        np.array([[bool(d.refusal) for d in drugs]]).repeat(len(samples), axis=0)
        if batch.omics.patients
        else np.zeros(predicted.shape, bool)
    )
    if batch.omics.patients:
        hidden |= _not_better_than_tissue(model, batch.modalities)[None, :]
    shown = np.where(hidden, np.nan, predicted)
    overall = model.distribution.share_above("overall", predicted)
    genes = top_genes(model, batch.omics, batch.modalities, batch.residual)
    flat = lambda m: np.where(hidden, np.nan, m).ravel()  # noqa: E731
    columns = {
        "sample": np.repeat(samples, len(drugs)),
        "drug": [d.name for d in drugs] * len(samples),
        "drug_key": [d.key for d in drugs] * len(samples),
        "ln_ic50": shown.ravel(),
        "lower_90": (shown - half).ravel(),
        "upper_90": (shown + half).ravel(),
        "percentile_in_tissue": flat(100 * in_tissue),
        "percentile_overall": flat(100 * overall),
        "delta_from_tissue_mean": flat(delta),
        "drug_reliability": np.tile(figures.reliability, len(samples)),
        "in_domain": (batch.inside[:, None] & _drug_inside(model)[None, :]).ravel(),
        "modalities": words_of_set(batch.modalities),
        "top_genes": [
            "" if h else w for row, hide in zip(genes, hidden, strict=True) for w, h in zip(row, hide, strict=True)
        ],
        "note": _notes(model, batch),
        "compound": [d.compound for d in drugs] * len(samples),
        "study": [d.study for d in drugs] * len(samples),
        "n_tissue_lines": tissue_lines.ravel(),
    }
    return pd.DataFrame(columns)


def _drug_inside(model: ResponseModel) -> NDArray[np.bool_]:
    """Say which drugs are known, or have something in common with a known one."""
    inside = np.ones(len(model.drugs), dtype=bool)
    if model.support is not None:
        inside[-len(model.support) :] = model.support > 0
    return inside


def _against_tissue(model: ResponseModel, batch: Batch, predicted: Matrix) -> tuple[NDArray[np.int_], Matrix, Matrix]:
    """Return lines per tissue and drug, the share of the tissue's lines that respond less, and the difference
    from the tissue's mean."""
    lines = np.zeros(predicted.shape, dtype=int)
    share, delta = np.full(predicted.shape, np.nan), np.full(predicted.shape, np.nan)
    for tissue in sorted(set(batch.omics.tissue) - {""}):
        rows = np.array([t == tissue for t in batch.omics.tissue])
        lines[rows] = model.distribution.lines_of(tissue)
        share[rows] = model.distribution.share_above(tissue, predicted[rows])
        if tissue in model.tissue_means:
            delta[rows] = predicted[rows] - model.tissue_means[tissue]
    return lines, np.where(lines >= MIN_TISSUE_LINES, share, np.nan), delta


def _not_better_than_tissue(model: ResponseModel, modalities: str) -> NDArray[np.bool_]:
    """Say for which drugs, without expression, the gain over the tissue's mean may be nothing."""
    figures = model.figures[modalities]
    return np.zeros(len(model.drugs), dtype=bool) if "E" in modalities else ~(figures.gain_low > 0)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if np.isfinite(share) else "unknown"


def _notes(model: ResponseModel, batch: Batch) -> list[str]:
    figures = model.figures[batch.modalities]
    no_gain = (
        _not_better_than_tissue(model, batch.modalities) if batch.omics.patients else np.zeros(len(model.drugs), bool)
    )
    per_drug = []
    for j, drug in enumerate(model.drugs):
        reliability = figures.reliability[j]
        known = len(model.drugs) - (0 if model.support is None else len(model.support))
        if j >= known and model.support is not None and model.support[j - known] == 0:
            per_drug.append(
                "outside the domain: the drug shares neither structure nor target nor pathway with a known one"
            )
        elif drug.refusal and batch.omics.patients:
            per_drug.append(f"not predicted for patients: {drug.refusal}")
        elif not reliability > UNRELIABLE:
            strict = "unknown" if not np.isfinite(reliability) else f"{reliability:.2f}".replace("0.", ".", 1)
            per_drug.append(f"not predicted: unreliable (strict {strict})")
        elif no_gain[j]:
            per_drug.append(
                "no number: without expression the gain over the tissue's mean may be nothing "
                f"({_percent(figures.gain[j])}, 95 % interval {_percent(figures.gain_low[j])} to "
                f"{_percent(figures.gain_high[j])})"
            )
        else:
            per_drug.append("")
    notes = []
    for sample, remark in zip(batch.omics.samples, batch.remarks, strict=True):
        own = batch.omics.notes.get(sample, "")
        for word in per_drug:
            reasons = [w for w in (word, remark) if w]
            notes.append("; ".join([*reasons, own] if reasons and own else reasons))
    return notes


def distribution_table(model: ResponseModel) -> pd.DataFrame:
    """Return quantiles of the training lines' ln(IC50) per drug, overall and per tissue with enough lines."""
    wanted = (0.05, 0.25, 0.5, 0.75, 0.95)
    columns = [int(np.argmin(np.abs(LEVELS - q))) for q in wanted]
    rows = []
    for s, scope in enumerate(model.distribution.scopes):
        for j, drug in enumerate(model.drugs):
            values = model.distribution.quantiles[s, j, columns]
            if np.isfinite(values).all():
                rows.append((drug.name, drug.key, scope, int(model.distribution.lines[s, j]), *np.round(values, 4)))
    return pd.DataFrame(rows, columns=["drug", "drug_key", "scope", "n", "q05", "q25", "q50", "q75", "q95"])
