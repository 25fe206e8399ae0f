"""The crate of a run: complete, true to the files, and enough to run it again elsewhere and as somebody else."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.demo_runs import clone, environment, finish

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]

SHEET = {
    "patient": "demo-patient-1",
    "sample": "tumour-1",
    "type": "tumor",
    "variants": "inputs/tumour-1.truth.vcf.gz",
    "build": "demo",
    "oncotree": "COAD",
    "targets": "inputs/targets.bed",
    "simulated": "yes",
    "consent_somatic": "yes",
}
SETTINGS = """\
samples: samples.tsv
libraries: null
results: out
references: {demo: {fasta: inputs/genome.fa, genes: inputs/genes.gff3}}
report: {demo_evidence: true}
"""


def loci2lead(folder: Path, *arguments: str, wrapper: tuple[str, ...] = (), **changes: str):
    return subprocess.run(
        [*wrapper, sys.executable, "-m", "loci2lead", *arguments],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(folder / "lib"), **changes},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone in which a tumour's variants went to its report, with the crate of that run in out/."""
    folder = clone(tmp_path_factory.mktemp("crate") / "run")
    assert loci2lead(folder, "simulate-demo", "--output", "inputs", "--seed", "1").returncode == 0
    (folder / "samples.tsv").write_text("\t".join(SHEET) + "\n" + "\t".join(SHEET.values()) + "\n")
    (folder / "my.yaml").write_text(SETTINGS)
    done = finish(folder, "all", "--configfile", "my.yaml")
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def test_the_crate_holds_the_digest_of_every_result_and_input(small_run: Path) -> None:
    graph = json.loads((small_run / "out/ro-crate-metadata.json").read_text())["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    assert len(entities) == len(graph)
    root = entities["./"]
    assert {c["@id"].split("/")[-2] for c in root["conformsTo"]} == {"process", "workflow", "workflow-ro-crate"}
    assert "ComputationalWorkflow" in entities[root["mainEntity"]["@id"]]["@type"]
    results = {r["@id"] for r in entities["#run"]["result"]}
    assert {"reports/patients/tumour-1/report.json", "samples/tumour-1/response.parquet"} <= results
    for name in results:
        assert entities[name]["sha256"] == hashlib.sha256((small_run / "out" / name).read_bytes()).hexdigest()
    named = {name: e for e in graph for name in e.get("identifier", [])}
    assert {"tumour-1.variants", "references.demo.genes", "response.model"} <= named.keys()
    variants = hashlib.sha256((small_run / SHEET["variants"]).read_bytes()).hexdigest()
    assert named["tumour-1.variants"]["sha256"] == variants
    referred = [part["@id"] for e in graph for v in e.values() if isinstance(v, list) for part in v if "@id" in part]
    assert {name for name in referred if "w3id.org/ro/crate" not in name} <= entities.keys(), "nothing dangles"
    assert str(small_run) not in json.dumps(graph)


@pytest.mark.skipif(importlib.util.find_spec("rocrate") is None, reason="rocrate is not installed: pip install rocrate")
def test_the_crate_reads_as_one(small_run: Path) -> None:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(str(small_run / "out"))
    assert crate.mainEntity.id == "run/Snakefile"
    local = [part for part in crate.root_dataset["hasPart"] if not part.id.startswith("urn:")]
    assert local and all((small_run / "out" / part.id).exists() for part in local)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """Return a folder that another user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="loci2lead-moved-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def other_user() -> tuple[str, ...]:
    """Return a command that runs another as nobody, who may read what this user reads; empty where there is none."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    reads = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    check = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import numpy'], check=True); "
        f"assert sys.version == {sys.version!r}"
    )
    for wrapper in (nobody, (*nobody, *reads)):
        try:
            done = subprocess.run([*wrapper, sys.executable, "-c", check], capture_output=True, check=False)
        except OSError:
            return ()
        if done.returncode == 0:
            return wrapper
    return ()


def test_a_moved_run_is_reproduced_by_another_user(small_run: Path, elsewhere: Path) -> None:
    moved = shutil.copytree(small_run, elsewhere / "moved", ignore=shutil.ignore_patterns(".snakemake", "benchmarks"))
    wrapper = other_user() if os.getuid() == 0 else ()
    if wrapper:
        subprocess.run(["chown", "-R", "65534:65534", str(elsewhere)], check=True)
    home = {"HOME": str(elsewhere), "NUMBA_CACHE_DIR": str(elsewhere / "numba"), "XDG_CACHE_HOME": str(elsewhere / "c")}
    done = loci2lead(moved, "reproduce", "--crate", "out", "--output", "again", wrapper=wrapper, **home)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert "bytes equal" in done.stdout
    owner = (moved / "again/results/reports/patients/tumour-1/report.html").stat().st_uid
    assert owner == (65534 if wrapper else os.getuid())


def test_another_input_is_refused_before_any_job(small_run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(small_run, tmp_path / "moved", ignore=shutil.ignore_patterns(".snakemake"))
    with (moved / "inputs/targets.bed").open("a") as handle:
        handle.write("demo1\t1\t2\n")
    done = loci2lead(moved, "reproduce", "--crate", "out", "--output", "again")
    assert done.returncode == 2 and "tumour-1.targets" in done.stderr and "is another file" in done.stderr
    assert not (moved / "again/results").exists()
    (moved / "out/run/config.yaml").write_text("samples: null\n")
    done = loci2lead(moved, "reproduce", "--crate", "out", "--output", "again")
    assert done.returncode == 2 and "was changed" in done.stderr


def test_the_report_of_snakemake_opens_offline(small_run: Path) -> None:
    done = finish(small_run, "all", "--configfile", "my.yaml", "--report", "report.html")
    assert done.returncode == 0, done.stdout[-3000:]
    page = (small_run / "report.html").read_text()
    assert "Patients" in page and "Treatment report of one pseudonymised sample" in page
    assert not re.findall(r"""(?:src|<link[^>]*href)\s*=\s*["']https?:""", page), "nothing is fetched"
