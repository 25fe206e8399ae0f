"""Three-valued conditions, tumour scope, tiers and the outcome of regimens."""

import itertools
from typing import Any

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.report.evidence.biomarkers import parse_expression
from loci2lead.report.evidence.statement import AllOf, AnyOf, Biomarker, Expression, Not, Statement
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.evaluate import Tumour, evaluate, line_leaf, tumour_of
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.matching import Match, match_all, match_one, scope_of
from loci2lead.report.patient.regimens import options_of
from loci2lead.report.patient.tiers import tier_of
from loci2lead.report.patient.wording import condition_words

TREE = load_oncotree()
BRAF = Finding("F1", "small", "BRAF", "hotspot", change="V600E", codon=600, alt="T", ref="A")
VUS = Finding("F1", "small", "BRAF", "uncertain", change="A9T", codon=9, alt="T", ref="A")


def statement(biomarker: str = "BRAF V600E", **fields: Any) -> Statement:
    base: dict[str, Any] = {
        **{"source": "S", "source_id": "1", "version": "", "date": "2026-01-01", "licence": ""},
        **{"drugs": frozenset({"a"}), "regimen": "a", "direction": "supports", "significance": "sensitivity"},
        **{"level": "A", "strength": "A", "disease": "Colorectal cancer", "oncotree": ("COADREAD",), "scope": "listed"},
        **{"line": "", "citation": "c", "url": "", "text": ""},
    }
    drugs = fields.pop("drugs", None)
    if drugs:
        fields |= {"drugs": frozenset(drugs.split(" + ")), "regimen": drugs}
    return Statement(biomarkers=parse_expression(biomarker), **(base | fields))


def tumour(*findings: Finding, covered: dict[str, bool | None] | None = None, **context: Any) -> Tumour:
    base: dict[str, Any] = {"sample": "S1", "oncotree": "COAD", "consent_somatic": True}
    return tumour_of(Context(**(base | context)), list(findings), covered or {})


def match(biomarker: str = "BRAF V600E", finding: Finding = BRAF, *, on: Tumour | None = None, **fields: Any) -> Match:
    found = match_one(statement(biomarker, **fields), on or tumour(finding), TREE)
    assert found is not None
    return found


# Leaves whose state is known for the tumour below: HER2 is positive, ER was not given.
LEAVES = {
    "met": Biomarker("marker", "HER2", "positive", "HER2 positive"),
    "not met": Biomarker("marker", "HER2", "negative", "HER2 negative"),
    "unknown": Biomarker("marker", "ER", "positive", "ER positive"),
}
VALUE = {"not met": 0.0, "unknown": 0.5, "met": 1.0}


@pytest.mark.parametrize("states", itertools.product(LEAVES, repeat=3))
def test_expressions_follow_kleene(states: tuple[str, str, str]) -> None:
    """Against min, max and 1 - x over the values 0, 1/2, 1 (Kleene 1952)."""
    a, b, c = (LEAVES[s] for s in states)
    x, y, z = (VALUE[s] for s in states)
    on = tumour(her2="positive")
    cases: list[tuple[Expression, float]] = [
        (AllOf((a, b, c)), min(x, y, z)),
        (AnyOf((a, b, c)), max(x, y, z)),
        (Not(a), 1 - x),
        (AllOf((a, AnyOf((b, Not(c))))), min(x, max(y, 1 - z))),
    ]
    for expression, value in cases:
        assert VALUE[evaluate(expression, on).state] == value


@pytest.mark.parametrize(
    ("biomarker", "finding", "level"),
    [
        ("BRAF V600E", BRAF, "change"),
        ("BRAF V600", BRAF, "codon"),
        ("BRAF exon 15 mutation", BRAF, "exon"),
        ("BRAF mutation", BRAF, "gene"),
    ],
)
def test_the_level_of_a_match_is_told(biomarker: str, finding: Finding, level: str) -> None:
    assert match(biomarker, finding).level == level


@pytest.mark.parametrize(
    "biomarker", ["BRAF V600E", "BRAF V600K", "BRAF V600", "BRAF mutation", "BRAF fusion", "BRAF amplification"]
)
def test_an_uncertain_variant_matches_nothing_but_itself(biomarker: str) -> None:
    assert match_one(statement(biomarker), tumour(VUS), TREE) is None


def test_a_residue_that_is_not_known_is_only_a_possible_match() -> None:
    finding = Finding("F1", "small", "BRAF", "hotspot", codon=600, ref="A", alt="T")
    found = match(finding=finding)
    assert (found.level, found.state) == ("possible", "unknown")
    assert tier_of([found]).name == "III"


