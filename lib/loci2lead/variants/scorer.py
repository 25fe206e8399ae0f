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

Logits = NDArray[np.float64]
# (images, features, costs) to logits of the summary head and the fused head.
Forward = Callable[[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]], tuple[Any, Any]]


def forest_inputs(features: NDArray[np.floating], costs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return what the trees look at: the summary features and the likelihoods' costs of 0, 1 and 2 copies."""
    return np.concatenate([features, np.minimum(costs, _HIGHEST_COST)], axis=1, dtype=np.float64)


def stacked(trees: Logits, network: Logits, share: float) -> Logits:
    """Return the logits of the whole: log chances of trees and network, `share` of the network."""
    return (1 - share) * log_softmax(trees) + share * log_softmax(network)


@dataclass(frozen=True)
class Scorer:
    """A model on a device. `settled` is the trees' probability from which no pileup is needed.

    Below it the network, the mean of its heads, has a say of `share`. `mean` holds the features' means over the
    training examples.
    """

    forest: Forest
    forward: Forward
    settled: float
    share: float
    temperature: float
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
        settled, share, temperature = (float(settings[k]) for k in ("settled", "network_share", "temperature"))
        return cls(forest, forward, settled, share, temperature, checkpoint.arrays["mean"])

    def summary(self, features: NDArray[np.float32], costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities (N × 3 copies) from the features alone."""
        return np.exp(log_softmax(self.forest.scores(forest_inputs(features, costs), COPIES)))

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
        return np.exp(log_softmax(stacked(trees, network, self.share) / self.temperature))


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
