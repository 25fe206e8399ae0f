"""Scoreboard of the molecules room: Tox21 on the given splits beside the peers. The TDC
endpoints are in molecules_cv.py, coverage and calibration in molecules_coverage.py, speed in molecules_speed.py.

    LOCI2LEAD_DATA=... python tests/benchmarks/molecules.py tox21 --split scaffold --seeds 3 --output TABLE.tsv

Peers (random forest and LightGBM on ECFP4 of 2048 bits and all RDKit descriptors) are trained in the same run
on the same rows; differences are paired over bootstrapped test rows.
"""

import argparse
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, LGBMRegressor
from rdkit import Chem, DataStructs
from rdkit.Chem import Descriptors, rdFingerprintGenerator
from rdkit.rdBase import BlockLogs
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from loci2lead.cli import main as loci2lead
from loci2lead.molecules.figures import auroc

NUCLEAR = ("NR-AR", "NR-AR-LBD", "NR-AhR", "NR-Aromatase", "NR-ER", "NR-ER-LBD", "NR-PPAR-gamma")
TOX21 = [*NUCLEAR, "SR-ARE", "SR-ATAD5", "SR-HSE", "SR-MMP", "SR-p53"]
ROUNDS = 1000


def peer_features(smiles: Sequence[str]) -> np.ndarray:
    """Return ECFP4 bits and all RDKit descriptors (rows whose structure does not parse become zeros)."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    rows = []
    with BlockLogs():
        for text in smiles:
            mol = Chem.MolFromSmiles(str(text))
            if mol is None:
                rows.append(np.zeros(2048 + len(Descriptors.descList)))
                continue
            bits = np.zeros(2048)
            DataStructs.ConvertToNumpyArray(generator.GetFingerprint(mol), bits)
            rows.append(np.concatenate([bits, list(Descriptors.CalcMolDescriptors(mol, missingVal=0).values())]))
    return np.clip(np.nan_to_num(np.array(rows)), -1e6, 1e6).astype(np.float32)


def peers(task: str, seed: int) -> dict[str, object]:
    """Return untrained peers as the field file describes them."""
    if task == "classification":
        return {
            "random forest": RandomForestClassifier(200, random_state=seed, n_jobs=1),
            "LightGBM": LGBMClassifier(n_estimators=300, random_state=seed, n_jobs=1, verbosity=-1),
        }
    return {
        "random forest": RandomForestRegressor(200, random_state=seed, n_jobs=1),
        "LightGBM": LGBMRegressor(n_estimators=300, random_state=seed, n_jobs=1, verbosity=-1),
    }


def peer_predictions(
    features: np.ndarray, values: np.ndarray, train: np.ndarray, test: np.ndarray, task: str, seed: int
) -> dict[str, np.ndarray]:
    """Train the peers per target on the training rows and return their predictions (test, targets)."""
    predictions = {name: np.zeros((len(test), values.shape[1])) for name in peers(task, seed)}
    for i in range(values.shape[1]):
        rows = train[np.isfinite(values[train, i])]
        for name, peer in peers(task, seed).items():
            peer.fit(features[rows], values[rows, i])
            chosen = features[test]
            answer = peer.predict_proba(chosen)[:, 1] if task == "classification" else peer.predict(chosen)
            predictions[name][:, i] = answer
    return predictions


def our_predictions(
    table: Path,
    smiles: str,
    targets: list[str],
    task: str,
    split: Path,
    seed: int,
    test: np.ndarray,
    keep: Path | None = None,
) -> np.ndarray:
    """Train through the command line and return predictions (test, targets); the metrics are copied to `keep`."""
    with TemporaryDirectory() as folder:
        metrics = Path(folder) / "m.json"
        flags = {
            "dataset": table,
            "smiles-column": smiles,
            "target-columns": ",".join(targets),
            "task": task,
            "split": split,
            "seed": seed,
            "output": Path(folder) / "m.pt",
            "metrics": metrics,
        }
        code = loci2lead(["train-properties", *(part for k, v in flags.items() for part in (f"--{k}", str(v)))])
        if code:
            raise SystemExit(code)
        rows = pd.read_csv(metrics.with_suffix(".predictions.csv"))
        if keep is not None:
            shutil.copyfile(metrics, keep)
    wide = rows.pivot(index="row", columns="target", values="prediction")
    return wide.reindex(index=test, columns=targets).to_numpy()


def mean_auroc(values: np.ndarray, predictions: np.ndarray, rows: np.ndarray) -> float:
    """Return the mean over targets of the AUROC on some test rows."""
    scores = []
    for i in range(values.shape[1]):
        y, p = values[rows, i], predictions[rows, i]
        known = np.isfinite(y) & np.isfinite(p)
        scores.append(auroc(y[known], p[known]))
    return float(np.nanmean(scores))


def compare(values: np.ndarray, predictions: dict[str, np.ndarray], ours: str) -> list[dict[str, object]]:
    """Return a row per model: mean AUROC, its interval, and the paired difference ours minus the model."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(values), len(values)) for _ in range(ROUNDS)]
    sampled = {name: np.array([mean_auroc(values, p, rows) for rows in draws]) for name, p in predictions.items()}
    everything = np.arange(len(values))
    rows = []
    for name, p in predictions.items():
        difference = sampled[ours] - sampled[name]
        rows.append(
            {
                "model": name,
                "mean_auroc": round(mean_auroc(values, p, everything), 4),
                "low_95": round(float(np.quantile(sampled[name], 0.025)), 4),
                "high_95": round(float(np.quantile(sampled[name], 0.975)), 4),
                "ours_minus_it_low": round(float(np.quantile(difference, 0.025)), 4),
                "ours_minus_it_high": round(float(np.quantile(difference, 0.975)), 4),
                "probability_ours_better": round(float(np.mean(difference > 0)), 3),
            }
        )
    return rows


