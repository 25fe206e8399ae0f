"""A run with a failed job ends with what failed, why, and how to run it again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.demo_runs import clone, environment, finish

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]


def test_a_failed_run_ends_with_its_failures(tmp_path: Path) -> None:
    folder = clone(tmp_path / "failing")
    simulate = [sys.executable, "-m", "loci2lead", "simulate-demo", "--output", "demo"]
    subprocess.run(simulate, cwd=folder, env=environment(), capture_output=True, check=True)
    reads = folder / "demo" / "germline-1.bam"
    reads.write_bytes(reads.read_bytes()[:200_000])
    rows = [f"p{i}\ts{i}\tgermline\tdemo/germline-{i}.bam\tdemo" for i in (1, 2)]
    (folder / "samples.tsv").write_text("\n".join(["patient\tsample\ttype\treads\tbuild", *rows]) + "\n")
    (folder / "my.yaml").write_text(
        "samples: samples.tsv\nlibraries: null\nreferences: {demo: {fasta: demo/genome.fa, genes: demo/genes.gff3}}\n"
    )
    flags = ("variants", "--configfile", "my.yaml", "--workflow-profile", "workflow/profiles/local")
    done = finish(folder, *flags)
    assert done.returncode == 1
    summary = done.stdout[done.stdout.rindex(" failed, ") - 1 :]
    assert "1 failed, 3 of 7 jobs done, the run ended" in done.stdout
    assert "FAILED  call_variants  (sample=s1)" in summary
    assert "logs/call_variants/s1.log ends:" in summary and "germline-1.bam" in summary
    assert "loci2lead call-variants --reads demo/germline-1.bam" in summary
