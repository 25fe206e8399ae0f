"""status: the state of a run out of Snakemake's log, failures first."""

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

PLAN = """Building DAG of jobs...
Job stats:
job                  count
-----------------  -------
annotate_variants        2
call_variants            2
small_samples_1          1
small_samples_2          1
variants                 1
total                    7

Select jobs to execute...
"""


def begun(rule: str, number: int, sample: str) -> str:
    return f"""
[Tue Nov 24 15:00:00 2026]
localrule {rule}:
    input: {sample}.bam
    output: out/{sample}.vcf.gz, out/{sample}.vcf.gz.tbi
    log: logs/{sample}.log
    jobid: {number}
    wildcards: sample={sample}
    resources: tmpdir=<TBD>
"""


def failed(rule: str, number: int, sample: str) -> str:
    return f"""[Tue Nov 24 15:00:09 2026]
Error in rule {rule}:
    message: None
    jobid: {number}
    output: out/{sample}.vcf.gz, out/{sample}.vcf.gz.tbi
    log: logs/{sample}.log (check log file(s) for error details)
    shell:
        loci2lead call-variants --reads {sample}.bam 2> logs/{sample}.log
        (command exited with non-zero exit code)
"""


def finished(rule: str, number: int) -> str:
    return f"Finished jobid: {number} (Rule: {rule})\n1 of 7 steps (14%) done\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".snakemake" / "log").mkdir(parents=True)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "b.log").write_text("".join(f"line {i}\n" for i in range(20)) + "loci2lead: No index\n")
    (tmp_path / "logs" / "c.log").write_text("")
    return tmp_path


def write_log(folder: Path, *parts: str, name: str = "2026-11-24T150000.000001") -> None:
    (folder / ".snakemake" / "log" / f"{name}.snakemake.log").write_text(PLAN + "".join(parts))


def told(run_cli: Run, folder: Path, *flags: object) -> str:
    code, out, err = run_cli("status", "--folder", folder, *flags)
    assert code == 0, err
    return out


def row(out: str, rule: str) -> list[str]:
    return next(line.split() for line in out.splitlines() if line.startswith(rule))


def test_failures_come_first_with_log_and_command(run_cli: Run, folder: Path) -> None:
    first = begun("call_variants", 1, "a") + begun("call_variants", 2, "b") + finished("call_variants", 1)
    write_log(folder, first, failed("call_variants", 2, "b"), begun("small_samples_1", 3, "c"))
    out = told(run_cli, folder, "--tail", 2)
    assert out.startswith("1 failed, 1 of 7 jobs done, 1 at work\n\nFAILED  call_variants  (sample=b)\n")
    assert "  logs/b.log ends:\n    line 19\n    loci2lead: No index\n" in out and "line 18" not in out
    assert "  run it again by itself:\n    loci2lead call-variants --reads b.bam 2> logs/b.log\n" in out
    assert out.index("FAILED") < out.index("stage ")
    assert row(out, "call_variants") == ["call_variants", "1", "2", "0", "1"]
    assert row(out, "small_samples") == ["small_samples", "0", "2", "1", "0"], "numbered batches are one stage"
    assert out.index("call_variants  ") < out.index("annotate_variants"), "stages with failures first"


def test_a_job_that_did_it_on_retry_has_not_failed(run_cli: Run, folder: Path) -> None:
    tried = begun("call_variants", 2, "b") + failed("call_variants", 2, "b")
    write_log(folder, tried, begun("call_variants", 2, "b"), finished("call_variants", 2))
    out = told(run_cli, folder)
    assert out.startswith("0 failed, 1 of 7 jobs done, 0 at work") and "FAILED" not in out


def test_nothing_is_at_work_in_a_run_that_ended(run_cli: Run, folder: Path) -> None:
    lost = begun("call_variants", 2, "c") + failed("call_variants", 2, "c") + begun("call_variants", 1, "a")
    write_log(folder, lost, "Exiting because a job execution failed. Look below for error messages\n")
    out = told(run_cli, folder)
    assert out.startswith("1 failed, 0 of 7 jobs done, the run ended")
    assert "logs/c.log is empty: the job may have been killed (memory, time)" in out


def test_the_last_run_is_told_of(run_cli: Run, folder: Path) -> None:
    write_log(folder, begun("call_variants", 1, "a"), name="2026-11-23T150000.000001")
    write_log(folder, name="2026-11-24T150000.000001")
    assert told(run_cli, folder).startswith("0 failed, 0 of 7 jobs done, 0 at work")


def test_a_log_without_a_plan_counts_what_began(run_cli: Run, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(begun("msi", 1, "a") + finished("msi", 1) + begun("msi", 2, "b"))
    assert told(run_cli, tmp_path, "--log", log).startswith("0 failed, 1 of 2 jobs done, 1 at work")


@pytest.mark.parametrize("flags", [(), ("--log", "missing.log")])
def test_no_run_to_tell_of(run_cli: Run, tmp_path: Path, flags: tuple[str, ...]) -> None:
    code, _, err = run_cli("status", "--folder", tmp_path, *flags)
    assert code == 2 and ("No run was started here" in err or "The log cannot be read" in err)
