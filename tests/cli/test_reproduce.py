"""How results compare: bytes, numbers within a tolerance on another CPU, everything else is a difference."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from loci2lead.cli.reproduce import conclude
from loci2lead.errors import Loci2leadError
from loci2lead.runs.compare import Verdict, compare_values


def vcf(path: Path, quality: str, genotype: str, model: str) -> Path:
    with gzip.open(path, "wt") as handle:
        handle.write(f"##loci2lead={{{model}}}\n#CHROM\tPOS\nchr1\t5\tA\tG\t{quality}\tPASS\t{genotype}\n")
    return path


@pytest.mark.parametrize(
    ("quality", "genotype", "expected"),
    [("40.1", "0/1", Verdict.CLOSE), ("47.0", "0/1", Verdict.DIFFERENT), ("40.1", "1/1", Verdict.DIFFERENT)],
)
def test_calls(tmp_path: Path, quality: str, genotype: str, expected: Verdict) -> None:
    one = vcf(tmp_path / "a.vcf.gz", "40.1001", "0/1", "x")
    assert compare_values(one, vcf(tmp_path / "b.vcf.gz", quality, genotype, "y")) == expected


@pytest.mark.parametrize(
    ("score", "status", "expected"),
    [(0.5001, "accepted", Verdict.CLOSE), (0.6, "accepted", Verdict.DIFFERENT), (0.5, "rejected", Verdict.DIFFERENT)],
)
def test_tables(tmp_path: Path, score: float, status: str, expected: Verdict) -> None:
    for name, values in (("a", (0.5, "accepted")), ("b", (score, status))):
        pd.DataFrame({"id": ["x"], "score": [values[0]], "status": [values[1]]}).to_parquet(
            tmp_path / f"{name}.parquet"
        )
    assert compare_values(tmp_path / "a.parquet", tmp_path / "b.parquet") == expected


def test_positions_are_exact_however_large(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("chr1\t100000000\t0.5\n")
    (tmp_path / "b.tsv").write_text("chr1\t100000001\t0.5\n")
    assert compare_values(tmp_path / "a.tsv", tmp_path / "b.tsv") == Verdict.DIFFERENT


def test_a_lost_row_and_an_unreadable_file_are_differences(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("x\t1\ny\t2\n")
    (tmp_path / "b.tsv").write_text("x\t1\n")
    assert compare_values(tmp_path / "a.tsv", tmp_path / "b.tsv") == Verdict.DIFFERENT
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.json").write_text("{")
    assert compare_values(tmp_path / "a.json", tmp_path / "b.json") == Verdict.DIFFERENT
    assert compare_values(tmp_path / "a.html", tmp_path / "b.html") == Verdict.DERIVED


def test_the_verdict_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    conclude({"a.tsv": Verdict.EQUAL, "b.tsv": Verdict.EQUAL}, other_cpu=False)
    conclude({"a.tsv": Verdict.EQUAL, "b.tsv": Verdict.CLOSE, "b.html": Verdict.DERIVED}, other_cpu=True)
    out = capsys.readouterr().out.splitlines()
    assert out == ["bytes equal: 2 results", "equal within tolerance, other CPU: 1 of 3 by bytes"]
    with pytest.raises(Loci2leadError, match="every byte should be the same"):
        conclude({"b.tsv": Verdict.CLOSE}, other_cpu=False)
    with pytest.raises(Loci2leadError, match=r"b.tsv: different"):
        conclude({"a.tsv": Verdict.EQUAL, "b.tsv": Verdict.DIFFERENT}, other_cpu=True)


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_what_is_no_crate_is_refused(run_cli, tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "ro-crate-metadata.json").write_text(content)
    code, _, err = run_cli("reproduce", "--crate", tmp_path, "--output", tmp_path / "again")
    assert code == 2 and "no crate of a run" in err and "describe-run" in err
