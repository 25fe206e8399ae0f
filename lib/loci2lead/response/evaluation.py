"""evaluate-response: from a configuration to metrics, tables and figures."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from loci2lead.errors import ConfigError
from loci2lead.io.atomic import write_json
from loci2lead.io.tables import read_table, write_text_table
from loci2lead.models.runtime import prepare_device
from loci2lead.response.baselines import BASELINES
from loci2lead.response.conformal import coverage, half_widths
from loci2lead.response.evaluate import Bench, Trial
from loci2lead.response.figures import draw_figures
from loci2lead.response.fitting import core_lines
from loci2lead.response.folds import Plan
from loci2lead.response.intervals import METRICS, fold_means, metric_table
from loci2lead.response.network import Schedule
from loci2lead.response.omics import read_folder
from loci2lead.response.scores import column_correlations, score
from loci2lead.response.tables import Panel, read_panel

log = logging.getLogger(__name__)
Matrix = NDArray[np.float64]
DEFAULTS = Path(str(files("loci2lead") / "resources" / "training" / "response_evaluation.yaml"))
REFERENCE = "kernel ridge"
SUBTYPE = "subtype x drug mean"
GENOMIC = (SUBTYPE, "ours [MC]", "ours [C]", "ours [M]", "ours [subtype]")  # compared to the subtype's mean as well


def read_config(path: Path) -> dict[str, Any]:
    """Read the evaluation's configuration over the shipped defaults; relative paths start at LOCI2LEAD_DATA."""
    if not path.exists():
        raise ConfigError("File not found", file=path, remedy="check the path")
    defaults = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise ConfigError("Unknown key", file=path, record=unknown[0], expected=", ".join(defaults))
    unknown_models = set(given.get("baselines", [])) - set(BASELINES)
    if unknown_models:
        raise ConfigError(
            "Unknown baseline", file=path, record=sorted(unknown_models)[0], expected=", ".join(BASELINES)
        )
    return {**defaults, **given}


def located(path: str) -> Path:
    """Return a path as given where absolute or present, otherwise below LOCI2LEAD_DATA."""
    plain = Path(path)
    root = os.environ.get("LOCI2LEAD_DATA")
    return plain if plain.is_absolute() or plain.exists() or not root else Path(root) / plain


def evaluate(config: Path, output: Path) -> None:
    """Run the configured splits and write metrics.tsv, coverage.tsv, controls.json and figures.

    Finished pieces stay in `output`/.work, so that an interrupted run continues.
    """
    prepare_device("cpu")
    settings = read_config(config)
    bench, further = _bench(settings, output)
    tables: list[pd.DataFrame] = []
    trials: dict[str, Trial] = {}
    for split in [s for s in settings["splits"] if s in {"LCO", "LTO"}]:
        trial = bench.lines_trial(split, settings["baselines"], settings["networks"] > 0)
        trials[split] = trial
        predictions = dict(trial.predictions)
        if settings["ablations"]:
            predictions |= ablations(bench) if split == "LCO" else {}
            predictions |= latent_ablations(bench, split, trial.folds)
        tables.append(
            metric_table(
                split,
                bench.panel.y,
                trial.naive,
                trial.folds,
                predictions,
                REFERENCE,
                settings["bootstrap_rounds"],
                settings["seed"],
            )
        )
        genomic = {n: p for n, p in predictions.items() if n in GENOMIC and SUBTYPE in predictions}
        second = metric_table(
            split,
            bench.panel.y,
            trial.naive,
            trial.folds,
            genomic,
            SUBTYPE,
            settings["bootstrap_rounds"],
            settings["seed"],
        )
        tables.append(second[second["model"] != SUBTYPE] if len(second) else second)
        log.info("%s scored", split)
    if "LPO" in settings["splits"]:
        tables.append(_pairs_table(bench))
    if "LDO" in settings["splits"]:
        from loci2lead.response.evaluate_drugs import drugs_table

        tables.append(drugs_table(bench.panel, further, bench.omics, settings))
    if settings["cross_study"] and "LCO" in trials:
        tables.append(cross_study_table(bench, trials["LCO"], settings))
    metrics = pd.concat(tables, ignore_index=True)
    write_text_table(output / "metrics.tsv", rounded(metrics))
    if "LCO" in trials:
        write_text_table(output / "coverage.tsv", rounded(coverage_table(bench, trials["LCO"])))
    if settings["seeds"] and trials:
        write_text_table(output / "seeds.tsv", rounded(seeds_table(bench, trials, settings["seeds"])))
    if settings["permutations"]:
        values = bench.permuted(settings["permutations"])
        write_json(
            output / "controls.json",
            {
                "permuted_npear_mean": round(float(values.mean()), 4),
                "permuted_npear_sd": round(float(values.std(ddof=1)), 4),
                "rounds": len(values),
            },
        )
    draw_figures(metrics, output)


