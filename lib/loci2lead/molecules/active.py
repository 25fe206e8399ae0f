"""Active learning over a library: from the values measured so far to the compounds to measure next.

A Bayesian ridge regression on count fingerprints (Morgan, atom pairs, Avalon) is learnt anew every round: seconds for
thousands of values, a variance in closed form, and no randomness but the seed's. Batches follow Graff 2021 (MolPAL):
the best predicted (greedy), the best optimistic (ucb), or the best of one draw from the posterior each (thompson).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loci2lead.molecules.features import N_COUNTS
from loci2lead.seeds import generator

GREEDY, UCB, THOMPSON = STRATEGIES = ("greedy", "ucb", "thompson")
ROWS = 4096  # rows whose features are floating point numbers at one time
OPTIMISM = 1.0  # standard deviations that ucb adds
PENALTIES = tuple(10.0**power for power in np.arange(0.0, 3.6, 0.5))
_LOG = np.log1p(np.arange(256)).astype(np.float32)
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Surrogate:
    """The posterior of a ridge regression: what was learnt from, mean weights, penalty, and noise."""

    centre: NDArray[np.float32]
    offset: float
    weights: NDArray[np.float64]
    x: NDArray[np.float64]
    penalty: float
    noise: float

    @cached_property
    def factor(self) -> NDArray[np.float64]:
        """The lower Cholesky factor of X'X + penalty: the weights' covariance is noise² times its inverse."""
        from scipy.linalg import cholesky

        return cholesky(self.x.T @ self.x + self.penalty * np.eye(self.x.shape[1]), lower=True)

    def predict(self, counts: NDArray[np.uint8], weights: NDArray[np.float64] | None = None) -> Values:
        """Return the predicted values of molecules, by the mean weights or by others (features, draws)."""
        chosen = self.weights if weights is None else weights
        parts = [_features(part, self.centre) @ chosen.astype(np.float32) for part in _blocks(counts)]
        return np.concatenate(parts).astype(np.float64) + self.offset

    def spread(self, counts: NDArray[np.uint8]) -> Values:
        """Return the standard deviation of the predicted mean of each molecule."""
        from scipy.linalg import solve_triangular

        factor = self.factor.astype(np.float32)
        parts = [solve_triangular(factor, _features(part, self.centre).T, lower=True) for part in _blocks(counts)]
        return self.noise * np.sqrt(np.concatenate([(part**2).sum(0) for part in parts]).astype(np.float64))

    def draw(self, rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
        """Return draws of the weights from their posterior (features, draws)."""
        from scipy.linalg import solve_triangular

        normal = rng.normal(size=(len(self.weights), draws))
        return self.weights[:, None] + self.noise * solve_triangular(self.factor.T, normal, lower=False)


def fit(counts: NDArray[np.uint8], values: Values) -> Surrogate:
    """Fit to measured values; the penalty is the one with the smallest generalised cross-validation error."""
    from scipy.linalg import eigh

    centre = _LOG[counts].mean(0)
    x = _features(counts, centre).astype(np.float64)
    offset = float(values.mean())
    y = values - offset
    small = len(x) <= x.shape[1]
    inner = x @ x.T if small else x.T @ x
    roots, vectors = eigh(inner)
    roots = np.maximum(roots, 0)
    along = vectors.T @ (y if small else x.T @ y)

    def error(penalty: float) -> float:
        kept = roots / (roots + penalty)
        if small:
            residual = np.sum((along * penalty / (roots + penalty)) ** 2)
        else:
            residual = y @ y - np.sum(along**2 * (roots + 2 * penalty) / (roots + penalty) ** 2)
        return float(len(y) * residual / max(len(y) - kept.sum(), 1e-9) ** 2)

    penalty = min(PENALTIES, key=error)
    weights = vectors @ (along / (roots + penalty))
    weights = x.T @ weights if small else weights
    return Surrogate(centre, offset, weights, x, penalty, float(np.sqrt(max(error(penalty), 1e-12))))


def propose(
    counts: NDArray[np.uint8],
    measured: NDArray[np.int64],
    values: Values,
    batch: int,
    *,
    strategy: str = GREEDY,
    low_is_good: bool = False,
    seed: int = 0,
    closed: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], Values]:
    """Return the rows to measure next, best first, and the prediction for every row (NaN in the first round).

    Before anything is measured the batch is drawn at random from `seed`. Ties go to the earlier row. Rows in `closed`
    were tried without a value: they are neither learnt from nor proposed again.
    """
    free = np.setdiff1d(np.arange(len(counts)), measured if closed is None else np.concatenate([measured, closed]))
    rng = generator(seed, "propose", len(measured))
    if len(measured) < 2:
        return np.sort(rng.permutation(free)[:batch]), np.full(len(counts), np.nan)
    sign = -1.0 if low_is_good else 1.0
    model = fit(counts[measured], sign * values)
    predicted = model.predict(counts)
    if strategy == THOMPSON:
        chosen = _one_each(model.predict(counts[free], model.draw(rng, batch)))
    else:
        merit = predicted[free]
        if strategy == UCB:
            merit = merit + OPTIMISM * model.spread(counts[free])
        chosen = np.argsort(-merit, kind="stable")[:batch]
    return free[chosen], sign * predicted


def search(
    counts: NDArray[np.uint8],
    score: Callable[[NDArray[np.int64]], Values],
    batches: Sequence[int],
    *,
    strategy: str = GREEDY,
    low_is_good: bool = False,
    seed: int = 0,
) -> tuple[NDArray[np.int64], Values]:
    """Run rounds of proposing and scoring; return the rows scored, in order, and their values."""
    rows, values = np.zeros(0, dtype=np.int64), np.zeros(0)
    for batch in batches:
        new, _ = propose(counts, rows, values, batch, strategy=strategy, low_is_good=low_is_good, seed=seed)
        rows, values = np.concatenate([rows, new]), np.concatenate([values, score(new)])
    return rows, values


def _one_each(draws: Values) -> NDArray[np.int64]:
    """Return for every draw (molecules, draws) its best molecule that no earlier draw took."""
    taken = np.zeros(len(draws), dtype=bool)
    chosen = []
    for column in draws.T[: len(draws)]:
        best = int(np.argmax(np.where(taken, -np.inf, column)))
        taken[best] = True
        chosen.append(best)
    return np.array(chosen, dtype=np.int64)


def _features(counts: NDArray[np.uint8], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    return _LOG[counts[:, :N_COUNTS]] - centre[:N_COUNTS]


def _blocks(counts: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [counts[first : first + ROWS] for first in range(0, len(counts), ROWS)] or [counts]
