"""Drugs held out by compound: who predicts the profile of a drug that was never tested?"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.response.compounds import Drug
from loci2lead.response.drug_kernel import SAYS_NOTHING, _structure
from loci2lead.response.omics import Omics
from loci2lead.response.reference import drug_means
from loci2lead.response.scores import strict_per_drug
from loci2lead.response.splits import group_folds
from loci2lead.response.tables import Panel
from loci2lead.response.unseen import profile_spread, profile_weights, transfer_matrix
from loci2lead.seeds import generator

log = logging.getLogger(__name__)
Matrix = NDArray[np.float64]
REFERENCE = "same-pathway mean"


@dataclass(frozen=True)
class Known:
    """What may be used for one fold: other drugs and their residuals over drug means, unmeasured cells 0."""

    drugs: list[Drug]
    residual: Matrix
    spread: NDArray[np.float64]


def pathway_profiles(known: Known, new: list[Drug], seed: int) -> Matrix:
    """Return the mean standardised profile of drugs of the same pathway, of all drugs where there is none."""
    out = np.zeros((len(known.residual), len(new)))
    line = known.residual.mean(axis=1)
    scaled = (known.residual - line[:, None]) / known.spread
    for j, drug in enumerate(new):
        same = [i for i, d in enumerate(known.drugs) if d.pathway == drug.pathway and d.pathway not in SAYS_NOTHING]
        out[:, j] = line + (scaled[:, same].mean(axis=1) if same else 0.0)
    return out


def fingerprint_profiles(known: Known, new: list[Drug], seed: int) -> Matrix:
    """Return kriged profiles from structure alone."""
    kernel = _structure(known.drugs, known.drugs)
    weights = np.linalg.solve(kernel + np.eye(len(known.drugs)), _structure(new, known.drugs).T)
    return known.residual @ transfer_matrix(known.spread, weights.astype(np.float64))


def kriged_profiles(known: Known, new: list[Drug], seed: int) -> Matrix:
    """Return kriged profiles from structure, pathway and targets: what predict-response does."""
    return known.residual @ transfer_matrix(known.spread, profile_weights(new, known.drugs)[0])


def graph_profiles(known: Known, new: list[Drug], seed: int) -> Matrix:
    """Return the drug graph network's profiles."""
    from loci2lead.response.drug_graphs import graph_network_profiles

    line = known.residual.mean(axis=1, keepdims=True)
    return line + graph_network_profiles(known.drugs, (known.residual - line) / known.spread, new, seed)


Predictor = Callable[[Known, list[Drug], int], Matrix]


def drugs_table(panel: Panel, further: Panel | None, omics: Omics, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Return strict correlations of drugs held out by compound, over folds, with intervals over lines."""
    models: dict[str, tuple[Predictor, bool]] = {
        REFERENCE: (pathway_profiles, False),
        "fingerprint kriging": (fingerprint_profiles, False),
        "kriging, one study": (kriged_profiles, False),
        "ours: kriging, both studies": (kriged_profiles, True),
    }
    if settings["graph_network"]:
        models |= {"graph network, both studies": (graph_profiles, True)}
    folds = group_folds([d.compound for d in panel.drugs], 5, settings["seed"])
    predictions = {
        n: _predict(f, panel, further if w else None, folds, settings["seed"]) for n, (f, w) in models.items()
    }
    if settings["graph_network"]:
        predictions["kriging + graph network"] = (
            predictions["ours: kriging, both studies"] + predictions["graph network, both studies"]
        ) / 2
    return _table(panel.y, predictions, folds, settings["bootstrap_rounds"], settings["seed"])


def _predict(model: Predictor, panel: Panel, further: Panel | None, folds: list[NDArray[np.intp]], seed: int) -> Matrix:
    source = further or panel
    out = np.zeros_like(panel.y)
    for held in folds:
        gone = {panel.drugs[j].compound for j in held}
        kept = [j for j, d in enumerate(source.drugs) if d.compound not in gone]
        y = source.y[:, kept]
        residual = np.nan_to_num(y - drug_means(y))
        known = Known([source.drugs[j] for j in kept], residual, profile_spread(y))
        out[:, held] = model(known, [panel.drugs[j] for j in held], seed)
    return out


def _strict(y: Matrix, predicted: Matrix, folds: list[NDArray[np.intp]], rows: NDArray[np.intp]) -> float:
    return float(np.mean([np.nanmean(strict_per_drug(y[np.ix_(rows, f)], predicted[np.ix_(rows, f)])) for f in folds]))


def _table(
    y: Matrix, predictions: dict[str, Matrix], folds: list[NDArray[np.intp]], rounds: int, seed: int
) -> pd.DataFrame:
    draws = [generator(seed, "bootstrap", n).integers(0, len(y), len(y)) for n in range(rounds)]
    boots = {name: np.array([_strict(y, p, folds, rows) for rows in draws]) for name, p in predictions.items()}
    every = np.arange(len(y))
    table = []
    for name, predicted in predictions.items():
        value, gap = _strict(y, predicted, folds, every), boots[name] - boots[REFERENCE]
        low, high = np.quantile(boots[name], [0.025, 0.975])
        row = {"split": "LDO", "model": name, "metric": "strict", "value": value, "low": low, "high": high}
        if name != REFERENCE:
            row |= {
                "against": REFERENCE,
                "difference": value - _strict(y, predictions[REFERENCE], folds, every),
                "difference_low": np.quantile(gap, 0.025),
                "difference_high": np.quantile(gap, 0.975),
            }
        table.append(row)
    return pd.DataFrame(table)
