"""Annotations of other tools: the same change read alike from VEP, SnpEff and bcftools csq."""

from pathlib import Path

import pytest

from loci2lead.cli import main
from loci2lead.io.vcf import AnnotatedVariant, read_annotated

CSQ = (
    "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|cDNA_position|"
    "CDS_position|Protein_position|STRAND|SIFT|PolyPhen|MANE_SELECT|CANONICAL|gnomADe_AF|gnomADe_AFR_AF|REVEL"
)
ANN = (
    "Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | "
    "Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | Distance | "
    "ERRORS / WARNINGS / INFO"
)
HEAD = [
    "##fileformat=VCFv4.2",
    "##contig=<ID=chr5,length=181538259>",
    "##contig=<ID=chr7,length=159345973>",
    f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {CSQ}">',
    f"##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: '{ANN}' \">",
    '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq, see '
    "http://samtools.github.io/bcftools/howtos/csq-calling.html for details. Format: Consequence|gene|transcript|"
    'biotype|strand|amino_acid_change|dna_change">',
    '##INFO=<ID=TVAF,Number=A,Type=Float,Description="x">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
]
VEP_BRAF = (
    "T|missense_variant|MODERATE|BRAF|673|Transcript|NM_004333.6|protein_coding|15/18||NM_004333.6:c.1799T>A|"
    "NP_004324.2:p.Val600Glu|2025|1799|600|-1|deleterious(0)|probably_damaging(0.96)|NM_004333.6|YES|4e-6|0.00002|0.9"
)
ANN_BRAF = (
    "T|missense_variant|MODERATE|BRAF|BRAF|transcript|NM_004333.6|protein_coding|15/18|c.1799T>A|p.Val600Glu|"
    "2025/6459|1799/2301|600/766||"
)
BCSQ_BRAF = "missense|BRAF|NM_004333|protein_coding|-|600V>600E|140753336A>T"


def read(path: Path, tag: str, value: str, place: str = "chr7 140753336 . A T") -> list[AnnotatedVariant]:
    head = [line for line in HEAD if "INFO=<ID=" not in line or f"ID={tag}," in line or "TVAF" in line]
    row = (
        f"{place} . PASS".replace(" ", "\t")
        + f"\t{tag}={value};TVAF="
        + ",".join("0.3" for _ in place.split()[4].split(","))
    )
    path.write_text("\n".join([*head, row]) + "\n")
    return read_annotated(path)


@pytest.mark.parametrize(("tag", "value"), [("CSQ", VEP_BRAF), ("ANN", ANN_BRAF), ("BCSQ", BCSQ_BRAF)])
def test_the_same_change_is_read_from_every_annotation(tmp_path: Path, tag: str, value: str) -> None:
    (variant,) = read(tmp_path / "a.vcf", tag, value)
    assert (variant.gene, variant.codon, variant.hgvs_p) == ("BRAF", 600, "p.Val600Glu")
    assert variant.consequences == ("missense_variant",)
    assert variant.hgvs_c == (None if tag == "BCSQ" else "c.1799T>A")


SNPEFF = [
    ("disruptive_inframe_deletion", ("inframe_deletion",), "19/28"),
    ("splice_region_variant&intron_variant", ("splice_region_variant", "intron_variant"), None),
    ("frameshift_variant&stop_gained", ("stop_gained", "frameshift_variant"), "19/28"),
]


@pytest.mark.parametrize(("words", "expected", "exon"), SNPEFF)
def test_the_words_of_snpeff_become_ontology_terms(
    tmp_path: Path, words: str, expected: tuple[str, ...], exon: str | None
) -> None:
    value = ANN_BRAF.replace("missense_variant", words).replace("15/18", "19/28")
    (variant,) = read(tmp_path / "a.vcf", "ANN", value)
    assert variant.consequences == expected and variant.exon == exon


