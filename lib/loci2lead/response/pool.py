"""The kernel pool: many ridge regressions on mixtures of blocks, softly weighted for each drug.

A candidate is a mixture of block kernels and a penalty. Every candidate is solved for all drugs at once in
the eigenbasis of its kernel; its leave-one-out error (closed form) on a drug's measured lines gives its
weight there: w ~ error^(-BETA n), so that clearly worse candidates fade and equals are averaged. As every
candidate is linear in the blocks' features, the weighted sum is one weight matrix per block.

Unmeasured cells are filled with leave-one-out predictions of a broad reference mixture (an EM step for the
missing cells), after which all drugs share each factorisation.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Mixture = Mapping[str, float]
BETA = 0.05
FILL_PENALTY = 2.0
FILL_ROUNDS = 3
SHARP_PENALTY = 0.1

_DRIVER_STATES = {"hot": 0.3, "drv": 0.5, "any": 0.2}
WITH_EXPRESSION: tuple[Mixture, ...] = (
    {"expr~": 1.0, "sub": 0.3, "hot": 0.1, "drv": 0.2},
    {"expr~": 1.0},
    {"expr": 1.0},
    {"expr~": 1.0, "sub": 0.3},
    {"expr~": 1.0, "sub": 0.3, "msi": 0.2, "cn~": 0.5},
    {"expr~": 0.5, "expr": 0.5, "hot": 0.5, "drv": 0.5},
    {"expr~": 1.0, "sub": 1.0, "cn~": 1.0, "cnd": 0.5, "hot": 0.5},
    {"sub": 1.0},
)
WITHOUT_EXPRESSION: tuple[Mixture, ...] = (
    {"sub": 1.0, "cn~": 1.0, **_DRIVER_STATES},
    {"sub": 1.0},
    {"sub": 1.0, **_DRIVER_STATES},
    {"sub": 1.0, "cn~": 1.0},
    {"sub": 1.0, "cn": 1.0},
    {"sub": 1.0, "cn": 1.0, **_DRIVER_STATES},
    {"sub": 1.0, "msi": 0.2, "cn~": 0.5},
    {"sub": 1.0, "cn~": 1.0, "hot": 1.0},
    {"sub": 1.0, "cn~": 1.0, "cnd": 1.0},
    {"sub": 1.0, "cn~": 1.0, "drv": 1.0, "all~": 1.0},
    {"sub": 1.0, "cn": 0.5, "cn~": 0.5, "hot": 2.0, "msi": 0.5},
)
MUTATION_ONLY: tuple[Mixture, ...] = (
    {"sub": 1.0, **_DRIVER_STATES},
    {"sub": 1.0},
    {"sub": 1.0, "hot": 1.0},
    {"sub": 1.0, "drv": 1.0},
    {"sub": 1.0, "hot": 1.0, "msi": 1.0},
    {"sub": 1.0, "msi": 1.0},
    {"sub": 1.0, "all~": 1.0, "msi": 0.5},
    {"sub": 1.0, "hot": 2.0, "all~": 0.5},
)
PENALTIES = {"E": (0.5, 1.0, 2.0, 4.0, 8.0), "": (1.0, 2.0, 4.0, 8.0, 16.0)}


def mixtures(available: Sequence[str], modalities: str) -> list[Mixture]:
    """Return the candidates' mixtures that the available blocks allow, without repetitions."""
    genomic = WITHOUT_EXPRESSION if "C" in modalities else MUTATION_ONLY
    base = WITH_EXPRESSION if "E" in modalities else genomic
    found: list[Mixture] = []
    for mixture in base:
        usable = {block: weight for block, weight in mixture.items() if block in available}
        if usable and usable not in found:
            found.append(usable)
    return found


def fit_pool(
    blocks: Mapping[str, Matrix], residual: Matrix, modalities: str, beta: float = BETA
) -> tuple[dict[str, Matrix], Matrix]:
    """Return weights per block (features x drugs) and the leave-one-out predictions (lines x drugs).

    `blocks` hold the training lines' features, `residual` (lines x drugs) the responses minus the drugs' means,
    NaN where not measured.
    """
    kernels = {name: z @ z.T for name, z in blocks.items()}
    candidates = mixtures(list(blocks), modalities)
    penalties = PENALTIES["E" if "E" in modalities else ""]
    seen = np.isfinite(residual)
    filled = fill(kernels, candidates[0], residual)
    solved = [_solve(kernels, mixture, filled, penalty) for mixture in candidates for penalty in penalties]
    weights = soft_weights(np.stack([_errors(filled, loo, seen) for loo, _ in solved]), seen.sum(axis=0), beta)
    dual: dict[str, Matrix] = {name: np.zeros_like(filled) for name in blocks}
    left_out = np.zeros_like(filled)
    for c, (loo, alpha) in enumerate(solved):
        left_out += weights[c] * loo
        for name, share in candidates[c // len(penalties)].items():
            dual[name] += share * weights[c] * alpha
    return {name: blocks[name].T @ a for name, a in dual.items() if np.any(a)}, left_out


def fit_sharp(blocks: Mapping[str, Matrix], residual: Matrix, modalities: str) -> dict[str, Matrix]:
    """Return weights per block of one mixture with next to no penalty, which give back the training lines almost whole.

    For unseen drugs: a new drug's profile averages many known drugs' profiles, and what is noise in one of them is
    averaged away, so that less shrinkage is right than for the known drugs themselves.
    """
    mixture = mixtures(list(blocks), modalities)[0]
    kernels = {name: blocks[name] @ blocks[name].T for name in mixture}
    _, alpha = _solve(kernels, mixture, fill(kernels, mixture, residual), SHARP_PENALTY)
    return {name: share * (blocks[name].T @ alpha) for name, share in mixture.items()}


def fill(kernels: Mapping[str, Matrix], mixture: Mixture, residual: Matrix) -> Matrix:
    """Return the residuals with unmeasured cells replaced by leave-one-out predictions of one mixture."""
    seen = np.isfinite(residual)
    filled = np.where(seen, residual, 0.0)
    for _ in range(FILL_ROUNDS + 1):
        loo, _ = _solve(kernels, mixture, filled, FILL_PENALTY)
        filled = np.where(seen, residual, loo)
    return filled


def soft_weights(errors: Matrix, lines: NDArray[np.int_], beta: float) -> Matrix:
    """Return weights (candidates x drugs, summing to 1): error^(-beta * lines), normalised."""
    errors = np.maximum(errors, 1e-12)
    logit = -beta * lines * np.log(errors / errors.min(axis=0))
    weight = np.exp(logit - logit.max(axis=0))
    return weight / weight.sum(axis=0)


def _solve(kernels: Mapping[str, Matrix], mixture: Mixture, target: Matrix, penalty: float) -> tuple[Matrix, Matrix]:
    """Return leave-one-out predictions and dual coefficients of ridge regression with this kernel mixture."""
    kernel = sum(share * kernels[name] for name, share in mixture.items())
    inverse = np.linalg.inv(kernel + penalty * np.eye(len(target)))
    alpha = inverse @ target
    return target - alpha / np.diag(inverse)[:, None], alpha


def _errors(filled: Matrix, loo: Matrix, seen: NDArray[np.bool_]) -> Matrix:
    return np.where(seen, (filled - loo) ** 2, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
