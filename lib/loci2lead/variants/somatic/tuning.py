"""What the tuning region chooses (temperature, threshold) and shows (errors, calibration)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.models.metrics import expected_calibration_error
from loci2lead.variants.somatic.network import SomaticNetwork
from loci2lead.variants.somatic.scorer import softmax
from loci2lead.variants.somatic.training import PairExamples, logits_of

SOMATIC = 2
_THRESHOLDS = np.arange(0.2, 0.91, 0.05)


@dataclass(frozen=True)
class Tuned:
    """Temperature of the logits, the chance from which a somatic allele passes, and figures for the card."""

    temperature: float
    threshold: float
    figures: dict[str, Any]


def tune(networks: Sequence[SomaticNetwork], examples: PairExamples) -> Tuned:
    """Choose the temperature by likelihood and the threshold by F1; report the errors beside the likelihoods'."""
    logits, label = logits_of(networks, examples), examples.label
    grid = np.arange(0.6, 2.01, 0.05)
    temperature = float(min(grid, key=lambda t: negative_log(softmax(logits / t), label)))
    chances = softmax(logits / temperature)
    threshold = float(max(_THRESHOLDS, key=lambda t: f1(chances[:, SOMATIC] >= t, label == SOMATIC)))
    figures: dict[str, Any] = {"temperature": temperature, "threshold": threshold}
    alone = 10.0 ** examples.logs.astype(np.float64)
    for kind, rows in (("SNV", ~examples.indel), ("INDEL", examples.indel)):
        figures[kind] = {"candidates": int(rows.sum()), "somatic": int((label[rows] == SOMATIC).sum())}
        if not rows.any():
            continue
        for name, values in (("network", chances[rows]), ("likelihoods", alone[rows])):
            figures[kind][name] = judge(values, label[rows], threshold if name == "network" else None)
    figures["reliability"] = reliability(chances[:, SOMATIC], label == SOMATIC)
    return Tuned(temperature, threshold, figures)


def judge(chances: NDArray[np.float64], label: NDArray[np.int64], threshold: float | None) -> dict[str, float]:
    """Return F1, errors, loss and calibration error; without a threshold the best one (an advantage) is used."""
    somatic, truth = chances[:, SOMATIC], label == SOMATIC
    best = threshold if threshold is not None else max(_THRESHOLDS, key=lambda t: f1(somatic >= t, truth))
    called = somatic >= best
    return {
        "f1": round(f1(called, truth), 5),
        "false": int((called & ~truth).sum()),
        "missed": int((~called & truth).sum()),
        "negative_log": round(negative_log(chances, label), 5),
        "ece": round(expected_calibration_error(somatic, truth.astype(float)), 5),
    }


def f1(called: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Return F1 of calls among candidates."""
    right = int((called & truth).sum())
    wrong = int((called ^ truth).sum())
    return 2 * right / (2 * right + wrong) if right + wrong else 0.0


def negative_log(chances: NDArray[np.float64], label: NDArray[np.int64]) -> float:
    """Return the mean negative log likelihood of the labels."""
    return float(-np.log(np.maximum(chances[np.arange(len(label)), label], 1e-9)).mean())


def reliability(chance: NDArray[np.float64], truth: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return, for ten bands of predicted chance, how many alleles, their mean chance and the share that is true."""
    bands = []
    for low in np.arange(0, 1, 0.1):
        inside = (chance >= low) & (chance < low + 0.1 + (low > 0.85))
        if inside.any():
            shares = (float(chance[inside].mean()), float(truth[inside].mean()))
            bands.append({"alleles": int(inside.sum()), "mean": round(shares[0], 4), "true": round(shares[1], 4)})
    return bands
