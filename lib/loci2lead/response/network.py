"""The neural member: one encoder per modality into a shared latent, trained so that any subset may be missing.

Each modality (expression, copy number, mutation states, subtype) has an encoder; their outputs are added in
one latent space and a linear head gives all drugs' residuals. In training whole modalities are dropped at
random per line, and the target is the mean of the measurement and the kernel pool's leave-one-out prediction
with all modalities (a teacher that sees RNA, distilled into a student that may not). Unmeasured cells learn
from the teacher alone, with less weight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from loci2lead.response.blocks import NEEDS
from loci2lead.seeds import derive_seed, generator

Matrix = NDArray[np.float64]
GROUPS = {"E": ("expr",), "C": ("cn", "cnd"), "M": ("hot", "drv", "any", "msi"), "": ("sub",)}
INPUT_DROPOUT = {"E": 0.5, "C": 0.5, "M": 0.3, "": 0.1}
MODALITY_DROPOUT = {"E": 0.3, "C": 0.3, "M": 0.2, "": 0.2}
HIDDEN = {"E": 256, "C": 32, "M": 32, "": 32}
LATENT = 128
DROPOUT = 0.5
BATCH = 64


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a network learns; `teacher_share` of the target comes from the teacher."""

    epochs: int = 200
    rate: float = 2e-3
    decay: float = 0.1
    teacher_share: float = 0.5
    teacher_only_weight: float = 0.3


class ResponseNet(nn.Module):
    """Encoders per modality, summed into a latent, and a linear head to residual ln(IC50) per drug."""

    def __init__(self, widths: Mapping[str, int], drugs: int) -> None:
        """`widths` gives the number of input features per modality letter (GROUPS); `drugs` the outputs."""
        super().__init__()
        self.encoders = nn.ModuleDict(
            {
                f"enc{letter}": nn.Sequential(
                    nn.Dropout(INPUT_DROPOUT[letter]),
                    nn.Linear(width, HIDDEN[letter]),
                    nn.ReLU(),
                    nn.Dropout(DROPOUT),
                    nn.Linear(HIDDEN[letter], LATENT),
                )
                for letter, width in widths.items()
            }
        )
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(LATENT, drugs)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, inputs: Mapping[str, torch.Tensor], present: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return residuals (samples x drugs). `present` holds 0 or 1 per sample for each modality letter."""
        parts = [self.encoders[f"enc{letter}"](x) * present[letter][:, None] for letter, x in inputs.items()]
        latent = torch.stack(parts).sum(dim=0)
        return self.head(self.dropout(torch.relu(latent)))


def network_inputs(blocks: Mapping[str, Matrix]) -> dict[str, torch.Tensor]:
    """Return inputs per modality letter from fitted blocks, features scaled to a mean square near 1."""
    inputs = {}
    for letter, names in GROUPS.items():
        parts = [blocks[n] * np.sqrt(blocks[n].shape[1]) for n in names if n in blocks]
        if parts:
            inputs[letter] = torch.tensor(np.hstack(parts), dtype=torch.float32)
    return inputs


def input_blocks(modalities: str) -> list[str]:
    """Return the blocks that the network reads, given the modalities that exist."""
    return [b for names in GROUPS.values() for b in names if NEEDS[b] == "" or NEEDS[b] in modalities]


def train_network(
    blocks: Mapping[str, Matrix], residual: Matrix, teacher: Matrix, seed: int, schedule: Schedule
) -> ResponseNet:
    """Train one network on training lines. `teacher` are leave-one-out predictions (lines x drugs)."""
    torch.manual_seed(derive_seed(seed, "network weights") % 2**31)
    rng = generator(seed, "network batches")
    inputs = network_inputs(blocks)
    seen = np.isfinite(residual)
    share = schedule.teacher_share
    target = torch.tensor(
        np.where(seen, (1 - share) * np.nan_to_num(residual) + share * teacher, teacher), dtype=torch.float32
    )
    weight = torch.tensor(np.where(seen, 1.0, schedule.teacher_only_weight), dtype=torch.float32)
    net = ResponseNet({k: v.shape[1] for k, v in inputs.items()}, residual.shape[1])
    lines = len(residual)
    batch = min(BATCH, lines)
    steps = schedule.epochs * (lines // batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, schedule.rate, total_steps=steps)
    net.train()
    for _ in range(schedule.epochs):
        order = rng.permutation(lines)
        for start in range(0, lines - batch + 1, batch):
            rows = torch.tensor(order[start : start + batch])
            present = {k: _keep(rng, MODALITY_DROPOUT[k], batch) for k in inputs}
            out = net({k: v[rows] for k, v in inputs.items()}, present)
            loss = (weight[rows] * (out - target[rows]) ** 2).sum() / weight[rows].sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            pace.step()
    return net.eval()


def _keep(rng: np.random.Generator, dropped: float, size: int) -> torch.Tensor:
    return torch.tensor((rng.random(size) > dropped).astype(np.float32))


def network_predict(nets: Sequence[ResponseNet], blocks: Mapping[str, Matrix], modalities: str) -> Matrix:
    """Return the mean residual (samples x drugs) of an ensemble that may use these modalities.

    Samples pass in blocks of `BATCH` rows, the last one padded, so that a result never depends on how many
    samples came together.
    """
    inputs = network_inputs(blocks)
    size = len(next(iter(inputs.values())))
    present = {k: torch.full((BATCH,), float(k == "" or k in modalities)) for k in inputs}
    parts = []
    with torch.no_grad():
        for start in range(0, size, BATCH):
            chunk = {k: _padded(v[start : start + BATCH]) for k, v in inputs.items()}
            mean = torch.stack([net(chunk, present) for net in nets]).mean(dim=0)
            parts.append(mean[: min(BATCH, size - start)].double().numpy())
    return np.concatenate(parts)


def _padded(x: torch.Tensor) -> torch.Tensor:
    return torch.cat([x, x.new_zeros(BATCH - len(x), x.shape[1])]) if len(x) < BATCH else x
