"""The demo on a real Slurm of one machine: CPU and GPU partitions, cancelled jobs, jobs out of memory."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.workflow.demo_runs import (
    RESULTS,
    ROOT,
    clone,
    differences,
    digests,
    finish,
    jobs_of,
    start,
    undisturbed_run,
    wait_for,
)

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]

SCRIPT = Path(__file__).parent / "slurm" / "cluster.sh"
PLUGINS = ("snakemake_executor_plugin_slurm", "snakemake_executor_plugin_slurm_jobstep")
CONFIG = ("--configfile", "config/demo/config.yaml")
# Jobs of seconds are not worth the waits that suit a real cluster.
QUICK = (
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"),
    *("--latency-wait", "5"),
)
CALLS = "results/demo/samples/germline-1/calls.vcf.gz"


def profile(name: str) -> tuple[str, str]:
    return "--workflow-profile", f"workflow/profiles/{name}"


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Bring the cluster up for these tests and take it down; skip them where it cannot start, with the reason."""
    for name in PLUGINS:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install 'loci2lead[slurm]'")
    check = subprocess.run([SCRIPT, "check"], capture_output=True, text=True, check=False)
    if check.returncode:
        pytest.skip(check.stdout.strip())
    subprocess.run([SCRIPT, "up"], check=True)
    try:
        yield
    finally:
        subprocess.run([SCRIPT, "down"], check=True)
    assert not Path("/etc/slurm/slurm.conf").exists()
    assert not [comm for comm in commands() if comm in ("slurmctld", "slurmd", "slurmstepd")]


def commands() -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/comm"):
        try:
            found.append(entry.read_text().strip())
        except OSError:  # it ended while we looked
            continue
    return found


@pytest.fixture
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return undisturbed_run(tmp_path_factory.getbasetemp())


@pytest.fixture
def prepared(undisturbed: Path, tmp_path: Path) -> Path:
    """Return a clone that has the demo's inputs already."""
    folder = clone(tmp_path / "prepared")
    shutil.copytree(undisturbed / RESULTS / "inputs", folder / RESULTS / "inputs")
    return folder


def listed(*fields: str) -> list[list[str]]:
    """Return these squeue fields of every job that Slurm remembers."""
    form = ",".join(f"{field}:|" for field in fields)
    done = subprocess.run(
        ["squeue", "--states=all", "--noheader", "-O", form], capture_output=True, text=True, check=True
    )
    return [line.split("|")[: len(fields)] for line in done.stdout.splitlines()]


