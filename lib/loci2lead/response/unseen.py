"""Drugs the model has never seen: kriging over the profiles of known drugs.

A drug's profile is its residual over samples after drug and line means, divided by its spread. The profile of
a new drug is the kriging mean over known drugs under the drug kernel (structure, pathway, targets); its level
(how potent it is) is kriged in the same way and is far less certain. Evaluated with whole compounds held out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.compounds import Drug
from loci2lead.response.conformal import half_widths
from loci2lead.response.drug_kernel import drug_kernel
from loci2lead.response.reference import drug_means
from loci2lead.response.scores import centre, strict_per_drug
from loci2lead.response.splits import group_folds

Matrix = NDArray[np.float64]
NUGGET = 6.0
LEVEL_NUGGET = 1.0
SUPPORT_EDGES = (0.6, 1.1)  # similarity to the nearest known drug: none in common, some, same target
MIN_BIN = 8


@dataclass(frozen=True)
class UnseenFigures:
    """What leaving compounds out taught: per support bin strict correlation and half-width, spreads per drug."""

    spread: NDArray[np.float64]
    strict: list[float]
    half_width: list[float]

    def plain(self) -> dict[str, Any]:
        """Return plain values for the model's settings."""
        return {"spread": [float(v) for v in self.spread], "strict": self.strict, "half_width": self.half_width}

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> "UnseenFigures":
        """Rebuild from `plain`."""
        return cls(np.array(values["spread"]), list(values["strict"]), list(values["half_width"]))


def profile_weights(new: Sequence[Drug], known: Sequence[Drug]) -> tuple[Matrix, NDArray[np.float64]]:
    """Return kriging weights (known x new) and each new drug's similarity to its nearest known drug."""
    across = drug_kernel(new, known)
    inside = drug_kernel(known, known)
    weights = np.linalg.solve(inside + NUGGET * np.eye(len(known)), across.T)
    return weights.astype(np.float64), np.asarray(across.max(axis=1), dtype=float)


def level(new: Sequence[Drug], known: Sequence[Drug], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the kriged mean ln(IC50) of new drugs."""
    middle = float(means.mean())
    solved = np.linalg.solve(drug_kernel(known, known) + LEVEL_NUGGET * np.eye(len(known)), means - middle)
    return middle + drug_kernel(new, known) @ solved


def transfer_matrix(spread: NDArray[np.float64], weights: Matrix) -> Matrix:
    """Return the matrix (known x new) that turns residuals of known drugs into residuals of new drugs.

    A sample's mean over drugs is kept as it is; what is left is transferred profile by profile. A kriged
    profile is shrunk by nature; it is given the mean spread of known drugs times that shrinkage.
    """
    known = len(spread)
    line = np.full((known, 1), 1 / known)
    profiles = weights / spread[:, None] * float(spread.mean())
    return line + profiles - line @ profiles.sum(axis=0, keepdims=True)


def profile_spread(y: Matrix) -> NDArray[np.float64]:
    """Return each drug's spread (ln units) after drug and line means, at least 0.2."""
    centred = centre(y)
    seen = np.isfinite(centred)
    return np.sqrt(np.where(seen, centred**2, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)).clip(0.2)


def support_bin(similarity: NDArray[np.float64]) -> NDArray[np.int_]:
    """Return 0, 1 or 2: nothing in common with a known drug, something, a target or near-identical structure."""
    return np.digitize(similarity, SUPPORT_EDGES)


def leave_drugs_out(
    y: Matrix, residual: Matrix, drugs: Sequence[Drug], folds: int, seed: int, rank: int
) -> tuple[Matrix, NDArray[np.float64]]:
    """Predict every drug from drugs of other compounds; return predictions (lines x drugs) and similarities.

    `residual` are predicted residuals over drug means (lines x drugs): fitted ones stand for lines the model
    knows, out-of-fold ones for new lines. As in the model file only their leading directions are used, found
    without the drugs left out.
    """
    predicted = np.zeros_like(residual)
    nearest = np.zeros(len(drugs))
    means = drug_means(y)
    for held in group_folds([d.compound for d in drugs], folds, seed):
        rest = np.setdiff1d(np.arange(len(drugs)), held)
        new, known = [drugs[j] for j in held], [drugs[j] for j in rest]
        weights, nearest[held] = profile_weights(new, known)
        directions = np.linalg.svd(residual[:, rest], full_matrices=False)[2][:rank]
        carry = directions @ transfer_matrix(profile_spread(y[:, rest]), weights)
        predicted[:, held] = level(new, known, means[rest]) + residual[:, rest] @ directions.T @ carry
    return predicted, nearest


def unseen_figures(
    y: Matrix, predicted: Matrix, nearest: NDArray[np.float64]
) -> tuple[UnseenFigures, NDArray[np.float64]]:
    """Return figures per support bin, and the strict correlation of every drug."""
    strict = strict_per_drug(y, predicted)
    bins = support_bin(nearest)
    values, widths = [], []
    for b in range(len(SUPPORT_EDGES) + 1):
        own = bins == b if (bins == b).sum() >= MIN_BIN else np.ones(len(bins), dtype=bool)
        values.append(float(np.nanmean(strict[own])))
        errors = (y - predicted)[:, own]
        widths.append(float(half_widths(errors[np.isfinite(errors)].reshape(-1, 1))[0]))
    return UnseenFigures(profile_spread(y), values, widths), strict
