"""The words of the sources become the biomarkers they mean, and nothing else."""

import pytest

from loci2lead.report.evidence.biomarkers import parse_expression, parse_leaf
from loci2lead.report.evidence.line import line_of
from loci2lead.report.evidence.statement import AllOf, AnyOf, Biomarker, Not, describe, leaves

LEAVES = [
    ("BRAF p.V600E", "", "change", "BRAF", "V600E"),
    ("V600E", "BRAF", "change", "BRAF", "V600E"),
    ("E746_A750del", "EGFR", "change", "EGFR", "E746_A750del"),
    ("NPM1 p.W288Cfs*12", "", "change", "NPM1", "W288Cfs*12"),
    ("BRAF V600", "", "codon", "BRAF", "600"),
    ("EGFR Exon 19 (Deletion)", "", "exon", "EGFR", "19 deletion"),
    ("MET Exon 14 (Splice Site)", "", "exon", "MET", "14 splice site"),
    ("EXON 14 SKIPPING MUTATION", "MET", "exon", "MET", "14 skipping"),
    ("EXON 12 MUTATION", "NPM1", "exon", "NPM1", "12 mutation"),
    ("FLT3-ITD", "", "exon", "FLT3", "14 insertion"),
    ("PIK3CA somatic variants", "", "gene", "PIK3CA", ""),
    ("EGFR TKD activating variants", "", "gene", "EGFR", ""),
    ("MUTATION", "TP53", "gene", "TP53", ""),
    ("LOSS-OF-FUNCTION", "PTEN", "gene", "PTEN", ""),
    ("PTEN nonsense variants", "", "truncating", "PTEN", ""),
    ("FRAMESHIFT TRUNCATION", "NF1", "truncating", "NF1", ""),
    ("ERBB2 amplification", "", "copy_number", "ERBB2", "amplification"),
    ("LOSS", "PTEN", "copy_number", "PTEN", "deletion"),
    ("v::ALK", "", "fusion", "ALK", ""),
    ("BCR::ABL1", "", "fusion", "ABL1", "BCR"),
    ("EML4-ALK", "ALK", "fusion", "ALK", "EML4"),
    ("ALK FUSIONS", "ALK", "fusion", "ALK", ""),
    ("FGFR2 rearrangements", "", "fusion", "FGFR2", ""),
    ("Wild type KRAS", "", "wild_type", "KRAS", ""),
    ("KRAS wildtype", "", "wild_type", "KRAS", ""),
    ("HER2-negative", "", "marker", "HER2", "negative"),
    ("ER positive", "", "marker", "ER", "positive"),
    ("PD-L1 (CPS) >= 10", "", "marker", "PD-L1", ">=10"),
    ("dMMR", "", "marker", "MMR", "deficient"),
    ("MSI-H", "", "marker", "MSI", "high"),
    ("TMB-H (>= 10 mutations / Mb)", "", "marker", "TMB", "high"),
    ("EXPRESSION", "EGFR", "other", "EGFR", "EXPRESSION"),
    ("EML4-ALK C1156Y", "ALK", "other", "ALK", "EML4-ALK C1156Y"),
    ("17p deletion", "", "other", "17p", "deletion"),
]


@pytest.mark.parametrize(("text", "gene", "kind", "name", "detail"), LEAVES)
def test_a_leaf(text: str, gene: str, kind: str, name: str, detail: str) -> None:
    leaf = parse_leaf(text, gene)
    assert isinstance(leaf, Biomarker)
    assert (leaf.kind, leaf.name, leaf.detail) == (kind, name, detail)


@pytest.mark.parametrize(("text", "expected"), [("G12/G13", ["12", "13"]), ("V600E/K", ["V600E", "V600K"])])
def test_a_slash_gives_alternatives(text: str, expected: list[str]) -> None:
    either = parse_leaf(text, "KRAS")
    assert isinstance(either, AnyOf)
    assert [leaf.detail for leaf in leaves(either)] == expected


def test_operators_bind_as_usual() -> None:
    parsed = parse_expression("BRAF V600E AND NOT (KRAS G12D OR KRAS G13D)")
    assert isinstance(parsed, AllOf) and isinstance(parsed.parts[1], Not)
    assert isinstance(parsed.parts[1].part, AnyOf)
    assert describe(parsed) == "BRAF V600E and not (KRAS G12D or KRAS G13D)"


def test_and_binds_tighter_than_or() -> None:
    parsed = parse_expression("EGFR L858R OR EGFR T790M AND HER2 negative")
    assert isinstance(parsed, AnyOf) and isinstance(parsed.parts[1], AllOf)


def test_words_in_brackets_belong_to_their_biomarker() -> None:
    parsed = parse_expression("PD-L1 (CPS) >= 10 & HER2-positive")
    assert isinstance(parsed, AllOf)
    assert [leaf.name for leaf in leaves(parsed)] == ["PD-L1", "HER2"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("first-line treatment of metastatic disease", "first line"),
        ("after prior therapy", "after prior therapy"),
        ("who have received prior systemic therapy", "after prior therapy"),
        ("following progression on an endocrine-based regimen", "after prior therapy"),
        ("first-line treatment; or after previous fluoropyrimidine", "first line or after prior therapy"),
        ("adjuvant treatment of early breast cancer", "adjuvant"),
        ("metastatic colorectal cancer with a BRAF V600E mutation", ""),
    ],
)
def test_the_line_of_therapy_is_read_from_a_label(text: str, line: str) -> None:
    assert line_of(text) == line
