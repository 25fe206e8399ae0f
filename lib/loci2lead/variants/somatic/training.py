"""Training of the somatic network: seeded, one thread, averaged weights, calibrated on the tuning region."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.somatic.network import SomaticNetwork, SomaticNetworkSettings
from loci2lead.variants.somatic.posterior import log_chances
from loci2lead.variants.somatic.training_config import SomaticTrainingConfig
from loci2lead.variants.somatic.training_data import make_examples

_LOG = logging.getLogger(__name__)
Array = NDArray[np.float32]


@dataclass(frozen=True)
class PairExamples:
    """Rows of candidate alleles of simulated pairs; `logs` are log10 posteriors of the likelihoods alone."""

    tumour: Array
    normal: Array
    pair: Array
    logs: Array
    label: NDArray[np.int64]
    indel: NDArray[np.bool_]
    share: Array
    alone: NDArray[np.bool_]

    def inputs(self, rows: NDArray | slice = slice(None)) -> tuple[torch.Tensor, ...]:
        """Return the network's inputs of some rows."""
        return tuple(torch.from_numpy(a[rows]) for a in (self.tumour, self.normal, self.pair, self.logs))


def gather(config: SomaticTrainingConfig, split: str, folder: Path) -> PairExamples:
    """Make the examples of a split that are not there yet, and load all of them."""
    paths = [folder / f"{split}-{i:03d}.npz" for i in range(config.pairs if split == "train" else config.tuning_pairs)]
    for number, path in enumerate(paths):
        if not path.exists():
            make_examples(config, split, number, path)
            _LOG.info("pair %d of %d for %s", number + 1, len(paths), split)
    return load_examples(paths)


def load_examples(paths: Sequence[Path]) -> PairExamples:
    """Load example files written by make_examples."""
    parts = []
    for path in paths:
        with np.load(path) as content:
            parts.append({k: content[k] for k in content.files})
    joined = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    logs = log_chances(joined["origins"], joined["indel"]).astype(np.float32)
    return PairExamples(
        **{k: joined[k] for k in ("tumour", "normal", "pair", "label", "indel", "share", "alone")}, logs=logs
    )


def fit(examples: PairExamples, settings: SomaticTrainingConfig, member: int = 0) -> SomaticNetwork:
    """Train one member of the ensemble; return averaged weights."""
    torch.set_num_threads(1)
    torch.manual_seed(derive_seed(settings.seed, "somatic weights", member))
    network = SomaticNetwork(SomaticNetworkSettings(examples.tumour.shape[1], examples.pair.shape[1]))
    both = np.concatenate([examples.tumour, examples.normal])
    for name, values in (("sample", both), ("pair", examples.pair)):
        getattr(network, f"{name}_mean").copy_(torch.from_numpy(values.mean(axis=0)))
        getattr(network, f"{name}_scale").copy_(torch.from_numpy(np.maximum(values.std(axis=0), 0.05)))
    average = SomaticNetwork(network.settings)
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    steps = settings.epochs * -(-len(examples.label) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.learning_rate, total_steps=steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    rng = generator(settings.seed, "somatic order", member)
    network.train()
    for _ in range(settings.epochs):
        order = rng.permutation(len(examples.label))
        for start in range(0, len(order), settings.batch):
            rows = order[start : start + settings.batch]
            loss = loss_of(network(*examples.inputs(rows)), torch.from_numpy(examples.label[rows]))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step = schedule.last_epoch
            _average(average, network, min(settings.average_decay, (1 + step) / (10 + step)))
    return average.eval()


@torch.no_grad()
def _average(average: nn.Module, network: nn.Module, decay: float) -> None:
    for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        mean.lerp_(value, 1 - decay)


@torch.inference_mode()
def logits_of(networks: Sequence[SomaticNetwork], examples: PairExamples) -> NDArray[np.float64]:
    """Return the mean logits of the ensemble."""
    return np.mean([n(*examples.inputs()).double().numpy() for n in networks], axis=0)
