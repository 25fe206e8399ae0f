"""What others build and reuse: container files against the locks, profiles, conda pins, and the stages as modules."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from loci2lead import __version__
from tests.workflow.demo_runs import ROOT, clone, environment

PROFILES = sorted((ROOT / "workflow/profiles").rglob("config.yaml"))
PIN = re.compile(r"[A-Za-z0-9._-]+==\d+(\.\d+)*([.-]?(post|rc|a|b)\d+)?")


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_container_file_is_built_from_the_lock(name: str) -> None:
    lines = (ROOT / f"envs/{name}.Dockerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    names = [step[0] for step in steps]
    assert set(names) <= {"FROM", "ARG", "ENV", "RUN", "WORKDIR", "COPY", "USER", "CMD"} and names[0] == "FROM"
    base = steps[0][1]
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base), "a pinned version, never latest"
    runs = [step[1] for step in steps if step[0] == "RUN"]
    assert any(f"-r envs/{name}.txt" in run for run in runs)
    assert all("rm -rf /var/lib/apt/lists" in run for run in runs if "apt-get" in run)
    assert names.index("USER") > max(i for i, n in enumerate(names) if n == "RUN"), "the program does not run as root"
    for kind, text in steps:
        if kind == "COPY":
            assert all((ROOT / source).exists() for source in text.split()[:-1])
    assert f"loci2lead-{name}:{__version__}" in (ROOT / f"envs/{name}.Dockerfile").read_text()


@pytest.mark.parametrize("name", ["cpu", "gpu", "dev"])
def test_every_line_of_a_lock_is_a_strict_pin(name: str) -> None:
    lines = [x for x in (ROOT / f"envs/{name}.txt").read_text().splitlines() if x and not x.startswith("#")]
    assert lines and not [line for line in lines if not PIN.fullmatch(line)]


def test_conda_file_is_strict_and_installs_the_package_afterwards() -> None:
    conda = yaml.safe_load((ROOT / "envs/loci2lead.yaml").read_text())
    assert conda["channels"][0] == "conda-forge" and conda["channels"][-1] == "nodefaults"
    for spec in conda["dependencies"]:
        for line in spec["pip"] if isinstance(spec, dict) else [spec]:
            assert PIN.fullmatch(line) or re.fullmatch(r"[a-z0-9-]+=\d+\.\d+(\.\d+)?", line), line
    script = (ROOT / "envs/loci2lead.post-deploy.sh").read_text()
    assert "pip install --no-deps" in script and "$CONDA_PREFIX" in script
    assert subprocess.run(["bash", "-n", str(ROOT / "envs/loci2lead.post-deploy.sh")], check=False).returncode == 0


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: str(path.parent.relative_to(ROOT / "workflow/profiles")))
def test_profiles_share_what_every_run_needs(path: Path) -> None:
    profile = yaml.safe_load(path.read_text())
    for key in ("benchmark-extended", "rerun-incomplete", "keep-going", "show-failed-logs"):
        assert profile[key] is True
    assert all(len(key) > 1 for key in profile), "one-letter keys are rejected"
    assert ("Not run here" in path.read_text()) == ("examples" in path.parts)


def test_the_catalog_finds_what_it_needs() -> None:
    catalog = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    flags = catalog["usage"]["mandatory-flags"]["flags"].split()
    assert (ROOT / flags[flags.index("--workflow-profile") + 1] / "config.yaml").exists()
    assert (ROOT / "workflow/Snakefile").exists() and (ROOT / "config/README.md").exists()
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", __version__), "semantic versions"


USER_WORKFLOW = """\
configfile: "demo.yaml"

module loci2lead:
    snakefile: "loci2lead/Snakefile"
    config: config

use rule * from loci2lead as l2l_*

rule mine:
    input: rules.l2l_{stage}.input
    default_target: True
"""


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("stage", "rule"),
    [("variants", "annotate_variants"), ("response", "predict_response"), ("molecules", "rank_compounds")],
)
def test_a_stage_is_usable_as_a_module(tmp_path: Path, stage: str, rule: str) -> None:
    clone(tmp_path / "loci2lead")
    for name in ("config", "lib"):
        (tmp_path / name).symlink_to(tmp_path / "loci2lead" / name)
    (tmp_path / "demo.yaml").write_text((ROOT / "config/demo/config.yaml").read_text())
    (tmp_path / "Snakefile").write_text(USER_WORKFLOW.format(stage=stage))
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "2"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert f"rule l2l_{rule}:" in done.stdout and "rule mine:" in done.stdout
