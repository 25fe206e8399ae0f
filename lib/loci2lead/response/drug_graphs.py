"""A graph network on drug structures, joined with pathway and target words, that predicts a drug's profile.

It is the alternative to kriging for unseen drugs, and is ablated against it: a few hundred drugs are few for a
graph network. GINE layers (Hu et al. 2020) of PyTorch Geometric, a bag of words beside the pooled graph, and
the leading components of the training drugs' profiles as targets.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from torch import Tensor, nn
from torch_geometric.nn import GINEConv, global_mean_pool

from loci2lead.molecules.graphs import BOND_KINDS, Graphs, atom_vocabulary, atom_words, graphs_of
from loci2lead.response.compounds import Drug
from loci2lead.response.drug_kernel import SAYS_NOTHING, target_words
from loci2lead.seeds import derive_seed

Matrix = NDArray[np.float64]
COMPONENTS = 30
HIDDEN = 48
EPOCHS = 150
MEMBERS = 3


class DrugNet(nn.Module):
    """Profile components from a drug's graph and its words."""

    def __init__(self, atoms: int, words: int, components: int) -> None:
        super().__init__()
        self.atom = nn.Embedding(atoms + 1, HIDDEN)
        self.bond = nn.Embedding(BOND_KINDS, HIDDEN)
        self.layers = nn.ModuleList(
            GINEConv(nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN))) for _ in range(2)
        )
        self.words = nn.Sequential(nn.Dropout(0.3), nn.Linear(words, HIDDEN), nn.ReLU())
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * HIDDEN, components))

    def forward(self, graph: tuple[Tensor, Tensor, Tensor, Tensor, Tensor], words: Tensor) -> Tensor:
        """Return components (drugs x k). `graph`: atoms, edges, kinds, owner, 1 where a drug has a structure."""
        atoms, edges, kinds, owner, present = graph
        x = self.atom(atoms)
        for layer in self.layers:
            x = x + torch.relu(layer(x, edges, self.bond(kinds)))
        pooled = global_mean_pool(x, owner, size=len(words)) * present[:, None]
        return self.head(torch.cat([pooled, self.words(words)], dim=1))


def graph_network_profiles(train: Sequence[Drug], profiles: Matrix, new: Sequence[Drug], seed: int) -> Matrix:
    """Return profiles (lines x new) learned from those of the training drugs (lines x train, standardised)."""
    left, scale, right = np.linalg.svd(profiles, full_matrices=False)
    k = min(COMPONENTS, len(scale))
    target = torch.tensor((right[:k].T * scale[:k]) / np.sqrt(len(profiles)), dtype=torch.float32)
    graphs, present = _graphs([*train, *new])
    vocabulary = atom_vocabulary(graphs, at_least=10)
    words = _words(train, new)
    inputs = [
        _batch(graphs, present, vocabulary, part) for part in (range(len(train)), range(len(train), len(present)))
    ]
    outputs = [
        _fit(inputs, words, target, len(vocabulary), derive_seed(seed, "drug graphs", m) % 2**31)
        for m in range(MEMBERS)
    ]
    return left[:, :k] @ np.mean(outputs, axis=0).T * np.sqrt(len(profiles))


def _fit(
    inputs: list[tuple[Tensor, ...]], words: tuple[Tensor, Tensor], target: Tensor, atoms: int, seed: int
) -> Matrix:
    torch.manual_seed(seed)
    net = DrugNet(atoms, words[0].shape[1], target.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.05)
    net.train()
    for _ in range(EPOCHS):
        loss = ((net(inputs[0], words[0]) - target) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    net.eval()
    with torch.no_grad():
        return net(inputs[1], words[1]).double().numpy()


def _graphs(drugs: Sequence[Drug]) -> tuple[Graphs, NDArray[np.bool_]]:
    """Return the drugs' graphs; a drug without a structure stands as one carbon and is masked."""
    mols = [Chem.MolFromSmiles(d.smiles) if d.smiles else None for d in drugs]
    stand_in = Chem.MolFromSmiles("C")
    return graphs_of([m or stand_in for m in mols]), np.array([m is not None for m in mols])


def _batch(
    graphs: Graphs, present: NDArray[np.bool_], vocabulary: NDArray[np.int64], part: range
) -> tuple[Tensor, ...]:
    chosen = graphs.take(list(part))
    edges = torch.tensor(np.stack([chosen.sources, chosen.targets]))
    owner = torch.tensor(np.repeat(np.arange(len(chosen)), chosen.sizes))
    return (
        torch.tensor(atom_words(chosen, vocabulary)),
        edges,
        torch.tensor(chosen.kinds),
        owner,
        torch.tensor(present[part.start : part.stop], dtype=torch.float32),
    )


def _words(train: Sequence[Drug], new: Sequence[Drug]) -> tuple[Tensor, Tensor]:
    """Return bags of pathway and target words; words of the training drugs only."""

    def bag(drug: Drug) -> set[str]:
        return {f"pathway {drug.pathway}"} - {f"pathway {p}" for p in SAYS_NOTHING} | set(target_words(drug.targets))

    vocabulary = sorted(set().union(*(bag(d) for d in train)))
    tables = [[[float(w in bag(d)) for w in vocabulary] for d in part] for part in (train, new)]
    return torch.tensor(tables[0]), torch.tensor(tables[1])
