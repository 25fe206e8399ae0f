"""The trained model: an ensemble of networks and forests, its blend, calibration, conformal sets and domain."""

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import load_checkpoint, save_checkpoint
from loci2lead.molecules.calibration import logistic
from loci2lead.molecules.domain import nearest_similarity
from loci2lead.molecules.endpoints import CLASSIFICATION
from loci2lead.molecules.inputs import Inputs
from loci2lead.molecules.network import PropertyNetwork, build_network, network_scores
from loci2lead.molecules.scales import Scale
from loci2lead.molecules.trees import Forest, tree_features

KIND = "molecules"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Output:
    """One learned column: endpoint's name, task, scale, and whether it is only a helper of other endpoints."""

    name: str
    task: str
    scale: Scale
    helper: bool = False


@dataclass(frozen=True)
class Calibration:
    """What turns raw scores into answers, per endpoint (m endpoints, r raw scores).

    `weights` (r, m), `offsets` (m), `zero`, `one` conformal thresholds of the classes, `half_width` of the 90 %
    interval on the standardised scale, `approved` (m, 101) quantiles of approved drugs (NaN = not known).
    """

    weights: Array
    offsets: Array
    zero: Array
    one: Array
    half_width: Array
    approved: Array

    def with_approved(self, answers: Array) -> "Calibration":
        """Return it with the quantiles of approved drugs, given the model's answers (drugs, m) for them."""
        quantiles = np.quantile(answers, np.linspace(0, 1, 101), axis=0).T
        return replace(self, approved=np.ascontiguousarray(quantiles))


@dataclass(frozen=True)
class Predictions:
    """Answers per molecule and endpoint: (n, m) arrays in the endpoints' units, and similarity (n)."""

    value: Array
    spread: Array
    lower: Array
    upper: Array
    similarity: Array


@dataclass(frozen=True)
class PropertyModel:
    """An ensemble of K members; every member is one network and one forest, trained without one fold.

    `vocabulary` (words) atom codes the networks know, `edges` (LEVELS - 1, descriptors) bounds of the descriptors'
    bins, `references` (landmarks, 16) packed fingerprints that stand for the training set, and `domain_threshold` the
    Tanimoto similarity to one of them below which a molecule is out of the domain. `networks` is empty for trees alone.
    """

    outputs: tuple[Output, ...]
    vocabulary: NDArray[np.int64]
    edges: NDArray[np.float32]
    networks: list[PropertyNetwork]
    forests: list[Forest]
    calibration: Calibration
    references: NDArray[np.uint64]
    domain_threshold: float
    device: torch.device
    settings: dict[str, Any]

    @property
    def endpoints(self) -> list[Output]:
        """The outputs that are answers, in order."""
        return [output for output in self.outputs if not output.helper]

    def raw_scores(self, inputs: Inputs) -> Array:
        """Return each member's raw scores (members, molecules, 2 * outputs): network first, then trees."""
        features = tree_features(inputs.descriptors, inputs.counts, self.edges)
        trees = np.stack([forest.scores(features, len(self.outputs)) for forest in self.forests])
        if not self.networks:
            return np.concatenate([np.zeros_like(trees), trees], 2)
        graph = network_scores(self.networks, inputs.graphs, self.vocabulary, features, self.device)
        return np.concatenate([graph.astype(np.float64), trees], 2)

    def predict(self, inputs: Inputs) -> Predictions:
        """Return calibrated answers for molecules."""
        members = self.raw_scores(inputs) @ self.calibration.weights + self.calibration.offsets
        mean = members.mean(0)
        value, lower, upper = (np.empty_like(mean) for _ in range(3))
        spread = np.empty_like(mean)
        for i, output in enumerate(self.endpoints):
            if output.task == CLASSIFICATION:
                value[:, i] = logistic(mean[:, i])
                spread[:, i] = logistic(members[:, :, i]).std(0)
                lower[:, i] = upper[:, i] = np.nan
            else:
                half = self.calibration.half_width[i]
                value[:, i] = output.scale.backward(mean[:, i])
                spread[:, i] = output.scale.backward(members[:, :, i]).std(0)
                lower[:, i] = output.scale.backward(mean[:, i] - half)
                upper[:, i] = output.scale.backward(mean[:, i] + half)
        return Predictions(value, spread, lower, upper, nearest_similarity(inputs.fingerprints, self.references))