BCSQ = [
    ("stop_gained|TP53|NM_1|protein_coding|-|213R>213*|1A>T", "p.Arg213Ter", ("stop_gained",), 213),
    ("*missense|TP53|NM_1|protein_coding|-|213R>213Q|1A>T", "p.Arg213Gln", ("missense_variant",), 213),
    ("start_lost|BRCA2|NM_1|protein_coding|+|1M>1I|1A>T", "p.Met1?", ("start_lost",), 1),
    ("frameshift|BRCA1|NM_1|protein_coding|-|23EV..1863>23V..38|1ACT>A", None, ("frameshift_variant",), 23),
    ("splice_donor|MET|NM_1|protein_coding", None, ("splice_donor_variant",), None),
]


@pytest.mark.parametrize(("value", "protein", "terms", "codon"), BCSQ)
def test_what_csq_says_of_residues(
    tmp_path: Path, value: str, protein: str | None, terms: tuple[str, ...], codon: int | None
) -> None:
    (variant,) = read(tmp_path / "a.vcf", "BCSQ", value)
    assert (variant.hgvs_p, variant.consequences, variant.codon) == (protein, terms, codon)


def test_the_alleles_of_a_csq_record_are_told_apart_by_their_bases(tmp_path: Path) -> None:
    value = f"{BCSQ_BRAF},missense|BRAF|NM_004333|protein_coding|-|600V>600G|140753336A>C"
    first, second = read(tmp_path / "a.vcf", "BCSQ", value, "chr7 140753336 . A C,T")
    assert (first.hgvs_p, second.hgvs_p) == ("p.Val600Gly", "p.Val600Glu")


def test_the_pinned_transcript_wins_over_the_first(tmp_path: Path) -> None:
    other = ANN_BRAF.replace("NM_004333.6", "NM_001374258.1").replace("600", "640")
    (variant,) = read(tmp_path / "a.vcf", "ANN", f"{other},{ANN_BRAF}")
    assert variant.codon == 600


def test_frequencies_and_predictions_come_along(tmp_path: Path) -> None:
    (variant,) = read(tmp_path / "a.vcf", "CSQ", VEP_BRAF)
    assert (variant.frequency, variant.frequency_given, variant.predicted) == (0.00002, True, "damaging")
    unsure = VEP_BRAF.replace("probably_damaging(0.96)", "benign(0.01)").replace("4e-6|0.00002", "|")
    (variant,) = read(tmp_path / "a.vcf", "CSQ", unsure)
    assert (variant.frequency, variant.frequency_given, variant.predicted) == (None, True, None)
    (variant,) = read(tmp_path / "a.vcf", "ANN", ANN_BRAF)
    assert (variant.frequency, variant.frequency_given, variant.predicted) == (None, False, None)


def test_the_promoter_of_tert_is_known_by_its_place(tmp_path: Path) -> None:
    value = VEP_BRAF.replace("missense_variant", "upstream_gene_variant").replace("BRAF|673", "TERT|7015")
    (variant,) = read(tmp_path / "a.vcf", "CSQ", value, "chr5 1295113 . G A")
    assert variant.rules == ("TERT_promoter",)
    (variant,) = read(tmp_path / "a.vcf", "CSQ", value, "chr5 1295228 . G A")  # GRCh37's place of the same change
    assert variant.rules == ()


@pytest.mark.parametrize(("tag", "value"), [("CSQ", VEP_BRAF), ("ANN", ANN_BRAF), ("BCSQ", BCSQ_BRAF)])
def test_without_a_reference_the_annotation_of_the_file_is_kept(tmp_path: Path, tag: str, value: str) -> None:
    read(tmp_path / "in.vcf", tag, value)
    (tmp_path / "genes.gff3").write_text("##gff-version 3\n")
    flags = ["--variants", str(tmp_path / "in.vcf"), "--genes", str(tmp_path / "genes.gff3")]
    assert main(["annotate-variants", *flags, "--output", str(tmp_path / "out.vcf.gz")]) == 0
    (variant,) = read_annotated(tmp_path / "out.vcf.gz")
    assert (variant.gene, variant.hgvs_p) == ("BRAF", "p.Val600Glu")
