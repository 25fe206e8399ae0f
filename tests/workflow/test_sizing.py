"""Plans of large runs stay small: jobs, CPU seconds and memory of a dry run, with the arithmetic spelled out."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loci2lead.config.sizing import BLOCK_ROWS, SMALL_READS, batches_of_small, estimated_rows, jobs_of_reads, row_ranges
from tests.workflow.demo_runs import clone, differences, digests, environment, finish

GIGABYTE = 10**9
LINE = "CC(C)Cc1ccc(cc1)C(C)C(=O)O\tcompound-000001\n"
WHOLE_GENOME = 80  # GB of a BAM at 30x
# A process counts the memory of the one it was forked from, so a small one stands between the tests and the run.
MEASURED = """
import pathlib, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], check=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
pathlib.Path("usage.txt").write_text(f"{used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}")
sys.exit(code)
"""


def sparse(path: Path, size: int, beginning: str = "") -> Path:
    """Write a file that claims `size` bytes and takes none of the disk behind its beginning."""
    path.write_text(beginning)
    with path.open("r+b") as handle:
        handle.truncate(size)
    return path


def large_run(folder: Path, genomes: int, molecules: int) -> None:
    """Write my.yaml for so many whole genomes and a library of so many molecules."""
    (folder / "genome.fa").write_text(">1\nACGT\n")
    (folder / "genes.gff3").write_text("##gff-version 3\n")
    rows = ["patient\tsample\ttype\treads\tbuild"]
    for number in range(genomes):
        sparse(folder / f"g{number:04d}.bam", WHOLE_GENOME * GIGABYTE)
        rows.append(f"p{number:04d}\tg{number:04d}\tgermline\tg{number:04d}.bam\tGRCh38")
    (folder / "samples.tsv").write_text("\n".join(rows) + "\n")
    sparse(folder / "library.smi", molecules * len(LINE), LINE * 30_000)
    (folder / "libraries.tsv").write_text("library\tpath\nlarge\tlibrary.smi\n")
    (folder / "my.yaml").write_text(
        f"samples: {'samples.tsv' if genomes else 'null'}\nlibraries: {'libraries.tsv' if molecules else 'null'}\n"
        "references: {GRCh38: {fasta: genome.fa, genes: genes.gff3}}\n"
    )


def planned(folder: Path) -> tuple[dict[str, int], float, float]:
    """Return jobs per rule, CPU seconds and peak MB of a dry run."""
    with (folder / "plan.log").open("w") as log:
        command = [
            sys.executable,
            "-c",
            MEASURED,
            sys.executable,
            "-m",
            "snakemake",
            "-n",
            "--quiet",
            "rules",
            "--configfile",
            "my.yaml",
            "--cores",
            "2",
        ]
        done = subprocess.run(command, cwd=folder, env=environment(), stdout=log, stderr=log, check=False)
    text = (folder / "plan.log").read_text()
    assert done.returncode == 0, text[-3000:]
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE)}
    seconds, megabytes = (folder / "usage.txt").read_text().split()
    return jobs, float(seconds), float(megabytes)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield clone(tmp_path / "large")


@pytest.mark.workflow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("genomes", "molecules", "expected"),
    [
        # 80 GB in shards of 20 GB: 4 calling jobs, their join, the annotation and the quality page.
        (1, 0, 1 * (4 + 1 + 1 + 1)),
        (100, 0, 100 * (4 + 1 + 1 + 1)),
        # 10^6 molecules fit in one job of 1,048,576 rows; 10^9 take 954. Then join, ranking and report.
        (0, 10**6, 1 + 1 + 1),
        (0, 10**9, 954 + 1 + 1 + 1),
        (1000, 10**9, 1000 * (4 + 1 + 1 + 1) + 954 + 1 + 1 + 1),
    ],
)
def test_plans_of_large_runs_stay_small(folder: Path, genomes: int, molecules: int, expected: int) -> None:
    large_run(folder, genomes, molecules)
    jobs, seconds, megabytes = planned(folder)
    assert jobs["total"] == expected + 2, "and the crate and the target rule"
    assert jobs["total"] <= 20_000 and seconds < 30 and megabytes < 1000
    print(f"{genomes} genomes, {molecules} molecules: {jobs['total']} jobs, {seconds:.1f} s CPU, {megabytes:.0f} MB")


@pytest.mark.workflow
@pytest.mark.timeout(600)
def test_a_large_tumour_is_called_in_parts_with_its_normal(folder: Path) -> None:
    large_run(folder, 0, 0)
    for name in ("t1", "n1"):
        sparse(folder / f"{name}.bam", 45 * GIGABYTE)
    rows = ["patient\tsample\ttype\treads\tbuild\toncotree", "p1\tt1\ttumor\tt1.bam\tGRCh38\tCOAD"]
    (folder / "samples.tsv").write_text("\n".join([*rows, "p1\tn1\tnormal\tn1.bam\tGRCh38\t"]) + "\n")
    settings = (folder / "my.yaml").read_text()
    (folder / "my.yaml").write_text(settings.replace("samples: null", "samples: samples.tsv"))
    done = finish(folder, "results/samples/t1/calls.vcf.gz", "--configfile", "my.yaml", "-n", "-p")
    assert done.returncode == 0, done.stdout[-3000:]
    for part in (1, 2, 3):
        assert re.search(rf"call-somatic --tumor t1.bam .* --normal n1.bam +--shard {part}/3 ", done.stdout)
    assert "loci2lead gather-calls --parts results/samples/t1/shards/1-of-3.vcf.gz" in done.stdout


@pytest.mark.workflow
@pytest.mark.timeout(600)
def test_plan_counts_what_snakemake_counts(folder: Path) -> None:
    large_run(folder, 3, 10**7)
    command = [sys.executable, "-m", "loci2lead", "plan", "--configfile", "my.yaml"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 samples with 240.0 GB of reads" in done.stdout
    assert re.search(r"call_variants_shard +12 +6\.\d+", done.stdout), "240 GB at 95 s a GB are 6.3 hours"
    assert re.search(r"screen_library_part +10 ", done.stdout) and "no measured rate" not in done.stdout


def test_reads_are_divided_by_their_size(tmp_path: Path) -> None:
    large = sparse(tmp_path / "x.bam", 25 * GIGABYTE)
    assert jobs_of_reads([large], 10) == 3
    assert jobs_of_reads([large, large], 10) == 5
    assert jobs_of_reads([tmp_path / "absent.bam"], 10) == 1


def test_small_samples_share_jobs_up_to_a_number_and_a_size() -> None:
    sizes = {"a": 5, "b": 6, "absent": 0, "large": SMALL_READS, "c": 7, "d": SMALL_READS - 1, "e": 1, "f": 1}
    assert batches_of_small(sizes, 2) == [["a", "b"], ["d", "e"]], "c and f are left, each by itself"
    assert batches_of_small(sizes, 3) == [["a", "b", "c"], ["d", "e"]]
    assert batches_of_small(sizes, 1) == []
    assert batches_of_small({}, 10) == []


@pytest.mark.workflow
@pytest.mark.timeout(600)
def test_small_samples_together_give_the_bytes_of_each_alone(tmp_path: Path) -> None:
    results = {}
    for number in (1, 2):
        folder = clone(tmp_path / f"{number}-per-job")
        command = [sys.executable, "-m", "loci2lead", "simulate-demo", "--output", "demo"]
        subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)
        rows = [f"p{i}\ts{i}\tgermline\tdemo/germline-{i}.bam\tdemo\tdemo/targets.bed" for i in (1, 2)]
        (folder / "samples.tsv").write_text("\n".join(["patient\tsample\ttype\treads\tbuild\ttargets", *rows]) + "\n")
        (folder / "my.yaml").write_text(
            "samples: samples.tsv\nlibraries: null\nresults: results/demo\n"
            "references: {demo: {fasta: demo/genome.fa, genes: demo/genes.gff3}}\n"
            f"variants: {{samples_per_job: {number}, gvcf: true}}\n"
        )
        done = finish(folder, "variants", "--configfile", "my.yaml")
        assert done.returncode == 0, done.stdout[-3000:]
        assert ("small_samples_1" in done.stdout) == (number == 2)
        results[number] = digests(folder)
        assert "Nothing to be done" in finish(folder, "variants", "--configfile", "my.yaml").stdout
    assert len(results[1]) == 2 * 10
    assert not differences(results[2], results[1])


@pytest.mark.workflow
@pytest.mark.timeout(600)
def test_a_large_library_becomes_a_folder_with_the_leads_of_one_file(tmp_path: Path) -> None:
    folder = clone(tmp_path / "library")
    lines = [f"{'C' * (1 + i % 9)}{'N' if i % 2 else 'O'}c1cccnc1 m{i}\n" for i in range(2100)]
    (folder / "library.smi").write_text("".join(lines))
    (folder / "libraries.tsv").write_text("library\tpath\nsome\tlibrary.smi\n")
    found = {}
    for name, rows in {"file": 10**6, "folder": 1}.items():
        (folder / "my.yaml").write_text(
            f"samples: null\nlibraries: libraries.tsv\nresults: {name}\n"
            f"screening: {{shard_rows: 2048, folder_rows: {rows}, endpoints: [herg, ames]}}\n"
        )
        done = finish(folder, f"{name}/libraries/some/leads.csv", "--configfile", "my.yaml")
        assert done.returncode == 0, done.stdout[-3000:]
        assert ("gather_scores_in_folder" in done.stdout) == (name == "folder")
        found[name] = (folder / name / "libraries/some/leads.csv").read_text().splitlines()
        assert (folder / name / "libraries/some/scores.parquet").is_dir() == (name == "folder")
    drop = [line for line in found["file"] if not line.startswith("#")]
    assert len(drop) > 10 and drop == [line for line in found["folder"] if not line.startswith("#")]


@pytest.mark.workflow
@pytest.mark.timeout(600)
def test_a_tumour_called_in_parts_gives_the_bytes_of_one_job(tmp_path: Path) -> None:
    results = {}
    for parts, gigabytes in ((1, 20), (2, 0.0013)):
        folder = clone(tmp_path / f"{parts}-parts")
        command = [sys.executable, "-m", "loci2lead", "simulate-demo", "--output", "demo"]
        subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)
        rows = ["p1\tt1\ttumor\tdemo/tumour-1.bam\tdemo\tCOAD", "p1\tn1\tnormal\tdemo/germline-1.bam\tdemo\t"]
        (folder / "samples.tsv").write_text("\n".join(["patient\tsample\ttype\treads\tbuild\toncotree", *rows]) + "\n")
        (folder / "my.yaml").write_text(
            "samples: samples.tsv\nlibraries: null\nresults: results/demo\n"
            "references: {demo: {fasta: demo/genome.fa, genes: demo/genes.gff3}}\n"
            f"variants: {{shard_gb: {gigabytes}}}\n"
        )
        done = finish(folder, "results/demo/samples/t1/calls.vcf.gz", "--configfile", "my.yaml")
        assert done.returncode == 0, done.stdout[-3000:]
        assert done.stdout.count("rule call_somatic_shard:") == (parts if parts > 1 else 0)
        assert ("rule gather_somatic_calls:" in done.stdout) == (parts > 1)
        results[parts] = digests(folder)
    assert set(results[1]) == {"samples/t1/calls.vcf.gz", "samples/t1/calls.vcf.gz.tbi"}
    assert not differences(results[2], results[1])


def test_parts_of_a_library_follow_each_other(tmp_path: Path) -> None:
    library = tmp_path / "x.smi"
    library.write_text(LINE * 10_000)
    assert estimated_rows(library) == 10_000
    assert row_ranges(library, 4_000) == ["0-4096", "4096-8192", "8192-"]
    assert row_ranges(library, 100_000) == ["0-"] == row_ranges(tmp_path / "absent.smi", 4_000)


def test_parts_begin_where_the_engine_begins_a_block() -> None:
    from loci2lead.molecules.engine import SHARD_ROWS

    assert SHARD_ROWS == BLOCK_ROWS


@pytest.mark.parametrize("kind", ["smi.gz", "csv", "sdf", "parquet"])
def test_rows_are_estimated_for_every_kind_of_library(tmp_path: Path, kind: str) -> None:
    import gzip

    import pandas as pd

    path = tmp_path / f"x.{kind}"
    if kind == "parquet":
        pd.DataFrame({"smiles": ["C"] * 5_000}).to_parquet(path)
    elif kind == "sdf":
        path.write_text("a\n\n\n  1  0\nM  END\n$$$$\n" * 5_000)
    else:
        text = LINE * 5_000
        path.write_bytes(gzip.compress(text.encode()) if kind.endswith("gz") else text.encode())
    assert estimated_rows(path) == pytest.approx(5_000, rel=0.05)