def test_the_genomic_change_stands_in_for_an_unknown_residue() -> None:
    from loci2lead.report.evidence.statement import Site

    leaf = Biomarker("change", "ABC", "R9H", "ABC R9H", sites=(Site("GRCh37", "7", 99, "G", "A"),))
    finding = Finding("F1", "small", "ABC", "uncertain", codon=9, contig="chr7", position=99, ref="G", alt="A")
    assert evaluate(leaf, tumour(finding, build="GRCh37")).state == "met"
    assert evaluate(leaf, tumour(finding, build="GRCh38")).state == "unknown"


@pytest.mark.parametrize(
    ("patient", "codes", "kind", "scope"),
    [
        ("COAD", ("COADREAD",), "listed", "same tumour"),
        ("COADREAD", ("COAD",), "listed", "narrower tumour"),
        ("COAD", ("READ",), "listed", "other tumour"),
        ("COAD", (), "solid", "any tumour"),
        ("AML", (), "solid", "other tumour"),
        ("AML", (), "any", "any tumour"),
        ("COAD", (), "listed", "other tumour"),
        (None, ("COAD",), "listed", "tumour unknown"),
    ],
)
def test_the_scope_follows_the_oncotree(patient: str | None, codes: tuple[str, ...], kind: str, scope: str) -> None:
    assert scope_of(statement(oncotree=codes, scope=kind), patient, TREE) == scope


@pytest.mark.parametrize(
    ("line", "context", "state"),
    [
        ("first line", {"line": 1}, "met"),
        ("first line", {"line": 2}, "not met"),
        ("after prior therapy", {"line": 2}, "met"),
        ("after prior therapy", {"prior_therapies": ()}, "not met"),
        ("after prior therapy", {"prior_therapies": ("x",)}, "met"),
        ("after prior therapy", {}, "unknown"),
    ],
)
def test_the_line_of_therapy_is_a_condition(line: str, context: dict[str, Any], state: str) -> None:
    leaf = line_leaf(line, Context("S1", **context))
    assert leaf is not None and leaf.state == state
    assert match(line=line, on=tumour(BRAF, **context)).state == state


@pytest.mark.parametrize(
    ("value", "asked", "state"),
    [
        (55.0, ">= 50", "met"),
        (10.0, ">= 50", "not met"),
        ("negative", ">= 1", "not met"),
        (None, ">= 1", "unknown"),
        ("positive", ">= 50", "unknown"),
    ],
)
def test_pdl1_scores(value: Any, asked: str, state: str) -> None:
    assert evaluate(parse_expression(f"PD-L1 {asked}%"), tumour(pdl1=value)).state == state


def test_her2_low_counts_as_negative_and_as_low() -> None:
    on = tumour(her2="low")
    assert evaluate(parse_expression("HER2 negative"), on).state == "met"
    assert evaluate(parse_expression("HER2 low"), on).state == "met"
    assert evaluate(parse_expression("HER2 low"), tumour(her2="positive")).state == "not met"


@pytest.mark.parametrize(
    ("covered", "context", "state"),
    [
        ({"KRAS": True}, {}, "met"),
        ({"KRAS": False}, {}, "unknown"),
        ({}, {}, "unknown"),
        ({"KRAS": True}, {"qc_failed": "depth"}, "unknown"),
        ({"KRAS": True}, {"source": "reads", "germline_model_accepted": True}, "unknown"),
    ],
)
def test_wild_type_needs_a_gene_that_was_seen(
    covered: dict[str, bool | None], context: dict[str, Any], state: str
) -> None:
    assert evaluate(parse_expression("KRAS wild type"), tumour(BRAF, covered=covered, **context)).state == state


def test_a_wild_type_alone_is_no_finding() -> None:
    on = tumour(BRAF, covered={"KRAS": True, "NRAS": True})
    assert match_all([statement("KRAS wild type AND NRAS wild type")], on, TREE) == []


def test_inherited_statements_need_consent_and_a_germline_sample() -> None:
    leaf = Biomarker("gene", "BRCA1", "", "BRCA1 pathogenic variants", germline=True)
    finding = Finding("F1", "small", "BRCA1", "truncating", codon=9)
    one = statement()
    inherited = Statement(**{**one.__dict__, "biomarkers": leaf})
    assert match_all([inherited], tumour(finding), TREE) == []
    assert match_all([inherited], tumour(finding, consent_germline=True), TREE) == []  # the origin is unknown
    [found] = match_all([inherited], tumour(finding, consent_germline=True, type="germline"), TREE)
    assert found.state == "met"


def test_labels_exclusions_count_for_exactly_their_regimen() -> None:
    assert match(drugs="dabrafenib + trametinib").exclusion is not None
    assert match(drugs="dabrafenib + trametinib + cetuximab").exclusion is None
    on = tumour(BRAF, oncotree="SKCM")
    assert match(drugs="dabrafenib + trametinib", oncotree=("MEL",), on=on).exclusion is None
    assert match(drugs="dabrafenib + trametinib", direction="does not support").exclusion is None


