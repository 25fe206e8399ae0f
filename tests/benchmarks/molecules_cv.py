"""Scaffold cross-validation of the 22 TDC endpoints (train_val rows): ours beside three peers.

Every step keeps what it has finished in the cache, so that it may be killed and started again, and peers are
trained once. In the order of use, with LOCI2LEAD_DATA set:

    python tests/benchmarks/molecules_cv.py ours --cache DIR
    python tests/benchmarks/molecules_cv.py peers --cache DIR --models forest,lightgbm --endpoints dili,herg
    python tests/benchmarks/molecules_cv.py peers --cache DIR --models chemprop --folds 1 --chemprop VENV/bin/chemprop
    python tests/benchmarks/molecules_cv.py table --cache DIR --output CELLS.tsv --summary SUMMARY.tsv

Folds: five, by a hash of the Bemis-Murcko scaffold of the standardised structure, of which three are judged, the same
for every endpoint and model, and every molecule of them counts (those without a ring are one scaffold). Rows of one
structure are merged first, for everybody. Ours is the recipe in molecules_cv.yaml, the shipped one at about half the
cost: every answer comes from the one member (one network, one forest) that saw no molecule of that scaffold in any
table, blended with weights fitted on the other folds; a shipped model is the mean of several such members. Peers are
trained per endpoint on the same rows: random forest and LightGBM on ECFP4 (2048 bits) and all RDKit descriptors,
Chemprop (D-MPNN as `chemprop train` makes it, `--epochs` of them, best epoch by a tenth of the training rows). Peers
learn a quantity in the data set's own unit, ours on a logarithm where its range asks for one (clearance, half-life,
volume, binding).
"""

import argparse
import os
import pickle
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from molecules import kept, peer_features
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from loci2lead.io.atomic import atomic_path
from loci2lead.molecules.endpoints import CLASSIFICATION, endpoint_table
from loci2lead.molecules.figures import auroc, average_precision, mean_absolute_error, spearman
from loci2lead.molecules.inputs import inputs_of, load_inputs, save_inputs
from loci2lead.molecules.judging import cross_calibrated
from loci2lead.molecules.recipe import Gathered, gather, read_recipe
from loci2lead.molecules.training import OutOfFold, fold_numbers, train_model

ROUNDS = 500
RECIPE = Path(__file__).with_suffix(".yaml")
OURS = "loci2lead"
RANKED = {"vdss_lombardo", "half_life_obach", "clearance_hepatocyte_az", "clearance_microsome_az"}
PRECISION = {
    "cyp2c9_veith", "cyp2d6_veith", "cyp3a4_veith", "cyp2c9_substrate_carbonmangels", "cyp2d6_substrate_carbonmangels"
}  # fmt: skip


def tdc_endpoints() -> list[str]:
    """Return the 22 endpoints of the TDC ADMET group."""
    return [name for name, endpoint in endpoint_table().items() if endpoint.dataset.startswith("TDC ADMET")]


def figure_of(endpoint: str) -> str:
    """Return the figure that TDC's leaderboard uses for an endpoint."""
    if endpoint in PRECISION:
        return "auprc"
    if endpoint in RANKED:
        return "spearman"
    return "auroc" if endpoint_table()[endpoint].task == CLASSIFICATION else "mae"


def score(endpoint: str, y: np.ndarray, p: np.ndarray) -> float:
    """Return the endpoint's figure, turned so that more is better."""
    if len(np.unique(y)) < 2:
        return float("nan")
    figures = {"auprc": average_precision, "spearman": spearman, "auroc": auroc}
    name = figure_of(endpoint)
    return -mean_absolute_error(y, p) if name == "mae" else figures[name](y, p)


def material(cache: Path) -> Gathered:
    """Return the recipe's molecules with values; standardised once. What a model sees of them lies beside."""
    path = cache / "gathered.pkl"  # our own file of this benchmark, never a user's
    if not path.exists():
        gathered = gather(read_recipe(str(RECIPE)), Path(os.environ["LOCI2LEAD_DATA"]))
        save_inputs(cache / "inputs.npz", inputs_of(gathered.measured.mols))
        with atomic_path(path) as temporary:
            temporary.write_bytes(pickle.dumps(replace(gathered, measured=replace(gathered.measured, mols=[]))))
    return pickle.loads(path.read_bytes())


