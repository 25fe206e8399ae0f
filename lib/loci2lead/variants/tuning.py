"""What the tuning region chooses for a trained model, and what it shows of each of its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.models.forest import Forest
from loci2lead.variants.network import PileupNetwork
from loci2lead.variants.scorer import COPIES, FOREST, KINDS, forest_inputs, log_softmax, stacked
from loci2lead.variants.training import Examples, first_network, natural_weights

# The (weighted) share of settled candidates that may be wrong on the tuning region.
_SETTLED_ERROR = 3e-4
SHARES = [step / 20 for step in range(21)]
Logits = NDArray[np.float64]


@dataclass(frozen=True)
class Tuning:
    """What the tuning region chose (`chosen`: settings of a Scorer) and what it shows (`figures`)."""

    chosen: dict[str, Any]
    figures: dict


@dataclass(frozen=True)
class Predictions:
    """Logits of every candidate by the trees, and of those with a pileup by the mean of the network's heads."""

    trees: Logits
    network: Logits

    def stack(self, examples: Examples, share: Mapping[str, float]) -> Logits:
        """Return the logits of the whole for the rows with a pileup; `share` of the network by kind."""
        rows = examples.image_row
        return stacked(self.trees[rows], self.network, np.array([share[k] for k in KINDS])[examples.indel[rows] * 1])


@torch.inference_mode()
def predict(forest: Forest, network: PileupNetwork, examples: Examples) -> Predictions:
    """Return what each part of a model says of the examples."""
    network.eval()
    trees = forest.scores(forest_inputs(examples.features, examples.costs), COPIES)
    network_logits = []
    for start in range(0, len(examples.image_row), 256):
        rows = examples.image_row[start : start + 256]
        images = torch.from_numpy(examples.images[start : start + 256]).float() / 255
        features, costs = torch.from_numpy(examples.features[rows]), torch.from_numpy(examples.costs[rows])
        summary, fused = network(images, features, costs)
        network_logits.append(((summary + fused) / 2).double().numpy())
    return Predictions(trees, np.concatenate(network_logits))


def tune(forest: Forest, network: PileupNetwork, examples: Examples, noise_weight: float) -> Tuning:
    """Choose from which probability the trees settle a candidate, and below it, for SNPs and indels each, the
    network's share and the temperature by likelihood; report errors.

    Of the shares of the network that do not raise the (weighted) errors above those of the trees, the likeliest.
    """
    found = predict(forest, network, examples)
    labels, rows = examples.labels, examples.image_row
    weights = natural_weights(examples, noise_weight).double().numpy()
    confidence = np.exp(log_softmax(found.trees)).max(axis=1)
    wrong = found.trees.argmax(axis=1) != labels
    settled = settling_threshold(confidence, wrong * weights)

    def errors_of(share: Mapping[str, float]) -> NDArray[np.bool_]:
        return cascade_errors(wrong, confidence < settled, found.stack(examples, share), examples)

    shares, temperatures = {}, {}
    masks = {"SNP": ~examples.indel, "INDEL": examples.indel}
    for kind, mask in masks.items():
        chosen_rows = (confidence[rows] < settled) & mask[rows]

        def cost(share: float, temperature: float = 1.0, chosen_rows: NDArray[np.bool_] = chosen_rows) -> float:
            logits = found.stack(examples, dict.fromkeys(KINDS, share))[chosen_rows] / temperature
            return _negative_log(logits, labels[rows[chosen_rows]], weights[rows[chosen_rows]])

        most = weights[mask & wrong].sum()
        harmless = [s for s in SHARES if weights[mask & errors_of(dict.fromkeys(KINDS, s))].sum() <= most]
        shares[kind] = float(min(harmless, key=cost))
        temperatures[kind] = float(min(np.arange(0.6, 2.01, 0.05), key=partial(cost, shares[kind])))
    errors = {
        "likelihood": examples.costs.argmin(axis=1) != labels,
        "trees": wrong,
        "trees_and_network": errors_of(dict.fromkeys(KINDS, 1.0)),
        "stack": errors_of(shares),
    }
    chosen = {"settled": settled, "network_share": shares, "temperature": temperatures}
    figures: dict[str, Any] = {**chosen, "share_settled": float((confidence >= settled).mean())}
    for kind, mask in masks.items():
        figures[kind] = {"candidates": int(mask.sum()), "weighted": round(float(weights[mask].sum()), 1)}
        for part, missed in errors.items():
            figures[kind][f"errors_{part}"] = int(missed[mask].sum())
            figures[kind][f"weighted_errors_{part}"] = round(float(weights[mask & missed].sum()), 2)
    return Tuning(chosen, figures)


def cascade_errors(
    wrong: NDArray[np.bool_], is_open: NDArray[np.bool_], logits: Logits, examples: Examples
) -> NDArray[np.bool_]:
    """Return which candidates are wrong where `logits` (of rows with a pileup) decide those that are open."""
    rows = examples.image_row[is_open[examples.image_row]]
    decided = wrong.copy()
    decided[rows] = logits[is_open[examples.image_row]].argmax(axis=1) != examples.labels[rows]
    return decided


def refuse_worse(tuned: Tuning, start: str, examples: Examples, noise_weight: float) -> None:
    """Raise InputError where a model makes more (weighted) errors on the tuning examples than the one it began with."""
    before = _errors_of_model(start, examples, noise_weight)
    after = sum(tuned.figures[kind]["weighted_errors_stack"] for kind in KINDS)
    if after > before:
        raise InputError(
            "The new model is worse than the one it started from, and was not written",
            found=f"{after:.2f} weighted errors on the tuning region",
            expected=f"at most the {before:.2f} of {start}",
            remedy="keep the old model; or train on more libraries, or without `start`",
        )


def _errors_of_model(model: str, examples: Examples, noise_weight: float) -> float:
    """Return the (weighted) errors of a finished model, with what was chosen for it; rounded as Tuning's figures."""
    checkpoint = load_checkpoint(model)
    forest = Forest.from_arrays({k: v.numpy() for k, v in checkpoint.state.items() if k.startswith(FOREST)}, FOREST)
    found = predict(forest, first_network(examples, model), examples)
    wrong = found.trees.argmax(axis=1) != examples.labels
    is_open = np.exp(log_softmax(found.trees)).max(axis=1) < checkpoint.settings["settled"]
    missed = cascade_errors(wrong, is_open, found.stack(examples, checkpoint.settings["network_share"]), examples)
    weights = natural_weights(examples, noise_weight).double().numpy()
    return sum(round(float(weights[mask & missed].sum()), 2) for mask in (~examples.indel, examples.indel))


def settling_threshold(confidence: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """Return the least threshold above which few enough (weighted) errors remain; 1 where there is none."""
    for threshold in (0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999):
        inside = confidence >= threshold
        if errors[inside].sum() <= _SETTLED_ERROR * inside.sum():
            return threshold
    return 1.0


def _negative_log(logits: Logits, labels: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    losses = -log_softmax(logits)[np.arange(len(labels)), labels]
    return float((losses * weights).sum() / max(float(weights.sum()), 1e-9))