def _bench(settings: Mapping[str, Any], output: Path) -> tuple[Bench, Panel | None]:
    features = located(settings["features"])
    drugs = [p for p in (features / "drugs.csv.gz", features / "drugs.csv") if p.exists()][:1]
    panel = read_panel([located(settings["responses"][0])], drugs, main_study=settings["main_study"])
    omics = read_folder(features)
    lines, modalities = core_lines(panel, omics)
    further = None
    if len(settings["responses"]) > 1:
        everything = read_panel([located(p) for p in settings["responses"]], drugs, main_study=settings["main_study"])
        further = everything.restrict(lines)
    schedule = Schedule(
        settings["epochs"], settings["learning_rate"], settings["weight_decay"], settings["teacher_share"]
    )
    plan = Plan(settings["seed"], (), modalities, settings["networks"], schedule)
    key = (
        sha256(yaml.safe_dump(dict(settings), sort_keys=True).encode()).hexdigest()[:10]
        if settings["fresh"]
        else "kept"
    )
    work = output / ".work" / key
    work.mkdir(parents=True, exist_ok=True)
    return Bench(panel.restrict(lines), omics.take(lines), plan, modalities, work), further


def ablations(bench: Bench) -> dict[str, Matrix]:
    """Return leave-line-out predictions with one part changed each."""
    every = bench.modalities
    return {
        "pool [all], equal weights": bench.ablation("equal", every, beta=0.0),
        "pool [all], sharp weights": bench.ablation("sharp", every, beta=0.5),
        "pool [all], no subtype": bench.ablation("nosub", every, drop=("sub",)),
        "pool [all], no linear expression": bench.ablation("nolin", every, drop=("expr",)),
        "pool [all], no Gaussian expression": bench.ablation("norff", every, drop=("expr~",)),
        "pool [MC], no subtype": bench.ablation("mcnosub", every.replace("E", ""), drop=("sub",)),
        "pool [M], no subtype": bench.ablation("mnosub", "M", drop=("sub",)),
        "pool [all], no MSI": bench.ablation("nomsi", every, drop=("msi",)),
        "pool [M], no MSI": bench.ablation("mnomsi", "M", drop=("msi",)),
        "pool [M], no driver states": bench.ablation("mnodrv", "M", drop=("hot", "drv", "any")),
    }


def latent_ablations(bench: Bench, split: str, folds: Sequence[NDArray[np.intp]]) -> dict[str, Matrix]:
    """Return predictions with an autoencoder's latent as the encoder of expression, alone or beside the kernel."""
    if "E" not in bench.modalities:
        return {}
    every = bench.modalities
    return {
        "pool [all], latent for linear expression": bench.ablation(f"{split}-lat", every, latent=True, folds=folds),
        "pool [all], latent for all expression": bench.ablation(
            f"{split}-latonly", every, drop=("expr~",), latent=True, folds=folds
        ),
    }


def seeds_table(bench: Bench, trials: Mapping[str, Trial], seeds: Sequence[int]) -> pd.DataFrame:
    """Return mean and spread of our models over seeds of networks and random features; folds stay the same."""
    rows = []
    for split, trial in trials.items():
        runs = [trial, *(replace(bench, model_seed=s).lines_trial(split, (), bench.plan.networks > 0) for s in seeds)]
        for model in [n for n in trial.predictions if n.startswith(("ours", "network"))]:
            values = np.array([fold_means(bench.panel.y, t.predictions[model], t.naive, t.folds) for t in runs])
            for m, metric in enumerate(METRICS):
                row = {"split": split, "model": model, "metric": metric, "seeds": len(runs)}
                rows.append(
                    row
                    | {"mean": values[:, m].mean(), "sd": values[:, m].std(ddof=1)}
                    | {"low": values[:, m].min(), "high": values[:, m].max()}
                )
    return pd.DataFrame(rows)


