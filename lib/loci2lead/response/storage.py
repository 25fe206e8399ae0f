"""The response model on disk: plain settings and half-precision tensors, no row of anyone's data."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import Checkpoint
from loci2lead.response.blocks import Blocks, Scaler
from loci2lead.response.compounds import Drug
from loci2lead.response.domain import Domain
from loci2lead.response.model import PoolWeights, ResponseModel, SetFigures
from loci2lead.response.network import ResponseNet
from loci2lead.response.reference import Distribution

KIND = "response"
FORMAT = 2
TRANSFER = "transfer"  # stored beside the sets of modalities
FIGURE_FIELDS = ("half_width", "half_width_tumour", "reliability", "gain", "gain_low", "gain_high")


def pack(model: ResponseModel) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return settings and tensors that `unpack` turns back into the model."""
    settings: dict[str, Any] = {
        "kind": KIND,
        "format": FORMAT,
        "modalities": model.modalities,
        "seed": model.blocks.seed,
        "drugs": [asdict(d) for d in model.drugs],
        "expression_genes": model.expression_genes,
        "scaler_names": {k: s.names for k, s in model.blocks.scalers.items()},
        "bandwidths": dict(model.blocks.bandwidths),
        "norms": dict(model.blocks.norms),
        "sets": list(model.pools),
        "network_share": {k: f.network_share for k, f in model.figures.items()},
        "tissues": sorted(model.tissue_means),
        "scopes": model.distribution.scopes,
        "max_burden": model.max_burden,
        "networks": len(model.networks),
        "unseen": model.unseen,
    }
    state = {"means": _half(model.means), "distribution": _half(model.distribution.quantiles)}
    state["distribution_lines"] = torch.tensor(model.distribution.lines, dtype=torch.int16)
    state["expression_quantiles"] = _half(model.expression_quantiles)
    state["tissue_means"] = _half(
        np.array([model.tissue_means[t] for t in settings["tissues"]]).reshape(-1, len(model.drugs))
    )
    for name, scaler in model.blocks.scalers.items():
        state[f"scaler.{name}.mean"], state[f"scaler.{name}.spread"] = _single(scaler.mean), _single(scaler.spread)
    for name, offset in model.blocks.offsets.items():
        state[f"offset.{name}"] = _single(offset)
    transfer = {} if model.transfer is None else {TRANSFER: model.transfer}
    for name, pool in (model.pools | transfer).items():
        state[f"pool.{name}.decoder"] = _half(pool.decoder)
        for block, factor in pool.factors.items():
            # A block's factors may be tiny where its features are long: keep them in the range of half floats.
            scale = float(np.abs(factor).max()) or 1.0
            state[f"pool.{name}.factor.{block}"] = _half(factor / scale)
            settings.setdefault("factor_scales", {})[f"{name}.{block}"] = scale
    for name, figures in model.figures.items():
        state[f"figures.{name}"] = _single(np.array([getattr(figures, f) for f in FIGURE_FIELDS]))
    for n, net in enumerate(model.networks):
        state |= {f"net{n}.{k}": v.half() for k, v in net.state_dict().items()}
    if model.domain is not None:
        state |= {
            f"domain.{k}": _half(v) if k.startswith("autoencoder.") else _single(v)
            for k, v in model.domain.state().items()
        }
    return settings, state


def unpack(checkpoint: Checkpoint) -> ResponseModel:
    """Rebuild a model. Raises InputError where the file holds another kind or format of model."""
    s, state = checkpoint.settings, checkpoint.state
    if s.get("kind") != KIND or s.get("format") != FORMAT:
        raise InputError(
            "Not a response model of this version",
            file=checkpoint.path,
            found=s.get("kind"),
            expected=f"{KIND}, format {FORMAT}",
            remedy="train it again with loci2lead train-response",
        )
    drugs = [Drug(**d) for d in s["drugs"]]
    scalers = {
        k: Scaler(names, _array(state[f"scaler.{k}.mean"]), _array(state[f"scaler.{k}.spread"]))
        for k, names in s["scaler_names"].items()
    }
    offsets = {k.removeprefix("offset."): _array(v) for k, v in state.items() if k.startswith("offset.")}
    blocks = Blocks(scalers, s["seed"], dict(s["bandwidths"]), offsets, dict(s["norms"]))
    domain = {k.removeprefix("domain."): _array(v) for k, v in state.items() if k.startswith("domain.")}
    tissue_means = _array(state["tissue_means"])
    distribution = Distribution(
        list(s["scopes"]), _array(state["distribution"]), state["distribution_lines"].numpy().astype(int)
    )
    return ResponseModel(
        drugs,
        _array(state["means"]),
        blocks,
        {name: _pool(name, s, state) for name in s["sets"]},
        [_network(n, state, len(drugs)) for n in range(s["networks"])],
        {name: SetFigures(s["network_share"][name], *_array(state[f"figures.{name}"])) for name in s["sets"]},
        dict(zip(s["tissues"], tissue_means, strict=True)),
        distribution,
        Domain.from_state(domain) if domain else None,
        float(s["max_burden"]),
        _array(state["expression_quantiles"]),
        dict(s["unseen"]),
        s["modalities"],
        _pool(TRANSFER, s, state) if f"pool.{TRANSFER}.decoder" in state else None,
    )


def _pool(name: str, settings: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> PoolWeights:
    prefix = f"pool.{name}.factor."
    factors = {
        k.removeprefix(prefix): _array(v) * settings["factor_scales"][f"{name}.{k.removeprefix(prefix)}"]
        for k, v in state.items()
        if k.startswith(prefix)
    }
    return PoolWeights(factors, _array(state[f"pool.{name}.decoder"]))


def _network(n: int, state: Mapping[str, torch.Tensor], drugs: int) -> ResponseNet:
    weights = {k.removeprefix(f"net{n}."): v.float() for k, v in state.items() if k.startswith(f"net{n}.")}
    widths = {
        k.split(".")[1].removeprefix("enc"): v.shape[1]
        for k, v in weights.items()
        if k.startswith("encoders.") and k.endswith(".1.weight")
    }
    net = ResponseNet(widths, drugs)
    net.load_state_dict(weights)
    return net.eval()


def _half(values: NDArray[np.float64]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float16)


def _single(values: NDArray[np.float64]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _array(tensor: torch.Tensor) -> NDArray[np.float64]:
    return tensor.to(torch.float64).numpy()