PIK3CA = Finding("F1", "small", "PIK3CA", "hotspot", change="H1047R", codon=1047, ref="A", alt="G")


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({}, "conditions unknown: HER2, ER, PR"),
        ({"her2": "positive"}, "conditions not met: HER2 positive"),
        ({"her2": "negative"}, "conditions unknown: ER, PR"),
        ({"her2": "negative", "pr": "positive"}, ""),
    ],
)
def test_a_study_inherits_the_conditions_of_every_label(context: dict[str, Any], words: str) -> None:
    on = tumour(PIK3CA, oncotree="IDC", **context)
    [option] = options_of([match("PIK3CA H1047R", strength="B", level="B", oncotree=("BRCA",), on=on)])
    assert condition_words(option) == words
    assert "Piqray" in option.matches[0].added


@pytest.mark.parametrize(
    ("fields", "tier"),
    [
        ({"strength": "approval"}, "I-A"),
        ({"strength": "guideline"}, "I-A"),
        ({"strength": "assertion"}, "I-A"),
        ({"strength": "A"}, "I-A"),
        ({"strength": "B"}, "I-B candidate"),
        ({"strength": "C"}, "II-D"),
        ({"strength": "D"}, "II-D"),
        ({"strength": "E"}, "III"),
        ({"strength": "approval", "oncotree": ("MEL",)}, "II-C"),
        ({"strength": "B", "oncotree": ("MEL",)}, "II-C"),
        ({"strength": "C", "oncotree": ("MEL",)}, "III"),
        ({"strength": "A", "direction": "does not support", "significance": "resistance"}, "III"),
        ({"strength": "approval", "drugs": "dabrafenib + trametinib"}, "III"),
        ({"strength": "approval", "line": "first line"}, "III"),
    ],
)
def test_tiers(fields: dict[str, Any], tier: str) -> None:
    found = tier_of([match(on=tumour(BRAF, line=2), **fields)])
    assert found.name == tier and found.trail


def test_a_tier_never_falls_when_evidence_is_added() -> None:
    pool = [match(strength=s, source_id=s) for s in ("E", "D", "B", "A", "approval")]
    for size in range(1, len(pool) + 1):
        for chosen in itertools.combinations(pool, size):
            rest = [m for m in pool if m not in chosen]
            assert all(tier_of([*chosen, extra]).rank <= tier_of(list(chosen)).rank for extra in rest)


def outcomes(*matches: Match) -> dict[str, str]:
    return {option.regimen: option.outcome for option in options_of(list(matches))}


def test_outcomes_of_one_regimen() -> None:
    good, bad = match(), match(direction="does not support", source_id="2")
    neutral = match(direction="does not support", significance="resistance", source_id="3")
    resist = match(significance="resistance", source_id="4")
    assert outcomes(good) == {"a": "benefit"}
    assert outcomes(bad) == {"a": "no benefit"}
    assert outcomes(neutral) == {"a": "neutral"}
    assert outcomes(good, neutral) == {"a": "benefit"}
    assert outcomes(resist) == {"a": "resistance"}
    assert outcomes(good, bad) == outcomes(good, resist) == {"a": "conflict"}
    assert outcomes(match(direction="conflicting")) == {"a": "conflict"}


def test_a_regimen_is_the_exact_set_of_drugs() -> None:
    found = outcomes(match(drugs="x"), match(drugs="x + y", direction="does not support", source_id="2"))
    assert found == {"x": "benefit", "x + y": "no benefit"}


def test_what_is_known_in_other_tumours_stands_apart() -> None:
    options = options_of([match(), match(oncotree=("MEL",), direction="does not support", source_id="2")])
    assert [(o.near, o.outcome) for o in options] == [(True, "benefit"), (False, "no benefit")]


KRAS = Finding("F2", "small", "KRAS", "hotspot", change="G12D", codon=12, ref="G", alt="A")


@pytest.mark.parametrize(
    ("drugs", "spoiled"),
    [("cetuximab", True), ("cetuximab + irinotecan", True), ("encorafenib + cetuximab", False), ("encorafenib", False)],
)
def test_resistance_of_another_finding_stands_beside_what_it_spoils(drugs: str, spoiled: bool) -> None:
    on = tumour(BRAF, KRAS)
    resist = match("KRAS G12D", drugs="cetuximab", significance="resistance", strength="rule", on=on)
    claim = match(drugs=drugs, source_id="2", on=on)
    [option] = [o for o in options_of([claim, resist]) if o.finding == "F1"]
    assert bool(option.spoiled_by) is spoiled
