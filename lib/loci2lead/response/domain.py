"""Does a sample resemble the training lines? Distance to the nearest neighbourhoods of expression space.

Expression is projected on the leading components of the training lines; neighbourhoods are the centres of
k-means clusters of several lines each (never single lines, so the model file holds nobody's row). Samples
beyond the distance that nearly all training lines keep are outside. Mutation burden is checked against the
lines' as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from loci2lead.seeds import derive_seed

Matrix = NDArray[np.float64]
COMPONENTS = 40
LINES_PER_CENTRE = 15
MIN_MEMBERS = 5
WITHIN = 0.99  # share of the training lines that count as inside


@dataclass(frozen=True)
class Domain:
    """Components (features x k), whitening scales, centres (c x k) and the limits of both distances."""

    components: Matrix
    scales: Matrix
    centres: Matrix
    limit: float
    off_plane_limit: float

    def distances(self, x: Matrix) -> tuple[Matrix, Matrix]:
        """Return the distance to the nearest centre and the share of a sample's variation off the components."""
        z = x @ self.components
        total = np.maximum((x**2).sum(axis=1), 1e-12)
        off = np.sqrt(np.maximum(total - (z**2).sum(axis=1), 0) / total)
        white = z / self.scales
        nearest = np.sqrt(((white[:, None, :] - self.centres[None]) ** 2).sum(axis=2)).min(axis=1)
        return nearest, off

    def inside(self, x: Matrix) -> NDArray[np.bool_]:
        """Say which samples (rows of standardised expression) lie inside."""
        nearest, off = self.distances(x)
        return (nearest <= self.limit) & (off <= self.off_plane_limit)

    def state(self) -> dict[str, Matrix]:
        """Return the arrays that rebuild it."""
        limits = np.array([self.limit, self.off_plane_limit])
        return {"components": self.components, "scales": self.scales, "centres": self.centres, "limits": limits}

    @classmethod
    def from_state(cls, state: Mapping[str, Matrix]) -> "Domain":
        """Rebuild a domain from `state`."""
        limit, off = state["limits"]
        return cls(state["components"], state["scales"], state["centres"], float(limit), float(off))


def fit_domain(x: Matrix, seed: int) -> Domain:
    """Fit a domain on the training lines' standardised expression (lines x genes)."""
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    k = min(COMPONENTS, int((s > 1e-9).sum()))
    components = vt[:k].T
    scales = s[:k] / np.sqrt(len(x)) + 1e-9
    white = (x @ components) / scales
    centres = _centres(white, max(1, len(x) // LINES_PER_CENTRE), derive_seed(seed, "domain") % 2**31)
    fitted = Domain(components, scales, centres, np.inf, np.inf)
    nearest, off = fitted.distances(x)
    # Unseen samples lie further out than those the components were fitted on: by 20 % on held-out lines.
    return Domain(
        components,
        scales,
        centres,
        1.2 * float(np.quantile(nearest, WITHIN)),
        min(1.0, 1.2 * float(np.quantile(off, WITHIN))),
    )


def _centres(white: Matrix, k: int, seed: int) -> Matrix:
    """Return centres of clusters with at least `MIN_MEMBERS` lines; the overall centre is always one."""
    centres, labels = (
        kmeans2(white, k, minit="++", seed=seed, missing="warn") if k > 1 else (white[:1] * 0, np.zeros(len(white)))
    )
    counts = np.bincount(labels.astype(int), minlength=k)
    kept = centres[counts >= MIN_MEMBERS]
    return np.vstack([white.mean(axis=0, keepdims=True), kept])
