"""Running again what a crate describes, and saying how the new results compare with its digests."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from loci2lead.config.load import read_config
from loci2lead.errors import InputError, Loci2leadError
from loci2lead.provenance import sha256_of
from loci2lead.runs.compare import Verdict, compare_values
from loci2lead.runs.crate import METADATA, RUN, digest_of
from loci2lead.runs.inputs import MODEL_SETTINGS, RunInputs, read_run
from loci2lead.runs.surroundings import PACKAGE, code_digest, cpu, environment


@dataclass(frozen=True)
class Crate:
    """A crate that was read: its folder and its entities by id."""

    folder: Path
    entities: Mapping[str, dict[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> "Crate":
        """Read a crate and check its copies of settings and sheets. Raises InputError where it is damaged."""
        try:
            graph = json.loads((folder / METADATA).read_text(encoding="utf-8"))["@graph"]
            crate = cls(folder, {entity["@id"]: entity for entity in graph})
            crate.entities["#run"]["result"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            remedy = f"give the folder that holds {METADATA}, as `loci2lead describe-run` writes it"
            raise InputError("This is no crate of a run", file=folder, found=error, remedy=remedy) from error
        for name, entity in crate.entities.items():
            if name.startswith(f"{RUN}/") and sha256_of(folder / name) != entity["sha256"]:
                raise InputError("A file of the crate was changed", file=folder / name, expected=entity["sha256"])
        return crate

    def outputs(self) -> dict[str, str]:
        """Return the SHA-256 of every result by its relative path."""
        return {part["@id"]: self.entities[part["@id"]]["sha256"] for part in self.entities["#run"]["result"]}

    def input_ids(self) -> dict[str, str]:
        """Return the id, which holds the digest, of every input and model by its name."""
        return {
            name: entity["@id"]
            for entity in self.entities.values()
            if entity["@id"].startswith("urn:")
            for name in entity["identifier"]
        }


def write_settings(crate: Crate, output: Path, moved: Mapping[str, str]) -> Path:
    """Write settings and sheets of the crate's run into `output`/settings, its results going to `output`/results.

    `moved` maps the beginnings of paths to what they begin with here.
    """
    folder = output / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    config = read_config(crate.folder / RUN / "config.yaml")
    config["results"] = str(output / "results")
    for key in ("samples", "libraries"):
        copy = crate.folder / RUN / f"{key}.tsv"
        if copy.exists():
            (folder / copy.name).write_text(_moved(copy.read_text(encoding="utf-8"), moved), encoding="utf-8")
            config[key] = str(folder / copy.name)
        else:
            config[key] = None
    text = _moved(yaml.safe_dump(config, sort_keys=False), moved)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return folder / "config.yaml"


def _moved(text: str, moved: Mapping[str, str]) -> str:
    for old, new in moved.items():
        text = text.replace(old, new)
    return text


def check_inputs(crate: Crate, run: RunInputs) -> int:
    """Return how many inputs and models are those of the crate. Raises InputError naming all that are not."""
    files = list(run.files())
    for name in MODEL_SETTINGS:
        value = run.setting(name)
        files.append((name, Path(value) if value.endswith(".pt") else PACKAGE / "resources/weights" / f"{value}.pt"))
    expected, wrong = crate.input_ids(), []
    for name, path in files:
        if not path.exists():
            wrong.append(f"{name}: {path} is not there")
        elif expected.get(name) != "urn:{}:{}".format(*digest_of(path)):
            wrong.append(f"{name}: {path} is another file")
    if wrong:
        listing = "\n".join(f"  {line}" for line in wrong)
        raise InputError(
            f"{len(wrong)} inputs are not those of the crate:\n{listing}",
            file=crate.folder,
            remedy="put them where the sheets say, or say --moved OLD=NEW for the beginnings of their paths",
        )
    return len(files)


def surroundings_that_differ(crate: Crate) -> list[str]:
    """Return in words what differs from the crate's run besides its inputs: code, packages, kind of CPU."""
    found = []
    software = crate.entities["#loci2lead"]
    if software["sha256"] != code_digest():
        found.append(f"other code of loci2lead than version {software['version']} of the crate")
    recorded = set((crate.folder / RUN / "environment.txt").read_text(encoding="utf-8").split())
    other = sorted(set(environment()) - recorded)
    if other:
        found.append(f"{len(other)} other packages: {', '.join(other[:5])}" + (", ..." if len(other) > 5 else ""))
    if on_other_cpu(crate):
        found.append(f"another CPU: {cpu()}; the crate's: {crate.entities['#cpu']['name']}")
    return found


def on_other_cpu(crate: Crate) -> bool:
    """Return whether this is another kind of CPU than the crate's."""
    return bool(crate.entities["#cpu"]["name"] != cpu())


def run_again(configfile: Path, cores: int, snakemake_options: Sequence[str]) -> None:
    """Run the workflow of the current folder. Raises Loci2leadError where it fails."""
    command = [sys.executable, "-m", "snakemake", "all", "--configfile", str(configfile), "--cores", str(cores)]
    if not Path("Snakefile").exists():
        remedy = "go to the folder of the workflow (where its Snakefile is) first"
        raise InputError("There is no workflow here", file="Snakefile", remedy=remedy)
    done = subprocess.run([*command, "--nolock", "--rerun-incomplete", *snakemake_options], check=False)
    if done.returncode:
        raise Loci2leadError("The run failed", found=f"exit code {done.returncode}", remedy="see the messages above")


def compare(crate: Crate, results: Path) -> dict[str, Verdict]:
    """Return how each result of the crate compares with its new version below `results`."""
    verdicts = {}
    for name, digest in crate.outputs().items():
        new = results / name
        if not new.exists():
            verdicts[name] = Verdict.DIFFERENT
        elif sha256_of(new) == digest:
            verdicts[name] = Verdict.EQUAL
        elif (crate.folder / name).exists():
            verdicts[name] = compare_values(crate.folder / name, new)
        else:
            verdicts[name] = Verdict.DIFFERENT
    return verdicts


def inputs_of(configfile: Path) -> RunInputs:
    """Return the inputs of the run that will be made."""
    return read_run(read_config(configfile), str(configfile))
