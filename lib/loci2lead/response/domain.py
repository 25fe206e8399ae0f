"""Does a sample resemble the training lines? Distance to the nearest neighbourhoods of expression space.

Expression is projected on the leading components of the training lines; neighbourhoods are the centres of
k-means clusters of several lines each (never single lines, so the model file holds nobody's row). Samples
beyond the distance that nearly all held-out lines keep are outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from loci2lead.response.splits import line_folds
from loci2lead.seeds import derive_seed

Matrix = NDArray[np.float64]
COMPONENTS = 40
LINES_PER_CENTRE = 15
MIN_MEMBERS = 5
WITHIN = 0.99  # share of the training lines that count as inside


@dataclass(frozen=True)
class Domain:
    """Components (features x k), whitening scales, centres (c x k) and limits.

    `limits`: the distance to the nearest centre, the share off the components, and the size (root mean square
    per feature) below which that share says nothing, because the sample is near the training mean.
    """

    components: Matrix
    scales: Matrix
    centres: Matrix
    limits: Matrix

    def distances(self, x: Matrix) -> tuple[Matrix, Matrix, Matrix]:
        """Return the distance to the nearest centre, the share of variation off the components, and its size."""
        z = x @ self.components
        total = np.maximum((x**2).sum(axis=1), 1e-12)
        off = np.maximum(total - (z**2).sum(axis=1), 0)
        white = z / self.scales
        nearest = np.sqrt(((white[:, None, :] - self.centres[None]) ** 2).sum(axis=2)).min(axis=1)
        return nearest, np.sqrt(off / total), np.sqrt(off / x.shape[1])

    def inside(self, x: Matrix) -> NDArray[np.bool_]:
        """Say which samples (rows of standardised expression) lie inside."""
        nearest, share, size = self.distances(x)
        return (nearest <= self.limits[0]) & ((share <= self.limits[1]) | (size <= self.limits[2]))

    def state(self) -> dict[str, Matrix]:
        """Return the arrays that rebuild it."""
        return {"components": self.components, "scales": self.scales, "centres": self.centres, "limits": self.limits}

    @classmethod
    def from_state(cls, state: Mapping[str, Matrix]) -> "Domain":
        """Rebuild a domain from `state`."""
        return cls(state["components"], state["scales"], state["centres"], state["limits"])


def fit_domain(x: Matrix, seed: int) -> Domain:
    """Fit a domain on the training lines' standardised expression (lines x genes).

    The limits are what nearly all lines keep while they are held out, five folds of them.
    """
    held = []
    for rows in line_folds(len(x), 5, seed):
        part = _without_limits(np.delete(x, rows, axis=0), seed)
        held.append(np.array(part.distances(x[rows])))
    nearest, share, size = np.concatenate(held, axis=1)
    fitted = _without_limits(x, seed)
    limits = np.array([np.quantile(nearest, WITHIN), np.quantile(share, WITHIN), np.median(size) / 2])
    return Domain(fitted.components, fitted.scales, fitted.centres, limits)


def _without_limits(x: Matrix, seed: int) -> Domain:
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    k = min(COMPONENTS, max(1, int((s > 1e-9).sum()) // 2))
    components = vt[:k].T
    scales = s[:k] / np.sqrt(len(x)) + 1e-9
    white = (x @ components) / scales
    centres = _centres(white, max(1, len(x) // LINES_PER_CENTRE), derive_seed(seed, "domain") % 2**31)
    return Domain(components, scales, centres, np.full(3, np.inf))


def _centres(white: Matrix, k: int, seed: int) -> Matrix:
    """Return centres of clusters with at least `MIN_MEMBERS` lines; the overall centre is always one."""
    centres, labels = (
        kmeans2(white, k, minit="++", seed=seed, missing="warn") if k > 1 else (white[:1] * 0, np.zeros(len(white)))
    )
    counts = np.bincount(labels.astype(int), minlength=k)
    kept = centres[counts >= MIN_MEMBERS]
    return np.vstack([white.mean(axis=0, keepdims=True), kept])
