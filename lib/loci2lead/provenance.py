"""What made an output: software, version, and digests of model and inputs. No clock, host or path."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loci2lead import __version__
from loci2lead.errors import InputError

PROVENANCE_KEY = "loci2lead_provenance"


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, or of a folder's sorted relative names and bytes."""
    path = Path(path)
    if not path.exists():
        raise InputError("File not found", file=path, remedy="check the path")
    digest = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def describe(
    subcommand: str,
    *,
    results_version: int,
    inputs: Mapping[str, str | Path | None],
    parameters: Mapping[str, Any] | None = None,
    models: Mapping[str, str | Path | None] | None = None,
) -> dict[str, Any]:
    """Return the provenance record that every output of a subcommand carries.

    `inputs` and `models` map a role ("reads", "reference") to a file; the file's name stays out, since
    names can identify people. `parameters` holds what can change the result: not threads, batch, device.
    """
    return {
        "software": "loci2lead",
        "version": __version__,
        "subcommand": subcommand,
        "results_version": results_version,
        "inputs": {role: sha256_of(path) for role, path in sorted(inputs.items()) if path is not None},
        "models": {role: sha256_of(path) for role, path in sorted((models or {}).items()) if path is not None},
        "parameters": dict(sorted((parameters or {}).items())),
    }


def to_json(record: Mapping[str, Any]) -> str:
    """Return the one-line JSON form used in file headers and metadata."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
