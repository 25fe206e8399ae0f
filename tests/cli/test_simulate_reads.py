"""simulate-reads from the command line: reads of a VCF's haplotypes, the same bytes for a seed."""

from pathlib import Path

import pysam
import pytest

from tests.variants.drawn_reads import CONTIG, DrawnSample


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DrawnSample:
    return DrawnSample(tmp_path_factory.mktemp("drawn"), length=4_000)


def test_reads_carry_the_variants(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    common = ("--reference", sample.reference, "--variants", sample.truth, "--seed", 9, "--sample-name", "P2")
    for name in ("a", "b"):
        code, _, err = run_cli("simulate-reads", *common, "--output", tmp_path / f"{name}.bam")
        assert code == 0, err
    assert (tmp_path / "a.bam").read_bytes() == (tmp_path / "b.bam").read_bytes()
    both = next(v for v in sample.copies[0] if v in sample.copies[1] and len(v.ref) == len(v.alt))
    with pysam.AlignmentFile(str(tmp_path / "a.bam")) as bam:
        counts = bam.count_coverage(CONTIG, both.position, both.position + 1)
    assert counts["ACGT".index(both.alt)][0] > 15
    assert counts["ACGT".index(both.ref)][0] <= 1


def test_a_vcf_without_index_is_named(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    plain = tmp_path / "truth.vcf"
    with pysam.VariantFile(str(sample.truth)) as vcf:
        plain.write_text(str(vcf.header))
    code, _, err = run_cli(
        *("simulate-reads", "--reference", sample.reference, "--variants", plain, "--output", tmp_path / "x.bam")
    )
    assert code == 2
    assert "tabix" in err


@pytest.mark.parametrize("options", [("--depth", 0), ("--read-length", 5), ("--slip-rate", 0.7), ("--regions", "chr9")])
def test_settings_out_of_range_are_refused(run_cli, sample: DrawnSample, tmp_path: Path, options: tuple) -> None:
    code, _, _ = run_cli("simulate-reads", "--reference", sample.reference, "--output", tmp_path / "x.bam", *options)
    assert code == 2
    assert not (tmp_path / "x.bam").exists()
