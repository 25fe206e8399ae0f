"""Loaders: every format gives the same statements, and a file of another kind is told by its columns."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.errors import InputError
from loci2lead.report.evidence.civic import load_civic
from loci2lead.report.evidence.diseases import map_disease
from loci2lead.report.evidence.drugs import display, regimen, split_regimen
from loci2lead.report.evidence.moalmanac import load_moalmanac_assertions, load_moalmanac_statements
from loci2lead.report.evidence.resources import exclusions, read_hotspots
from loci2lead.report.evidence.sources import EvidenceFiles, Source, check_date, load_evidence
from loci2lead.report.evidence.statement import Biomarker, Statement, leaves
from loci2lead.report.evidence.user_table import load_table

TREE = load_oncotree()
OLD = {
    **{"gene": "BRAF", "variant": "V600E", "disease": "Colorectal Cancer", "doid": "9256"},
    **{"drugs": "Vemurafenib", "drug_interaction_type": "", "evidence_type": "Predictive"},
    **{"evidence_direction": "Supports", "evidence_level": "B", "clinical_significance": "Sensitivity/Response"},
    **{"evidence_statement": "made up", "pubmed_id": "1", "source_type": "PubMed", "citation": "A, 2015"},
    **{"evidence_status": "accepted", "evidence_id": "7", "chromosome": "7", "start": "140453136"},
    **{"reference_bases": "A", "variant_bases": "T", "reference_build": "GRCh37"},
}
NEW = {
    **{"molecular_profile": "BRAF V600E", "disease": "Colorectal Cancer", "doid": "9256"},
    **{"therapies": "Encorafenib,Cetuximab", "therapy_interaction_type": "Combination"},
    **{"evidence_type": "Predictive", "evidence_direction": "Supports", "evidence_level": "A"},
    **{"significance": "Sensitivity/Response", "evidence_statement": "made up", "citation_id": "2"},
    **{"source_type": "PubMed", "citation": "B, 2019", "evidence_status": "accepted", "evidence_id": "8"},
    **{"last_review_date": "2025-03-01 10:00:00 UTC", "evidence_civic_url": "https://civicdb.org/links/evidence/8"},
}
ASSERTION = {
    **{"molecular_profile": "EGFR L858R", "disease": "Lung Non-small Cell Carcinoma", "doid": "3908"},
    **{"therapies": "Erlotinib", "assertion_type": "Predictive", "assertion_direction": "Supports"},
    **{"significance": "Sensitivity/Response", "assertion_id": "5", "amp_category": "Tier I - Level A"},
    **{"assertion_summary": "made up", "last_review_date": "2024-01-01"},
}
MOA = {
    **{"statement_id": "3", "agency": "ema", "brand": "X", "publication_date": "2024-05-06"},
    **{"direction": "supports", "biomarkers": "HER2-negative & BRCA1 pathogenic variants"},
    **{"biomarker_types": "Protein expression & Germline Variant", "therapies": "Olaparib"},
    **{"disease": "Invasive Breast Carcinoma", "oncotree": "oncotree:BRCA", "indication": "after prior therapy"},
}
MOA_OLD = {
    **{"assertion_id": "9", "feature_type": "Somatic Variant", "gene": "BRAF", "gene1": "", "gene2": ""},
    **{"protein_change": "p.V600E", "exon": "15", "variant_annotation": "Missense", "direction": ""},
    **{"disease": "Colorectal Cancer", "oncotree_code": "COADREAD", "therapy_name": "Panitumumab"},
    **{"therapy_sensitivity": "", "therapy_resistance": "1", "predictive_implication": "Guideline"},
    **{"context": "Metastatic", "description": "made up", "citation": "NCCN", "last_updated": "2023-11-02"},
}
OWN = {
    **{"source_id": "X1", "biomarker": "KRAS G12C", "drugs": "sotorasib", "direction": "supports"},
    **{"significance": "sensitivity", "level": "B", "disease": "NSCLC"},
}


def write(path: Path, *rows: dict[str, str]) -> Path:
    columns = list(rows[0])
    path.write_text(
        "\n".join("\t".join(r.get(c, "") for c in columns) for r in [dict(zip(columns, columns, strict=True)), *rows])
        + "\n"
    )
    return path


def leaf(statement: Statement) -> Biomarker:
    return next(leaves(statement.biomarkers))


def test_the_civic_format_of_2018(tmp_path: Path) -> None:
    [s] = load_civic(write(tmp_path / "01-May-2018-Summaries.tsv", OLD), TREE)
    assert (s.source_id, s.version, s.strength, s.regimen) == ("EID7", "2018-05-01", "B", "vemurafenib")
    assert s.brings_benefit and s.oncotree == ("COADREAD",)
    [site] = leaf(s).sites
    assert (site.build, site.contig, site.position, site.ref, site.alt) == ("GRCh37", "7", 140453135, "A", "T")
    assert s.citation == "A, 2015 (PubMed 1)" and s.licence == "CC0 1.0"


def test_the_current_civic_format(tmp_path: Path) -> None:
    [s] = load_civic(write(tmp_path / "nightly-ClinicalEvidenceSummaries.tsv", NEW), TREE)
    assert s.drugs == {"encorafenib", "cetuximab"} and s.regimen == "encorafenib + cetuximab"
    assert (s.version, s.date, s.strength) == ("2025-03-01", "2025-03-01", "A")
    assert s.url == "https://civicdb.org/links/evidence/8"


def test_civic_assertions(tmp_path: Path) -> None:
    rows = [
        ASSERTION | {"therapy_interaction_type": ""},
        ASSERTION | {"assertion_id": "6", "amp_category": "Tier II - Level C"},
    ]
    first, second = load_civic(write(tmp_path / "a.tsv", *rows), TREE)
    assert (first.source_id, first.strength, second.strength) == ("AID5", "assertion", "B")


def test_substitutes_are_regimens_of_their_own_and_combinations_one(tmp_path: Path) -> None:
    rows = [
        OLD | {"drugs": "Cetuximab,Panitumumab", "drug_interaction_type": kind}
        for kind in ("Substitutes", "Combination")
    ]
    found = load_civic(write(tmp_path / "c.tsv", *rows), TREE)
    assert [sorted(s.drugs) for s in found] == [["cetuximab"], ["panitumumab"], ["cetuximab", "panitumumab"]]


def test_drugs_in_sequence_say_so(tmp_path: Path) -> None:
    [s] = load_civic(write(tmp_path / "c.tsv", OLD | {"drugs": "A,B", "drug_interaction_type": "Sequential"}), TREE)
    assert s.regimen == "a then b"


@pytest.mark.parametrize(
    ("direction", "significance", "benefit", "denied", "warns"),
    [
        ("Supports", "Sensitivity/Response", True, False, False),
        ("Does Not Support", "Sensitivity/Response", False, True, False),
        ("Supports", "Resistance", False, False, True),
        ("Does Not Support", "Resistance", False, False, False),
        ("Supports", "Reduced Sensitivity", False, False, True),
        ("Supports", "Adverse Response", False, False, True),
        ("Supports, Does Not Support", "Sensitivity/Response", False, False, False),
        ("Supports", "N/A", False, False, False),
    ],
)
def test_direction_and_significance_together_make_the_meaning(
    tmp_path: Path, direction: str, significance: str, benefit: bool, denied: bool, warns: bool
) -> None:
    row = OLD | {"evidence_direction": direction, "clinical_significance": significance}
    [s] = load_civic(write(tmp_path / "c.tsv", row), TREE)
    assert (s.brings_benefit, s.denies_benefit, s.warns) == (benefit, denied, warns)


@pytest.mark.parametrize("change", [{"evidence_type": "Prognostic"}, {"evidence_status": "rejected"}, {"drugs": ""}])
def test_what_says_nothing_of_a_therapy_is_left_out(tmp_path: Path, change: dict[str, str]) -> None:
    assert load_civic(write(tmp_path / "c.tsv", OLD | change), TREE) == []


def test_moalmanac_statements_keep_agency_conditions_and_inheritance(tmp_path: Path) -> None:
    [s] = load_moalmanac_statements(write(tmp_path / "m.tsv", MOA), TREE)
    assert (s.agency, s.strength, s.line) == ("EMA", "approval", "after prior therapy")
    assert [(x.name, x.germline) for x in leaves(s.biomarkers)] == [("HER2", False), ("BRCA1", True)]
    assert "BRCA" in s.oncotree


def test_moalmanac_assertions(tmp_path: Path) -> None:
    rows = [MOA_OLD, MOA_OLD | {"feature_type": "Knockdown"}, MOA_OLD | {"therapy_resistance": ""}]
    [s] = load_moalmanac_assertions(write(tmp_path / "m.tsv", *rows), TREE)
    assert s.warns and s.strength == "guideline" and leaf(s).detail == "V600E"


def test_an_own_table_with_conditions(tmp_path: Path) -> None:
    row = OWN | {"conditions": "HER2 negative; ER positive OR PR positive", "line": "first line"}
    [s] = load_table(write(tmp_path / "own-2026-02.tsv", row), TREE)
    assert [x.name for x in leaves(s.biomarkers)] == ["KRAS", "HER2", "ER", "PR"]
    assert (s.version, s.source, s.oncotree) == ("2026-02", "own table", ("NSCLC",))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"direction": "maybe"}, "row 1, column direction"),
        ({"significance": "good"}, "row 1, column significance"),
        ({"level": "Z"}, "row 1, column level"),
        ({"line": "third"}, "row 1, column line"),
        ({"drugs": " "}, "row 1, column drugs"),
        ({"biomarker": "EGFR expression"}, "row 1, column biomarker"),
    ],
)
def test_a_wrong_word_of_an_own_table_is_placed(tmp_path: Path, change: dict[str, str], place: str) -> None:
    with pytest.raises(InputError, match=place):
        load_table(write(tmp_path / "own.tsv", OWN | {"line": ""} | change), TREE)


LOADERS: list[Callable[..., list[Statement]]] = [
    load_civic, load_moalmanac_statements, load_moalmanac_assertions, load_table,
]  # fmt: skip


@pytest.mark.parametrize("loader", LOADERS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("content", ["a\tb\n1\t2\n", "", "\x00\xff"])
def test_another_file_is_refused_with_found_and_expected(
    tmp_path: Path, loader: Callable[..., list[Statement]], content: str
) -> None:
    path = tmp_path / "other.tsv"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match=r"(?s)other\.tsv.*(expected|found)"):
        loader(path, TREE)


@pytest.mark.parametrize("loader", LOADERS, ids=lambda f: f.__name__)
def test_a_missing_file_is_told(tmp_path: Path, loader: Callable[..., list[Statement]]) -> None:
    with pytest.raises(InputError, match="not found"):
        loader(tmp_path / "absent.tsv", TREE)


@pytest.mark.parametrize(
    ("name", "doid", "code", "expected"),
    [
        ("Colorectal Cancer", "9256", "", ("COADREAD",)),
        ("an unknown name", "9256", "", ("COADREAD",)),
        ("an unknown name", "0050861", "", ("COADREAD",)),
        ("an unknown name", "", "oncotree:GIST", ("GIST",)),
        ("Melanoma", "", "", ("MEL", "UM")),
        ("nothing known", "", "", ()),
    ],
)
def test_diseases_map_by_name_then_by_id(name: str, doid: str, code: str, expected: tuple[str, ...]) -> None:
    assert map_disease(name, TREE, doid=doid, code=code).oncotree == expected


def test_receptors_in_a_disease_become_conditions(tmp_path: Path) -> None:
    row = OLD | {
        "disease": "Her2-receptor Positive Breast Cancer",
        "doid": "60079",
        "gene": "PIK3CA",
        "variant": "H1047R",
    }
    [s] = load_civic(write(tmp_path / "c.tsv", row), TREE)
    assert [(x.name, x.detail) for x in leaves(s.biomarkers)] == [("PIK3CA", "H1047R"), ("HER2", "positive")]


def test_regimens_are_exact_sets_in_one_spelling() -> None:
    assert split_regimen("FOLFOX + Cetuximab") == {"fluorouracil", "leucovorin", "oxaliplatin", "cetuximab"}
    assert regimen(["5-Fluorouracil", "Imatinib Mesylate"]) == {"fluorouracil", "imatinib"}
    assert display(frozenset({"fluorouracil", "cetuximab", "encorafenib"})) == "encorafenib + cetuximab + fluorouracil"


def test_the_shipped_tables_load_and_every_statement_can_be_cited() -> None:
    sources = load_evidence(EvidenceFiles(demo=True), TREE)
    assert [s.name for s in sources] == ["loci2lead demo table", "loci2lead safety rules"]
    for statement in (x for source in sources for x in source.statements):
        assert statement.citation and statement.url.startswith("https://") and statement.date
        assert statement.oncotree or statement.scope != "listed"
        assert all(code in TREE.nodes for code in statement.oncotree)
    assert len({s.key for source in sources for s in source.statements}) == sum(len(s.statements) for s in sources)


def test_every_exclusion_names_its_source() -> None:
    assert all(rule.source and rule.url and rule.date and rule.excluded for rule in exclusions())


@pytest.mark.parametrize(
    ("version", "today", "months"),
    [
        ("2018-05", "2026-11-24", 102),
        ("2026-11-24", "2026-11-24", 0),
        ("2026-10-25", "2026-11-24", 0),
        ("", "2026-11-24", None),
    ],
)
def test_the_age_of_a_source(version: str, today: str, months: int | None) -> None:
    assert Source("x", version, "", (), None).age_in_months(today) == months


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30", "24.11.2026", "2026", "yesterday"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        check_date(text)


def test_hotspots_of_a_user(tmp_path: Path) -> None:
    path = tmp_path / "h.tsv"
    path.write_text("hugo_symbol\tresidue\nABC1\tR10\nABC2\t10_12\nABC3\tX5_splice\n")
    assert read_hotspots(path) == {("ABC1", 10), ("ABC2", 10), ("ABC3", 5)}
    path.write_text("gene\tresidue\n")
    with pytest.raises(InputError, match="hugo_symbol"):
        read_hotspots(path)
