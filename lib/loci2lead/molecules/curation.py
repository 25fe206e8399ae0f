"""What a training table holds and what its split leaks: counts to read before believing any figure.

Nothing here changes the data. Rows are counted, never shown, so that a report may leave the house.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.molecules.domain import nearest_similarity
from loci2lead.molecules.endpoints import CLASSIFICATION, endpoint_table
from loci2lead.molecules.splits import Split
from loci2lead.molecules.standardise import Compound

Array = NDArray[np.float64]
CENSORED = r"^\s*[<>≤≥]"
CLOSE = 0.85  # Tanimoto of Morgan radius 2 above which two molecules are near-duplicates
FAR = 0.4  # below which the nearest training molecule says little


def structures_report(compounds: Sequence[Compound]) -> dict[str, Any]:
    """Count rows, rejected rows by reason, changes by the standardising, and rows that repeat a structure."""
    kept = [compound for compound in compounds if compound.mol is not None]
    rejected = Counter(compound.codes[0] for compound in compounds if compound.mol is None)
    blocks = {compound.inchikey[:14] or compound.canonical for compound in kept}
    return {
        "rows": len(compounds),
        "rejected": dict(sorted(rejected.items())),
        "codes": dict(sorted(Counter(code for compound in kept for code in compound.codes).items())),
        "structures": len({compound.canonical for compound in kept}),
        "compounds_whatever_the_stereochemistry": len(blocks),
    }


def target_report(cells: pd.Series, values: Array, member: NDArray[np.int64], name: str, task: str) -> dict[str, Any]:
    """Describe one target: what was measured, unknown or censored, its range, and how far repeats agree.

    `cells` is the column as read, `values` (rows) its numbers, `member` (rows) each row's molecule, -1 = rejected.
    A censored cell (">10") is no number: it is counted and stays out of the training.
    """
    text = cells.astype(str).where(cells.notna(), "")
    censored = int(text.str.contains(CENSORED).sum())
    known = np.isfinite(values) & (member >= 0)
    y = values[known]
    report: dict[str, Any] = {
        "unit": endpoint_table()[name].unit if name in endpoint_table() else "as in the table",
        "measured": int(known.sum()),
        "empty": int((text == "").sum()),
        "censored_left_out": censored,
        "text_left_out": int((~np.isfinite(values) & (text != "")).sum()) - censored,
    }
    if not len(y):
        return report
    if task == CLASSIFICATION:
        report["positives"] = int(y.sum())
    else:
        report["quantiles_0_5_50_95_100"] = [float(f"{v:.6g}") for v in np.quantile(y, [0, 0.05, 0.5, 0.95, 1])]
    return report | _repeats(pd.Series(y).groupby(member[known]), task, float(y.std()))


def split_report(
    compounds: Sequence[Compound], split: Split, fingerprints: Mapping[str, NDArray[np.uint64]]
) -> dict[str, Any]:
    """Say per judged part how much of it the training part gives away.

    `fingerprints` hold the packed fingerprints of the training molecules and of each row of the other parts.
    """
    report: dict[str, Any] = {}
    trained = [compounds[row] for row in split.train]
    blocks, keys = {c.inchikey[:14] for c in trained}, {c.inchikey for c in trained}
    for part in ("valid", "test"):
        rows = getattr(split, part)
        if not len(rows):
            continue
        similarity = nearest_similarity(fingerprints[part], fingerprints["train"])
        report[part] = {
            "rows": len(rows),
            "rows_with_a_training_inchikey": sum(compounds[row].inchikey in keys for row in rows),
            "rows_with_a_training_inchikey_block": sum(compounds[row].inchikey[:14] in blocks for row in rows),
            "nearest_training_tanimoto_quantiles_0_25_50_75_100": [
                round(float(v), 3) for v in np.quantile(similarity, [0, 0.25, 0.5, 0.75, 1])
            ],
            f"share_nearer_than_{CLOSE}": round(float(np.mean(similarity >= CLOSE)), 4),
            f"share_farther_than_{FAR}": round(float(np.mean(similarity < FAR)), 4),
        }
    return report


def _repeats(by_molecule: Any, task: str, spread: float) -> dict[str, Any]:
    """Count molecules measured more than once and say whether their values agree."""
    span = by_molecule.max() - by_molecule.min()
    repeated = span[by_molecule.size() > 1]
    report: dict[str, Any] = {"molecules": len(span), "molecules_measured_again": len(repeated)}
    if task == CLASSIFICATION:
        report["molecules_with_conflicting_labels"] = int((repeated > 0).sum())
    elif len(repeated):
        report["median_difference_of_repeats"] = float(f"{repeated.median():.4g}")
        report["repeats_differing_by_a_standard_deviation"] = int((repeated > spread).sum())
    return report
