"""Do the 90 % sets and intervals hold what they say? Coverage and calibration on rows that no training has seen.

    LOCI2LEAD_DATA=... python tests/benchmarks/molecules_coverage.py --cache DIR --output TABLE.tsv

Each table is trained by `train-properties` with a split of 80/10/10; the figures are of the last two parts, of which
training sees nothing (blend, calibration and thresholds come from out-of-fold scores of the first). Finished tables
are kept in the cache. TDC endpoints (train_val rows) below 2,000 molecules go together as one wide table per task.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.cli import main as loci2lead
from loci2lead.models.metrics import wilson_interval
from loci2lead.molecules.endpoints import endpoint_table

LARGEST = 2000


def small_tables(data: Path, cache: Path) -> dict[str, tuple[Path, list[str]]]:
    """Write one wide table per task of the small TDC endpoints; return file and targets by task."""
    long = pd.read_csv(data / "molecules" / "dev" / "tdc_admet_train_val.csv.gz")
    sizes = long.groupby("endpoint")["smiles"].nunique()
    result = {}
    for task in ("classification", "regression"):
        names = [name for name in sizes.index[sizes < LARGEST] if endpoint_table()[name].task == task]
        rows = long[long["endpoint"].isin(names)]
        wide = rows.pivot_table(index="smiles", columns="endpoint", values="y", aggfunc="mean").reset_index()
        if task == "classification":  # rows that contradict each other are unknown
            wide[names] = wide[names].where(wide[names].isin([0, 1]))
        path = cache / f"tdc_small_{task}.csv"
        wide.to_csv(path, index=False)
        result[task] = path, names
    return result


def trained(cache: Path, name: str, table: Path, targets: list[str], task: str, split: str) -> dict[str, object]:
    """Return the metrics of one training, run if they are not there."""
    metrics = cache / f"{name}.json"
    if not metrics.exists():
        flags = ["--dataset", table, "--target-columns", ",".join(targets), "--task", task, "--split", split]
        code = loci2lead(
            ["train-properties", *map(str, flags), "--output", str(cache / f"{name}.pt"), "--metrics", str(metrics)]
        )
        if code:
            raise SystemExit(code)
    return json.loads(metrics.read_text())


def rows_of(report: dict[str, dict[str, dict[str, object]]], name: str) -> list[dict[str, object]]:
    """Return a row per endpoint of one training: valid and test rows together where both are there."""
    rows = []
    for endpoint in report["test"]:
        parts = [report[part][endpoint] for part in ("valid", "test") if "coverage" in report[part].get(endpoint, {})]
        n = sum(part["n"] for part in parts)
        held = round(sum(part["n"] * part["coverage"] for part in parts))
        low, high = wilson_interval(held, n)
        errors = [part["calibration_error_debiased"] for part in parts if "calibration_error_debiased" in part]
        trained_on = report["out_of_fold"][endpoint]["n"]
        rows.append(
            {
                "table": name,
                "endpoint": endpoint,
                "trained_on": trained_on,
                "held_out": n,
                "covered": held,
                "coverage": round(held / n, 4),
                "low_95": round(low, 4),
                "high_95": round(high, 4),
                "holds_0.90": low <= 0.9 <= high,
                "undecided": round(np.mean([p["undecided"] for p in parts]), 4) if "undecided" in parts[0] else np.nan,
                "calibration_error_debiased": round(float(np.mean(errors)), 4) if errors else np.nan,
            }
        )
    return rows


def main() -> None:
    """Train what is missing and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--splits", default="random,scaffold")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    data = Path(os.environ["LOCI2LEAD_DATA"])
    args.cache.mkdir(parents=True, exist_ok=True)
    rows = []
    for split in args.splits.split(","):
        found = []
        for task, (table, targets) in small_tables(data, args.cache).items():
            name = f"tdc_small_{task}_{split}"
            found += rows_of(trained(args.cache, name, table, targets, task, split), f"{split} split")
        kept = args.cache / f"tox21_{split}.0.json"  # kept there by `molecules.py tox21` with the same cache
        if kept.exists():
            found += rows_of(json.loads(kept.read_text()), f"{split} split")
        n, held = sum(r["held_out"] for r in found), sum(r["covered"] for r in found)
        low, high = wilson_interval(held, n)
        inside = np.mean([r["holds_0.90"] for r in found])
        pooled = {"table": f"{split} split", "endpoint": "all together", "held_out": n, "covered": held}
        pooled |= {"coverage": round(held / n, 4), "low_95": round(low, 4), "high_95": round(high, 4)}
        rows += [*found, pooled | {"holds_0.90": f"{inside:.2f} of {len(found)} endpoints"}]
    table = pd.DataFrame(rows)
    table.to_csv(args.output, sep="\t", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