def tox21(data: Path, split_name: str, seeds: int, cache: Path) -> pd.DataFrame:
    """Compare on one of the given Tox21 splits; our seeds are judged one by one and as their mean.

    Predictions lie in `cache`, so that a benchmark that was interrupted goes on and peers are trained once.
    """
    table = data / "molecules" / "dev" / "tox21.csv.gz"
    split = data / "molecules" / "splits" / f"tox21_{split_name}.json"
    frame, parts = pd.read_csv(table), json.loads(split.read_text())
    train, test = np.array(parts["train"]), np.array(parts["test"])
    values = frame[TOX21].to_numpy(float)
    task = "classification"
    predictions = {}
    for seed in range(seeds):
        predictions[f"loci2lead seed {seed}"] = kept(
            cache / f"tox21-{split_name}-{seed}.npy",
            lambda seed=seed: our_predictions(
                table, "smiles", TOX21, task, split, seed, test, cache / f"tox21_{split_name.rstrip('0')}.{seed}.json"
            ),
        )
    mean = "loci2lead mean of seeds"
    predictions[mean] = np.mean(list(predictions.values()), axis=0)
    names = list(peers(task, 0))
    trained = kept(
        cache / f"tox21-{split_name}-peers.npy",
        lambda: np.stack(list(peer_predictions(peer_features(frame["smiles"]), values, train, test, task, 0).values())),
    )
    predictions |= dict(zip(names, trained, strict=True))
    rows = compare(values[test], predictions, mean)
    return pd.DataFrame([{"data": f"Tox21 {split_name} split, {len(test)} test rows", **row} for row in rows])


def kept(path: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """Return the array in `path`, made first if it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, make())
    return np.load(path)


def main() -> None:
    """Run one benchmark and write its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["tox21"])
    parser.add_argument("--split", default="scaffold", choices=["scaffold", "random0"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path("benchmarks/molecules"), help="where predictions are kept")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    data = Path(os.environ["LOCI2LEAD_DATA"])
    table = tox21(data, args.split, args.seeds, args.cache)
    table.to_csv(args.output, sep="\t", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
