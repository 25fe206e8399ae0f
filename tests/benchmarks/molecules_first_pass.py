"""Scoreboard of the fast model: how much of what the full ensemble would choose does a first pass keep?

    LOCI2LEAD_DATA=... python tests/benchmarks/molecules_first_pass.py --rows 5000 --output TABLE.tsv

Both score the same even sample of the screening library. Per endpoint: the figure out of fold of student and teacher
(from their cards; AUROC, or Spearman's rho of measured quantities), the rank correlation of their answers, and which
part of the ensemble's best 1 % stands in the student's best 10 %, with the best end that reports call better (the
lower where there is none). A part of the library lies in the training tables.
"""

import argparse
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from loci2lead.cli import main as loci2lead
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.molecules.endpoints import endpoint_table

FAST, FULL = "molecules-fast-v1", "molecules-properties-v1"


def scores(library: Path, depth: str, model: str) -> pd.DataFrame:
    """Return the accepted rows' scores."""
    output = library.with_name(f"{depth}.parquet")
    flags = {"library": library, "output": output, "depth": depth, "model": model}
    code = loci2lead(["screen-library", *(part for k, v in flags.items() for part in (f"--{k}", str(v)))])
    if code:
        raise SystemExit(code)
    table = pd.read_parquet(output)
    return table[table["status"] == "accepted"].reset_index(drop=True)


def kept(ours: pd.Series, theirs: pd.Series, lower_is_better: bool) -> float:
    """Return the part of the best 1 % by `theirs` that stands in the best 10 % by `ours`."""
    best = theirs.rank(ascending=lower_is_better, method="first") <= len(theirs) // 100
    chosen = ours.rank(ascending=lower_is_better, method="first") <= len(ours) // 10
    return float(chosen[best].mean())


def main() -> None:
    """Score a sample with both models and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--fast", default=FAST, help="model of the first pass (default: %(default)s)")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    library = pd.read_csv(Path(os.environ["LOCI2LEAD_DATA"]) / "molecules" / "library" / "screen_library_v1.csv.gz")
    card = load_checkpoint(args.fast).card
    rows = []
    with TemporaryDirectory() as folder:
        sample = Path(folder) / "library.csv"
        library.iloc[:: max(1, len(library) // args.rows)].to_csv(sample, index=False)
        fast, full = scores(sample, "fast", args.fast), scores(sample, "quick", FULL)
    for name in card["endpoints"]:
        figure = "auroc" if "auroc" in card["out_of_fold"][name] else "spearman"
        ours, theirs = fast[name].astype(float), full[name].astype(float)
        rows.append(
            {
                "endpoint": name,
                "labels": card["out_of_fold"][name]["n"],
                "figure": figure,
                "student": card["out_of_fold"][name][figure],
                "student_95": json.dumps(card["out_of_fold"][name].get(f"{figure}_95")),
                "teacher": card["teacher_out_of_fold"][name][figure],
                "rows": len(ours),
                "rank_correlation": round(float(ours.corr(theirs, method="spearman")), 3),
                "kept_of_best_1_percent": round(kept(ours, theirs, endpoint_table()[name].direction != "higher"), 3),
            }
        )
    table = pd.DataFrame(rows)
    table.to_csv(args.output, sep="\t", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
