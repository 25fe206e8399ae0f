"""From statements to matches: which apply to this tumour, at what level, in which tumour scope, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.biomarkers import parse_expression
from loci2lead.report.evidence.diseases import HAEMATOLOGICAL
from loci2lead.report.evidence.drugs import split_regimen
from loci2lead.report.evidence.resources import Exclusion, class_conditions, exclusions
from loci2lead.report.evidence.statement import AllOf, Biomarker, Expression, Statement, leaves
from loci2lead.report.patient.evaluate import Leaf, State, Tumour, Verdict, evaluate, line_leaf

Scope = Literal["same tumour", "narrower tumour", "any tumour", "other tumour", "tumour unknown"]
NEAR: tuple[Scope, ...] = ("same tumour", "narrower tumour", "any tumour")
_RECEPTOR_ORDER = ("HER2", "ER", "PR")


@dataclass(frozen=True)
class Match:
    """A statement that at least one finding (or genome-wide marker) of the tumour meets.

    `finding` is the id of the finding, or the marker's name. `level` says how it matched. `state` is met,
    not met, or unknown, with all conditions taken together. `added` names the source of conditions that
    the statement itself does not make but every label for the gene does. `exclusion` is a label's exclusion.
    """

    statement: Statement
    scope: Scope
    state: State
    finding: str
    level: str
    leaves: tuple[Leaf, ...]
    added: str = ""
    exclusion: Exclusion | None = None

    @property
    def near(self) -> bool:
        """Return whether it is about this tumour type, or about any."""
        return self.scope in NEAR

    @property
    def possible(self) -> bool:
        """Return whether the finding itself is only possibly what the statement asks for."""
        return self.level == "possible"

    def conditions(self, state: State) -> list[Leaf]:
        """Return the conditions (not the finding itself) that came out as `state`, receptors in their order."""
        chosen = {leaf.name + leaf.text: leaf for leaf in self.leaves if leaf.state == state and not leaf.level}
        rank = {name: i for i, name in enumerate(_RECEPTOR_ORDER)}
        return sorted(chosen.values(), key=lambda leaf: rank.get(leaf.name, len(rank)))


def match_all(statements: Iterable[Statement], tumour: Tumour, tree: OncoTree) -> list[Match]:
    """Return the matches of all statements, in their order. Without consent nothing inherited is matched."""
    matches = []
    for statement in statements:
        if not _may_match(statement, tumour):
            continue
        match = match_one(statement, tumour, tree)
        if match is not None:
            matches.append(match)
    return matches


def match_one(statement: Statement, tumour: Tumour, tree: OncoTree) -> Match | None:
    """Return the match of one statement, or None where nothing in the tumour touches it."""
    own = evaluate(statement.biomarkers, tumour)
    hit = next((x for x in own.leaves if x.level and x.state == "met"), None)
    if hit is None:
        hit = next((x for x in own.leaves if x.state == "unknown" and "could not be determined" in x.reason), None)
        if hit is None:
            return None
    scope = scope_of(statement, tumour.context.oncotree, tree)
    verdict, added = _with_class_conditions(statement, own, tumour, tree)
    line = line_leaf(statement.line, tumour.context) if scope in NEAR else None
    states = {verdict.state} | ({line.state} if line else set())
    state: State = "not met" if "not met" in states else "unknown" if "unknown" in states else "met"
    return Match(
        statement=statement,
        scope=scope,
        state=state,
        finding=hit.finding or hit.name,
        level=hit.level or "possible",
        leaves=verdict.leaves + ((line,) if line else ()),
        added=added,
        exclusion=_exclusion(statement, tumour, tree),
    )


def scope_of(statement: Statement, oncotree: str | None, tree: OncoTree) -> Scope:
    """Return how the statement's tumour relates to the patient's: same, narrower, any, other or unknown."""
    if oncotree is None:
        return "any tumour" if statement.scope == "any" else "tumour unknown"
    if statement.scope == "any":
        return "any tumour"
    if statement.scope == "solid":
        blood = any(tree.is_within(oncotree, root) for root in HAEMATOLOGICAL)
        return "other tumour" if blood else "any tumour"
    if any(tree.is_within(oncotree, code) for code in statement.oncotree):
        return "same tumour"
    if any(tree.is_within(code, oncotree) for code in statement.oncotree):
        return "narrower tumour"
    return "other tumour"


def _may_match(statement: Statement, tumour: Tumour) -> bool:
    """Return whether a statement may be looked at: quickly false where none of its genes has a finding."""
    germline_consent = tumour.context.consent_germline
    touched = False
    for leaf in leaves(statement.biomarkers):
        if leaf.germline and not germline_consent:
            return False
        touched = touched or leaf.name in tumour.by_gene or (leaf.kind == "marker" and leaf.name != "IHC")
    return touched


def _with_class_conditions(statement: Statement, own: Verdict, tumour: Tumour, tree: OncoTree) -> tuple[Verdict, str]:
    """Add the conditions that every label for a gene asks for to claims of benefit that are no label.

    So a study in HER2-positive disease, in which no label exists, is never shown as a plain benefit.
    """
    oncotree = tumour.context.oncotree
    if not statement.brings_benefit or statement.strength in ("approval", "guideline") or oncotree is None:
        return own, ""
    genes = {leaf.name for leaf in leaves(statement.biomarkers) if leaf.kind != "marker"}
    for rule in class_conditions():
        if rule.gene in genes and any(tree.is_within(oncotree, code) for code in rule.oncotree):
            parts: list[Expression] = [parse_expression(text) for text in rule.conditions]
            extra = evaluate(AllOf(tuple(parts)), tumour)
            states = {own.state, extra.state}
            state: State = "not met" if "not met" in states else "unknown" if "unknown" in states else "met"
            return Verdict(state, own.leaves + extra.leaves), f"{rule.reason} ({rule.source})"
    return own, ""


def _exclusion(statement: Statement, tumour: Tumour, tree: OncoTree) -> Exclusion | None:
    """Return a label's exclusion of exactly this regimen in this tumour; only claims of benefit are excluded."""
    oncotree = tumour.context.oncotree
    if oncotree is None or not statement.brings_benefit:
        return None
    for rule in exclusions():
        if split_regimen(rule.drugs) != statement.drugs:
            continue
        in_tumour = any(tree.is_within(oncotree, code) for code in rule.excluded)
        if in_tumour and _shares_biomarker(rule, statement):
            return rule
    return None


def _shares_biomarker(rule: Exclusion, statement: Statement) -> bool:
    gene = rule.biomarker.split()[0]
    return any(isinstance(leaf, Biomarker) and leaf.name == gene for leaf in leaves(statement.biomarkers))
