"""sample-context: one checked row as the context that reports read."""

import json
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

RunCli = Callable[..., tuple[int, str, str]]
HEADER = "patient\tsample\ttype\treads\tvariants\tbuild\toncotree\ther2\tprior_therapies\tconsent_somatic\n"


def write(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "samples.tsv"
    path.write_text(HEADER + "".join(row + "\n" for row in rows))
    return path


def test_the_context_holds_the_row_with_unknown_as_null(tmp_path: Path, run_cli: RunCli) -> None:
    sheet = write(tmp_path, "P1\tS1\ttumor\t\tx.vcf.gz\tGRCh38\tCOAD\tpositive\tnone\tyes")
    code, _, _ = run_cli("sample-context", "--samples", sheet, "--sample", "S1", "--output", tmp_path / "c.json")
    context = json.loads((tmp_path / "c.json").read_text())
    assert code == 0
    assert (context["patient"], context["oncotree"], context["her2"]) == ("P1", "COAD", "positive")
    assert context["prior_therapies"] == [] and context["er"] is None
    assert context["consent_somatic"] is True and context["consent_germline"] is False
    assert context["source"] == "variants" and context["germline_model_accepted"] is False


@pytest.mark.parametrize(("flag", "expected"), [([], False), (["--accept-germline-model"], True)])
def test_a_tumour_as_reads_remembers_the_acceptance(
    tmp_path: Path, run_cli: RunCli, flag: list[str], expected: bool
) -> None:
    sheet = write(tmp_path, "P1\tS1\ttumor\tx.bam\t\tGRCh38\tCOAD\t\t\t")
    output = tmp_path / "c.json"
    assert run_cli("sample-context", "--samples", sheet, "--sample", "S1", "--output", output, *flag)[0] == 0
    assert json.loads(output.read_text())["germline_model_accepted"] is expected


OURS = 'loci2lead={"parameters":{"aligner":"bwa","aligner_version":"0.7.17","fastp_version":"0.23.2"}}'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"CO": [OURS]}, "bwa 0.7.17, after fastp 0.23.2"),
        ({"PG": [{"ID": "bwa", "PN": "bwa", "VN": "0.7.15"}, {"ID": "samtools", "VN": "1.2"}]}, "bwa 0.7.15"),
        ({"PG": [{"ID": "minimap2.1"}]}, "minimap2"),
        ({}, ""),
    ],
)
def test_the_context_tells_what_aligned_the_reads(tmp_path: Path, run_cli: RunCli, header: dict, expected: str) -> None:
    bam = tmp_path / "x.bam"
    with pysam.AlignmentFile(str(bam), "wb", header={"SQ": [{"SN": "1", "LN": 100}], **header}):
        pass
    sheet, output = write(tmp_path, f"P1\tS1\tgermline\t{bam}\t\tGRCh38\t\t\t\t"), tmp_path / "c.json"
    flags = ("--samples", sheet, "--sample", "S1", "--output", output, "--reads", bam)
    assert run_cli("sample-context", *flags)[0] == 0
    assert json.loads(output.read_text())["alignment"] == expected


@pytest.mark.parametrize(
    ("row", "sample", "words"),
    [
        ("P1\tS1\ttumor\t\tx.vcf\tGRCh38\tCOAD\tmaybe\t\t", "S1", ["row 1", "her2", "maybe", "positive"]),
        ("P1\tS1\ttumor\t\tx.vcf\tGRCh38\tCOAX\t\t\t", "S1", ["oncotree", "COAX", "nearest"]),
        ("Jane Doe\tS1\ttumor\t\tx.vcf\tGRCh38\tCOAD\t\t\t", "S1", ["patient", "name"]),
        ("P1\tS1\ttumor\t\tx.vcf\tGRCh38\tCOAD\t\t\t", "S2", ["No such sample", "S1"]),
    ],
)
def test_bad_input_exits_2_and_writes_nothing(
    tmp_path: Path, run_cli: RunCli, row: str, sample: str, words: list[str]
) -> None:
    output = tmp_path / "c.json"
    code, _, err = run_cli("sample-context", "--samples", write(tmp_path, row), "--sample", sample, "--output", output)
    assert code == 2 and not output.exists()
    assert all(word in err for word in words)
    assert "Jane" not in err
