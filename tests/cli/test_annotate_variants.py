"""annotate-variants as users call it: exit codes, files, and messages that help."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loci2lead.io.vcf import read_annotated

Cli = Callable[..., tuple[int, str, str]]
GENES = "\n".join(
    [
        "##gff-version 3",
        "1\tx\tgene\t11\t40\t.\t+\t.\tID=gene:G;Name=TOY;biotype=protein_coding",
        "1\tx\tmRNA\t11\t40\t.\t+\t.\tID=transcript:T;Parent=gene:G;biotype=protein_coding",
        "1\tx\texon\t11\t40\t.\t+\t.\tParent=transcript:T",
        "1\tx\tCDS\t21\t32\t.\t+\t0\tParent=transcript:T",
    ]
)
BASES = "CCCCCCCCCC" + "TTTTTTTTTT" + "ATGGTGAAATAA" + "GGGGGGGG" + "C" * 20
HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    (tmp_path / "genes.gff3").write_text(GENES + "\n")
    (tmp_path / "genome.fa").write_text(f">1\n{BASES}\n")
    row = "1\t25\t.\tT\tA\t50\tPASS\t.\tGT:AD"
    (tmp_path / "one.vcf").write_text(f"{HEADER}\tS\n{row}\t0/1:6,4\n")
    (tmp_path / "two.vcf").write_text(f"{HEADER}\tN\tT\n{row}\t0/0:9,0\t0/1:6,4\n")
    return tmp_path


def call(run_cli: Cli, folder: Path, name: str, *more: object) -> tuple[int, str, str]:
    return run_cli(
        "annotate-variants", "--variants", folder / name, "--genes", folder / "genes.gff3",
        "--output", folder / "out.vcf.gz", *more,
    )  # fmt: skip


def test_with_a_reference(run_cli: Cli, inputs: Path) -> None:
    code, _, _ = call(run_cli, inputs, "one.vcf", "--reference", inputs / "genome.fa", "--sample-name", "case-1")
    assert code == 0
    (variant,) = read_annotated(inputs / "out.vcf.gz", "case-1")
    assert (variant.gene, variant.hgvs_c, variant.hgvs_p, variant.vaf) == ("TOY", "c.5T>A", "p.Val2Glu", 0.4)
    assert sorted(p.name for p in inputs.glob("out*")) == ["out.rejected.tsv", "out.vcf.gz", "out.vcf.gz.tbi"]


def test_without_a_reference(run_cli: Cli, inputs: Path) -> None:
    code, _, error = call(run_cli, inputs, "one.vcf")
    assert code == 0 and "without a reference" in error
    (variant,) = read_annotated(inputs / "out.vcf.gz")
    assert (variant.gene, variant.codon, variant.consequences, variant.hgvs_p) == ("TOY", 2, (), None)


PROBLEMS = [
    ("two.vcf", [], "N, T"),
    ("two.vcf", ["--sample", "X"], "not in the VCF"),
    ("no.vcf", [], "VCF not found"),
    ("one.vcf", ["--reference", "no.fa"], "FASTA not found"),
]


@pytest.mark.parametrize(("name", "more", "message"), PROBLEMS, ids=[m for *_, m in PROBLEMS])
def test_mistakes_are_told_and_leave_nothing(
    run_cli: Cli, inputs: Path, name: str, more: list[str], message: str
) -> None:
    code, _, error = call(run_cli, inputs, name, *more)
    assert code == 2 and message in error and "Traceback" not in error
    assert not list(inputs.glob("*out*"))


def test_a_sample_is_chosen(run_cli: Cli, inputs: Path) -> None:
    assert call(run_cli, inputs, "two.vcf", "--sample", "T")[0] == 0
    assert read_annotated(inputs / "out.vcf.gz")[0].genotype == "0/1"


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "gene", "codon", "vaf", "alleles"),
    [("T001-COAD", "BRAF", 600, 0.315, 3313), ("T001-BRCA", "PIK3CA", 1047, 0.419, 196)],
)
def test_real_tumours(
    run_cli: Cli, data_dir: Path, tmp_path: Path, name: str, gene: str, codon: int, vaf: float, alleles: int
) -> None:
    clinical = data_dir / "clinical"
    code, _, _ = run_cli(
        "annotate-variants",
        "--variants", clinical / f"pcgr_examples/{name}.grch38.vcf.gz",
        "--genes", clinical / "genemodel/refGene_canonical.hg38.gff3.gz",
        "--output", tmp_path / "a.vcf.gz",
        "--sample-name", "case-1",
    )  # fmt: skip
    assert code == 0
    found = read_annotated(tmp_path / "a.vcf.gz")
    assert len(found) == alleles
    hit = next(v for v in found if v.gene == gene and v.codon == codon)
    assert hit.vaf == pytest.approx(vaf, abs=0.001)
    assert b"TCGA-A" not in (tmp_path / "a.vcf.gz").read_bytes()
