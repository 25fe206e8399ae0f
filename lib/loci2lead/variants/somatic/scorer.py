"""The trained ensemble at work, in fixed-size padded micro-batches, so that batching cannot change a digit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.models.runtime import prepare_device
from loci2lead.variants.features import FEATURES
from loci2lead.variants.somatic.evidence import PAIR_FEATURES, Judged
from loci2lead.variants.somatic.network import CLASSES, SomaticNetwork, SomaticNetworkSettings
from loci2lead.variants.somatic.posterior import log_chances

MICRO_BATCH = 64
DEFAULT_MODEL = "variants-somatic-v1"
LIKELIHOODS = "likelihoods"
"""In place of a model: the likelihoods and fixed priors alone."""


@dataclass(frozen=True)
class SomaticScorer:
    """Networks on a device. `columns` are those of FEATURES that they know, `temperature` calibrates their mean
    logits; from `threshold` on a somatic allele of a pair passes, from `threshold_alone` on one of a tumour alone."""

    networks: Sequence[SomaticNetwork]
    columns: Sequence[int]
    device: torch.device
    temperature: float
    threshold: float
    threshold_alone: float

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL, device: str = "auto") -> "SomaticScorer":
        """Load a checkpoint of train-somatic-caller. Raises InputError where it is none, or of other features."""
        where = prepare_device(device)
        if str(model) == LIKELIHOODS:
            return cls([], (), where, 1.0, 0.5, 0.5)
        checkpoint = load_checkpoint(model)
        settings = checkpoint.settings
        known = settings.get("features", ["none"])
        if (
            not set(known) <= set(FEATURES)
            or settings.get("pair_features") != list(PAIR_FEATURES)
            or ("threshold_alone" not in settings)
        ):
            raise InputError(
                "The model is not a somatic caller of this version",
                file=checkpoint.path,
                remedy="train it again with `loci2lead train-somatic-caller`",
            )
        networks = []
        for member in range(int(settings["members"])):
            network = SomaticNetwork(SomaticNetworkSettings(**settings["network"]))
            prefix = f"{member}."
            network.load_state_dict(
                {k.removeprefix(prefix): v for k, v in checkpoint.state.items() if k.startswith(prefix)}
            )
            networks.append(network.eval().to(where))
        columns = [FEATURES.index(name) for name in known]
        tuned = (float(settings[key]) for key in ("temperature", "threshold", "threshold_alone"))
        return cls(networks, columns, where, *tuned)

    @torch.inference_mode()
    def chances(self, judged: Sequence[Judged]) -> NDArray[np.float64]:
        """Return alleles × (noise, germline, somatic)."""
        if not judged:
            return np.zeros((0, CLASSES))
        indel = np.array([j.pair.tumour.alleles[j.index].change != 0 for j in judged])
        logs = log_chances(np.stack([j.origins for j in judged]), indel)
        if not self.networks:
            return 10.0**logs
        arrays = (
            np.stack([j.tumour_features for j in judged])[:, self.columns],
            np.stack([j.normal_features for j in judged])[:, self.columns],
            np.stack([j.pair_features for j in judged]),
            logs.astype(np.float32),
        )
        logits = np.concatenate([self._batch(arrays, start) for start in range(0, len(judged), MICRO_BATCH)])
        return softmax(logits[: len(judged)] / self.temperature)

    def _batch(self, arrays: Sequence[NDArray[np.float32]], start: int) -> NDArray[np.float64]:
        parts = [a[start : start + MICRO_BATCH] for a in arrays]
        padded = [np.concatenate([p, np.zeros((MICRO_BATCH - len(p), p.shape[1]), np.float32)]) for p in parts]
        inputs = [torch.from_numpy(p).to(self.device) for p in padded]
        return np.mean([n(*inputs).double().cpu().numpy() for n in self.networks], axis=0)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities by row."""
    chance = np.exp(logits - logits.max(axis=1, keepdims=True))
    return chance / chance.sum(axis=1, keepdims=True)
