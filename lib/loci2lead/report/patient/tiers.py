"""Tiers of findings after AMP/ASCO/CAP 2017 (Li et al., J Mol Diagn 19:4), in the stricter reading of loci2lead.

I-A: approved, in a guideline, a CIViC assertion or CIViC level A, in the same tumour. A CIViC B alone is at
most "I-B candidate, needs a reviewer". II-C: approved in another tumour, or well-powered studies there.
II-D: case studies or preclinical work in the same tumour. III: the rest.
"""

from dataclasses import dataclass

from loci2lead.report.patient.matching import Match

ORDER = ("I-A", "I-B candidate", "II-C", "II-D", "III")
_STRONG = ("approval", "guideline", "assertion", "A", "rule")


@dataclass(frozen=True)
class Tier:
    """A tier, whether conditions are still unknown for the evidence that gives it, and the trail that led to it."""

    name: str
    conditional: bool
    trail: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Return the tier in words for the page."""
        note = ", needs a reviewer" if self.name == "I-B candidate" else ""
        return f"{self.name}{note}"

    @property
    def rank(self) -> int:
        """Return the place in the order, 0 for the highest."""
        return ORDER.index(self.name)


def tier_of_match(match: Match) -> tuple[str, str]:
    """Return the tier that one match alone would give, and the sentence for the trail."""
    statement = match.statement
    what = f"{statement.key}, {statement.level or statement.strength}, {match.scope}, match by {match.level}"
    if match.level == "possible":
        return "III", f"III: {what}: the finding itself is not certain"
    if match.near:
        if statement.strength in _STRONG:
            return "I-A", f"I-A: {what}"
        if statement.strength == "B":
            return "I-B candidate", f"I-B candidate: {what}: one well-powered study is no consensus"
        return ("II-D", f"II-D: {what}") if statement.strength in ("C", "D") else ("III", f"III: {what}")
    if statement.strength in (*_STRONG, "B"):
        return "II-C", f"II-C: {what}"
    return "III", f"III: {what}"


def tier_of(matches: list[Match]) -> Tier:
    """Return the tier of a finding from its matches; evidence whose conditions are not met does not count.

    Neither does excluded evidence, nor denied resistance, nor conflicting items.
    """
    counted = []
    for match in matches:
        statement = match.statement
        speaks = statement.brings_benefit or statement.warns or statement.denies_benefit
        if speaks and match.state != "not met" and match.exclusion is None:
            counted.append((*tier_of_match(match), match))
    if not counted:
        return Tier("III", False, ("III: no evidence applies",))
    counted.sort(key=lambda item: (ORDER.index(item[0]), item[2].state != "met"))
    name = counted[0][0]
    best = [item for item in counted if item[0] == name]
    trail = tuple(dict.fromkeys(item[1] for item in counted[:8]))
    return Tier(name, all(item[2].state == "unknown" for item in best), trail)
