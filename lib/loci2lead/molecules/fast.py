"""The fast model: one small graph network distilled from the ensemble, for the first pass over a large library.

It sees the graph and the counts of the Morgan fingerprint, nothing dearer, and answers for the same endpoints in
the same units. It has sets and intervals of its own, from its own out-of-fold errors, and no spread: it is alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import load_checkpoint, save_checkpoint
from loci2lead.molecules.calibration import logistic
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.features import MORGAN_SIZE, morgan_counts
from loci2lead.molecules.graphs import Graphs, atom_words, graphs_of
from loci2lead.molecules.model import (
    Calibration,
    Output,
    Predictions,
    calibration_state,
    half,
    read_calibration,
    read_network,
    read_outputs,
)
from loci2lead.molecules.network import PropertyNetwork, network_scores
from loci2lead.molecules.standardise import without_isotopes

KIND = "molecules-fast"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class FastModel:
    """A network over `endpoints` and the calibration of its scores (weights (m, m), diagonal)."""

    endpoints: tuple[Output, ...]
    vocabulary: NDArray[np.int64]
    network: PropertyNetwork
    calibration: Calibration
    device: torch.device
    settings: dict[str, Any]

    def predict(self, mols: Sequence[Chem.Mol]) -> tuple[Predictions, NDArray[np.bool_]]:
        """Return calibrated answers, and which molecules hold an atom that the network never met in training."""
        plain = [without_isotopes(mol) for mol in mols]
        counts = np.zeros((len(plain), MORGAN_SIZE), dtype=np.uint8)
        for i, mol in enumerate(plain):
            counts[i] = morgan_counts(mol)
        graphs = graphs_of(plain)
        scores = network_scores([self.network], graphs, self.vocabulary, counts, self.device)[0]
        return self._answers(scores.astype(np.float64)), _with_unknown_atoms(graphs, self.vocabulary)

    def _answers(self, scores: Array) -> Predictions:
        z = scores * np.diagonal(self.calibration.weights) + self.calibration.offsets
        value, lower, upper = (np.full_like(z, np.nan) for _ in range(3))
        for i, output in enumerate(self.endpoints):
            if output.task == CLASSIFICATION:
                value[:, i] = logistic(z[:, i])
                continue
            half = self.calibration.half_width[i]
            value[:, i] = output.scale.backward(z[:, i])
            lower[:, i] = output.scale.backward(z[:, i] - half)
            upper[:, i] = output.scale.backward(z[:, i] + half)
        return Predictions(value, np.full_like(z, np.nan), lower, upper, np.full(len(z), np.nan))


def save_fast_model(path: str | Path, model: FastModel, card: dict[str, Any]) -> None:
    """Write a model, its weights in half precision."""
    state = {f"network.{name}": half(tensor) for name, tensor in model.network.state_dict().items()}
    state["vocabulary"] = torch.from_numpy(model.vocabulary)
    state |= calibration_state(model.calibration)
    settings = {**model.settings, "kind": KIND, "outputs": [asdict(o) for o in model.endpoints]}
    save_checkpoint(path, settings=settings, state=state, card=card)


def load_fast_model(name_or_path: str | Path, device: torch.device) -> FastModel:
    """Load a fast model. Raises InputError for a file that is none."""
    checkpoint = load_checkpoint(name_or_path)
    settings, state = checkpoint.settings, checkpoint.state
    if settings.get("kind") != KIND:
        raise InputError(
            "Not a model for --depth fast",
            file=checkpoint.path,
            found=settings.get("kind", "another kind"),
            expected=KIND,
            remedy="leave --model out, or give a model made by `loci2lead distil-properties`",
        )
    return FastModel(
        endpoints=read_outputs(settings),
        vocabulary=state["vocabulary"].numpy(),
        network=read_network(settings, state, "network.").to(device).eval(),
        calibration=read_calibration(state),
        device=device,
        settings=settings,
    )


def _with_unknown_atoms(graphs: Graphs, vocabulary: NDArray[np.int64]) -> NDArray[np.bool_]:
    unknown = atom_words(graphs, vocabulary) == 0
    owner = np.repeat(np.arange(len(graphs)), graphs.sizes)
    return np.bincount(owner[unknown], minlength=len(graphs)) > 0
