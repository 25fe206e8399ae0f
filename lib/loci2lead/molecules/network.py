"""The multi-task graph network: GINE layers over the molecular graph, fingerprints and descriptors joined late.

GINE: Hu et al. 2020, "Strategies for pre-training graph neural networks" (arXiv 1905.12265), as implemented
by PyTorch Geometric. Inference packs molecules into micro-batches of one fixed padded shape, so that the
same molecule gives the same digits whatever stands beside it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch_geometric.nn import GINEConv

from loci2lead.molecules.features import N_COUNTS
from loci2lead.molecules.graphs import BOND_KINDS, Graphs, atom_words
from loci2lead.molecules.trees import LEVELS

PACK_ATOMS = 2048  # rows of every matrix product over atoms
PACK_MOLECULES = 96  # rows of every matrix product over molecules
_LOG_COUNT = np.log1p(np.arange(256)).astype(np.float32)
SUM_SCALE = 1 / 24  # keeps the summed pool near the mean's size; 24 heavy atoms is a usual compound


class InputDropout(nn.Module):
    """Dropout of thousands of features: the same law as nn.Dropout, whose Bernoulli draws cost four times as much."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Return x in inference; in training each number is kept with probability 1 - rate, and scaled up."""
        if not self.training or self.rate == 0:
            return x
        return x * (torch.rand_like(x) >= self.rate) / (1 - self.rate)


class PropertyNetwork(nn.Module):
    """Scores (molecules, tasks): a logit for a class, a standardised value for a measured quantity.

    `side` is the number of feature bytes joined to the pooled graph: 0 makes a network of the graph alone.
    """

    def __init__(
        self, *, vocabulary: int, tasks: int, hidden: int, layers: int, side: int, mixed: int, dropout: float
    ) -> None:
        super().__init__()
        self.side = side
        self.atom = nn.Embedding(vocabulary + 1, hidden)
        self.bonds = nn.ModuleList(nn.Embedding(BOND_KINDS, hidden) for _ in range(layers))
        self.convolutions = nn.ModuleList(GINEConv(_two_layers(hidden)) for _ in range(layers))
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(layers))
        joined = 2 * hidden
        if side:
            self.beside = nn.Sequential(InputDropout(dropout), nn.Linear(side, mixed), nn.ReLU())
            joined += mixed
        self.readout = nn.Sequential(nn.Dropout(dropout), nn.Linear(joined, mixed), nn.ReLU(), nn.Dropout(dropout))
        self.out = nn.Linear(mixed, tasks)

    def forward(self, words: Tensor, edges: Tensor, kinds: Tensor, owner: Tensor, features: Tensor) -> Tensor:
        """Score a batch.

        `words` (a,) atom vocabulary places, `edges` (2, e), `kinds` (e,), `owner` (a,) molecule of each atom,
        `features` (m, side) from `side_features`. Returns (m, tasks).
        """
        x = self.atom(words)
        for bond, convolution, norm in zip(self.bonds, self.convolutions, self.norms, strict=True):
            x = x + torch.relu(norm(convolution(x, edges, bond(kinds))))
        molecules = len(features)
        total = x.new_zeros(molecules, x.shape[1]).index_add_(0, owner, x)
        size = x.new_zeros(molecules).index_add_(0, owner, x.new_ones(len(owner))).clamp_(min=1)
        pooled = [total / size[:, None], total * SUM_SCALE]
        if self.side:
            pooled.append(self.beside(features))
        return self.out(self.readout(torch.cat(pooled, 1)))


def side_features(features: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """Return the first `side` feature bytes as numbers: log(1 + count), and bins spread over -1 to 1."""
    chosen = features[:, :side]
    counts = _LOG_COUNT[chosen[:, :N_COUNTS]]
    return np.concatenate([counts, chosen[:, N_COUNTS:] * np.float32(2 / (LEVELS - 1)) - np.float32(1)], axis=1)


def build_network(settings: Mapping[str, Any]) -> PropertyNetwork:
    """Return an untrained network of the given shape (the keys are PropertyNetwork's arguments)."""
    keys = ("vocabulary", "tasks", "hidden", "layers", "side", "mixed", "dropout")
    return PropertyNetwork(**{key: settings[key] for key in keys})


def training_batch(
    graphs: Graphs, words: NDArray[np.int64], features: NDArray[np.float32]
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the network's inputs for exactly these molecules, without padding."""
    owner = np.repeat(np.arange(len(graphs)), graphs.sizes)
    return (
        torch.from_numpy(words),
        torch.from_numpy(np.stack([graphs.sources, graphs.targets])),
        torch.from_numpy(graphs.kinds),
        torch.from_numpy(owner),
        torch.from_numpy(features),
    )


@torch.inference_mode()
def network_scores(
    networks: list[PropertyNetwork],
    graphs: Graphs,
    vocabulary: NDArray[np.int64],
    features: NDArray[np.uint8],
    device: torch.device,
) -> NDArray[np.float32]:
    """Return raw scores (networks, molecules, tasks) of an ensemble that shares vocabulary and inputs."""
    words = atom_words(graphs, vocabulary)
    beside = side_features(features, networks[0].side)
    parts = []
    for first, last in packs(graphs.sizes):
        inputs = [tensor.to(device) for tensor in _padded(graphs, words, beside, first, last)]
        scores = torch.stack([network(*inputs)[: last - first] for network in networks])
        parts.append(scores.cpu().numpy())
    tasks = networks[0].out.out_features
    return np.concatenate(parts, 1) if parts else np.zeros((len(networks), 0, tasks), dtype=np.float32)


def packs(sizes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield ranges of consecutive molecules that fit one micro-batch, with room for the padding's owner."""
    first, atoms = 0, 0
    for i, size in enumerate(sizes):
        if i > first and (atoms + size > PACK_ATOMS or i - first == PACK_MOLECULES - 1):
            yield first, i
            first, atoms = i, 0
        atoms += int(size)
    if first < len(sizes):
        yield first, len(sizes)


def _padded(
    graphs: Graphs, words: NDArray[np.int64], beside: NDArray[np.float32], first: int, last: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    part = graphs.take(np.arange(first, last))
    begin = int(graphs.sizes[:first].sum())
    atoms = np.zeros(PACK_ATOMS, dtype=np.int64)
    atoms[: len(part.atoms)] = words[begin : begin + len(part.atoms)]
    owner = np.full(PACK_ATOMS, PACK_MOLECULES - 1, dtype=np.int64)
    owner[: len(part.atoms)] = np.repeat(np.arange(len(part)), part.sizes)
    features = np.zeros((PACK_MOLECULES, beside.shape[1]), dtype=np.float32)
    features[: last - first] = beside[first:last]
    return (
        torch.from_numpy(atoms),
        torch.from_numpy(np.stack([part.sources, part.targets])),
        torch.from_numpy(part.kinds),
        torch.from_numpy(owner),
        torch.from_numpy(features),
    )


def _two_layers(hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(hidden, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, hidden))
