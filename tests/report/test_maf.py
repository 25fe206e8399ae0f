"""The MAF: the specification's columns, coordinates and words."""

from pathlib import Path

import pytest

from loci2lead.report.evidence.sources import EvidenceFiles
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.maf import COLUMNS, classification, place, variant_type
from loci2lead.report.patient.run import Request, make_report
from loci2lead.report.patient.settings import Settings
from tests.report.builders import Call, write_context, write_vcf


def finding(ref: str, alt: str, *terms: str, change: str | None = None, codon: int | None = 12) -> Finding:
    base = Finding("F1", "small", "KRAS", "uncertain", change=change, codon=codon, consequences=terms)
    return Finding(**{**vars(base), "contig": "12", "position": 99, "ref": ref, "alt": alt})


@pytest.mark.parametrize(
    ("ref", "alt", "expected", "kind"),
    [
        ("G", "A", (100, 100, "G", "A"), "SNP"),
        ("GT", "AC", (100, 101, "GT", "AC"), "DNP"),
        ("GTA", "ACC", (100, 102, "GTA", "ACC"), "TNP"),
        ("GTAC", "ACCA", (100, 103, "GTAC", "ACCA"), "ONP"),
        ("G", "GAT", (100, 101, "-", "AT"), "INS"),
        ("GAT", "G", (101, 102, "AT", "-"), "DEL"),
        ("GATC", "GC", (101, 102, "AT", "-"), "DEL"),
        ("GAT", "CC", (100, 102, "GAT", "CC"), "DEL"),
        ("GA", "CCT", (100, 101, "GA", "CCT"), "INS"),
    ],
)
def test_coordinates_and_types_follow_the_specification(
    ref: str, alt: str, expected: tuple[int, int, str, str], kind: str
) -> None:
    assert place(finding(ref, alt)) == expected
    assert variant_type(*expected[2:]) == kind


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (finding("G", "A", "missense_variant"), "Missense_Mutation"),
        (finding("G", "A", "splice_region_variant", "missense_variant"), "Missense_Mutation"),
        (finding("G", "A", "stop_gained", "splice_region_variant"), "Nonsense_Mutation"),
        (finding("G", "A", "splice_donor_variant"), "Splice_Site"),
        (finding("G", "A", "start_lost"), "Translation_Start_Site"),
        (finding("G", "A", "stop_lost"), "Nonstop_Mutation"),
        (finding("GA", "G", "frameshift_variant"), "Frame_Shift_Del"),
        (finding("G", "GA", "frameshift_variant"), "Frame_Shift_Ins"),
        (finding("GAAT", "G", "inframe_deletion"), "In_Frame_Del"),
        (finding("G", "GAAT", "protein_altering_variant"), "In_Frame_Ins"),
        (finding("G", "A", "upstream_gene_variant"), "5'Flank"),
        (finding("G", "A", "something_new"), "Targeted_Region"),
        (finding("GA", "G"), "Frame_Shift_Del"),
        (finding("G", "GAAT"), "In_Frame_Ins"),
        (finding("G", "A", change="G12D"), "Missense_Mutation"),
        (finding("G", "A", change="R213*"), "Nonsense_Mutation"),
        (finding("G", "A"), "Targeted_Region"),
    ],
)
def test_effects_have_the_words_of_the_specification(one: Finding, expected: str) -> None:
    assert classification(one) == expected


def test_the_file_reads_as_a_table(tmp_path: Path) -> None:
    write_vcf(
        tmp_path / "annotated.vcf.gz",
        [Call("BRAF", "p.Val600Glu", vaf=0.25), Call("TP53", "p.Arg175His", genotype="1/1")],
    )
    write_context(tmp_path / "context.json")
    settings = Settings(formats=("maf",))
    make_report(Request("S1", tmp_path, None, EvidenceFiles(demo=True), settings, None, None), tmp_path / "out")
    lines = (tmp_path / "out" / "findings.maf").read_text().splitlines()
    assert lines[0] == "#version 2.4" and "Research use only" in lines[1]
    header, *rows = (line.split("\t") for line in lines if not line.startswith("#"))
    assert (
        tuple(header) == COLUMNS
        and len(COLUMNS) == len(set(COLUMNS))
        and header[:5] == [*("Hugo_Symbol", "Entrez_Gene_Id", "Center", "NCBI_Build", "Chromosome")]
    )
    braf, tp53 = (dict(zip(header, row, strict=True)) for row in rows)
    assert (braf["Tumor_Sample_Barcode"], braf["NCBI_Build"], braf["Mutation_Status"]) == ("S1", "GRCh38", "Somatic")
    assert (braf["t_depth"], braf["t_ref_count"], braf["t_alt_count"]) == ("200", "150", "50")
    assert braf["HGVSp_Short"] == "p.V600E" and braf["loci2lead_tier"] == "I-A"
    assert braf["Tumor_Seq_Allele1"] == braf["Reference_Allele"] and tp53["Tumor_Seq_Allele1"] == "T"
