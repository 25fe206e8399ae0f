"""A denoising autoencoder of expression: learned from every line with expression, whether or not it has responses.

It hides a share of the genes and adds noise, and learns to give back the whole profile through a narrow latent.
What it cannot give back does not look like the training lines, and its latent says how far a sample lies from
them: the domain check reads both. Its latent is also tried as an encoder of expression (evaluate-response).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from loci2lead.seeds import derive_seed

Matrix = NDArray[np.float64]
HIDDEN, LATENT = 96, 40
HIDDEN_GENES, NOISE = 0.3, 0.3  # share of genes set to 0, standard deviation added, in training
EPOCHS, RATE, DECAY, BATCH = 120, 1e-3, 0.02, 32
CLIP = 5.0  # z-scores beyond this say no more


@dataclass(frozen=True)
class Autoencoder:
    """Weights of encoder and decoder (tanh); rows of standardised expression in, exactly 0 where unknown."""

    weights: Mapping[str, Matrix]

    def encode(self, x: Matrix) -> Matrix:
        """Return the latent of each row; known genes stand in for unknown ones, as hidden ones do in training."""
        w = self.weights
        known = np.maximum((x != 0).mean(axis=1, keepdims=True), 1e-6)
        hidden = np.tanh(np.clip(x, -CLIP, CLIP) / known @ w["in.weight"].T + w["in.bias"])
        return hidden @ w["latent.weight"].T + w["latent.bias"]

    def errors(self, x: Matrix) -> Matrix:
        """Return, per known gene, what the reconstruction of each row misses; 0 at unknown genes."""
        w = self.weights
        hidden = np.tanh(self.encode(x) @ w["back.weight"].T + w["back.bias"])
        return np.where(x != 0, np.clip(x, -CLIP, CLIP) - (hidden @ w["out.weight"].T + w["out.bias"]), 0.0)


class _Network(nn.Module):
    def __init__(self, genes: int, latent: int) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "in": nn.Linear(genes, HIDDEN),
                "latent": nn.Linear(HIDDEN, latent),
                "back": nn.Linear(latent, HIDDEN),
                "out": nn.Linear(HIDDEN, genes),
            }
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        latent = self.layers["latent"](torch.tanh(self.layers["in"](x)))
        return self.layers["out"](torch.tanh(self.layers["back"](latent)))


def fit_autoencoder(x: Matrix, seed: int, epochs: int = EPOCHS) -> Autoencoder:
    """Fit on standardised expression (lines x genes)."""
    draw = torch.Generator().manual_seed(derive_seed(seed, "autoencoder") % 2**31)
    torch.manual_seed(derive_seed(seed, "autoencoder weights") % 2**31)
    data = torch.tensor(np.clip(x, -CLIP, CLIP), dtype=torch.float32)
    net = _Network(x.shape[1], min(LATENT, max(2, len(x) // 4)))
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    batch = min(BATCH, len(data))
    for _ in range(epochs):
        order = torch.randperm(len(data), generator=draw)
        for start in range(0, len(data) - batch + 1, batch):
            clean = data[order[start : start + batch]]
            kept = torch.rand(clean.shape, generator=draw) > HIDDEN_GENES
            noisy = (clean + NOISE * torch.randn(clean.shape, generator=draw)) * kept / (1 - HIDDEN_GENES)
            loss = ((net(noisy) - clean) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return Autoencoder({k.removeprefix("layers."): v.double().numpy() for k, v in net.state_dict().items()})
