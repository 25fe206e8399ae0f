"""The figures of a model's card: held-out lines, tissues and drugs, beside naive means and kernel ridge.

All are means over folds. LCO and LTO speak of the main study's drugs; LCO_all_drugs of every drug of the panel,
those known from a further study included.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.baselines import BASELINES
from loci2lead.response.fitting import FOLDS, HeldOut, Unseen, blend, out_of_fold
from loci2lead.response.model import short_name as words
from loci2lead.response.scores import score
from loci2lead.response.splits import group_folds

Matrix = NDArray[np.float64]
METRICS = ("rmse", "npear", "per_drug", "strict")
NAIVE = ("tissue x drug mean", "subtype x drug mean")


def training_metrics(held: HeldOut) -> dict[str, Any]:
    """Return sizes and scores per split, plain values for JSON."""
    main = np.flatnonzero([d.study == held.core.drugs[0].study for d in held.core.drugs])
    every = np.arange(len(held.core.drugs))
    lco = _baselines(held, held.unseen)
    lco |= {f"ours [{words(s)}]": blend(held.unseen, s, share) for s, share in held.shares.items()}
    lco |= {f"pool [{words(s)}]": held.unseen.base + pool for s, pool in held.unseen.pool.items()}
    lto = _baselines(held, held.foreign)
    lto |= {f"pool [{words(s)}]": held.foreign.base + pool for s, pool in held.foreign.pool.items()}
    y = held.core.y
    return {
        "lines": len(y), "drugs": len(every), "pairs": int(np.isfinite(y).sum()),
        "main_study": held.core.drugs[0].study, "main_study_drugs": len(main),
        "LCO": _table(y, held.unseen, lco, main), "LTO": _table(y, held.foreign, lto, main),
        "LCO_all_drugs": _table(y, held.unseen, lco, every), "LDO": _drug_table(held, held.drug_predictions),
        "LDO_unseen_lines": _drug_table(held, held.drug_predictions_unseen),
        "network_share": {words(s): share for s, share in held.shares.items()},
    }  # fmt: skip


def _baselines(held: HeldOut, unseen: Unseen) -> dict[str, Matrix]:
    names = [*NAIVE, "kernel ridge"] if "expr" in held.omics.frames else list(NAIVE)
    found = {n: out_of_fold(BASELINES[n], held.omics, held.core.y, unseen.folds) for n in names}
    return {"drug mean": unseen.base} | found


def _table(
    y: Matrix, unseen: Unseen, predictions: dict[str, Matrix], columns: NDArray[np.intp]
) -> dict[str, dict[str, float | None]]:
    """Return the scores of each prediction on some drugs, averaged over folds."""
    found = {}
    for name, predicted in predictions.items():
        folds = [
            score(y[np.ix_(r, columns)], predicted[np.ix_(r, columns)], unseen.base[np.ix_(r, columns)])
            for r in unseen.folds
        ]
        found[name] = {key: _mean([getattr(fold, key) for fold in folds]) for key in METRICS}
    return found


def _drug_table(held: HeldOut, predicted: Matrix) -> dict[str, float | None]:
    """Return figures of the main study's drugs, held out by compound together with all other studies' entries."""
    y = held.core.y
    own = [j for j, d in enumerate(held.core.drugs) if d.study == held.core.drugs[0].study]
    folds = group_folds([d.compound for d in held.core.drugs], FOLDS, held.seed)
    parts = [np.intersect1d(f, own) for f in folds]
    rows = [score(y[:, f], predicted[:, f], np.zeros_like(predicted[:, f])) for f in parts if len(f)]
    return {"strict": _mean([r.strict for r in rows]), "rmse": _mean([r.rmse for r in rows])}


def _mean(values: Sequence[float]) -> float | None:
    """Return the mean of what is known to four decimals, None where nothing is: JSON has no NaN."""
    known = [v for v in values if np.isfinite(v)]
    return round(float(np.mean(known)), 4) if known else None
