"""Figures of the evaluation, in colours that colour-blind readers can tell apart (Okabe & Ito 2008)."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

BASELINE, OURS, PART = "#999999", "#0072B2", "#E69F00"
LABELS = {"npear": "nPear (all residuals)", "strict": "strict per-drug correlation", "per_drug": "per-drug correlation"}


def draw_figures(metrics: pd.DataFrame, output: Path) -> None:
    """Draw one figure per split and write it as PNG and SVG."""
    for split, table in metrics.groupby("split", sort=False):
        shown = [m for m in ("npear", "strict", "per_drug") if m in set(table["metric"])]
        if table["model"].nunique() < 2 or not shown:
            continue
        figure, axes = plt.subplots(
            1, len(shown), figsize=(5.2 * len(shown), 0.28 * table["model"].nunique() + 1.2), sharey=True, squeeze=False
        )
        for axis, metric in zip(axes[0], shown, strict=True):
            _bars(axis, table[table["metric"] == metric], LABELS[metric])
        figure.suptitle(f"{split}: mean over folds, 95 % interval over lines")
        figure.tight_layout()
        stem = str(split).replace(" ", "_")
        with plt.rc_context({"svg.hashsalt": "loci2lead"}):
            figure.savefig(output / f"{stem}.png", dpi=120, metadata={"Software": None})
            figure.savefig(output / f"{stem}.svg", metadata={"Date": None})
        plt.close(figure)


def _bars(axis: plt.Axes, table: pd.DataFrame, label: str) -> None:
    models = list(table["model"])
    values = table["value"].to_numpy(float)
    errors = None
    if "low" in table and table["low"].notna().all():
        errors = np.abs(np.vstack([values - table["low"], table["high"] - values]).astype(float))
    colours = [
        OURS if m.startswith("ours") else PART if m.startswith(("pool", "network", "kriging", "graph")) else BASELINE
        for m in models
    ]
    places = np.arange(len(models))[::-1]
    axis.barh(places, values, color=colours, xerr=errors, ecolor="#333333", capsize=2, height=0.7)
    axis.set_yticks(places, models, fontsize=8)
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_xlabel(label)
