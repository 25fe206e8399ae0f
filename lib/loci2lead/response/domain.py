"""Does a sample resemble the training lines? What an autoencoder of expression misses, and its neighbours.

Three marks: the share of a sample that the autoencoder does not give back, the size of what it misses, and the
angle in its latent to the nearest neighbourhood of training lines (1 - cosine: lengths differ between lines seen
and unseen in training, directions hardly do). Neighbourhoods are the centres of k-means
clusters of several lines each (never single lines, so the model file holds nobody's row). Each mark is measured
in standard deviations above its mean over held-out lines; the score is their squared sum, and the limit what
nearly all held-out lines keep.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from loci2lead.response.autoencoder import Autoencoder, fit_autoencoder
from loci2lead.response.splits import line_folds
from loci2lead.seeds import derive_seed

Matrix = NDArray[np.float64]
LINES_PER_CENTRE = 15
MIN_MEMBERS = 5
WITHIN = 0.99  # share of held-out lines that count as inside


@dataclass(frozen=True)
class Domain:
    """The autoencoder; `latent`: mean and spread of its latent; `centres` in units of that spread; `marks`: mean
    and spread of the three marks over held-out lines; `limit` of the score."""

    autoencoder: Autoencoder
    latent: Matrix
    centres: Matrix
    marks: Matrix
    limit: float

    def raw_marks(self, x: Matrix) -> Matrix:
        """Return the three marks per row of standardised expression (rows x 3)."""
        missed = self.autoencoder.errors(x)
        known = np.maximum((x != 0).sum(axis=1), 1)
        size = np.sqrt((missed**2).sum(axis=1) / known)
        share = size / np.sqrt(np.maximum((x**2).sum(axis=1) / known, 1e-12))
        white = _directions((self.autoencoder.encode(x) - self.latent[0]) / self.latent[1])
        return np.stack([share, size, 1 - (white @ _directions(self.centres).T).max(axis=1)], axis=1)

    def scores(self, x: Matrix) -> NDArray[np.float64]:
        """Return how unlike the training lines each row is: 0 like the average held-out line or closer."""
        excess = np.maximum((self.raw_marks(x) - self.marks[0]) / self.marks[1], 0.0)
        return (excess**2).sum(axis=1)

    def inside(self, x: Matrix) -> NDArray[np.bool_]:
        """Say which samples (rows of standardised expression) lie inside."""
        return self.scores(x) <= self.limit

    def state(self) -> dict[str, Matrix]:
        """Return the arrays that rebuild it."""
        weights = {f"autoencoder.{k}": v for k, v in self.autoencoder.weights.items()}
        own = {"latent": self.latent, "centres": self.centres, "marks": self.marks, "limit": np.array([self.limit])}
        return weights | own

    @classmethod
    def from_state(cls, state: Mapping[str, Matrix]) -> "Domain":
        """Rebuild a domain from `state`."""
        weights = {k.removeprefix("autoencoder."): v for k, v in state.items() if k.startswith("autoencoder.")}
        return cls(Autoencoder(weights), state["latent"], state["centres"], state["marks"], float(state["limit"][0]))


def fit_domain(x: Matrix, seed: int) -> Domain:
    """Fit a domain on the training lines' standardised expression (lines x genes), in six autoencoders: five to
    see what held-out lines look like, one to keep."""
    held = [
        fit_domain_without_limit(np.delete(x, rows, axis=0), seed).raw_marks(x[rows])
        for rows in line_folds(len(x), 5, seed)
        if len(rows)
    ]
    marks = np.concatenate(held)
    fitted = fit_domain_without_limit(x, seed)
    moments = np.stack([marks.mean(axis=0), marks.std(axis=0) + 1e-9])
    excess = np.maximum((marks - moments[0]) / moments[1], 0.0)
    limit = float(np.quantile((excess**2).sum(axis=1), WITHIN))
    return Domain(fitted.autoencoder, fitted.latent, fitted.centres, moments, limit)


def fit_domain_without_limit(x: Matrix, seed: int) -> Domain:
    """Fit autoencoder and neighbourhoods; every mark counts as it is and everything lies inside."""
    autoencoder = fit_autoencoder(x, seed)
    latent = autoencoder.encode(x)
    spread = latent.std(axis=0)
    moments = np.stack([latent.mean(axis=0), np.maximum(spread, 0.05 * spread.max() + 1e-9)])  # unused directions
    centres = _centres((latent - moments[0]) / moments[1], max(1, len(x) // LINES_PER_CENTRE), seed)
    return Domain(autoencoder, moments, centres, np.array([[0.0] * 3, [1.0] * 3]), np.inf)


def _directions(rows: Matrix) -> Matrix:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _centres(white: Matrix, k: int, seed: int) -> Matrix:
    """Return centres of clusters with at least `MIN_MEMBERS` lines, the mean of all where there is none."""
    centres, labels = kmeans2(white, k, minit="++", seed=derive_seed(seed, "domain") % 2**31, missing="warn")
    counts = np.bincount(labels.astype(int), minlength=k)
    kept = centres[counts >= MIN_MEMBERS]
    return kept if len(kept) else white.mean(axis=0, keepdims=True)
