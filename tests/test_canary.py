"""The seeded patient: zero bytes of any identifier in anything that is written, from the sheet to the last report."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

from loci2lead.variants.demo_inputs import write_demo
from tests.canary import CANARY, leaks, searched_for, seed_vcf
from tests.workflow.demo_runs import clone, environment

RunCli = Callable[..., tuple[int, str, str]]
HEADER = "patient\tsample\ttype\tvariants\treads\tbuild\toncotree\tconsent_somatic\tconsent_germline\tstage\n"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo's inputs: a genome, its genes, a tumour's true variants and reads."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, 1)
    return folder


@pytest.fixture
def seeded_vcf(inputs: Path, tmp_path: Path) -> Path:
    """Return the tumour's variants with every identifier in every place that a VCF has for one."""
    with pysam.VariantFile(str(inputs / "tumour-1.truth.vcf.gz")) as source:
        lines = [*str(source.header).splitlines(), *(str(record).rstrip("\n") for record in source)]
    path = tmp_path / "seeded" / "P7.vcf"
    path.parent.mkdir()
    path.write_text("\n".join(seed_vcf(lines)) + "\n")
    return path


def test_the_search_finds_what_is_there(seeded_vcf: Path) -> None:
    found = leaks(seeded_vcf.parent)
    assert {line.split(": ", 1)[1] for line in found} >= set(CANARY.values())


def test_nothing_of_a_seeded_vcf_is_in_any_output_or_message(
    seeded_vcf: Path, inputs: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "out"
    sheet = tmp_path / "samples.tsv"
    sheet.write_text(HEADER + f"P7\tP7-T\ttumor\t{seeded_vcf.name}\t\tdemo\tCOAD\tyes\tyes\tIII\n")
    said = ""
    genes = ("--genes", inputs / "genes.gff3")
    sample = ("--sample", "P7-T")
    annotated, context, profile = out / "annotated.vcf.gz", out / "context.json", out / "profile.parquet"
    reference = ("--reference", inputs / "genome.fa", "--sample-name", "P7-T")
    report = ("--inputs", out, "--output", out / "report", "--demo-evidence", "--audit-log", out / "audit.jsonl")
    for command in (
        ("annotate-variants", "--variants", seeded_vcf, *genes, "--output", annotated, *reference),
        ("sample-context", "--samples", sheet, *sample, "--output", context),
        ("profile-tumour", "--variants", annotated, *genes, "--oncotree", "COAD", *sample, "--output", profile),
        ("report-patient", *sample, *report),
    ):
        code, printed, err = run_cli(*command)
        assert code == 0, err
        said += printed + err
    assert leaks(out) == []
    assert not any(form.decode() in said for form in searched_for())
    assert "BRAF V600E" in (out / "report" / "findings.tsv").read_text()


@pytest.mark.parametrize("kind", CANARY)
@pytest.mark.parametrize("column", ["patient", "sample", "variants", "stage", "type"])
def test_no_cell_of_the_sheet_takes_an_identifier_or_repeats_it(
    kind: str, column: str, tmp_path: Path, run_cli: RunCli
) -> None:
    cells = {"patient": "P7", "sample": "P7-T", "type": "tumor", "variants": "P7.vcf", "reads": "", "build": "demo"}
    cells |= {"oncotree": "COAD", "consent_somatic": "yes", "consent_germline": "yes", "stage": "III"}
    cells[column] = CANARY[kind] + (".vcf" if column == "variants" else "")
    sheet = tmp_path / "samples.tsv"
    sheet.write_text(HEADER + "\t".join(cells.values()) + "\n")
    code, out, err = run_cli(
        "sample-context", "--samples", sheet, "--sample", "P7-T", "--output", tmp_path / "out" / "context.json"
    )
    assert code == 2 and not (tmp_path / "out").exists()
    assert not any(form.decode() in out + err for form in searched_for() if form in cells[column].encode())


@pytest.mark.workflow
@pytest.mark.timeout(1800)
def test_nothing_of_a_seeded_patient_is_left_by_a_full_run(inputs: Path, seeded_vcf: Path, tmp_path: Path) -> None:
    """Reads with telling headers and a telling VCF through the workflow: outputs, logs, benchmarks, metadata."""
    given = seeded_vcf.parent
    seed_bam(inputs / "germline-1.bam", given / "P8.bam")
    run = clone(tmp_path / "run")
    (given / "samples.tsv").write_text(
        HEADER
        + f"P7\tP7-T\ttumor\t{seeded_vcf}\t\tdemo\tCOAD\tyes\tyes\tIII\n"
        + f"P8\tP8-G\tgermline\t\t{given / 'P8.bam'}\tdemo\t\t\tyes\t\n"
    )
    (given / "config.yaml").write_text(
        f"samples: {given / 'samples.tsv'}\nlibraries: null\naudit_log: results/audit.jsonl\n"
        f"references: {{demo: {{fasta: {inputs / 'genome.fa'}, genes: {inputs / 'genes.gff3'}}}}}\n"
    )
    command = [sys.executable, "-m", "snakemake", "all", "--configfile", str(given / "config.yaml"), "--cores", "1"]
    done = subprocess.run(command, cwd=run, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (run / "results" / "reports" / "patients" / "P7-T" / "report.pdf").is_file()
    assert leaks(run, leave_out=[run / name for name in ("lib", "workflow", "config", "envs")]) == []
    assert not any(form.decode() in done.stdout + done.stderr for form in searched_for())


def seed_bam(source: Path, target: Path) -> None:
    """Copy a BAM with every identifier in its read groups, program lines and comments."""
    texts = list(CANARY.values())
    with pysam.AlignmentFile(str(source)) as reads:
        header = reads.header.to_dict()
        groups = header.get("RG") or [{"ID": "1"}]
        header["RG"] = [
            group | {"SM": texts[0].replace(" ", "_"), "DS": "; ".join(texts), "PU": texts[12]} for group in groups
        ]
        header["PG"] = [{"ID": f"p{i}", "CL": f"align --patient '{text}'"} for i, text in enumerate(texts)]
        header["CO"] = texts
        with pysam.AlignmentFile(str(target), "wb", header=pysam.AlignmentHeader.from_dict(header)) as out:
            for read in reads:
                out.write(read)
    pysam.index(str(target))
