"""report-patient: files in, files out, and what it says to bad input before anything is written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.builders import Call, write_context, write_profile, write_response, write_vcf

RunCli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    write_vcf(folder / "annotated.vcf.gz", [Call("BRAF", "p.Val600Glu")])
    write_context(folder / "context.json")
    write_profile(folder / "profile.parquet", {"BRAF": True})
    return folder


def call(run_cli: RunCli, inputs: Path, output: Path, *more: object) -> tuple[int, str, str]:
    return run_cli("report-patient", "--sample", "S1", "--inputs", inputs, "--output", output, *more)


def test_a_report_from_a_folder(inputs: Path, tmp_path: Path, run_cli: RunCli) -> None:
    code, _, err = call(run_cli, inputs, tmp_path / "out", "--demo-evidence", "--report-date", "2026-11-24")
    assert code == 0, err
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert content["report_date"] == "2026-11-24"
    assert "encorafenib + cetuximab" in json.dumps(content["page_one"])


def test_two_processes_write_the_same_bytes(inputs: Path, tmp_path: Path) -> None:
    """Sets are iterated in another order in each process: nothing may depend on it."""
    calls = [Call("BRAF", "p.Val600Glu"), Call("PIK3CA", "p.His1047Arg"), Call("KRAS", "p.Gly12Asp")]
    write_vcf(inputs / "annotated.vcf.gz", calls)
    write_context(inputs / "context.json", oncotree="BRCA")
    write_response(inputs / "response.parquet", [{"drug": "Alpelisib"}, {"drug": "Afatinib"}])
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "loci2lead", "report-patient", "--sample", "S1", "--demo-evidence"]
        command += ["--inputs", str(inputs), "--output", str(tmp_path / seed)]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": seed})
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name


def test_without_evidence_only_the_safety_rules_speak(inputs: Path, tmp_path: Path, run_cli: RunCli) -> None:
    assert call(run_cli, inputs, tmp_path / "out")[0] == 0
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [s["source"] for s in content["sources"]] == ["loci2lead safety rules"]
    assert "resistance to cetuximab, panitumumab" in content["page_one"]["warnings"][0]


def test_a_simulated_sample_brings_the_demo_table(inputs: Path, tmp_path: Path, run_cli: RunCli) -> None:
    write_context(inputs / "context.json", simulated=True)
    assert call(run_cli, inputs, tmp_path / "out")[0] == 0
    assert "loci2lead demo table" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize("in_folder", [False, True])
def test_files_led_by_the_sample_and_a_sheet_in_place_of_the_context(
    inputs: Path, tmp_path: Path, run_cli: RunCli, in_folder: bool
) -> None:
    for path in list(inputs.iterdir()):
        path.rename(inputs / f"S1.{path.name}")
    (inputs / "S1.context.json").unlink()
    sheet = (inputs if in_folder else tmp_path) / "samples.tsv"
    sheet.write_text(
        "patient\tsample\ttype\tvariants\tbuild\toncotree\tconsent_somatic\n"
        "P1\tS1\ttumor\tx.vcf\tGRCh38\tColon Adenocarcinoma\tyes\n"
    )
    flags = [] if in_folder else ["--samples", sheet]
    code, _, err = call(run_cli, inputs, tmp_path / "out", "--demo-evidence", *flags)
    assert code == 0, err
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert content["tumour_type"]["oncotree"] == "COAD" and content["page_one"]["findings"]


def test_a_users_own_files(inputs: Path, tmp_path: Path, run_cli: RunCli) -> None:
    own = tmp_path / "own.tsv"
    own.write_text(
        "source_id\tbiomarker\tdrugs\tdirection\tsignificance\tlevel\tdisease\tdate\n"
        "X1\tBRAF V600E\tnewdrug\tsupports\tsensitivity\tguideline\tcolorectal cancer\t2026-05-01\n"
        "X2\tNTRK1 fusion\tlarotrectinib\tsupports\tsensitivity\tguideline\tsolid tumor\t2026-05-01\n"
    )
    fusions = tmp_path / "fusions.tsv"
    fusions.write_text("gene_5\tgene_3\nTPM3\tNTRK1\n")
    code, _, err = call(run_cli, inputs, tmp_path / "out", "--evidence", own, "--fusions", fusions)
    assert code == 0, err
    page = json.loads((tmp_path / "out" / "report.json").read_text())["page_one"]
    assert [f["label"] for f in page["findings"]] == ["BRAF V600E", "TPM3::NTRK1 fusion"]
    assert page["findings"][0]["regimens"] == ["newdrug: no line stated [own table X1, guideline, 2026-05-01]"]


def test_genes_checked_make_absence_sayable(inputs: Path, tmp_path: Path, run_cli: RunCli) -> None:
    (inputs / "profile.parquet").unlink()
    assert call(run_cli, inputs, tmp_path / "a", "--demo-evidence")[0] == 0
    assert call(run_cli, inputs, tmp_path / "b", "--demo-evidence", "--genes-checked", "KRAS", "NRAS")[0] == 0
    assert "not found" not in (tmp_path / "a" / "checklist.tsv").read_text()
    assert "KRAS exons 2, 3, 4\tnot found" in (tmp_path / "b" / "checklist.tsv").read_text()


def spoil_nothing(folder: Path) -> None:
    return None


def empty_folder(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def other_columns(folder: Path) -> None:
    (folder / "profile.parquet").unlink()
    write_response(folder / "profile.parquet", [{"drug": "x"}])


def unannotated(folder: Path) -> None:
    (folder / "annotated.vcf.gz").unlink()
    (folder / "annotated.vcf").write_text(
        '##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description="x">\n'
        "##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n"
    )


BAD = [
    ("an empty folder", empty_folder, [], ["Nothing of the sample", "annotated.vcf.gz"]),
    ("another table as profile", other_columns, [], ["Columns are missing", "copies_relative"]),
    ("a VCF that is not annotated", unannotated, [], ["not annotated", "annotate-variants"]),
    ("a wrong word", lambda d: write_context(d / "context.json", her2="maybe"), [], ["her2", "maybe", "positive"]),
    ("an unknown tumour", lambda d: write_context(d / "context.json", oncotree="COAX"), [], ["COAX", "nearest"]),
    ("another sample's context", lambda d: write_context(d / "context.json", sample="S9"), [], ["another sample"]),
    ("a context that is no JSON", lambda d: (d / "context.json").write_text("{"), [], ["context cannot be read"]),
    ("a date that is none", spoil_nothing, ["--report-date", "24.11.2026"], ["YYYY-MM-DD"]),
    ("no evidence file", spoil_nothing, ["--civic", "absent.tsv"], ["absent.tsv", "not found"]),
    ("no size", spoil_nothing, ["--covered-mb", "0"], ["must be positive"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "flags", "words"), BAD, ids=[b[0] for b in BAD])
def test_bad_input_exits_2_and_writes_nothing(
    inputs: Path,
    tmp_path: Path,
    run_cli: RunCli,
    name: str,
    spoil: Callable[[Path], object],
    flags: list[str],
    words: list[str],
) -> None:
    spoil(inputs)
    code, _, err = call(run_cli, inputs, tmp_path / "out", *flags)
    assert code == 2, name
    assert all(word in err for word in words), err
    assert not (tmp_path / "out").exists()


def test_an_evidence_file_with_other_columns_lists_found_and_expected(
    inputs: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    other = tmp_path / "other.tsv"
    other.write_text("gene\tdrug\nBRAF\tx\n")
    for flag in ("--civic", "--moalmanac-statements", "--moalmanac-assertions", "--evidence"):
        code, _, err = call(run_cli, inputs, tmp_path / "out", flag, other)
        assert code == 2 and "found: gene, drug" in err and "expected:" in err


def test_a_sample_that_looks_like_a_name_is_refused_and_not_repeated(
    inputs: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    code, _, err = run_cli("report-patient", "--sample", "Jane Doe", "--inputs", inputs, "--output", tmp_path / "out")
    assert code == 2 and "pseudonym" in err and "Jane" not in err


@pytest.mark.parametrize("asked", [["json", "xlsx"], ["json,xlsx"]])
def test_only_the_formats_asked_for_are_written_for_the_owner_alone(
    inputs: Path, tmp_path: Path, run_cli: RunCli, asked: list[str]
) -> None:
    assert call(run_cli, inputs, tmp_path / "out", "--formats", *asked)[0] == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["report.json", "report.xlsx"]
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "out").iterdir()} == {0o600}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_an_unknown_format_is_refused_before_anything_is_written(inputs: Path, tmp_path: Path, run_cli: RunCli) -> None:
    code, _, err = call(run_cli, inputs, tmp_path / "out", "--formats", "html", "docx")
    assert code == 2 and "docx" in err and "xlsx" in err
    assert not (tmp_path / "out").exists()
