"""The network: a small residual CNN on read pileups, fused late with summary features.

Both heads return logits of 0, 1 and 2 copies and start from the likelihoods: they learn a correction to
them. The `summary` head sees features only, the `fused` head adds the pileup.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

COPIES = 3
# Phred to natural logarithm; costs beyond 60 say no more than 60.
_LN10 = 0.2302585
_HIGHEST_COST = 60.0


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes of the network."""

    features: int
    channels: int = 7
    widths: tuple[int, ...] = (24, 48, 80)
    hidden: int = 96
    dropout: float = 0.1

    def plain(self) -> dict:
        """Return plain values for a checkpoint."""
        return {**asdict(self), "widths": list(self.widths)}


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(width), nn.BatchNorm2d(width)])

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the same shape."""
        y = torch.relu(self.norms[0](self.first(x)))
        return torch.relu(x + self.norms[1](self.second(y)))


class PileupNetwork(nn.Module):
    """Pileup images (N × channels × reads × columns, 0 to 1) and standardised features to logits of copies."""

    def __init__(self, settings: NetworkSettings) -> None:
        """Build the layers; `mean` and `scale` of the features are buffers set by training."""
        super().__init__()
        self.settings = settings
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(settings.features))
        self.register_buffer("scale", torch.ones(settings.features))
        layers: list[nn.Module] = []
        before = settings.channels
        for width in settings.widths:
            layers += [nn.Conv2d(before, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            layers += [_Residual(width)]
            before = width
        self.pileup = nn.Sequential(*layers)
        self.embed = nn.Sequential(
            nn.Dropout(settings.dropout),
            nn.Linear(settings.features, settings.hidden),
            nn.ReLU(),
            nn.Linear(settings.hidden, settings.hidden),
            nn.ReLU(),
        )
        self.summary_head = nn.Linear(settings.hidden, COPIES)
        self.fused = nn.Sequential(
            nn.Linear(2 * before + settings.hidden, settings.hidden),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, COPIES),
        )
        self.trust = nn.Parameter(torch.tensor([0.7, 0.7]))

    def summary(self, features: Tensor, costs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the summary head's logits and the embedding that the fused head takes."""
        embedded = self.embed((features - self.mean) / self.scale)
        return self.summary_head(embedded) + self.trust[0] * _prior_logits(costs), embedded

    def forward(self, images: Tensor, features: Tensor, costs: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N × 3) of the summary head and of the fused head."""
        summary, embedded = self.summary(features, costs)
        maps = self.pileup(images)
        pooled = torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3)), embedded], dim=1)
        return summary, self.fused(pooled) + self.trust[1] * _prior_logits(costs)


def _prior_logits(costs: Tensor) -> Tensor:
    return -_LN10 * torch.clamp(costs, max=_HIGHEST_COST)