def ours(cache: Path) -> None:
    """Train the recipe and keep every molecule's answer by the member that left it out."""
    gathered = material(cache)
    values, outputs, plan = gathered.measured.values, gathered.outputs, gathered.plan
    inputs, groups = load_inputs(cache / "inputs.npz"), gathered.measured.groups
    members = cache / "members"
    members.mkdir(exist_ok=True)
    model, out_of_fold = train_model(inputs, groups, values, outputs, plan, members)
    answers, covered, undecided = cross_calibrated(model, out_of_fold, values, plan.helpers)
    judged = out_of_fold.fold >= 0  # without the commonest scaffolds, as the shipped calibration has it
    np.savez(cache / "oof.npz", answers=answers, covered=covered, undecided=undecided, judged=judged)
    fold = fold_numbers(groups, plan.folds or plan.members, plan.seed)
    everyone = OutOfFold(out_of_fold.scores, np.where(np.isin(fold, plan.left_out()), fold, -1))
    answers = cross_calibrated(model, everyone, values, plan.helpers)[0]
    names = [output.name for output in model.endpoints]
    for endpoint in tdc_endpoints():
        for fold in plan.left_out():
            test = rows_of(gathered, endpoint, fold)[1]
            keep(cache, endpoint, fold, OURS, answers[test, names.index(endpoint)])


def rows_of(gathered: Gathered, endpoint: str, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Return training and test molecules of an endpoint's fold."""
    known = np.flatnonzero(np.isfinite(values_of(gathered, endpoint)))
    held = (
        fold_numbers(
            [gathered.measured.groups[i] for i in known],
            gathered.plan.folds or gathered.plan.members,
            gathered.plan.seed,
        )
        == fold
    )
    return known[~held], known[held]


def values_of(gathered: Gathered, endpoint: str) -> np.ndarray:
    """Return the values of an endpoint, NaN where a molecule was not measured."""
    return gathered.measured.values[:, [output.name for output in gathered.outputs].index(endpoint)]


def cell(cache: Path, endpoint: str, fold: int, model: str) -> Path:
    """Return where a cell's predictions lie."""
    return cache / "cells" / f"{endpoint}.{fold}.{model}.npy"


def keep(cache: Path, endpoint: str, fold: int, model: str, answer: np.ndarray) -> None:
    """Write a cell's predictions."""
    path = cell(cache, endpoint, fold, model)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, answer)


def peers(cache: Path, models: Sequence[str], endpoints: Sequence[str], folds: int, chemprop: str, epochs: int) -> None:
    """Train the peers on the first folds, those that are not there yet."""
    gathered = material(cache)
    for endpoint in endpoints:
        y = values_of(gathered, endpoint)
        for fold in gathered.plan.left_out()[:folds]:
            train, test = rows_of(gathered, endpoint, fold)
            for model in models:
                if cell(cache, endpoint, fold, model).exists():
                    continue
                if model == "chemprop":
                    smiles = [gathered.measured.keys[i] for i in np.concatenate([train, test])]
                    answer = chemprop_answer(chemprop, smiles, y[train], endpoint, fold, epochs)
                else:
                    x, judged = (peer_rows(cache, gathered, endpoint, rows) for rows in (train, test))
                    answer = table_peer(model, x, y[train], judged, endpoint)
                keep(cache, endpoint, fold, model, answer)
                print(endpoint, fold, model, round(score(endpoint, y[test], answer), 4), flush=True)


def peer_rows(cache: Path, gathered: Gathered, endpoint: str, wanted: np.ndarray) -> np.ndarray:
    """Return the peers' features of some of an endpoint's molecules; computed once per endpoint."""
    known = np.flatnonzero(np.isfinite(values_of(gathered, endpoint)))
    smiles = [gathered.measured.keys[i] for i in known]
    features = kept(cache / "peer_features" / f"{endpoint}.npy", lambda: peer_features(smiles))
    return features[np.searchsorted(known, wanted)]


