"""evaluate-calls from the command line: counts, filters, confident region, strata, and wrong input."""

import json
from pathlib import Path

import pytest

from tests.variants.drawn_reads import CONTIG, draw_sequence, other_base, write_fasta

SEQUENCE = draw_sequence(4_000)
HEAD = (
    '##fileformat=VCFv4.2\n##FILTER=<ID=RefCall,Description="x">\n'
    f'##FORMAT=<ID=GT,Number=1,Type=String,Description="x">\n##contig=<ID={CONTIG},length=4000>\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"
)


def snp(position: int, genotype: str = "0/1", status: str = "PASS") -> str:
    ref = SEQUENCE[position]
    return f"{CONTIG}\t{position + 1}\t.\t{ref}\t{other_base(ref)}\t50\t{status}\t.\tGT\t{genotype}\n"


DELETION = f"{CONTIG}\t2001\t.\tGA\tG\t50\tPASS\t.\tGT\t0/1\n"


@pytest.fixture
def judge(run_cli, tmp_path: Path):
    reference = write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE})
    bed = tmp_path / "conf.bed"
    bed.write_text(f"{CONTIG}\t100\t3900\n")

    def run(truth: str, calls: str) -> dict:
        (tmp_path / "truth.vcf").write_text(HEAD + truth)
        (tmp_path / "calls.vcf").write_text(HEAD + calls)
        code, _, err = run_cli(
            *("evaluate-calls", "--truth", tmp_path / "truth.vcf", "--calls", tmp_path / "calls.vcf"),
            *("--confident", bed, "--reference", reference, "--output", tmp_path / "out.json"),
            *("--errors", tmp_path / "errors.tsv"),
        )
        assert code == 0, err
        return json.loads((tmp_path / "out.json").read_text())

    run.folder = tmp_path
    return run


def test_counts_and_rates(judge) -> None:
    truth = snp(300) + snp(500) + snp(700, "1/1") + DELETION
    calls = snp(300) + snp(700) + snp(900) + DELETION
    scores = judge(truth, calls)
    shown = {k: scores["SNP"][k] for k in ("truth", "tp", "fp", "fn")}
    assert shown == {"truth": 3, "tp": 1, "fp": 2, "fn": 2}
    assert scores["SNP"]["precision"] == scores["SNP"]["recall"] == scores["SNP"]["f1"] == pytest.approx(1 / 3)
    assert scores["INDEL"]["f1"] == 1
    assert scores["strata"]["INDEL"]["homopolymer"]["truth"] == 1
    low, high = scores["SNP"]["recall_interval"]
    assert low < 1 / 3 < high
    lines = (judge.folder / "errors.tsv").read_text().splitlines()
    assert len(lines) == 5
    assert f"{CONTIG}\t501\tfn\tSNP" in lines[1]


def test_filtered_reference_and_outside_calls_do_not_count(judge) -> None:
    scores = judge(snp(300), snp(50) + snp(300) + snp(500, "0/0") + snp(600, "0/1", "RefCall") + snp(3950))
    assert (scores["SNP"]["tp"], scores["SNP"]["fp"]) == (1, 0)


def test_nothing_to_find_gives_null(judge) -> None:
    scores = judge("", "")
    assert scores["SNP"]["f1"] is None
    assert scores["SNP"]["truth"] == 0


@pytest.mark.parametrize("kind", ["missing", "no sample", "other reference", "text"])
def test_wrong_input_is_named(run_cli, tmp_path: Path, kind: str) -> None:
    reference = write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE})
    bed = tmp_path / "conf.bed"
    bed.write_text(f"{CONTIG}\t100\t3900\n")
    good, bad = tmp_path / "good.vcf", tmp_path / "bad.vcf"
    good.write_text(HEAD + snp(300))
    wrong = "C" if SEQUENCE[300] != "C" else "G"
    content = {
        "no sample": HEAD.replace("\tFORMAT\tS", "") + "\t".join(snp(300).split("\t")[:8]) + "\n",
        "other reference": HEAD + f"{CONTIG}\t301\t.\t{wrong}\tA\t50\tPASS\t.\tGT\t0/1\n",
        "text": "nothing\n",
    }
    if kind in content:
        bad.write_text(content[kind])
    code, _, err = run_cli(
        *("evaluate-calls", "--truth", good, "--calls", bad, "--confident", bed, "--reference", reference),
        *("--output", tmp_path / "out.json"),
    )
    assert code == 2
    assert "bad.vcf" in err
    assert not (tmp_path / "out.json").exists()
