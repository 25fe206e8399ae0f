"""The network: one tower that both samples share, their difference, and a correction to the likelihoods."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

CLASSES = 3
_LN10 = 2.302585


@dataclass(frozen=True)
class SomaticNetworkSettings:
    """Sizes: `features` per sample, `pair` features that compare them, widths of tower and head."""

    features: int
    pair: int
    tower: int = 32
    hidden: int = 64
    dropout: float = 0.15

    def plain(self) -> dict:
        """Return plain values for a checkpoint."""
        return asdict(self)


class SomaticNetwork(nn.Module):
    """Features of tumour and normal and log10 posteriors of the likelihoods to logits of noise, germline, somatic."""

    def __init__(self, settings: SomaticNetworkSettings) -> None:
        """Build the layers; means and scales of the features are buffers set by training."""
        super().__init__()
        self.settings = settings
        for name, size in (("sample", settings.features), ("pair", settings.pair)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_scale", torch.ones(size))
        self.sample_mean: Tensor
        self.sample_scale: Tensor
        self.pair_mean: Tensor
        self.pair_scale: Tensor
        width = settings.tower
        self.tower = nn.Sequential(
            nn.Dropout(settings.dropout),
            nn.Linear(settings.features, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
        )
        self.head = nn.Sequential(
            nn.Dropout(settings.dropout),
            nn.Linear(3 * width + settings.pair, settings.hidden),
            nn.ReLU(),
            nn.Linear(settings.hidden, settings.hidden),
            nn.ReLU(),
            nn.Linear(settings.hidden, CLASSES),
        )
        self.trust = nn.Parameter(torch.tensor(0.7))

    def forward(self, tumour: Tensor, normal: Tensor, pair: Tensor, logs: Tensor) -> Tensor:
        """Return logits (N × 3); a missing normal is a row of zeros, which the pair features tell."""
        there = (normal != 0).any(dim=1, keepdim=True).float()
        own = self.tower((tumour - self.sample_mean) / self.sample_scale)
        other = self.tower((normal - self.sample_mean) / self.sample_scale) * there
        compared = (pair - self.pair_mean) / self.pair_scale
        joined = torch.cat([own, other, (own - other) * there, compared], dim=1)
        return self.head(joined) + self.trust * _LN10 * torch.clamp(logs, min=-12.0)