def test_a_gpu_job_sees_one_device(cluster: None) -> None:
    seen = subprocess.run(
        ["srun", "-p", "gpu", "--gpus=1", "--mem=100", "printenv", "CUDA_VISIBLE_DEVICES"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() in ("0", "1")


def test_demo_on_cpu_and_gpu_partitions_gives_the_bytes_of_a_local_run(
    cluster: None, undisturbed: Path, tmp_path: Path
) -> None:
    folder = clone(tmp_path / "cluster")
    done = finish(folder, "demo", *CONFIG, *profile("slurm-gpu"), *QUICK)
    assert done.returncode == 0, done.stdout[-6000:]
    assert not differences(digests(folder), digests(undisturbed))
    of_rules = [job for job in listed("Comment", "Partition", "tres-per-job", "tres-per-node") if "rule_" in job[0]]
    on_gpu = {rule_of(comment) for comment, partition, *asked in of_rules if partition == "gpu" and "gpu" in str(asked)}
    assert on_gpu == {"call_variants", "screen_library"}
    assert {partition for comment, partition, *_ in of_rules if rule_of(comment) not in on_gpu} == {"cpu"}


def rule_of(comment: str) -> str:
    return comment.removeprefix("rule_").split("_wildcards")[0]


def running() -> list[str]:
    return [job for job, state, comment in listed("JobID", "State", "Comment") if state == "RUNNING" and comment]


def test_cancelled_and_overdue_jobs_are_run_again(cluster: None, prepared: Path, undisturbed: Path) -> None:
    """One calling job is cancelled, the other frozen until Slurm kills it at its time limit of a minute."""
    targets = [CALLS, CALLS.replace("germline-1", "germline-2")]
    limit = ("--set-resources", "call_variants:runtime=1 * 30 ** (attempt - 1)")
    run = start(prepared, *targets, *CONFIG, *profile("slurm"), *QUICK, *limit)
    wait_for(lambda: jobs_on("germline-1"), 120, "a running job on germline-1")
    cancelled = jobs_on("germline-1")[0]
    subprocess.run(["scancel", cancelled], check=True)
    wait_for(
        lambda: freeze(prepared, "germline-2") or "TIMEOUT" in states(), 300, "a job to freeze, or overdue by itself"
    )
    assert run.wait(timeout=900) == 0, (prepared / "run.log").read_text()[-4000:]
    assert [cancelled, "CANCELLED"] in listed("JobID", "State") and "TIMEOUT" in states()
    assert (prepared / "run.log").read_text().count("Trying to restart job") >= 2
    for target in targets:
        assert (prepared / target).read_bytes() == (undisturbed / target).read_bytes()


def jobs_on(sample: str) -> list[str]:
    return [job for job, comment in listed("JobID", "Comment") if sample in comment and job in running()]


def states() -> list[str]:
    return [state for (state,) in listed("State")]


def freeze(folder: Path, sample: str) -> bool:
    """Stop the processes that call this sample; return whether there were any."""
    found = False
    for pid in jobs_of(folder):
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"call-variants" in line and sample.encode() in line:
            os.kill(pid, signal.SIGSTOP)
            found = True
    return found


def test_job_out_of_memory_is_run_again_with_more(cluster: None, prepared: Path, undisturbed: Path) -> None:
    sample = RESULTS / "samples" / "germline-1"
    (prepared / sample).mkdir(parents=True)
    for name in ("calls.vcf.gz", "calls.vcf.gz.tbi"):
        shutil.copy(undisturbed / sample / name, prepared / sample)
    more = ("--set-resources", "annotate_variants:mem_mb=100 * 20 ** (attempt - 1)")
    target = str(sample / "annotated.vcf.gz")
    done = finish(prepared, target, *CONFIG, *profile("slurm"), *QUICK, *more)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "mem_mb=100," in done.stdout and "mem_mb=2000," in done.stdout
    logs = (prepared / ".snakemake/slurm_logs").rglob("*.log")
    assert any("exceeded memory limit" in log.read_text() for log in logs)
    assert (prepared / target).read_bytes() == (undisturbed / target).read_bytes()


def test_jobs_of_a_failed_node_are_run_again(cluster: None, prepared: Path, undisturbed: Path) -> None:
    """The only node is set down under a calling job and comes back."""
    run = start(prepared, CALLS, *CONFIG, *profile("slurm"), *QUICK)
    wait_for(lambda: jobs_on("germline-1"), 120, "a running job on germline-1")
    lost = jobs_on("germline-1")[0]
    node = listed("NodeList")[0][0]
    subprocess.run(["scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test"], check=True)
    wait_for(lambda: lost not in running(), 120, "the loss of the job")
    wait_for(lambda: node_is_back(node), 120, "the node to come back")
    assert run.wait(timeout=900) == 0, (prepared / "run.log").read_text()[-4000:]
    assert (prepared / CALLS).read_bytes() == (undisturbed / CALLS).read_bytes()


def node_is_back(node: str) -> bool:
    """Ask for the node back unless its daemon has registered it again by itself, when asking is an error."""
    state = subprocess.run(["sinfo", "-h", "-N", "-n", node, "-o", "%T"], capture_output=True, text=True, check=True)
    if set(state.stdout.split()) <= {"idle", "mixed", "allocated"}:
        return True
    subprocess.run(["scontrol", "update", f"NodeName={node}", "State=RESUME"], check=False)
    return False


def settings(name: str) -> dict:
    return yaml.safe_load((ROOT / "workflow" / "profiles" / name / "config.yaml").read_text())


@pytest.mark.parametrize("name", ["slurm", "slurm-gpu"])
def test_profile_avoids_the_known_traps(name: str) -> None:
    profile = settings(name)
    assert profile["slurm-status-command"] == "squeue", "sacct hangs without accounting, and misses CANCELLED by UID"
    assert 3 * profile["slurm-init-seconds-before-status-checks"] <= 120, "the plugin falls back to sacct beyond"
    assert "quiet" not in profile, "it hides errors"
    assert "groups" not in profile and "group-components" not in profile, "resources of groups add up past a node"
    assert profile["retries"] >= 1 and profile["rerun-incomplete"] and profile["keep-going"]


def test_gpu_profile_is_the_cpu_profile_and_its_gpu_rules() -> None:
    gpu = settings("slurm-gpu")
    resources = gpu.pop("set-resources")
    assert gpu == settings("slurm")
    assert all(asked == {"gpu": 1, "slurm_partition": "gpu"} for asked in resources.values())
    rules = "".join(file.read_text() for file in (ROOT / "workflow" / "rules").glob("*.smk"))
    assert all(f"rule {name}:" in rules for name in resources)
