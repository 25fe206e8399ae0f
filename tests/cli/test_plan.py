"""plan: counted jobs and measured rates make hours and gigabytes; what has no rate is said."""

from pathlib import Path

import pytest

from loci2lead.runs import estimate
from loci2lead.runs.estimate import Rate, read_rates
from loci2lead.runs.inputs import read_run


def test_hours_are_rates_times_work(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {"call_variants": Rate(36, "gb_reads", 360, 0.01), "sample_context": Rate(3.6, "job", 0, 0)}
    monkeypatch.setattr(estimate, "read_rates", lambda: rates)
    rates["small_samples"] = Rate(18, "gb_small_reads", 720, 0.02)
    jobs = {"call_variants": 2, "call_variants_shard": 6, "sample_context": 10, "new_rule": 3, "small_samples": 4}
    work = {"gb_reads": 80.0, "gb_small_reads": 5.0, "million_rows": 0.0}
    lines = {line.rule: line for line in estimate.estimate(jobs, work)}
    assert lines["small_samples"].cpu_hours == pytest.approx((4 * 18 + 5 * 720) / 3600)
    assert lines["call_variants"].cpu_hours == pytest.approx((2 * 36 + 20 * 360) / 3600)
    assert lines["call_variants_shard"].cpu_hours == pytest.approx((6 * 36 + 60 * 360) / 3600)
    assert lines["call_variants_shard"].output_gb == pytest.approx(0.6)
    assert lines["sample_context"].cpu_hours == pytest.approx(0.01)
    assert lines["new_rule"].cpu_hours is None


def test_rates_are_those_of_rules_that_exist() -> None:
    rules = "".join(file.read_text() for file in (Path(__file__).parents[2] / "workflow" / "rules").glob("*.smk"))
    for rule, rate in read_rates().items():
        assert f"rule {rule}:" in rules or f"as {rule} with:" in rules or f'f"{rule}_{{number}}"' in rules
        assert rate.unit in ("job", "gb_reads", "gb_small_reads", "gb_pair_reads", "million_rows") and rate.seconds > 0


@pytest.fixture
def configfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.smi").write_text("CCO a\n" * 1000)
    (tmp_path / "l.tsv").write_text("library\tpath\nx\tx.smi\n")
    (tmp_path / "my.yaml").write_text("samples: null\nlibraries: l.tsv\n")
    return tmp_path / "my.yaml"


def test_the_plan_is_printed(run_cli, configfile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "count_jobs", lambda *_: {"screen_library": 1, "new_rule": 2})
    code, out, err = run_cli("plan", "--configfile", configfile, "--cores", 4)
    assert code == 0, err
    assert "1 libraries of about 1,000 rows" in out and "no measured rate" in out
    assert "together                        3" in out and "on 4 cores" in out


def test_a_folder_without_a_workflow_is_told(run_cli, configfile: Path) -> None:
    code, _, err = run_cli("plan", "--configfile", configfile)
    assert code == 2 and "no workflow here" in err


def test_reads_of_a_tumour_count_with_those_of_its_normal(tmp_path: Path) -> None:
    sizes = {"t1": 5000, "t2": 700, "n": 60, "g": 8, "m": 1}
    for name, size in sizes.items():
        (tmp_path / f"{name}.bam").write_bytes(b"x" * size)
    types = {"t1": "tumor", "t2": "tumor", "n": "germline", "g": "germline", "m": "tumor"}
    patient = {"t1": "p1", "t2": "p1", "n": "p1", "g": "p2", "m": "p3"}
    rows = [
        f"{patient[name]}\t{name}\t{types[name]}\t{tmp_path / name}.bam\tGRCh38\tCOAD\t{'yes' * (name == 'm')}"
        for name in sizes
    ]
    sheet = tmp_path / "s.tsv"
    sheet.write_text("\n".join(["patient\tsample\ttype\treads\tbuild\toncotree\tgermline_model", *rows]) + "\n")
    run = read_run({"samples": str(sheet), "libraries": None}, "my.yaml")
    assert [row.sample for row in run.somatic_tumours()] == ["t1", "t2"]
    assert run.normal_of(run.samples[0]) == run.samples[2] and run.normal_of(run.samples[4]) is None
    work = estimate.amounts(run)
    assert work["gb_pair_reads"] * 1e9 == pytest.approx(5000 + 700 + 2 * 60)
    assert work["gb_reads"] * 1e9 == pytest.approx(60 + 8 + 1)