def table_peer(model: str, x: np.ndarray, y: np.ndarray, test: np.ndarray, endpoint: str) -> np.ndarray:
    """Train random forest or LightGBM on ECFP4 and descriptors. Regression forests look at a third of the features."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    classes = endpoint_table()[endpoint].task == CLASSIFICATION
    if model == "forest":
        peer = RandomForestClassifier(200, random_state=0) if classes else regression_forest(len(x))
    else:
        peer = (LGBMClassifier if classes else LGBMRegressor)(n_estimators=300, random_state=0, n_jobs=1, verbosity=-1)
    peer.fit(x, y)
    return peer.predict_proba(test)[:, 1] if classes else peer.predict(test)


def regression_forest(rows: int) -> RandomForestRegressor:
    """Return 200 trees on a third of the features (Breiman's choice); 100 on a tenth above 3,000 rows, for time."""
    if rows > 3000:
        return RandomForestRegressor(100, max_features=0.1, random_state=0)
    return RandomForestRegressor(200, max_features=1 / 3, random_state=0)


def chemprop_answer(
    program: str, smiles: Sequence[str], y: np.ndarray, endpoint: str, fold: int, epochs: int
) -> np.ndarray:
    """Train `chemprop train` on the first len(y) structures and predict the rest, in its own environment."""
    classes = endpoint_table()[endpoint].task == CLASSIFICATION
    with TemporaryDirectory() as name:
        folder = Path(name)
        pd.DataFrame({"smiles": smiles[: len(y)], "y": y}).to_csv(folder / "train.csv", index=False)
        pd.DataFrame({"smiles": smiles[len(y) :]}).to_csv(folder / "test.csv", index=False)
        common = ["--smiles-columns", "smiles", "--num-workers", "0", "--accelerator", "cpu"]
        task = "classification" if classes else "regression"
        train = [
            program, "train", "--data-path", folder / "train.csv", "--target-columns", "y", "--task-type", task,
            "--epochs", epochs, "--split-type", "random", "--split-sizes", 0.9, 0.1, 0.0,
            "--data-seed", fold, "--pytorch-seed", fold, "--output-dir", folder / "run", *common,
        ]  # fmt: skip
        predict = [
            program, "predict", "--test-path", folder / "test.csv", "--model-paths", folder / "run",
            "--preds-path", folder / "answer.csv", *common,
        ]  # fmt: skip
        for command in (train, predict):
            clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=clean)
            if done.returncode:
                raise SystemExit(done.stderr[-2000:])
        return pd.read_csv(folder / "answer.csv")["y"].to_numpy(float)


