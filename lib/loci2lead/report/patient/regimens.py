"""Evidence gathered by finding and regimen (the exact set of drugs), and what it comes to."""

from dataclasses import dataclass
from typing import Literal

from loci2lead.report.evidence.drugs import CHEMOTHERAPY, display
from loci2lead.report.patient.matching import Match
from loci2lead.report.patient.tiers import Tier, tier_of

Outcome = Literal[
    "benefit", "conditions unknown", "conditions not met", "conflict", "no benefit", "resistance", "excluded", "neutral"
]


@dataclass(frozen=True)
class Option:
    """One regimen for one finding. `spoiled_by` names regimens of other findings' resistance that touch it."""

    finding: str
    drugs: frozenset[str]
    outcome: Outcome
    matches: tuple[Match, ...]
    tier: Tier
    near: bool
    spoiled_by: tuple[str, ...] = ()

    @property
    def regimen(self) -> str:
        """Return the regimen for people."""
        shown = {m.statement.regimen for m in self.matches if " then " in m.statement.regimen}
        return sorted(shown)[0] if shown else display(self.drugs)

    @property
    def sources(self) -> list[Match]:
        """Return the matches that speak for the outcome, the strongest first; not those whose conditions fail."""
        order = ["approval", "guideline", "assertion", "A", "rule", "B", "C", "D", "E"]
        hopeful = self.outcome in ("benefit", "conditions unknown", "conflict")
        speaking = [m for m in self.matches if not hopeful or m.state != "not met"]
        return sorted(speaking, key=lambda m: order.index(m.statement.strength))

    @property
    def lines(self) -> list[str]:
        """Return the lines of therapy that the sources name."""
        return list(dict.fromkeys(m.statement.line for m in self.sources if m.statement.line))

    @property
    def agencies(self) -> list[str]:
        """Return the agencies that approved it for this."""
        return list(dict.fromkeys(m.statement.agency for m in self.sources if m.statement.agency))

    def conditions(self, state: Literal["met", "not met", "unknown"]) -> list[str]:
        """Return the names of conditions that came out as `state` in any of the matches."""
        return list(dict.fromkeys(leaf.name for m in self.matches for leaf in m.conditions(state)))


def options_of(matches: list[Match]) -> list[Option]:
    """Return the options, those near to this tumour apart from those known in others, the best first.

    Drugs given one after the other are a regimen of their own.
    """
    groups: dict[tuple[str, frozenset[str], str, bool], list[Match]] = {}
    for match in matches:
        order = match.statement.regimen if " then " in match.statement.regimen else ""
        groups.setdefault((match.finding, match.statement.drugs, order, match.near), []).append(match)
    options = [
        Option(finding, drugs, _outcome(group), tuple(group), tier_of(group), near)
        for (finding, drugs, _, near), group in groups.items()
    ]
    resistant = [o for o in options if o.outcome == "resistance" and o.near]
    return sorted((_spoiled(option, resistant) for option in options), key=_rank)


def _outcome(group: list[Match]) -> Outcome:
    if any(match.exclusion for match in group):
        return "excluded"
    claims = [m for m in group if m.statement.brings_benefit]
    hopes = [m for m in claims if m.state != "not met" and not m.possible]
    against = [m for m in group if (m.statement.denies_benefit or m.statement.warns) and m.state != "not met"]
    if hopes and against:
        return "conflict"
    if against:
        return "resistance" if any(m.statement.warns for m in against) else "no benefit"
    if any(m.state == "met" for m in hopes):
        return "benefit"
    if any(m.statement.direction == "conflicting" for m in group):
        return "conflict"
    if claims:
        return "conditions unknown" if any(m.state == "unknown" for m in claims) else "conditions not met"
    return "neutral"


def _spoiled(option: Option, resistant: list[Option]) -> Option:
    """Mark a claimed benefit whose targeted drugs are all ones that some finding makes useless."""
    if option.outcome not in ("benefit", "conditions unknown", "conflict"):
        return option
    targeted = option.drugs - CHEMOTHERAPY
    spoilers = [r for r in resistant if r.drugs and r.drugs <= option.drugs and targeted <= r.drugs | CHEMOTHERAPY]
    names = tuple(dict.fromkeys(s.finding for s in spoilers if s.drugs != option.drugs or s.finding != option.finding))
    if not names:
        return option
    return Option(
        option.finding, option.drugs, option.outcome, option.matches, option.tier, option.near, spoiled_by=names
    )


def _rank(option: Option) -> tuple[int, bool, int, int, int, str]:
    outcomes = ("benefit", "conditions unknown", "conflict", "resistance", "no benefit", "excluded")
    outcome = option.outcome
    if outcome == "conditions unknown" and set(option.conditions("unknown")) <= {"line of therapy"}:
        outcome = "benefit"  # the line is always named; not having been told it is no reason to stand lower
    place = outcomes.index(outcome) if outcome in outcomes else len(outcomes)
    approvals = len(option.agencies)
    return option.tier.rank, not option.near, place, -approvals, -len(option.matches), display(option.drugs)
