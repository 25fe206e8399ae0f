"""What kills, cuts or blocks a run, and that it ends as an undisturbed one does once it is started again."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.workflow.demo_runs import (
    DEMO,
    RESULTS,
    clone,
    copy_of,
    differences,
    digests,
    environment,
    finish,
    jobs_of,
    start,
    undisturbed_run,
    wait_for,
)

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1200)]

CALLING = "results/demo/samples/germline-1/calls.vcf.gz"
SCORES = "results/demo/libraries/demo-compounds/scores.parquet"


@pytest.fixture
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return undisturbed_run(tmp_path_factory.getbasetemp())


def temporaries(folder: Path) -> list[Path]:
    return list((folder / RESULTS).rglob(".tmp-*"))


def restart(folder: Path) -> None:
    """Start a killed run again: the same command goes on where it was, whatever lock it left behind."""
    done = finish(folder, *DEMO)
    assert done.returncode == 0, done.stdout[-4000:]


def test_second_run_has_nothing_to_do(undisturbed: Path) -> None:
    done = finish(undisturbed, *DEMO)
    assert done.returncode == 0 and "Nothing to be done" in done.stdout
    assert not temporaries(undisturbed)


def test_killed_with_its_jobs_it_finishes_when_started_again(undisturbed: Path, tmp_path: Path) -> None:
    folder = clone(tmp_path / "killed")
    run = start(folder, *DEMO)
    wait_for(lambda: (folder / CALLING).exists() and jobs_of(folder), 600, "the first calls and a running job")
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    wait_for(lambda: not jobs_of(folder), 10, "the end of the killed jobs")
    assert len(digests(folder)) < len(digests(undisturbed)), "it was killed before the end"
    restart(folder)
    assert not differences(finals(folder), finals(undisturbed))


def finals(folder: Path) -> dict[str, str]:
    """Return the digests of all but what a killed job left under its temporary name."""
    return {name: digest for name, digest in digests(folder).items() if ".tmp-" not in name}


def test_orphaned_jobs_do_not_race_the_rerun(undisturbed: Path, tmp_path: Path) -> None:
    folder = clone(tmp_path / "orphans")
    shutil.copytree(undisturbed / RESULTS / "inputs", folder / RESULTS / "inputs")
    run = start(folder, *DEMO)
    orphans: list[int] = []
    # Calling takes a second: stopped, the jobs are sure to outlive the killed Snakemake and to end amid the rerun.
    wait_for(lambda: orphans.extend(stopped(folder)) or orphans, 300, "a calling job")
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert set(orphans) <= set(jobs_of(folder)), "the jobs outlive a killed Snakemake: that is what is tested"
    rerun = start(folder, *DEMO)
    wait_for(lambda: set(calling(folder)) - set(orphans) or (folder / CALLING).exists(), 300, "a call by the rerun")
    for pid in orphans:
        os.kill(pid, signal.SIGCONT)
    assert rerun.wait(timeout=900) == 0, (folder / "run.log").read_text()[-4000:]
    wait_for(lambda: not jobs_of(folder), 300, "the end of the orphans")
    assert not differences(digests(folder), digests(undisturbed))


def stopped(folder: Path) -> list[int]:
    """Stop the calling jobs with SIGSTOP and return those that were still there."""
    found = calling(folder)
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    return [pid for pid in found if pid in calling(folder)]


def calling(folder: Path) -> list[int]:
    found = []
    for pid in jobs_of(folder):
        with suppress(OSError):  # it ended while we looked
            found += [pid] if b"call-variants" in Path(f"/proc/{pid}/cmdline").read_bytes() else []
    return found


def test_one_and_two_cores_give_the_same_bytes(undisturbed: Path, tmp_path: Path) -> None:
    folder = copy_of(undisturbed, tmp_path / "one-core")
    for name in (CALLING, SCORES):
        (folder / name).unlink()
    done = finish(folder, CALLING, SCORES, *DEMO[1:], cores=1)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "rule call_variants" in done.stdout and "rule screen_library" in done.stdout
    assert not differences(digests(folder), digests(undisturbed))


def test_damaged_intermediates_are_refused_and_made_again(undisturbed: Path, tmp_path: Path) -> None:
    folder = copy_of(undisturbed, tmp_path / "cut")
    annotated = folder / RESULTS / "samples" / "tumour-1" / "annotated.vcf.gz"
    whole = annotated.read_bytes()
    annotated.write_bytes(whole[: len(whole) // 2])
    scores = folder / SCORES
    flipped = bytearray(scores.read_bytes())
    for place in range(len(flipped) // 4, len(flipped) // 2, 97):
        flipped[place] ^= 0xFF
    scores.write_bytes(flipped)
    refused = finish(folder, *DEMO)
    assert refused.returncode != 0
    assert "annotated.vcf.gz" in (folder / "logs/profile_tumour/tumour-1.log").read_text()
    assert "scores.parquet" in (folder / "logs/rank_compounds/demo-compounds.log").read_text()
    assert not (folder / RESULTS / "samples" / "tumour-1" / "profile.parquet").exists()
    assert "loci2lead profile-tumour" in refused.stdout, "the command to run again is shown"
    annotated.unlink()
    scores.unlink()
    done = finish(folder, DEMO[0], SCORES, *DEMO[1:])  # named, since the report made from it is still there
    assert done.returncode == 0, done.stdout[-4000:]
    assert not differences(digests(folder), digests(undisturbed))


def test_killed_job_is_run_again(undisturbed: Path, tmp_path: Path) -> None:
    folder = copy_of(undisturbed, tmp_path / "killed-job")
    (folder / SCORES).unlink()
    run = start(folder, SCORES, *DEMO[1:], "--retries", "1")
    wait_for(lambda: temporaries(folder) or scoring(folder), 300, "a scoring job")
    for pid in jobs_of(folder):
        os.kill(pid, signal.SIGKILL)
    assert run.wait(timeout=600) == 0, (folder / "run.log").read_text()[-4000:]
    assert "Trying to restart job" in (folder / "run.log").read_text()
    assert (folder / SCORES).read_bytes() == (undisturbed / SCORES).read_bytes()


def scoring(folder: Path) -> list[Path]:
    """Return the work folders of screenings that have begun."""
    return list((folder / SCORES).parent.glob(".scores.parquet.shards-*"))


def test_a_limit_of_file_size_is_named_and_leaves_no_half_file(undisturbed: Path, tmp_path: Path) -> None:
    folder = copy_of(undisturbed, tmp_path / "limit")
    report = folder / RESULTS / "reports" / "libraries" / "demo-compounds"
    kilobytes = max(path.stat().st_size for path in report.iterdir()) // 2000
    shutil.rmtree(report)
    limited = ("bash", "-c", 'ulimit -f "$0" && exec "$@"', str(kilobytes))
    refused = finish(folder, *DEMO, wrapper=limited)
    assert refused.returncode != 0
    assert "File too large" in (folder / "logs/report_screen/demo-compounds.log").read_text()
    assert not temporaries(folder)
    restart(folder)
    assert not differences(digests(folder), digests(undisturbed))


FAULTS = Path(__file__).with_name("faults.tsv")


def test_the_table_of_faults_names_tests_that_exist() -> None:
    header, *rows = (line.split("\t") for line in FAULTS.read_text().splitlines())
    assert header == ["fault", "what happens", "test"] and len(rows) >= 12
    tests = "".join(path.read_text() for path in FAULTS.parents[1].rglob("test_*.py"))
    for row in rows:
        assert len(row) == 3 and (row[2] == "not tested" or f"def {row[2]}(" in tests), row


def test_read_only_results_are_named_and_nothing_is_lost(undisturbed: Path, tmp_path: Path) -> None:
    folder = copy_of(undisturbed, tmp_path / "read-only")
    (folder / RESULTS / "reports" / "patients" / "tumour-1" / "report.html").unlink()
    before = digests(folder)
    refused = finish(folder, *DEMO, wrapper=read_only(folder / RESULTS))
    assert refused.returncode != 0
    assert "Write-protected output files" in refused.stdout and "results/demo/" in refused.stdout
    assert not differences(digests(folder), before)
    restart(folder)
    assert not differences(digests(folder), digests(undisturbed))


def read_only(folder: Path) -> tuple[str, ...]:
    """Return a command under which `folder` cannot be written, also not by root; skip where there is none."""
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    wrapper = ("unshare", "--mount", "bash", "-c", script, str(folder))
    try:
        subprocess.run([*wrapper, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no read-only mount can be made here: {error}")
    return wrapper


def test_misspelt_profile_is_refused_by_make_and_doctor(tmp_path: Path) -> None:
    folder = clone(tmp_path / "misspelt")
    made = subprocess.run(
        ["make", "check-profile", "PROFILE=workflow/profiles/locla"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 2 and "workflow/profiles/local" in made.stderr
    doctor = subprocess.run(
        ["loci2lead", "doctor", "--workflow-profile", "workflow/profiles/locla"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert doctor.returncode == 1 and "locla" in doctor.stdout
