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

NOISE, SOMATIC = 0, 2
_THRESHOLDS = np.arange(0.2, 0.91, 0.05)


@dataclass(frozen=True)
class Tuned:
    """Temperature of the logits, the chances from which an allele of a pair and of a tumour alone passes, and figures
    for the card."""

    temperature: float
    threshold: float
    threshold_alone: float
    figures: dict[str, Any]


def tune(networks: Sequence[SomaticNetwork], examples: PairExamples) -> Tuned:
    """Choose the temperature by likelihood and the thresholds by F1; report the errors beside the likelihoods'.

    Of a tumour alone the network only says what is noise: there its F1 is that of real alleles, of either origin.
    """
    logits, label = logits_of(networks, examples), examples.label
    grid = np.arange(0.6, 2.01, 0.05)
    temperature = float(min(grid, key=lambda t: negative_log(softmax(logits / t), label)))
    chances = softmax(logits / temperature)
    likelihoods = 10.0 ** examples.logs.astype(np.float64)
    figures: dict[str, Any] = {"temperature": temperature}
    thresholds = []
    for mode, chosen in (("pair", ~examples.alone), ("alone", examples.alone)):
        wanted = (lambda c: c[:, SOMATIC]) if mode == "pair" else (lambda c: 1 - c[:, NOISE])
        truth = label == SOMATIC if mode == "pair" else label != NOISE
        thresholds.append(best_threshold(wanted(chances[chosen]), truth[chosen]))
        own: dict[str, Any] = {"threshold": thresholds[-1]}
        for kind, rows in (("SNV", chosen & ~examples.indel), ("INDEL", chosen & examples.indel)):
            own[kind] = {"candidates": int(rows.sum()), "true": int(truth[rows].sum())}
            if rows.any():
                own[kind]["network"] = judge(wanted(chances[rows]), truth[rows], thresholds[-1])
                own[kind]["likelihoods"] = judge(wanted(likelihoods[rows]), truth[rows], None)
        own["reliability"] = reliability(wanted(chances[chosen]), truth[chosen])
        figures[mode] = own
    return Tuned(temperature, thresholds[0], thresholds[1], figures)


def best_threshold(chance: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Return the threshold with the best F1; the lowest of equals."""
    return round(float(max(_THRESHOLDS, key=lambda t: f1(chance >= t, truth))), 2)


def judge(chance: NDArray[np.float64], truth: NDArray[np.bool_], threshold: float | None) -> dict[str, float]:
    """Return F1, errors, loss and calibration error; without a threshold the best one (an advantage) is used."""
    called = chance >= (best_threshold(chance, truth) if threshold is None else threshold)
    right = np.where(truth, chance, 1 - chance)
    return {
        "f1": round(f1(called, truth), 5),
        "false": int((called & ~truth).sum()),
        "missed": int((~called & truth).sum()),
        "negative_log": round(float(-np.log(np.maximum(right, 1e-9)).mean()), 5) if len(right) else 0.0,
        "ece": round(expected_calibration_error(chance, truth.astype(float)), 5),
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
