"""The trained network at work: fixed-size padded micro-batches, so that batching cannot change a digit."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.models.runtime import prepare_device
from loci2lead.variants.features import FEATURES
from loci2lead.variants.network import NetworkSettings, PileupNetwork, joint_logits

MICRO_BATCH = 64
DEFAULT_MODEL = "variants-germline-v1"


@dataclass(frozen=True)
class Scorer:
    """A network on a device. `settled` is the summary head's probability from which no pileup is needed."""

    network: PileupNetwork
    device: torch.device
    settled: float
    temperature: float

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL, device: str = "auto") -> "Scorer":
        """Load a checkpoint of train-caller. Raises InputError where it is none, or of other features."""
        where = prepare_device(device)
        checkpoint = load_checkpoint(model)
        settings = checkpoint.settings
        if settings.get("features") != list(FEATURES):
            raise InputError(
                "The model is not a caller of this version",
                file=checkpoint.path,
                remedy="train it again with `loci2lead train-caller`",
            )
        sizes = settings["network"]
        network = PileupNetwork(NetworkSettings(**{**sizes, "widths": tuple(sizes["widths"])}))
        network.load_state_dict(checkpoint.state)
        network.eval().to(where)
        return cls(network, where, float(settings["settled"]), float(settings["temperature"]))

    @torch.inference_mode()
    def summary(self, features: NDArray[np.float32], costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities (N × 3 copies) from the features alone."""
        logits = [
            self.network.summary(x, c)[0]
            for x, c in self._micro_batches(features.astype(np.float32), costs.astype(np.float32))
        ]
        return self._probabilities(logits, len(features))

    @torch.inference_mode()
    def fused(
        self, images: NDArray[np.uint8], features: NDArray[np.float32], costs: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return probabilities (N × 3 copies) from pileups and features: the mean of both heads."""
        batches = self._micro_batches(images, features.astype(np.float32), costs.astype(np.float32))
        logits = [joint_logits(*self.network(i.float() / 255, x, c)) for i, x, c in batches]
        return self._probabilities(logits, len(features))

    def _micro_batches(self, *arrays: NDArray[Any]) -> Iterator[list[torch.Tensor]]:
        for start in range(0, len(arrays[0]), MICRO_BATCH):
            parts = [a[start : start + MICRO_BATCH] for a in arrays]
            padded = [np.concatenate([p, np.zeros((MICRO_BATCH - len(p), *p.shape[1:]), p.dtype)]) for p in parts]
            yield [torch.from_numpy(p).to(self.device) for p in padded]

    def _probabilities(self, logits: list[torch.Tensor], count: int) -> NDArray[np.float64]:
        if not logits:
            return np.zeros((0, 3))
        scaled = torch.cat(logits).double().cpu().numpy()[:count] / self.temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        chance = np.exp(scaled)
        return chance / chance.sum(axis=1, keepdims=True)
