"""A finished run as a Workflow Run RO-Crate: what was run, on what, with what, and the digest of everything.

The results folder itself is the crate (https://w3id.org/ro/wfrun/workflow/0.5): ro-crate-metadata.json lies in it,
and run/ beside it holds copies of the settings, both sheets, the Snakefile and the list of installed packages.
Inputs are named by digest and by their place in the settings; their paths stand in the copied sheets alone.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from loci2lead import __version__
from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path, write_json, write_text
from loci2lead.provenance import sha256_of
from loci2lead.runs.inputs import MODEL_SETTINGS, RunInputs
from loci2lead.runs.surroundings import PACKAGE, code_digest, cpu, environment

METADATA = "ro-crate-metadata.json"
RUN = "run"
PROFILES = (
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
)
# Larger inputs are digested at 256 places: a hundred gigabytes of reads need no second reading.
WHOLE_UP_TO = 4 * 10**9
_PLACES, _PLACE_BYTES = 256, 1 << 20


def write_crate(results: Path, config: Mapping[str, Any], run: RunInputs, snakefile: Path) -> None:
    """Write the crate of the finished run in `results`. Raises InputError for a missing input or no outputs."""
    outputs = output_files(results)
    if not outputs:
        raise InputError("There are no results to describe", file=results, remedy="run the workflow first")
    copied = _copy_run(results / RUN, config, run, snakefile)
    action = _action(run, outputs, copied)
    inputs = [entity["@id"] for entity in action if entity["@id"].startswith("urn:")]
    graph = [*_root(results, [*outputs, *copied], inputs), *_software(), *action]
    graph += [_file(results, path) for path in (*outputs, *copied)]
    write_json(results / METADATA, {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph})


def output_files(results: Path) -> list[Path]:
    """Return the results of a run: every file but the crate's own, temporaries, and the inputs of the demo."""
    found = sorted(path.relative_to(results) for path in results.rglob("*") if path.is_file())
    skipped = {RUN, METADATA, "inputs"}
    return [results / path for path in found if path.parts[0] not in skipped and ".tmp-" not in str(path)]


def digest_of(path: Path) -> tuple[str, str]:
    """Return the kind and the digest of an input: sha256, or of 256 stretches where the file is large."""
    if path.is_dir() or path.stat().st_size <= WHOLE_UP_TO:
        return "sha256", sha256_of(path)
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as handle:
        for place in range(_PLACES):
            handle.seek(place * (size - _PLACE_BYTES) // (_PLACES - 1))
            digest.update(handle.read(_PLACE_BYTES))
    return "sha256-of-256-stretches", digest.hexdigest()


def _copy_run(folder: Path, config: Mapping[str, Any], run: RunInputs, snakefile: Path) -> list[Path]:
    """Write what reproduces the run into `folder`; return the files."""
    write_text(folder / "config.yaml", yaml.safe_dump(json.loads(json.dumps(config)), sort_keys=False))
    write_text(folder / "environment.txt", "\n".join(environment()) + "\n")
    copies = {"Snakefile": snakefile, "samples.tsv": run.settings.samples, "libraries.tsv": run.settings.libraries}
    for name, source in copies.items():
        if source:
            with atomic_path(folder / name) as temporary:
                shutil.copyfile(source, temporary)
    return sorted(folder.iterdir())


def _root(results: Path, parts: list[Path], inputs: list[str]) -> list[dict[str, Any]]:
    newest = max(path.stat().st_mtime for path in parts)
    return [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": [{"@id": "https://w3id.org/ro/crate/1.1"}, {"@id": PROFILES[-1]}],
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": "A run of loci2lead",
            "description": "Results for research use only, with digests of all that they were made from.",
            "datePublished": datetime.fromtimestamp(newest, UTC).isoformat(timespec="seconds"),
            "license": "Not licensed for distribution: results may come from patients' data.",
            "conformsTo": [{"@id": profile} for profile in PROFILES],
            "mainEntity": {"@id": f"{RUN}/Snakefile"},
            "mentions": [{"@id": "#run"}],
            "hasPart": [{"@id": i} for i in [*(p.relative_to(results).as_posix() for p in parts), *inputs]],
        },
        *({"@id": profile, "@type": "CreativeWork", "name": profile.split("/")[-2]} for profile in PROFILES),
    ]


def _software() -> list[dict[str, Any]]:
    from importlib.metadata import version

    return [
        {"@id": "#snakemake", "@type": "ComputerLanguage", "name": "Snakemake", "version": version("snakemake")},
        {
            "@id": "#loci2lead",
            "@type": "SoftwareApplication",
            "name": "loci2lead",
            "version": __version__,
            "sha256": code_digest(),
        },
        {"@id": "#cpu", "@type": "Thing", "name": cpu()},
    ]


def _action(run: RunInputs, outputs: list[Path], copied: list[Path]) -> list[dict[str, Any]]:
    results = Path(run.settings.results)
    objects = [_input(name, path) for name, path in run.files()]
    models = []
    for name in MODEL_SETTINGS:
        value = run.setting(name)
        path = Path(value) if value.endswith(".pt") else PACKAGE / "resources" / "weights" / f"{value}.pt"
        models.append(_input(name, path))
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "snakemake",
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        "instrument": {"@id": f"{RUN}/Snakefile"},
        "object": [{"@id": o["@id"]} for o in unique(objects + models)]
        + [{"@id": f"{RUN}/{p.name}"} for p in copied if p.name != "Snakefile"],
        "result": [{"@id": path.relative_to(results).as_posix()} for path in outputs],
    }
    return [action, *unique(objects + models)]


def unique(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one entity per id; the same file under several names keeps them all."""
    found: dict[str, dict[str, Any]] = {}
    for entity in entities:
        known = found.setdefault(entity["@id"], {**entity, "identifier": []})
        known["identifier"] += [name for name in entity["identifier"] if name not in known["identifier"]]
    return list(found.values())


def _input(name: str, path: Path) -> dict[str, Any]:
    if not path.exists():
        raise InputError("An input of the run is not there any more", file=path, record=name, remedy="put it back")
    kind, digest = digest_of(path)
    size = path.stat().st_size if path.is_file() else None
    return {
        "@id": f"urn:{kind}:{digest}",
        "@type": "File",
        "name": name,
        "identifier": [name],
        "contentSize": str(size),
        "sha256" if kind == "sha256" else "description": digest if kind == "sha256" else f"{kind} {digest}",
    }


def _file(results: Path, path: Path) -> dict[str, Any]:
    name = path.relative_to(results).as_posix()
    entity: dict[str, Any] = {"@id": name, "@type": "File", "name": path.name, "sha256": sha256_of(path)}
    entity["contentSize"] = str(path.stat().st_size)
    if name == f"{RUN}/Snakefile":
        entity |= {
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": "loci2lead",
            "version": __version__,
            "programmingLanguage": {"@id": "#snakemake"},
            "softwareRequirements": [{"@id": "#loci2lead"}, {"@id": f"{RUN}/environment.txt"}],
        }
    return entity
