"""Tumour mutational burden: what counts, what it is divided by, and when it is not given."""

from pathlib import Path

import pytest
from scipy.stats import poisson

from loci2lead.errors import InputError
from loci2lead.io.bed import Intervals
from loci2lead.variants.somatic.burden import measure_burden, poisson_interval

HEAD = """##fileformat=VCFv4.2
{note}##contig=<ID=1,length=3000000>
##FILTER=<ID=Germline,Description="g">
##FORMAT=<ID=GT,Number=1,Type=String,Description="g">
##FORMAT=<ID=VAF,Number=A,Type=Float,Description="v">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT
"""
COVERED = Intervals({"1": [(0, 2_000_000)]})


def calls(folder: Path, rows: list[tuple[int, str, float]], germline: str | None = "removed_by_normal") -> Path:
    note = f"##loci2lead_germline={germline}\n" if germline else ""
    body = [f"1\t{position}\t.\tA\tT\t50\t{verdict}\t.\tGT:VAF\t0/1:{share}" for position, verdict, share in rows]
    path = folder / "calls.vcf"
    path.write_text(HEAD.format(note=note) + "\n".join(body) + "\n")
    return path


def test_counts_what_passes_inside_and_is_large_enough(tmp_path: Path) -> None:
    rows = [(1_000 * i + 1, "PASS", 0.3) for i in range(20)]
    others = [(500_001, "Germline", 0.5), (600_001, "PASS", 0.02), (2_500_001, "PASS", 0.4)]
    found = measure_burden(calls(tmp_path, rows + others), COVERED).plain()
    assert found["status"] == "given"
    assert (found["variants"], found["per_mb"], found["denominator_mb"]) == (20, 10.0, 2.0)
    assert found["per_mb_low"] < 10 < found["per_mb_high"]


@pytest.mark.parametrize("count", [0, 1, 7, 60])
def test_interval_is_the_exact_one(count: int) -> None:
    low, high = poisson_interval(count)
    assert poisson.cdf(count, high) == pytest.approx(0.025, abs=1e-6)
    if count:
        assert poisson.sf(count - 1, low) == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize(
    ("germline", "covered", "said"),
    [
        ("not_removed", COVERED, "not removed"),
        (None, COVERED, "not from call-somatic"),
        ("removed_by_normal", Intervals({"1": [(0, 100_000)]}), "0.100 Mb"),
    ],
)
def test_where_it_would_mislead_none_is_given(
    tmp_path: Path, germline: str | None, covered: Intervals, said: str
) -> None:
    found = measure_burden(calls(tmp_path, [(1, "PASS", 0.3)], germline), covered).plain()
    assert found["status"] == "not_given"
    assert found["per_mb"] is None and found["per_mb_high"] is None
    assert said in found["reason"]


def test_files_that_are_no_calls_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        measure_burden(tmp_path / "none.vcf", COVERED)
    (tmp_path / "text.vcf").write_text("no VCF\n")
    with pytest.raises(InputError, match="cannot be read"):
        measure_burden(tmp_path / "text.vcf", COVERED)
