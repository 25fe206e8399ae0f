"""The multi-task graph network: GINE layers over the molecular graph, a Morgan fingerprint joined late.

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

from loci2lead.molecules.features import MORGAN_SIZE
from loci2lead.molecules.graphs import BOND_KINDS, Graphs, atom_words

PACK_ATOMS = 2048  # rows of every matrix product over atoms
PACK_MOLECULES = 96  # rows of every matrix product over molecules
SUM_SCALE = 1 / 24  # keeps the summed pool near the mean's size; 24 heavy atoms is a usual compound


class PropertyNetwork(nn.Module):
    """Scores (molecules, tasks): a logit for a class, a standardised value for a measured quantity."""

    def __init__(self, *, vocabulary: int, tasks: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.atom = nn.Embedding(vocabulary + 1, hidden)
        self.bonds = nn.ModuleList(nn.Embedding(BOND_KINDS, hidden) for _ in range(layers))
        self.convolutions = nn.ModuleList(GINEConv(_two_layers(hidden)) for _ in range(layers))
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(layers))
        self.fingerprint = nn.Linear(MORGAN_SIZE, 2 * hidden)
        self.readout = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(4 * hidden, 2 * hidden), nn.ReLU(), nn.Dropout(dropout)
        )
        self.out = nn.Linear(2 * hidden, tasks)

    def forward(self, words: Tensor, edges: Tensor, kinds: Tensor, owner: Tensor, counts: Tensor) -> Tensor:
        """Score a batch.

        `words` (a,) atom vocabulary places, `edges` (2, e), `kinds` (e,), `owner` (a,) molecule of each atom,
        `counts` (m, MORGAN_SIZE) fingerprint counts. Returns (m, tasks).
        """
        x = self.atom(words)
        for bond, convolution, norm in zip(self.bonds, self.convolutions, self.norms, strict=True):
            x = x + torch.relu(norm(convolution(x, edges, bond(kinds))))
        molecules = len(counts)
        total = x.new_zeros(molecules, x.shape[1]).index_add_(0, owner, x)
        size = x.new_zeros(molecules).index_add_(0, owner, x.new_ones(len(owner))).clamp_(min=1)
        surroundings = torch.relu(self.fingerprint(torch.log1p(counts)))
        return self.out(self.readout(torch.cat([total / size[:, None], total * SUM_SCALE, surroundings], 1)))


def build_network(settings: Mapping[str, Any]) -> PropertyNetwork:
    """Return an untrained network of the given shape (keys: vocabulary, tasks, hidden, layers, dropout)."""
    keys = ("vocabulary", "tasks", "hidden", "layers", "dropout")
    return PropertyNetwork(**{key: settings[key] for key in keys})


def training_batch(
    graphs: Graphs, words: NDArray[np.int64], counts: NDArray[np.uint8]
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the network's inputs for exactly these molecules, without padding."""
    owner = np.repeat(np.arange(len(graphs)), graphs.sizes)
    return (
        torch.from_numpy(words),
        torch.from_numpy(np.stack([graphs.sources, graphs.targets])),
        torch.from_numpy(graphs.kinds),
        torch.from_numpy(owner),
        torch.from_numpy(counts.astype(np.float32)),
    )


@torch.inference_mode()
def network_scores(
    networks: list[PropertyNetwork],
    graphs: Graphs,
    vocabulary: NDArray[np.int64],
    counts: NDArray[np.uint8],
    device: torch.device,
) -> NDArray[np.float32]:
    """Return raw scores (networks, molecules, tasks) of an ensemble that shares vocabulary and inputs."""
    words = atom_words(graphs, vocabulary)
    parts = []
    for first, last in packs(graphs.sizes):
        inputs = [tensor.to(device) for tensor in _padded(graphs, words, counts, first, last)]
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
    graphs: Graphs, words: NDArray[np.int64], counts: NDArray[np.uint8], first: int, last: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    part = graphs.take(np.arange(first, last))
    begin = int(graphs.sizes[:first].sum())
    atoms = np.zeros(PACK_ATOMS, dtype=np.int64)
    atoms[: len(part.atoms)] = words[begin : begin + len(part.atoms)]
    owner = np.full(PACK_ATOMS, PACK_MOLECULES - 1, dtype=np.int64)
    owner[: len(part.atoms)] = np.repeat(np.arange(len(part)), part.sizes)
    fingerprint = np.zeros((PACK_MOLECULES, MORGAN_SIZE), dtype=np.float32)
    fingerprint[: last - first] = counts[first:last, :MORGAN_SIZE]
    return (
        torch.from_numpy(atoms),
        torch.from_numpy(np.stack([part.sources, part.targets])),
        torch.from_numpy(part.kinds),
        torch.from_numpy(owner),
        torch.from_numpy(fingerprint),
    )


def _two_layers(hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(hidden, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, hidden))
