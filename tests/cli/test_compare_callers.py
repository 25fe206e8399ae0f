"""compare-callers: several VCFs in one table, the paired columns, and arguments that make no sense."""

import json
from pathlib import Path

import pytest

from loci2lead.models.metrics import mcnemar_exact
from tests.cli.test_evaluate_calls import CONTIG, DELETION, HEAD, SEQUENCE, snp
from tests.variants.drawn_reads import write_fasta


@pytest.fixture
def compare(run_cli, tmp_path: Path):
    reference = write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE})
    (tmp_path / "conf.bed").write_text(f"{CONTIG}\t100\t3900\n")
    (tmp_path / "truth.vcf").write_text(HEAD + snp(300) + snp(500) + snp(700, "1/1") + DELETION)

    def run(name: str, **callers: str) -> tuple[int, str, Path]:
        for caller, text in callers.items():
            (tmp_path / f"{caller}.vcf").write_text(HEAD + text)
        named = [f"{caller}={tmp_path / caller}.vcf" for caller in callers]
        code, _, err = run_cli(
            *("compare-callers", "--truth", tmp_path / "truth.vcf", "--calls", *named),
            *("--confident", tmp_path / "conf.bed", "--reference", reference, "--output", tmp_path / name),
        )
        return code, err, tmp_path / name

    return run


def test_one_table_with_paired_errors(compare) -> None:
    ours = snp(300) + snp(500) + snp(700, "1/1") + snp(900) + DELETION
    code, err, output = compare("table.tsv", ours=ours, gatk=snp(300) + snp(1100) + snp(900), none="")
    assert code == 0, err
    head, *lines = [line.split("\t") for line in output.read_text().splitlines()]
    rows = {(r["caller"], r["type"], r["context"]): r for r in (dict(zip(head, x, strict=True)) for x in lines)}
    assert len(rows) == 3 * 2 * 4
    assert [rows["ours", "SNP", "all"][k] for k in ("tp", "fp", "fn", "wrong_only_here")] == ["3", "1", "0", ""]
    gatk = rows["gatk", "SNP", "all"]
    assert [gatk[k] for k in ("tp", "fp", "fn")] == ["1", "2", "2"]
    # Two truth sites and one extra call are wrong here only; the extra call at 900 is shared.
    assert [gatk[k] for k in ("wrong_only_here", "wrong_only_in_first", "p_paired")] == ["3", "0", "0.2500"]
    assert rows["none", "INDEL", "all"]["f1"] == "0.0000"
    assert json.loads((output.parent / "table.provenance.json").read_text())["inputs"].keys() >= {"calls gatk", "truth"}


def test_json_holds_rows_and_provenance(compare) -> None:
    code, err, output = compare("table.json", ours=snp(300))
    assert code == 0, err
    content = json.loads(output.read_text())
    assert content["rows"][0]["caller"] == "ours" and content["provenance"]["subcommand"] == "compare-callers"


@pytest.mark.parametrize("calls", [["a.vcf"], ["=a.vcf"], ["x="], ["x=a.vcf", "x=b.vcf"]])
def test_a_caller_needs_a_name_of_its_own(run_cli, calls: list[str]) -> None:
    files = ("--truth", "t", "--confident", "c", "--reference", "r", "--output", "o.tsv")
    code, _, err = run_cli("compare-callers", "--calls", *calls, *files)
    assert code == 2 and "NAME=VCF" in err


@pytest.mark.parametrize(("first", "second", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 3, 0.25), (1, 9, 22 / 1024)])
def test_mcnemar_exact(first: int, second: int, p: float) -> None:
    assert mcnemar_exact(first, second) == mcnemar_exact(second, first) == pytest.approx(p)
