"""Checkpoints without torch: a JSON index inside the .pt archive says where each tensor's bytes lie.

Importing torch costs a CPU second, a third of calling a megabase. `save_checkpoint` adds the index; a file
without one is read through torch.
"""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.models.files import resolve_model

INDEX = "plain.json"


@dataclass(frozen=True)
class PlainCheckpoint:
    """A model file's settings, and its tensors as arrays."""

    path: Path
    settings: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def load_plain(name_or_path: str | Path) -> PlainCheckpoint:
    """Load a shipped or given model. Raises InputError for a damaged or foreign file."""
    path = resolve_model(name_or_path)
    try:
        with zipfile.ZipFile(path) as archive:
            indices = [n for n in archive.namelist() if n.endswith(f"/{INDEX}")]
            if indices:
                index = json.loads(archive.read(indices[0]))
                root = indices[0].removesuffix(INDEX)
                arrays = {
                    name: np.frombuffer(archive.read(root + record), dtype=kind).reshape(shape)
                    for name, (kind, shape, record) in index["tensors"].items()
                }
                return PlainCheckpoint(path, index["settings"], arrays)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise InputError(
            "Not a loci2lead model, or damaged",
            file=path,
            found=str(error).split("\n", 1)[0],
            remedy="train it again or fetch the file anew",
        ) from error
    from loci2lead.models.checkpoint import load_checkpoint

    loaded = load_checkpoint(path)
    return PlainCheckpoint(path, loaded.settings, {k: v.numpy() for k, v in loaded.state.items()})


def add_index(archive: zipfile.ZipFile, settings: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    """Add the index to what torch.save wrote. Tensors are found by their bytes, not by torch's numbering."""
    records = sorted((n for n in archive.namelist() if "/data/" in n), key=lambda name: int(name.rsplit("/", 1)[1]))
    root = records[0].split("/data/")[0] if records else "archive"
    tensors, left = {}, [(name, archive.read(name)) for name in records]
    for name, array in arrays.items():
        wanted = array.tobytes()
        place = next(i for i, (_, content) in enumerate(left) if content == wanted)
        tensors[name] = [array.dtype.str, list(array.shape), left.pop(place)[0].removeprefix(f"{root}/")]
    entry = zipfile.ZipInfo(f"{root}/{INDEX}", date_time=(1980, 1, 1, 0, 0, 0))
    archive.writestr(entry, json.dumps({"settings": settings, "tensors": tensors}, sort_keys=True))
