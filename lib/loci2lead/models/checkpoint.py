"""Weights on disk: plain tensors and plain settings, loadable with weights_only=True, beside a JSON card."""

import io
import json
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path, write_json
from loci2lead.models.files import WEIGHTS, resolve_model, shipped_models
from loci2lead.models.plain import add_index
from loci2lead.provenance import sha256_of

__all__ = ["WEIGHTS", "Checkpoint", "load_checkpoint", "resolve_model", "save_checkpoint", "shipped_models"]


@dataclass(frozen=True)
class Checkpoint:
    """A model file: `settings` (plain values that rebuild the network), `state` (tensors) and its card."""

    path: Path
    settings: dict[str, Any]
    state: dict[str, torch.Tensor]
    card: dict[str, Any]


def save_checkpoint(
    path: str | Path,
    *,
    settings: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    card: Mapping[str, Any],
) -> None:
    """Write weights and, beside them, `<stem>.json` with the card and the weights' SHA-256.

    The same content gives the same bytes: tensors go to the CPU, and the archive's name is constant. An index
    lets `load_plain` read it without torch.
    """
    path = Path(path)
    content = {
        "settings": dict(settings),
        "state": {k: v.detach().cpu().contiguous() for k, v in state.items()},
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with zipfile.ZipFile(buffer, "a") as archive:
        add_index(archive, content["settings"], {k: v.numpy() for k, v in content["state"].items()})
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
