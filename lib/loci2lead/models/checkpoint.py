"""Weights on disk: plain tensors and plain settings, loadable with weights_only=True, beside a JSON card."""

import io
import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path, write_json
from loci2lead.provenance import sha256_of

WEIGHTS = Path(str(files("loci2lead") / "resources" / "weights"))


@dataclass(frozen=True)
class Checkpoint:
    """A model file: `settings` (plain values that rebuild the network), `state` (tensors) and its card."""

    path: Path
    settings: dict[str, Any]
    state: dict[str, torch.Tensor]
    card: dict[str, Any]


def shipped_models(stage: str = "") -> list[str]:
    """Return the names of the models that come with the package, those of one stage if it is named."""
    return sorted(p.stem for p in WEIGHTS.glob(f"{stage}*.pt"))


def resolve_model(name_or_path: str | Path) -> Path:
    """Return the file of a shipped model's name, or of a path. Raises InputError where there is none."""
    path = Path(name_or_path)
    if path.suffix == ".pt" and path.exists():
        return path
    shipped = WEIGHTS / f"{name_or_path}.pt"
    if shipped.exists():
        return shipped
    raise InputError(
        "Model not found",
        found=name_or_path,
        expected=f"a .pt file, or one of: {', '.join(shipped_models()) or 'none is installed'}",
        remedy="give the path of a model, or train one (loci2lead train-... or `make train`)",
    )


def save_checkpoint(
    path: str | Path,
    *,
    settings: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    card: Mapping[str, Any],
) -> None:
    """Write weights and, beside them, `<stem>.json` with the card and the weights' SHA-256.

    The same content gives the same bytes: tensors go to the CPU, and the archive's name is constant.
    """
    path = Path(path)
    content = {
        "settings": dict(settings),
        "state": {k: v.detach().cpu().contiguous() for k, v in state.items()},
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
    write_json(path.with_suffix(".json"), {**card, "sha256": sha256_of(path)})


def load_checkpoint(name_or_path: str | Path) -> Checkpoint:
    """Load a shipped or given model on the CPU. Raises InputError for a damaged or foreign file."""
    path = resolve_model(name_or_path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        settings, state = content["settings"], content["state"]
    except (RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise InputError(
            "Not a loci2lead model, or damaged",
            file=path,
            found=str(error).split("\n", 1)[0],
            remedy="train it again or fetch the file anew",
        ) from error
    card_path = path.with_suffix(".json")
    card = json.loads(card_path.read_text(encoding="utf-8")) if card_path.exists() else {}
    return Checkpoint(path, settings, state, card)