def save_model(path: str | Path, model: PropertyModel, card: dict[str, Any]) -> None:
    """Write a model; networks in half precision, trees as they are."""
    state: dict[str, torch.Tensor] = {
        "vocabulary": torch.from_numpy(model.vocabulary),
        "edges": torch.from_numpy(model.edges),
        "references": torch.from_numpy(model.references.view(np.int64)),
    }
    state |= calibration_state(model.calibration)
    for k, forest in enumerate(model.forests):
        state |= {f"forest.{k}.{name}": _tensor(array) for name, array in forest.arrays().items()}
    for k, network in enumerate(model.networks):
        state |= {f"network.{k}.{name}": half(tensor) for name, tensor in network.state_dict().items()}
    settings = {
        **model.settings,
        "kind": KIND,
        "outputs": [asdict(output) for output in model.outputs],
        "members": len(model.forests),
        "domain_threshold": model.domain_threshold,
    }
    save_checkpoint(path, settings=settings, state=state, card=card)


def load_model(name_or_path: str | Path, device: torch.device) -> PropertyModel:
    """Load a model of this room. Raises InputError for a file that is none."""
    checkpoint = load_checkpoint(name_or_path)
    settings, state = checkpoint.settings, checkpoint.state
    if settings.get("kind") != KIND:
        raise InputError(
            "Not a model of molecular properties",
            file=checkpoint.path,
            found=settings.get("kind", "another kind"),
            remedy="give a model made by `loci2lead train-properties`",
        )
    members = range(settings["members"])
    networks = [read_network(settings, state, f"network.{k}.") for k in members if f"network.{k}.out.weight" in state]
    return PropertyModel(
        outputs=read_outputs(settings),
        vocabulary=state["vocabulary"].numpy(),
        edges=state["edges"].numpy(),
        networks=[network.to(device).eval() for network in networks],
        forests=[_forest(state, k) for k in members],
        calibration=read_calibration(state),
        references=state["references"].numpy().view(np.uint64),
        domain_threshold=settings["domain_threshold"],
        device=device,
        settings=settings,
    )


def half_precision(network: PropertyNetwork) -> PropertyNetwork:
    """Round a network's weights as saving will, so that training judges what will be shipped."""
    rounded = {name: half(tensor).to(tensor.dtype) for name, tensor in network.state_dict().items()}
    network.load_state_dict(rounded)
    return network


def calibration_state(calibration: Calibration) -> dict[str, torch.Tensor]:
    """Return a calibration as tensors of a model file."""
    arrays = {f"calibration.{field.name}": getattr(calibration, field.name) for field in fields(Calibration)}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def read_calibration(state: dict[str, torch.Tensor]) -> Calibration:
    """Read what `calibration_state` made."""
    return Calibration(**{field.name: state[f"calibration.{field.name}"].numpy() for field in fields(Calibration)})


def read_outputs(settings: dict[str, Any]) -> tuple[Output, ...]:
    """Read the outputs out of a model file's settings."""
    return tuple(Output(**{**output, "scale": Scale(**output["scale"])}) for output in settings["outputs"])


def read_network(settings: dict[str, Any], state: dict[str, torch.Tensor], prefix: str) -> PropertyNetwork:
    """Read the network whose tensors' names begin with `prefix`, in single precision."""
    network = build_network(settings["network"])
    own = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
    shapes = network.state_dict()
    network.load_state_dict({name: tensor.to(shapes[name].dtype) for name, tensor in own.items()})
    return network


def _forest(state: dict[str, torch.Tensor], k: int) -> Forest:
    arrays = {field.name: state[f"forest.{k}.{field.name}"].numpy() for field in fields(Forest)}
    arrays["feature"] = arrays["feature"].view(np.uint16)
    return Forest(**arrays)


def _tensor(array: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(array.view(np.int16) if array.dtype == np.uint16 else array)


def half(tensor: torch.Tensor) -> torch.Tensor:
    """Return numbers in half precision; whole numbers (a network's counters) as they are."""
    return tensor.half() if tensor.is_floating_point() else tensor
