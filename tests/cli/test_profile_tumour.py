"""profile-tumour as users call it: from annotated or raw variants to the profile's file."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from loci2lead.io.tables import read_provenance

Cli = Callable[..., tuple[int, str, str]]


def gene(name: str, start: int, residues: int) -> list[str]:
    end, coding = start + 3 * residues + 12, start + 3 * residues + 2

    def line(kind: str, first: int, last: int, phase: str, attributes: str) -> str:
        return f"1\tx\t{kind}\t{first}\t{last}\t.\t+\t{phase}\t{attributes}"

    return [
        line("gene", start, end, ".", f"ID=gene:{name};Name={name};biotype=protein_coding"),
        line("mRNA", start, end, ".", f"ID=transcript:T{name};Parent=gene:{name};biotype=protein_coding"),
        line("exon", start, end, ".", f"Parent=transcript:T{name}"),
        line("CDS", start, coding, "0", f"Parent=transcript:T{name}"),
    ]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    lines = ["##gff-version 3", *gene("KRAS", 101, 189), *gene("TP53", 1501, 393)]
    (tmp_path / "genes.gff3").write_text("\n".join(lines) + "\n")
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    row = "1\t135\t.\tG\tA\t50\tPASS\t.\tGT"
    (tmp_path / "one.vcf").write_text(f"##fileformat=VCFv4.2\n{columns}\tS1\n{row}\t0/1\n")
    (tmp_path / "two.vcf").write_text(f"##fileformat=VCFv4.2\n{columns}\tN\tcase-1\n{row}\t0/1\t0/0\n")
    (tmp_path / "panel.bed").write_text("1\t1500\t2800\n")
    (tmp_path / "counts.tsv").write_text("gene\ttpm\n" + "".join(f"G{i}\t{i * 13}\n" for i in range(200)))
    return tmp_path


def call(run_cli: Cli, folder: Path, name: str, *more: object, oncotree: str = "COAD") -> tuple[int, str, str]:
    return run_cli(
        "profile-tumour", "--variants", folder / name, "--genes", folder / "genes.gff3", "--sample", "case-1",
        "--oncotree", oncotree, "--output", folder / "profile.parquet", *more,
    )  # fmt: skip


def test_raw_variants_give_hotspots_by_codon(run_cli: Cli, inputs: Path) -> None:
    """Codon 12 of KRAS is a hotspot also where no reference tells the residue; TP53 stays unknown."""
    code, _, error = call(run_cli, inputs, "one.vcf")
    assert code == 0, error
    table = pd.read_parquet(inputs / "profile.parquet").set_index("gene")
    assert table.loc["KRAS", "mutation_state"] == "hotspot" and pd.isna(table.loc["TP53", "mutation_state"])
    assert set(table["sample"]) == {"case-1"} and set(table["oncotree"]) == {"COAD"}


@pytest.mark.parametrize(
    ("flags", "expected"), [(["--assume-covered", "exome"], "exome"), (["--covered", "panel.bed"], "none")]
)
def test_what_was_covered_is_recorded(run_cli: Cli, inputs: Path, flags: list[str], expected: str) -> None:
    flags = [str(inputs / f) if f.endswith(".bed") else f for f in flags]
    assert call(run_cli, inputs, "one.vcf", *flags)[0] == 0
    table = pd.read_parquet(inputs / "profile.parquet").set_index("gene")
    assert table.loc["TP53", "mutation_state"] == "none" and bool(table.loc["TP53", "covered"])
    provenance = read_provenance(inputs / "profile.parquet")
    assert provenance["parameters"]["assume_covered"] == expected
    assert ("covered" in provenance["inputs"]) == (expected == "none")


def test_the_sample_picks_its_column(run_cli: Cli, inputs: Path) -> None:
    assert call(run_cli, inputs, "two.vcf")[0] == 0
    table = pd.read_parquet(inputs / "profile.parquet")
    assert table["mutation_state"].isna().all()  # case-1 does not carry it, N does


PROBLEMS = [
    ("no.vcf", [], "COAD", "VCF not found"),
    ("one.vcf", [], "LUADD", "LUAD (Lung Adenocarcinoma)"),
    ("one.vcf", ["--expression", "counts.tsv"], "COAD", "expected TPM"),
    ("one.vcf", ["--expression", "none.tsv"], "COAD", "File not found"),
    ("one.vcf", ["--covered", "none.bed"], "COAD", "BED not found"),
]


@pytest.mark.parametrize(("name", "flags", "oncotree", "message"), PROBLEMS, ids=[m for *_, m in PROBLEMS])
def test_mistakes_are_told_and_leave_nothing(
    run_cli: Cli, inputs: Path, name: str, flags: list[str], oncotree: str, message: str
) -> None:
    flags = [str(inputs / f) if "." in f else f for f in flags]
    code, _, error = call(run_cli, inputs, name, *flags, oncotree=oncotree)
    assert code == 2 and message in error and not list(inputs.glob("*profile.parquet*"))


def test_several_samples_without_a_match(run_cli: Cli, inputs: Path) -> None:
    (inputs / "two.vcf").write_text((inputs / "two.vcf").read_text().replace("case-1", "T"))
    code, _, error = call(run_cli, inputs, "two.vcf")
    assert code == 2 and "N, T" in error


@pytest.mark.data
def test_real_tumours(run_cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    """COAD carries BRAF V600E, BRCA PIK3CA H1047R; both are hotspots without a reference sequence."""
    clinical = data_dir / "clinical"
    for name, code, hit in (("T001-COAD", "COAD", "BRAF"), ("T001-BRCA", "BRCA", "PIK3CA")):
        status, _, error = run_cli(
            "profile-tumour",
            "--variants", clinical / f"pcgr_examples/{name}.grch38.vcf.gz",
            "--genes", clinical / "genemodel/refGene_canonical.hg38.gff3.gz",
            "--expression", clinical / f"pcgr_examples/{name}.gene_expression.tsv.gz",
            "--assume-covered", "exome", "--oncotree", code, "--sample", "case-1",
            "--output", tmp_path / "p.parquet",
        )  # fmt: skip
        assert status == 0, error
        table = pd.read_parquet(tmp_path / "p.parquet").set_index("gene")
        assert table.loc[hit, "mutation_state"] == "hotspot"
        assert len(table) > 20_000 and table["log2_tpm"].notna().sum() == 19_307


def test_common_variants_are_inherited_but_hotspots_stay(run_cli: Cli, inputs: Path) -> None:
    """A common change of TP53 leaves the profile; codon 12 of KRAS stays however common a file says it is."""
    rows = ["1\t135\t.\tG\tA\t50\tPASS\t.\tGT\t0/1", "1\t1520\t.\tGA\tG\t50\tPASS\t.\tGT\t0/1"]
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1"
    (inputs / "both.vcf").write_text("\n".join(["##fileformat=VCFv4.2", columns, *rows]) + "\n")
    (inputs / "af.tsv").write_text("chrom\tpos\tref\talt\taf\nchr1\t135\tG\tA\t0.3\nchr1\t1520\tGA\tG\t0.3\n")
    seen = {}
    for name, flags in (("without", []), ("with", ["--population-frequencies", inputs / "af.tsv"])):
        code, _, error = call(run_cli, inputs, "both.vcf", "--assume-covered", "exome", *flags)
        assert code == 0, error
        assert ("no --population-frequencies" in error) == (not flags)
        table = pd.read_parquet(inputs / "profile.parquet").set_index("gene")
        seen[name] = (table.loc["KRAS", "mutation_state"], table.loc["TP53", "mutation_state"])
        assert ("population_frequencies" in read_provenance(inputs / "profile.parquet")["inputs"]) == bool(flags)
    assert seen == {"without": ("hotspot", "truncating"), "with": ("hotspot", "none")}
