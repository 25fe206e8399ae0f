"""Ready-made somatic VCFs are read as they come: tumour column by name, depth and fraction alike from every caller."""

import re
from pathlib import Path

import pytest

from loci2lead.cli import main
from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.io.vcf import read_annotated
from loci2lead.io.vcf_somatic import tumour_column
from loci2lead.variants.annotate import annotate
from tests.io.somatic_vcfs import CALLERS, EXPECTED, PLACES, sequence, write_somatic

GENE = """##gff-version 3
c1	x	gene	101	400	.	+	.	ID=gene:G1;Name=G1;biotype=protein_coding
c1	x	mRNA	101	400	.	+	.	ID=transcript:T1;Parent=gene:G1;Name=G1;biotype=protein_coding
c1	x	exon	101	400	.	+	.	Parent=transcript:T1
c1	x	CDS	101	400	.	+	0	Parent=transcript:T1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "genes.gff3").write_text(GENE)
    (tmp_path / "genome.fa").write_text(f">c1\n{sequence()}\n")
    return tmp_path


@pytest.mark.parametrize("caller", CALLERS)
def test_every_caller_is_read_alike(folder: Path, caller: str) -> None:
    source = write_somatic(folder / "calls.vcf", caller)
    summary = annotate(source, folder / "genes.gff3", folder / "out.vcf", reference=folder / "genome.fa")
    assert summary.rejected == 0
    found = {v.position + 1: v for v in read_annotated(folder / "out.vcf")}
    kinds = [row[0] for row in CALLERS[caller][2]]
    for kind in kinds:
        variant = next(v for place, v in found.items() if abs(place - PLACES[kind]) <= 1)
        if kind == "germline":
            assert {name.lower() for name in variant.filters} == {"germline"}
            continue
        depth, alt_depth, fraction = EXPECTED[kind]
        assert variant.depth in (depth, depth + 4), "Strelka counts filtered reads in its depth"
        assert (variant.alt_depth, variant.filters, variant.gene) == (alt_depth, (), "G1")
        assert variant.vaf == pytest.approx(fraction)


def test_the_strelka_pair_goes_straight_into_a_profile(folder: Path) -> None:
    source = write_somatic(folder / "calls.vcf", "strelka2 indels")
    flags = f"--genes {folder}/genes.gff3 --oncotree COAD --sample T001 --output {folder}/profile.parquet"
    assert main(["profile-tumour", "--variants", str(source), *flags.split()]) == 0
    profile = read_table(folder / "profile.parquet")
    assert list(profile["mutation_state"]) == ["truncating"]


COLUMNS = [
    (["##tumor_sample=b", "##normal_sample=a"], ["a", "b"], 1),
    (["##tumor_sample=other"], ["a", "b"], None),
    (["##normal_sample=a"], ["a", "b"], 1),
    (["##SAMPLE=<ID=b,Genomes=Tumor>", "##SAMPLE=<ID=a,Genomes=Germline>"], ["a", "b"], 1),
    ([], ["NORMAL", "TUMOR"], 1),
    ([], ["Tumour", "blood"], 0),
    ([], ["NORMAL", "biopsy"], 1),
    ([], ["NORMAL", "biopsy-1", "biopsy-2"], None),
    ([], ["TUMOR", "TUMOUR"], None),
    ([], ["a", "b"], None),
]


@pytest.mark.parametrize(("meta", "samples", "column"), COLUMNS)
def test_the_tumour_is_found_by_name_or_not_at_all(meta: list[str], samples: list[str], column: int | None) -> None:
    assert tumour_column(meta, samples) == column


def test_columns_without_a_named_tumour_are_an_error_that_names_them(folder: Path) -> None:
    source = write_somatic(folder / "calls.vcf", "varscan2")
    text = source.read_text().replace("NORMAL\tTUMOR", "left\tright")
    source.write_text(text)
    with pytest.raises(InputError, match=re.escape("left, right")):
        annotate(source, folder / "genes.gff3", folder / "out.vcf")
    annotate(source, folder / "genes.gff3", folder / "out.vcf", sample="right")
    assert read_annotated(folder / "out.vcf")[0].alt_depth == 30


def test_a_status_field_of_another_meaning_is_left_alone(folder: Path) -> None:
    source = write_somatic(folder / "calls.vcf", "vardict pair")
    source.write_text(source.read_text().replace("Somatic or germline status", "Status of the review"))
    annotate(source, folder / "genes.gff3", folder / "out.vcf")
    assert all(not v.filters for v in read_annotated(folder / "out.vcf"))
