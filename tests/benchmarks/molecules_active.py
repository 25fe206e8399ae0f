"""Scoreboard of active learning: how many of the best docked compounds are found after scoring a tenth.

    LOCI2LEAD_DATA=... python tests/benchmarks/molecules_active.py --seeds 3 --output molecules.active.tsv

Enamine's 50k library with exhaustive docking scores (lower is better). The rows are shuffled first. "Best" are all
compounds that score at least as well as the 500th: ties make them more than 500, and all of them must be found.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem
from scipy import stats

from loci2lead.molecules.active import search
from loci2lead.molecules.features import counts_of

BEST, PART = 500, 0.1


def library(data: Path, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and docking scores, shuffled; counts are kept in `cache`."""
    table = pd.read_csv(data / "molecules" / "dev" / "enamine50k_dock_scores.csv.gz")
    kept = cache / "enamine50k.counts.npy"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, np.stack([counts_of(Chem.MolFromSmiles(text)) for text in table["smiles"]]))
    order = np.random.default_rng(0).permutation(len(table))
    return np.load(kept)[order], table["score"].to_numpy(float)[order]


def found(scores: np.ndarray, rows: np.ndarray) -> float:
    """Return the part of the best compounds that is among the rows."""
    best = np.flatnonzero(scores <= np.sort(scores)[BEST - 1])
    return float(np.isin(best, rows).mean())


def interval(values: list[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean over seeds (Student's t)."""
    if len(values) < 2:
        return float("nan"), float("nan")
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values) - half), float(np.mean(values) + half)


def main() -> None:
    """Run the searches and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--strategies", default="greedy")
    parser.add_argument("--cache", type=Path, default=Path("benchmarks/molecules"))
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    counts, scores = library(Path(os.environ["LOCI2LEAD_DATA"]), args.cache)
    budget = int(PART * len(scores))
    batches = [budget // args.rounds] * args.rounds
    rows = []
    for strategy in [*args.strategies.split(","), "random"]:
        parts, seconds = [], time.process_time()
        for seed in range(args.seeds):
            if strategy == "random":
                chosen = np.random.default_rng(seed).permutation(len(scores))[: sum(batches)]
            else:
                chosen, _ = search(counts, lambda i: scores[i], batches, strategy=strategy, low_is_good=True, seed=seed)
            parts.append(found(scores, chosen))
            print(strategy, seed, round(parts[-1], 4), flush=True)
        low, high = interval(parts)
        rows.append(
            {
                "data": f"Enamine 50k docking, {len(scores)} compounds",
                "strategy": strategy,
                "scored": sum(batches),
                "rounds": args.rounds,
                "seeds": args.seeds,
                "best_found": round(float(np.mean(parts)), 4),
                "low_95": round(low, 4),
                "high_95": round(high, 4),
                "each_seed": ", ".join(f"{part:.3f}" for part in parts),
                "cpu_s_per_search": round((time.process_time() - seconds) / args.seeds, 1),
            }
        )
    table = pd.DataFrame(rows)
    table.to_csv(args.output, sep="\t", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