def table(cache: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a row per endpoint and model over its finished cells, and the comparison of ours with each peer."""
    gathered = material(cache)
    rows, drawn = [], {}
    for endpoint in tdc_endpoints():
        y = values_of(gathered, endpoint)
        tests = {fold: rows_of(gathered, endpoint, fold)[1] for fold in gathered.plan.left_out()}
        for model in (OURS, "forest", "lightgbm", "chemprop"):
            folds = [f for f in tests if cell(cache, endpoint, f, model).exists()]
            if not folds or not all(cell(cache, endpoint, f, OURS).exists() for f in folds):
                continue
            own = {f: np.load(cell(cache, endpoint, f, OURS)) for f in folds}
            answers = {f: np.load(cell(cache, endpoint, f, model)) for f in folds}
            truth = {f: y[tests[f]] for f in folds}
            samples, differences = bootstrapped(endpoint, truth, answers, own)
            drawn[endpoint, model] = fold_scores(endpoint, truth, answers), differences
            mean, ours_there = mean_score(endpoint, truth, answers), mean_score(endpoint, truth, own)
            sign = -1 if figure_of(endpoint) == "mae" else 1
            ends = sorted(sign * np.nanquantile(samples, [0.025, 0.975]))
            better, worse = np.nanquantile(differences, [0.025, 0.975])
            rows.append(
                {
                    "endpoint": endpoint,
                    "molecules": int(np.isfinite(y).sum()),
                    "figure": figure_of(endpoint),
                    "model": model,
                    "folds": len(folds),
                    "test_molecules": sum(len(t) for t in truth.values()),
                    "mean": round(sign * mean, 4),
                    "low_95": round(float(ends[0]), 4),
                    "high_95": round(float(ends[1]), 4),
                    "ours_better_by": round(ours_there - mean, 4),
                    "ours_better_low_95": round(float(better), 4),
                    "ours_better_high_95": round(float(worse), 4),
                }
            )
    return pd.DataFrame(rows), summary(drawn)


def fold_scores(endpoint: str, truth: dict[int, np.ndarray], answers: dict[int, np.ndarray]) -> dict[int, float]:
    """Return the endpoint's figure per fold."""
    return {f: score(endpoint, truth[f], answers[f]) for f in truth}


def mean_score(endpoint: str, truth: dict[int, np.ndarray], answers: dict[int, np.ndarray]) -> float:
    """Return the mean over folds of the endpoint's figure."""
    return float(np.nanmean(list(fold_scores(endpoint, truth, answers).values())))


def bootstrapped(
    endpoint: str, truth: dict[int, np.ndarray], answers: dict[int, np.ndarray], own: dict[int, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the model's mean over folds and ours minus it, over test molecules redrawn within their folds."""
    rng = np.random.default_rng(0)
    samples, differences = np.empty(ROUNDS), np.empty(ROUNDS)
    for i in range(ROUNDS):
        rows = {f: rng.integers(0, len(y), len(y)) for f, y in truth.items()}
        drawn = {f: truth[f][rows[f]] for f in truth}
        samples[i] = mean_score(endpoint, drawn, {f: answers[f][rows[f]] for f in truth})
        differences[i] = mean_score(endpoint, drawn, {f: own[f][rows[f]] for f in truth}) - samples[i]
    return samples, differences


def summary(drawn: dict[tuple[str, str], tuple[dict[int, float], np.ndarray]]) -> pd.DataFrame:
    """Compare ours with each peer over the endpoints both have: wins, mean ranks of all models that are there.

    Models are ranked on the folds that all of them have.
    """
    rows = []
    endpoints = list(dict.fromkeys(endpoint for endpoint, _ in drawn))
    for peer in ("forest", "lightgbm", "chemprop"):
        shared = [e for e in endpoints if (e, peer) in drawn]
        if not shared:
            continue
        low, high = (np.array([np.nanquantile(drawn[e, peer][1], q) for e in shared]) for q in (0.025, 0.975))
        means = [means_of(drawn, e, (OURS, peer)) for e in shared]
        rows.append(
            {
                "against": peer,
                "endpoints": len(shared),
                "ours_ahead": sum(own > other for own, other in means),
                "significant_wins": int(np.sum(low > 0)),
                "significant_losses": int(np.sum(high < 0)),
            }
        )
    for models in ((OURS, "forest", "lightgbm"), (OURS, "forest", "lightgbm", "chemprop")):
        shared = [e for e in endpoints if all((e, m) in drawn for m in models)]
        ranks = np.array([rankdata([-mean for mean in means_of(drawn, e, models)]) for e in shared])
        for m, rank in zip(models, ranks.mean(0) if shared else [], strict=False):
            rows.append({"against": f"mean rank of {m} among {len(models)}", "endpoints": len(shared), "rank": rank})
    return pd.DataFrame(rows).round(3)


def means_of(
    drawn: dict[tuple[str, str], tuple[dict[int, float], np.ndarray]], endpoint: str, models: Sequence[str]
) -> list[float]:
    """Return each model's mean over the folds that all of them have."""
    scores = [drawn[endpoint, model][0] for model in models]
    folds = set.intersection(*(set(of_model) for of_model in scores))
    return [float(np.nanmean([of_model[f] for f in folds])) for of_model in scores]


def main() -> None:
    """Run one step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ours", "peers", "table"])
    parser.add_argument("--cache", type=Path, required=True, help="where features and predictions are kept")
    parser.add_argument("--models", default="forest,lightgbm")
    parser.add_argument("--endpoints", help="joined by commas (default: all 22, small ones first)")
    parser.add_argument("--folds", type=int, default=3, help="how many of the judged folds, the first ones")
    parser.add_argument("--chemprop", default="chemprop", help="the program, in an environment of its own")
    parser.add_argument("--epochs", type=int, default=30, help="of Chemprop")
    parser.add_argument("--output", type=Path, help="table of cells")
    parser.add_argument("--summary", type=Path, help="table of ranks and wins")
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    if args.what == "ours":
        ours(args.cache)
    elif args.what == "peers":
        endpoints = args.endpoints.split(",") if args.endpoints else by_size(args.cache)
        peers(args.cache, args.models.split(","), endpoints, args.folds, args.chemprop, args.epochs)
    else:
        cells, compared = table(args.cache)
        cells.to_csv(args.output, sep="\t", index=False)
        compared.to_csv(args.summary, sep="\t", index=False)
        print(cells.to_string(index=False), compared.to_string(index=False), sep="\n\n")


def by_size(cache: Path) -> list[str]:
    """Return the 22 endpoints, the one with the fewest molecules first."""
    gathered = material(cache)
    return sorted(tdc_endpoints(), key=lambda name: np.isfinite(values_of(gathered, name)).sum())


if __name__ == "__main__":
    main()