def _pairs_table(bench: Bench) -> pd.DataFrame:
    rows = []
    for name, folds in bench.pairs_trial().items():
        means = np.nanmean([score(t, p, n) for t, p, n in folds], axis=0)
        rows += [
            {"split": "LPO", "model": name, "metric": m, "value": v}
            for m, v in zip(("rmse", "npear", "per_drug", "strict"), means, strict=True)
        ]
    return pd.DataFrame(rows)


def coverage_table(bench: Bench, trial: Trial) -> pd.DataFrame:
    """Return coverage and width of 90 % intervals: each fold is covered by widths from the other folds."""
    y = bench.panel.y
    rows = []
    for name in [n for n in trial.predictions if n.startswith("ours") or n == REFERENCE]:
        inside, widths = np.full_like(y, np.nan), np.full_like(y, np.nan)
        for held in trial.folds:
            rest = np.setdiff1d(np.concatenate(trial.folds), held)
            width = half_widths((y - trial.predictions[name])[rest])
            inside[held] = coverage(y[held], trial.predictions[name][held], width)
            widths[held] = np.where(np.isfinite(y[held]), width, np.nan)
        many = np.isfinite(y).sum(axis=0) >= 100
        tissues = {t: np.array([x == t for x in bench.omics.tissue]) for t in set(bench.omics.tissue) - {""}}
        per_tissue = {t: float(np.nanmean(inside[m])) for t, m in tissues.items() if m.sum() >= 20}
        worst = min(per_tissue, key=lambda t: per_tissue[t])
        per_drug = np.nanmean(inside[:, many], axis=0)
        rows.append(
            {
                "model": name,
                "pooled": np.nanmean(inside),
                "worst_drug_100_lines": per_drug.min(),
                "share_of_drugs_at_least_.83": (per_drug >= 0.83).mean(),
                "worst_tissue_20_lines": per_tissue[worst],
                "worst_tissue": worst,
                "mean_half_width": np.nanmean(widths),
            }
        )
    return pd.DataFrame(rows)


def cross_study_table(bench: Bench, trial: Trial, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Return correlations with another study on lines held out of training; higher value = more sensitive there."""
    other = read_table(located(settings["cross_study"]), columns=("line", "drug", settings["cross_study_value"]))
    wide = other.pivot_table(index="line", columns="drug", values=settings["cross_study_value"]).reindex(
        bench.omics.samples
    )
    shared = [(j, d.compound) for j, d in enumerate(bench.panel.drugs) if d.compound in wide.columns]
    columns = [j for j, _ in shared]
    sign = 1.0 if settings["cross_study_value"] == "ln_ic50" else -1.0
    truth = sign * wide[[c for _, c in shared]].to_numpy(float)
    predictions = {
        k: p[:, columns] for k, p in trial.predictions.items() if k.startswith(("ours", "kernel", "tissue", "subtype"))
    }
    same = np.where(np.isfinite(truth), bench.panel.y[:, columns], np.nan)
    rows = [_concordance(truth, same)]
    table = metric_table(
        f"cross-study {Path(settings['cross_study']).name.split('.')[0]}",
        truth,
        np.zeros_like(truth),
        [np.arange(len(truth))],
        predictions,
        REFERENCE,
        settings["bootstrap_rounds"],
        settings["seed"],
    )
    return pd.concat([table[table["metric"].isin(["per_drug", "strict"])], pd.DataFrame(rows)], ignore_index=True)


def _concordance(truth: Matrix, measured: Matrix) -> dict[str, object]:
    value = float(np.nanmean(column_correlations(truth, measured)))
    return {
        "split": "cross-study",
        "model": "the main study's own measurement of the same pairs",
        "metric": "per_drug",
        "value": value,
    }


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with figures to four decimals."""
    return table.round(4)
