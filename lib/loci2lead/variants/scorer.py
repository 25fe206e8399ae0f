"""The trained model at work: trees settle what is certain, the network on pileups is asked for the rest.

On a CPU everything runs without torch, whose import costs more than scoring a megabase. Rows are scored in
fixed-size padded micro-batches on one thread, so that batching cannot change a digit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.models.devices import choose_device, single_threaded
from loci2lead.models.forest import Forest
from loci2lead.models.plain import PlainCheckpoint, load_plain
from loci2lead.variants.features import FEATURES
from loci2lead.variants.plain_network import PlainNetwork

MICRO_BATCH = 16
DEFAULT_MODEL = "variants-germline-v1"
FOREST = "forest."
# Phred beyond which costs say nothing new to a tree.
_HIGHEST_COST = 100.0
COPIES = 3
# The network's say and the temperature are chosen for each.
KINDS = ("SNP", "INDEL")
_SNP = FEATURES.index("snp")

Logits = NDArray[np.float64]
# (images, features, costs) to logits of the summary head and the fused head.
Forward = Callable[[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]], tuple[Any, Any]]


def forest_inputs(features: NDArray[np.floating], costs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return what the trees look at: the summary features and the likelihoods' costs of 0, 1 and 2 copies."""
    return np.concatenate([features, np.minimum(costs, _HIGHEST_COST)], axis=1, dtype=np.float64)


def stacked(trees: Logits, network: Logits, share: NDArray[np.float64]) -> Logits:
    """Return the logits of the whole: log chances of trees and network, `share` (one per row) of the network."""
    return (1 - share)[:, None] * log_softmax(trees) + share[:, None] * log_softmax(network)


def kinds_of(features: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the place in KINDS of each row."""
    return np.where(features[:, _SNP] > 0, 0, 1)


@dataclass(frozen=True)
class Scorer:
    """A model on a device. `settled` is the trees' probability from which no pileup is needed.

    Below it the network, the mean of its heads, has a say of `share`, and log chances are divided by `temperature`:
    both hold a value per KINDS. `mean` holds the features' means over the training examples.
    """

    forest: Forest
    forward: Forward
    settled: float
    share: NDArray[np.float64]
    temperature: NDArray[np.float64]
    mean: NDArray[np.float32]

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL, device: str = "auto", network: Forward | None = None) -> "Scorer":
        """Load a checkpoint of train-caller; with `network` its network runs elsewhere.

        Raises InputError where it is none, or of other features.
        """
        checkpoint = load_plain(model)
        settings = checkpoint.settings
        if settings.get("features") != list(FEATURES) or f"{FOREST}feature" not in checkpoint.arrays:
            raise InputError(
                "The model is not a caller of this version",
                file=checkpoint.path,
                remedy="train it again with `loci2lead train-caller`",
            )
        forest = Forest.from_arrays(checkpoint.arrays, FOREST)
        forward = network or (_on_gpu if choose_device(device) == "cuda" else _on_cpu)(checkpoint)
        share, temperature = (np.array([settings[k][n] for n in KINDS]) for k in ("network_share", "temperature"))
        return cls(forest, forward, float(settings["settled"]), share, temperature, checkpoint.arrays["mean"])

    def summary(self, features: NDArray[np.float32], costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities (N × 3 copies) from the features alone."""
        return np.exp(log_softmax(self.forest.scores(forest_inputs(features, costs), COPIES)))

    def settle(
        self, features: NDArray[np.float32], costs: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return probabilities (N × 3 copies) from the features alone, and which rows the network is asked for."""
        chances = self.summary(features, costs)
        kind = kinds_of(features)
        is_open = chances.max(axis=1) < self.settled
        asked = is_open & (self.share[kind] > 0)
        alone = is_open & ~asked
        logs = np.log(np.maximum(chances[alone], 1e-300))
        chances[alone] = np.exp(log_softmax(logs / self.temperature[kind[alone], None]))
        return chances, asked

    def fused(
        self, images: NDArray[np.uint8], features: NDArray[np.float32], costs: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return probabilities (N × 3 copies) from pileups and features: trees and network together."""
        trees = self.forest.scores(forest_inputs(features, costs), COPIES)
        heads = [np.zeros((2, 0, COPIES))]
        for start in range(0, len(images), MICRO_BATCH):
            rows = slice(start, start + MICRO_BATCH)
            parts = [a[rows] for a in (images, features.astype(np.float32), costs.astype(np.float32))]
            padded = [np.concatenate([p, np.zeros((MICRO_BATCH - len(p), *p.shape[1:]), p.dtype)]) for p in parts]
            heads.append(np.stack(self.forward(*padded))[:, : len(parts[0])].astype(np.float64))
        network = np.concatenate(heads, axis=1).mean(axis=0)
        kind = kinds_of(features)
        return np.exp(log_softmax(stacked(trees, network, self.share[kind]) / self.temperature[kind, None]))


def _on_cpu(checkpoint: PlainCheckpoint) -> Forward:
    single_threaded()
    return PlainNetwork(checkpoint.arrays, len(checkpoint.settings["network"]["widths"])).forward


def _on_gpu(checkpoint: PlainCheckpoint) -> Forward:
    import torch

    from loci2lead.variants.network import NetworkSettings, PileupNetwork

    sizes = checkpoint.settings["network"]
    network = PileupNetwork(NetworkSettings(**{**sizes, "widths": tuple(sizes["widths"])}))
    own = {k: torch.from_numpy(v.copy()) for k, v in checkpoint.arrays.items() if not k.startswith(FOREST)}
    network.load_state_dict(own)
    network.eval().to("cuda")

    @torch.inference_mode()
    def forward(
        images: NDArray[np.uint8], features: NDArray[np.float32], costs: NDArray[np.float32]
    ) -> tuple[Any, Any]:
        pixels, x, c = (torch.from_numpy(a).to("cuda") for a in (images, features, costs))
        summary, fused = network(pixels.float() / 255, x, c)
        return summary.cpu().numpy(), fused.cpu().numpy()

    return forward


def log_softmax(logits: Logits) -> Logits:
    """Return logits as log chances that sum to one."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
