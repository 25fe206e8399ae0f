"""What any model has to beat: naive means and well-known regressors on the same folds.

Each baseline gets training and test samples with responses of the training lines (NaN = unmeasured) and
returns predictions for the test samples. Features are scaled and chosen on the training lines only.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.blocks import fit_blocks
from loci2lead.response.omics import Omics
from loci2lead.response.reference import drug_means, group_means

Matrix = NDArray[np.float64]
Baseline = Callable[[Omics, Matrix, Omics], Matrix]
KERNEL_PENALTY = 1.0
MIN_TRAIN_LINES = 20


def drug_mean(train: Omics, y: Matrix, test: Omics) -> Matrix:
    """Predict each drug's mean."""
    return np.tile(drug_means(y), (len(test.samples), 1))


def tissue_mean(train: Omics, y: Matrix, test: Omics) -> Matrix:
    """Predict the tissue's shrunken mean of each drug, the drug's mean for a new tissue."""
    return _by_group(train.tissue, y, test.tissue)


def subtype_mean(train: Omics, y: Matrix, test: Omics) -> Matrix:
    """Predict by the finest shared type: TCGA code within CCLE type within tissue, each shrunk to the coarser."""
    out = tissue_mean(train, y, test)
    seen = np.isfinite(y)
    own = tissue_mean(train, y, train)
    for prefix in ("gdsc:", "ccle:", "tcga:"):
        labels, wanted = _labels(train, prefix), _labels(test, prefix)
        for label in sorted(set(wanted) - {""}):
            rows, targets = np.array([w == label for w in labels]), np.array([w == label for w in wanted])
            if rows.any():
                gap = np.where(seen[rows], y[rows] - own[rows], 0.0).sum(axis=0) / (seen[rows].sum(axis=0) + 5.0)
                out[targets] += gap
                own[rows] += gap
    return out


def _labels(omics: Omics, prefix: str) -> list[str]:
    return [next((w for w in sorted(words) if w.startswith(prefix)), "") for words in omics.words]


def _by_group(groups: list[str], y: Matrix, wanted: list[str]) -> Matrix:
    means, fallback = group_means(y, groups), drug_means(y)
    return np.array([means.get(g, fallback) for g in wanted])


def kernel_ridge(train: Omics, y: Matrix, test: Omics) -> Matrix:
    """Multi-output ridge with a Gaussian kernel on all expression genes, unmeasured cells at the drug's mean."""
    a, b = expression(train, test)
    scale = float((a**2).sum(axis=1).mean())
    means = drug_means(y)
    residual = np.where(np.isfinite(y), y - means, 0.0)
    alpha = np.linalg.solve(_gauss(a, a, scale) + KERNEL_PENALTY * np.eye(len(a)), residual)
    return means + _gauss(b, a, scale) @ alpha


def _gauss(a: Matrix, b: Matrix, scale: float) -> Matrix:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.exp(-0.5 * np.maximum(squares, 0) / scale)


def expression(train: Omics, test: Omics) -> tuple[Matrix, Matrix]:
    """Return standardised expression of training and test samples."""
    blocks = fit_blocks(train, ["expr"], 0)
    return tuple(
        blocks.transform(o, ["expr"])["expr"] * np.sqrt(len(blocks.scalers["expr"].names)) for o in (train, test)
    )  # type: ignore[return-value]


def _per_drug(make: Callable[[], object]) -> Baseline:
    def predict(train: Omics, y: Matrix, test: Omics) -> Matrix:
        a, b = expression(train, test)
        out = drug_mean(train, y, test)
        for j in range(y.shape[1]):
            seen = np.isfinite(y[:, j])
            if seen.sum() >= MIN_TRAIN_LINES:
                model = make()
                model.fit(a[seen], y[seen, j])  # type: ignore[attr-defined]
                out[:, j] = model.predict(b)  # type: ignore[attr-defined]
        return out

    return predict


def elastic_net(train: Omics, y: Matrix, test: Omics) -> Matrix:
    """One elastic net per drug on expression (penalty 0.15, half L1)."""
    from sklearn.linear_model import ElasticNet

    return _per_drug(lambda: ElasticNet(alpha=0.15, l1_ratio=0.5, max_iter=2000, tol=1e-3))(train, y, test)


def random_forest(train: Omics, y: Matrix, test: Omics) -> Matrix:
    """One forest of 100 trees for all drugs on expression, a twentieth of the genes tried per split.

    Unmeasured cells stand at the drug's mean.
    """
    from sklearn.ensemble import RandomForestRegressor

    a, b = expression(train, test)
    means = drug_means(y)
    forest = RandomForestRegressor(100, max_features=0.05, min_samples_leaf=3, n_jobs=1, random_state=0)
    forest.fit(a, np.where(np.isfinite(y), y - means, 0.0))
    return means + forest.predict(b)


def boosting(train: Omics, y: Matrix, test: Omics) -> Matrix:
    """One LightGBM per drug on expression (80 rounds of 15 leaves, rate 0.06)."""
    from lightgbm import LGBMRegressor

    def make() -> LGBMRegressor:
        return LGBMRegressor(
            n_estimators=80,
            learning_rate=0.06,
            num_leaves=15,
            min_child_samples=10,
            colsample_bytree=0.15,
            subsample=0.8,
            subsample_freq=1,
            n_jobs=1,
            random_state=0,
            deterministic=True,
            verbose=-1,
        )

    return _per_drug(make)(train, y, test)


BASELINES: dict[str, Baseline] = {
    "drug mean": drug_mean,
    "tissue x drug mean": tissue_mean,
    "subtype x drug mean": subtype_mean,
    "kernel ridge": kernel_ridge,
    "elastic net": elastic_net,
    "random forest": random_forest,
    "LightGBM": boosting,
}
