"""Fusions as tools write them, and what statements and checklists make of them."""

from pathlib import Path

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.errors import InputError
from loci2lead.report.evidence.biomarkers import parse_expression
from loci2lead.report.patient.checklist import checklist, sight_of
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.evaluate import Tumour, evaluate, tumour_of
from loci2lead.report.patient.findings import copy_findings, fusion_findings
from loci2lead.report.patient.fusions import Fusion, read_fusions

ARRIBA = (
    "#gene1\tgene2\tstrand1(gene/fusion)\tstrand2(gene/fusion)\tbreakpoint1\tbreakpoint2\tsite1\tsite2\ttype\t"
    "split_reads1\tsplit_reads2\tdiscordant_mates\tcoverage1\tcoverage2\tconfidence\treading_frame\ttags\n"
)
STAR = (
    "#FusionName\tJunctionReadCount\tSpanningFragCount\test_J\test_S\tSpliceType\tLeftGene\tLeftBreakpoint\tRightGene\t"
    "RightBreakpoint\tLargeAnchorSupport\tFFPM\tLeftBreakDinuc\tLeftBreakEntropy\tRightBreakDinuc\tRightBreakEntropy\t"
    "annots\tPROT_FUSION_TYPE\n"
)


def arriba(one: str, two: str, confidence: str = "high", frame: str = "in-frame") -> str:
    return (
        f"{one}\t{two}\t+/+\t-/-\t2:42295516\t2:29223528\tCDS/splice-site\tCDS/splice-site\tinversion\t"
        f"12\t9\t5\t100\t90\t{confidence}\t{frame}\tMitelman\n"
    )


def star(name: str, frame: str = "INFRAME") -> str:
    one, two = name.split("--")
    return (
        f"{name}\t20\t6\t20\t6\tONLY_REF_SPLICE\t{one}^ENSG1.1\tchr2:1:+\t{two}^ENSG2.1\tchr2:9:-\tYES_LDAS\t1.5\tGT\t1.8\t"
        f'AG\t1.8\t["INTRACHROMOSOMAL"]\t{frame}\n'
    )


KINASE_LOST = "ALK is the 5' partner: the reciprocal product does not keep its kinase"
TABLES = [
    (ARRIBA + arriba("EML4", "ALK"), [Fusion("EML4", "ALK", 26)]),
    (ARRIBA + arriba("EML4", "ALK", "low"), [Fusion("EML4", "ALK", 26, "Arriba's confidence is low")]),
    (
        ARRIBA + arriba("EML4", "ALK", frame="out-of-frame") + arriba("EML4", "ALK"),
        [Fusion("EML4", "ALK", 26)],
    ),
    (ARRIBA + arriba("ALK", "EML4"), [Fusion("ALK", "EML4", 26, KINASE_LOST)]),
    (
        ARRIBA + arriba("KIF5B", "AB1(1200),AB2(900)"),
        [Fusion("KIF5B", g, 26, "a breakpoint lies between genes") for g in ("AB1", "AB2")],
    ),
    (STAR + star("TPM3--NTRK1"), [Fusion("TPM3", "NTRK1", 26)]),
    (STAR + star("CD74--ROS1", "FRAMESHIFT"), [Fusion("CD74", "ROS1", 26, "reading frame: FRAMESHIFT")]),
    (STAR + star("FGFR3--TACC3"), [Fusion("FGFR3", "TACC3", 26)]),
    (STAR.replace("\tPROT_FUSION_TYPE", "") + star("EML4--ALK").replace("\tINFRAME", ""), [Fusion("EML4", "ALK", 26)]),
    (STAR, []),
    (
        "FusionGene\tLeftBreakpoint\tRightBreakpoint\tSplitReads\nEML4--ALK\t2:1\t2:9\t100\n",
        [Fusion("EML4", "ALK", 100)],
    ),
    ("gene_5\tgene_3\nEML4\tALK\n", [Fusion("EML4", "ALK")]),
    (
        "Gene_1_symbol(5end_fusion_partner)\tGene_2_symbol(3end_fusion_partner)\tPredicted_effect\nEML4\tALK\tin-frame\n",
        [Fusion("EML4", "ALK")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), TABLES)
def test_tables_of_fusion_callers_are_read_as_they_are(tmp_path: Path, text: str, expected: list[Fusion]) -> None:
    (tmp_path / "fusions.tsv").write_text(text)
    assert read_fusions(tmp_path / "fusions.tsv") == expected


def test_another_table_is_refused_with_the_known_columns(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match="STAR-Fusion: #FusionName"):
        read_fusions(tmp_path / "x.tsv")


def tumour(folder: Path, text: str, copies: dict[str, float] | None = None) -> Tumour:
    (folder / "f.tsv").write_text(text)
    found = fusion_findings(folder / "f.tsv", 0)
    found += copy_findings(copies or {}, len(found))
    context = Context("S1", oncotree="LUAD", consent_somatic=True)
    return tumour_of(context, found, {}, copies_measured=frozenset(copies or {}), fusions_tested=True)


FUSION_STATES = [
    ("ALK fusion", "met", "fusion"),
    ("EML4::ALK", "met", "fusion of the named partners"),
    ("KIF5B::ALK", "not met", ""),
    ("RET fusion", "unknown", ""),
    ("NTRK2 fusion", "not met", ""),
]


@pytest.mark.parametrize(("asked", "state", "level"), FUSION_STATES)
def test_statements_about_fusions_say_how_they_match(tmp_path: Path, asked: str, state: str, level: str) -> None:
    table = STAR + star("EML4--ALK") + star("CCDC6--RET", "FRAMESHIFT")
    (leaf,) = evaluate(parse_expression(asked), tumour(tmp_path, table)).leaves
    assert (leaf.state, leaf.level) == (state, level)


COPY_STATES = [
    ("ERBB2 amplification", "met", "copy number: amplification"),
    ("MET amplification", "not met", ""),
    ("PTEN deletion", "met", "copy number: deletion"),
    ("CDKN2A deletion", "unknown", ""),
]


@pytest.mark.parametrize(("asked", "state", "level"), COPY_STATES)
def test_statements_about_copies_say_how_they_match(tmp_path: Path, asked: str, state: str, level: str) -> None:
    copies = {"ERBB2": 4.0, "MET": 1.5, "PTEN": 0.1}
    (leaf,) = evaluate(parse_expression(asked), tumour(tmp_path, STAR, copies)).leaves
    assert (leaf.state, leaf.level) == (state, level)


BROKEN = "CCDC6::RET fusion: reading frame: FRAMESHIFT"
LINES = [
    (star("EML4--ALK") + star("CCDC6--RET", "FRAMESHIFT"), "found", f"found: EML4::ALK fusion; in doubt: {BROKEN}"),
    (star("CCDC6--RET", "FRAMESHIFT"), "not assessable", f"not assessable: {BROKEN}"),
    (star("FGFR3--TACC3"), "not found", "not found in the table of fusions"),
]


@pytest.mark.parametrize(("rows", "status", "words"), LINES)
def test_the_checklist_tells_found_doubtful_and_absent_apart(
    tmp_path: Path, rows: str, status: str, words: str
) -> None:
    made = checklist(tumour(tmp_path, STAR + rows), sight_of([]), True, load_oncotree(None))
    assert [(line.status, line.words) for line in made if "fusion" in line.item] == [(status, words)]
