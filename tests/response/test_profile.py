"""Tumour profiles: states of mutation, units of expression and copies, and unknown that stays unknown."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from loci2lead.errors import InputError
from loci2lead.io.gff import Gene, Transcript
from loci2lead.io.vcf import AnnotatedVariant
from loci2lead.records import PROFILE_COLUMNS, names
from loci2lead.response.profile import _overlap, build_profile, check_oncotree, covered_coding_megabases
from loci2lead.response.profile_copy_number import read_copy_number
from loci2lead.response.profile_expression import read_expression
from loci2lead.response.profile_mutations import hotspots, mutation_states, state_of
from loci2lead.response.profile_names import current_names
from loci2lead.response.subtypes import tissue_of
from loci2lead.seeds import generator

TISSUES = {
    *("lung", "blood", "aerodigestive", "skin", "ovary", "cns", "breast", "large_intestine", "pancreas", "bone"),
    *("autonomic_ganglia", "stomach", "kidney", "urinary_tract", "endometrium", "soft_tissue", "liver", "thyroid"),
    *("cervix", "biliary_tract", "prostate", "testis", "small_intestine", "salivary_gland"),
}


def variant(gene: str = "BRAF", ref: str = "A", alt: str = "T", **fields: object) -> AnnotatedVariant:
    return AnnotatedVariant("7", 100, ref, alt, gene=gene, **fields)  # type: ignore[arg-type]


STATES = [
    (variant(consequences=("missense_variant",), codon=600, hgvs_p="p.Val600Glu"), "hotspot"),
    (variant(consequences=("missense_variant", "splice_region_variant"), codon=600), "hotspot"),
    (variant(consequences=("missense_variant",), codon=300), "missense"),
    (variant(consequences=("synonymous_variant",), codon=600), None),
    (variant(consequences=("stop_gained",), codon=600), "truncating"),
    (variant(consequences=("frameshift_variant",), codon=600), "truncating"),
    (variant(consequences=("splice_donor_variant",)), "truncating"),
    (variant(consequences=("start_lost",), codon=1), "truncating"),
    (variant(consequences=("stop_lost",), codon=767), "other"),
    (variant(consequences=("intron_variant",)), None),
    (variant(consequences=("3_prime_UTR_variant",)), None),
    (variant(gene="EGFR", ref="ACCC", alt="A", consequences=("inframe_deletion",), codon=300), "inframe"),
    (variant(gene="EGFR", ref="ACCC", alt="A", consequences=("inframe_deletion",), codon=747), "hotspot"),
    (
        variant(
            gene="EGFR",
            ref="ACCC",
            alt="A",
            consequences=("inframe_deletion",),
            codon=740,
            hgvs_p="p.Ile740_Glu746del",
        ),
        "hotspot",
    ),
    (variant(gene="TERT", consequences=("upstream_gene_variant",), rules=("TERT_promoter",)), "hotspot"),
    (variant(gene="MET", consequences=("splice_donor_variant",), rules=("MET_exon14",)), "hotspot"),
    (variant(consequences=("missense_variant",), codon=600, flags=("other_numbering",)), "missense"),
    (variant(codon=600), "hotspot"),
    (variant(codon=300), "other"),
    (variant(ref="AC", alt="A", codon=600), "truncating"),
    (variant(ref="ACCC", alt="A", codon=300), "inframe"),
    (variant(), None),
]


@pytest.mark.parametrize(("given", "state"), STATES)
def test_the_state_of_one_variant(given: AnnotatedVariant, state: str | None) -> None:
    assert state_of(given) == state


def test_the_worst_counts_and_what_did_not_pass_or_is_not_carried_does_not() -> None:
    missense = {"consequences": ("missense_variant",), "codon": 300}
    stop = {"consequences": ("stop_gained",), "codon": 301}
    variants = [
        variant("A", **missense),  # type: ignore[arg-type]
        variant("A", **stop),  # type: ignore[arg-type]
        variant("B", **missense, filters=("LowQual",)),  # type: ignore[arg-type]
        variant("C", **missense, genotype="0/0"),  # type: ignore[arg-type]
        variant("D", **missense, genotype="./."),  # type: ignore[arg-type]
        variant("E", **missense, genotype="0|1"),  # type: ignore[arg-type]
        AnnotatedVariant("7", 5, "A", "T"),
    ]
    assert mutation_states(variants) == {"A": "truncating", "D": "missense", "E": "missense"}
    assert mutation_states(reversed(variants)) == mutation_states(variants)


def test_our_hotspot_table_is_sound() -> None:
    table = hotspots()
    assert len(table) > 60 and all(s.first <= s.last and s.first > 0 for spots in table.values() for s in spots)
    assert {s.kind for spots in table.values() for s in spots} == {"substitution", "inframe"}


def write(path: Path, text: str) -> Path:
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def whole(values: list[float], name: str = "tpm") -> str:
    return f"gene\t{name}\n" + "".join(f"G{i}\t{value}\n" for i, value in enumerate(values))


@pytest.mark.parametrize("header", ["gene\ttpm", "TargetID\tTPM", "Symbol\tTpm", "x\tGene\tTPM"])
def test_expression_is_read_under_usual_names(tmp_path: Path, header: str) -> None:
    prefix = "0\t" if header.startswith("x") else ""
    path = write(tmp_path / "e.tsv.gz", f"{header}\n{prefix}BRAF\t3\n{prefix}KRAS\t0\n")
    assert read_expression(path).to_dict() == {"BRAF": 2.0, "KRAS": 0.0}


many = [1.5 + 7 * i for i in range(150)]
WRONG_UNITS = [
    (whole([float(int(v)) for v in many]), "expected TPM"),
    (whole([v / 100 for v in many]), "expected TPM"),
    (whole([v * 100 for v in many]), "expected TPM"),
    (whole([*many, -1.0]), "negative, expected TPM"),
    (whole([1.0], "log2_tpm"), "logarithms, expected TPM"),
    (whole([1.0], "counts"), "read counts, expected TPM"),
    (whole([1.0], "FPKM"), "FPKM, expected TPM"),
    (whole([1.0], "value"), "lacks its gene or its TPM"),
    ("a\ttpm\nBRAF\t1\n", "lacks its gene or its TPM"),
    ("gene\ttpm\nBRAF\t1\nBRAF\t2\n", "more than once"),
    ("gene\ttpm\nBRAF\tmuch\n", "not a number"),
    ("gene\ttpm\nBRAF\t\n", "not a number"),
    ("gene\ttpm\n", "holds no genes"),
    ("gene\ttpm\nENSG00000157764\t1\nENSG00000133703.4\t2\n", "Ensembl id"),
    ("", "cannot be read"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_UNITS, ids=[m for _, m in WRONG_UNITS])
def test_expression_in_another_unit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_expression(write(tmp_path / "e.tsv", text))


def test_a_row_given_twice_alike_is_taken_once(tmp_path: Path) -> None:
    assert read_expression(write(tmp_path / "e.tsv", "gene\ttpm\nBRAF\t3\nBRAF\t3\n")).to_dict() == {"BRAF": 2.0}


GENES = [
    Gene("A", "A", "1", 100, 200, 1, "protein_coding"),
    Gene("B", "B", "1", 1000, 1100, -1, "protein_coding"),
    Gene("C", "C", "2", 100, 200, 1, "protein_coding"),
]
COPIES = [
    ("gene\tcopies\nA\t4\nB\t2\n", {"A": 2.0, "B": 1.0}),
    ("gene\tlog2\nA\t1\nB\t0\n", {"A": 2.0, "B": 1.0}),
    ("gene\tcopies_relative\nA\t0.5\n", {"A": 0.5}),
    ("chrom\tstart\tend\tcopies\n1\t0\t500\t3\n", {"A": 1.5}),
    ("chrom\tstart\tend\tcopies\nchr1\t0\t150\t2\nchr1\t150\t500\t4\n", {"A": 1.5}),
    ("Chromosome\tStart\tEnd\tnMajor\tnMinor\n1\t0\t5000\t2\t0\n2\t0\t120\t1\t0\n", {"A": 1.0, "B": 1.0}),
    ("#chrom\tstart\tend\tlog2\n2\t0\t1000\t-1\n", {"C": 0.5}),
]


TOOLS = [
    (
        "cnvkit.cns",
        "chromosome\tstart\tend\tgene\tlog2\tdepth\tprobes\tweight\n"
        "chr1\t0\t500\tA,OTHER\t1.0\t90.1\t12\t8.5\nchr1\t500\t5000\tB\t-20\t0\t40\t30.1\nchr2\t0\t900\t-\t0\t50\t9\t4\n",
        {"A": 2.0, "B": 2.0**-20, "C": 1.0},
    ),
    (
        "cnvkit.call.cns",
        "chromosome\tstart\tend\tgene\tlog2\tbaf\tcn\tcn1\tcn2\tdepth\tprobes\tweight\n"
        "chr1\t0\t500\tA,OTHER\t1.7\t0.9\t9\t8\t1\t90.1\t12\t8.5\n",
        {"A": 4.5},
    ),
    ("ascat.txt", "sample\tchr\tstartpos\tendpos\tnMajor\tnMinor\nT1\t1\t0\t5000\t5\t1\n", {"A": 3.0, "B": 3.0}),
    (
        "purecn_genes.csv",
        "Sampleid,gene.symbol,chr,start,end,C,seg.mean,seg.id,number.targets,gene.mean,focal,type\n"
        "T1,A,chr1,100,200,8,1.9,3,20,1.8,TRUE,AMPLIFICATION\nT1,B,chr1,1000,1100,NA,0.1,3,9,0.1,FALSE,\n",
        {"A": 4.0},
    ),
    (
        "purecn_loh.csv",
        "Sampleid,chr,start,end,arm,C,M,type,seg.mean,num.mark\nT1,chr1,1,5000,p,1,0,LOH,-0.6,90\n",
        {"A": 0.5, "B": 0.5},
    ),
    ("dnacopy.seg", "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nT1\t1\t1\t5000\t90\t1\n", {"A": 2.0, "B": 2.0}),
    ("facets.tsv", "chrom\tstart\tend\ttcn.em\tlcn.em\n1\t1\t5000\t0\t0\n", {"A": 0.0, "B": 0.0}),
]


@pytest.mark.parametrize(("name", "text", "expected"), TOOLS, ids=[name for name, *_ in TOOLS])
def test_the_tables_of_copy_number_tools_are_read_as_they_are(
    tmp_path: Path, name: str, text: str, expected: dict[str, float]
) -> None:
    assert read_copy_number(write(tmp_path / name, text), GENES).to_dict() == pytest.approx(expected)


@pytest.mark.parametrize(("text", "expected"), COPIES)
def test_copies_are_brought_to_diploid(tmp_path: Path, text: str, expected: dict[str, float]) -> None:
    assert read_copy_number(write(tmp_path / "c.tsv", text), GENES).to_dict() == expected


BAD_COPIES = [
    ("gene\tcopies\nA\t-1\n", "negative"),
    ("gene\tcopies\nA\tx\n", "not a number"),
    ("gene\tcopies\nA\t1\nA\t2\n", "more than once"),
    ("gene\tvalue\nA\t1\n", "lacks its values"),
    ("x\tcopies\nA\t1\n", "neither genes nor segments"),
    ("chrom\tstart\tend\tcopies\n9\t1\t5\t2\n", "share no contig"),
    ("chrom\tstart\tend\tcopies\n1\tx\t5\t2\n", "not a whole number"),
    ("chrom\tstart\tend\tcopies\n1\t9\t5\t2\n", "ends before it begins"),
    ("gene\tlog2\nA\t50\n", "too large"),
]


@pytest.mark.parametrize(("text", "message"), BAD_COPIES, ids=[m for _, m in BAD_COPIES])
def test_copies_that_make_no_sense_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_copy_number(write(tmp_path / "c.tsv", text), GENES)


def transcripts() -> list[Transcript]:
    return [Transcript(g, f"T{g.name}", ((g.start, g.end),), ((g.start, g.end - 1),)) for g in GENES]


def vcf(path: Path, *rows: str) -> Path:
    lines = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=1>",
        '##INFO=<ID=TVAF,Number=1,Type=Float,Description="x">',
        '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL|Protein_position">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
        *(row.replace(" ", "\t") for row in rows),
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


MISSENSE = "1 120 . A T . PASS TVAF=0.4;CSQ=T|missense_variant|A|7"


def profile(folder: Path, *rows: str, **options: object) -> pd.DataFrame:
    table = build_profile(
        vcf(folder / "v.vcf", *rows),
        transcripts(),
        sample="s",
        oncotree="COAD",
        **options,  # type: ignore[arg-type]
    )
    assert list(table.columns) == names(PROFILE_COLUMNS)
    assert [str(t) for t in table.dtypes] == [c.dtype for c in PROFILE_COLUMNS]
    return table.set_index("gene")


def test_without_coverage_a_silent_gene_is_unknown(tmp_path: Path) -> None:
    table = profile(tmp_path, MISSENSE)
    assert table.loc["A", "mutation_state"] == "missense"
    assert table.loc[["B", "C"], "mutation_state"].isna().all()
    assert table["covered"].isna().all() and table["copies_relative"].isna().all() and table["log2_tpm"].isna().all()


def test_an_exome_is_taken_as_seen_only_when_told_so(tmp_path: Path) -> None:
    table = profile(tmp_path, MISSENSE, assume_covered="exome")
    assert table["mutation_state"].to_dict() == {"A": "missense", "B": "none", "C": "none"}
    assert table["covered"].all()


def test_coverage_decides_what_is_none(tmp_path: Path) -> None:
    bed = write(tmp_path / "c.bed", "track x\nchr1\t1000\t1040\nchr1\t1030\t1085\n2\t100\t150\n")
    table = profile(tmp_path, MISSENSE, covered=bed)
    assert table["mutation_state"].fillna("?").to_dict() == {"A": "missense", "B": "none", "C": "?"}
    assert table["covered"].to_dict() == {"A": True, "B": True, "C": False}


def test_the_size_that_a_burden_is_divided_by_is_the_coding_part_of_the_bed(tmp_path: Path) -> None:
    bed = write(tmp_path / "c.bed", "chr1\t1000\t1040\nchr1\t1030\t1085\n2\t100\t150\n3\t1\t900\n")
    assert covered_coding_megabases(transcripts(), bed) == pytest.approx((85 + 50) / 1e6)


def test_overlaps_are_those_of_a_base_by_base_count() -> None:
    draws = generator(2, "overlaps")
    for _ in range(200):
        edges = sorted(draws.choice(60, size=8, replace=False).tolist())
        regions = list(zip(edges[::2], edges[1::2], strict=True))
        start, end = sorted(draws.choice(60, size=2, replace=False).tolist())
        bases = sum(any(a <= base < b for a, b in regions) for base in range(start, end))
        assert _overlap((start, end), regions) == bases


def test_all_inputs_meet_by_gene_and_old_names_are_brought_up_to_date(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    copies = write(tmp_path / "c.tsv", "gene\tcopies\nA\t4\nHER2\t6\n")
    levels = write(tmp_path / "e.tsv", "gene\ttpm\nA\t1\nMLL2\t3\n")
    table = profile(tmp_path, MISSENSE, copy_number=copies, expression=levels)
    assert list(table.index) == ["A", "B", "C", "ERBB2", "KMT2D"]
    assert table.loc["ERBB2", "copies_relative"] == 3.0 and table.loc["KMT2D", "log2_tpm"] == 2.0
    assert table.loc["A", "copies_relative"] == 2.0 and table.loc["A", "log2_tpm"] == 1.0
    assert pd.isna(table.loc["ERBB2", "mutation_state"]) and pd.isna(table.loc["ERBB2", "covered"])
    assert "HER2 → ERBB2" in caplog.text and "MLL2 → KMT2D" in caplog.text


def test_two_genes_never_fall_into_one() -> None:
    assert current_names(["HER2", "ERBB2", "MLL2"]) == {"MLL2": "KMT2D"}
    assert len(current_names(["P16", "CDKN2", "P14ARF"])) == 1


BEDS = [("", "no regions"), ("1\t5\n", "Not a BED"), ("1\t9\t5\n", "Not a BED"), ("9\t1\t5\n", "share no contig")]


@pytest.mark.parametrize(("text", "message"), BEDS)
def test_a_bad_bed_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        profile(tmp_path, MISSENSE, covered=write(tmp_path / "c.bed", text))


def test_oncotree_codes() -> None:
    assert check_oncotree("coad") == "COAD"
    with pytest.raises(InputError, match="LUAD"):
        check_oncotree("LUADD")
    with pytest.raises(InputError, match="COAD"):
        check_oncotree("Colon Adenocarcinom")


@pytest.mark.parametrize(
    ("code", "tissue"),
    [
        ("COAD", "large_intestine"),
        ("LUAD", "lung"),
        ("GBM", "cns"),
        ("AML", "blood"),
        ("NBL", "autonomic_ganglia"),
        ("CUP", ""),
    ],
)
def test_codes_have_tissues(code: str, tissue: str) -> None:
    assert tissue_of(code) == tissue


def test_every_tissue_word_is_one_the_lines_use() -> None:
    from loci2lead.response.profile_names import TABLES

    table = pd.read_csv(TABLES / "oncotree_tissue.tsv", sep="\t", comment="#", keep_default_na=False)
    assert set(table["tissue"]) - {""} <= TISSUES and table["oncotree"].is_unique and len(table) > 200


@pytest.mark.data
def test_real_expression_is_accepted(data_dir: Path) -> None:
    levels = read_expression(data_dir / "clinical/pcgr_examples/T001-COAD.gene_expression.tsv.gz")
    assert len(levels) == 19307 and levels.max() < 20 and levels.min() == 0
