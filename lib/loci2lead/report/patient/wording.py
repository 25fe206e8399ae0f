"""The sentences about evidence: one place for the words of every format."""

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.drugs import CHEMOTHERAPY, display
from loci2lead.report.evidence.line import ADJUVANT, FIRST, LATER
from loci2lead.report.patient.evaluate import Leaf
from loci2lead.report.patient.matching import Match
from loci2lead.report.patient.regimens import Option

RESPONSE_WARNING = (
    "Learned from cancer cell lines; no patient outcome was used. Not shown to predict benefit. "
    "Do not choose or withhold a treatment by this table."
)
NOT_SEPARATED = "germline and somatic not separated"
BOARD = "This page supports the decision of a tumour board; it does not make it."


def citation(match: Match) -> str:
    """Return source, id, level and date: what a reader needs to find and weigh the statement."""
    statement = match.statement
    date = statement.date or statement.version
    level = f", level {statement.level}" if len(statement.level) == 1 else f", {statement.level}"
    said = "" if statement.strength in ("rule", "approval") else level  # an approval is told by its agencies
    return f"{statement.source} {statement.source_id}{said}" + (f", {date}" if date else "")


def citations(option: Option, most: int = 1) -> str:
    """Return the citations of an option, the strongest first, "+n" for the rest."""
    shown = [citation(match) for match in option.sources[:most]]
    rest = len(option.sources) - len(shown)
    return "; ".join(shown) + (f" +{rest}" if rest > 0 else "")


def condition_words(option: Option) -> str:
    """Return "conditions unknown: HER2, ER, PR", "conditions not met: HER2 positive", or ""."""
    claims = [m for m in option.matches if m.statement.significance == "sensitivity"]
    if option.outcome == "conditions not met":
        reasons = dict.fromkeys(leaf.reason for m in claims for leaf in _besides_line(m.conditions("not met")))
        return "conditions not met: " + ", ".join(reasons) if reasons else "conditions not met: line of therapy"
    hopes = [m for m in claims if m.statement.brings_benefit and m.state != "not met"]
    if any(not _besides_line(m.conditions("unknown")) for m in hopes):
        return ""  # one claim has all of its conditions met, but for the line of therapy
    unknown = {leaf.name for m in hopes or claims for leaf in _besides_line(m.conditions("unknown"))}
    if not unknown:
        return ""
    order = ["HER2", "ER", "PR"]
    names = sorted(unknown, key=lambda n: (order.index(n) if n in order else len(order), n))
    return "conditions unknown: " + ", ".join(names)


def tests_to_order(options: list[Option]) -> list[str]:
    """Return the tests that would settle the unknown conditions of options, each once."""
    leaves = (leaf for option in options for match in option.matches for leaf in match.conditions("unknown"))
    return list(dict.fromkeys(leaf.test for leaf in leaves if leaf.test))


def line_words(option: Option) -> str:
    """Return the line of therapy that the sources name, and whether it fits this patient."""
    leaves = [leaf for m in option.sources for leaf in m.leaves if leaf.name == "line of therapy"]
    named = {part for line in option.lines for part in line.split(" or ")}
    lines = [line for line in (FIRST, LATER, ADJUVANT) if line in named]
    if not lines:
        approved = any(m.statement.strength in ("approval", "guideline") for m in option.matches)
        return "no line stated" if approved else ""
    words = " or ".join(lines)
    states = {leaf.state for leaf in leaves}
    if states == {"unknown"}:
        return f"{words} (line not given)"
    if states == {"not met"}:
        return f"{words} (does not fit: {leaves[0].reason})"
    return words


def outcome_words(option: Option) -> str:
    """Return an option's outcome in the words of direction and significance."""
    words = {
        "benefit": "supports sensitivity",
        "conditions unknown": "supports sensitivity, if the conditions hold",
        "conditions not met": "supports sensitivity, but the conditions are not met",
        "conflict": "sources conflict",
        "no benefit": "no benefit was found",
        "resistance": "supports resistance",
        "excluded": "not offered: excluded",
        "neutral": "neither benefit nor harm",
    }
    return words[option.outcome]


def conflict_words(option: Option) -> str:
    """Return how many statements stand on each side of a conflict."""
    against = sum(m.statement.denies_benefit or m.statement.warns for m in option.matches)
    both = sum(m.statement.direction == "conflicting" for m in option.matches)
    favour = len(option.matches) - against - both
    mixed = f", {both} mixed" if both else ""
    return f"sources conflict: {favour} for, {against} against{mixed}"


def scope_words(option: Option, tree: OncoTree) -> str:
    """Return the tumours that the sources are about."""
    if option.near:
        return "; ".join(dict.fromkeys(m.scope for m in option.matches))
    names = dict.fromkeys(
        tree.name(m.statement.oncotree[0]) if m.statement.oncotree else m.statement.disease for m in option.sources
    )
    listed = list(names)
    return "other tumour: " + ", ".join(listed[:2]) + (f" + {len(listed) - 2}" if len(listed) > 2 else "")


def regimen_sentence(option: Option, *, most_citations: int = 1) -> str:
    """Return one regimen with line of therapy, conditions, agencies and citation, short enough for page one."""
    parts = [line_words(option), condition_words(option)]
    if option.outcome == "conflict":
        parts.append(conflict_words(option))
    elif any(m.statement.direction == "conflicting" for m in option.matches):
        parts.append("one source is mixed")
    if option.agencies:
        parts.append("approved: " + ", ".join(option.agencies))
    if option.spoiled_by:
        parts.append("but see resistance")
    details = "; ".join(part for part in parts if part)
    return f"{option.regimen}: {details} [{citations(option, most_citations)}]".replace(":  [", " [").replace(
        ": [", " ["
    )


def with_chemotherapy_joined(options: list[Option]) -> list[list[Option]]:
    """Return options in groups that differ in their chemotherapy alone and say the same otherwise."""
    groups: dict[tuple[object, ...], list[Option]] = {}
    for option in options:
        targeted = option.drugs - CHEMOTHERAPY
        key: tuple[object, ...] = (option.drugs, option.regimen)
        if targeted and targeted != option.drugs:
            key = (targeted, line_words(option), condition_words(option), tuple(option.agencies), option.outcome)
        groups.setdefault(key, []).append(option)
    return list(groups.values())


def joined_sentence(group: list[Option]) -> str:
    """Return one sentence for options that differ in their chemotherapy alone."""
    first, *rest = group
    sentence = regimen_sentence(first)
    if not rest:
        return sentence
    others = ", or + ".join(display(option.drugs & CHEMOTHERAPY) for option in rest)
    cited = "; ".join(citations(option) for option in group)
    named = sentence.replace(first.regimen, f"{first.regimen}, or + {others}", 1)
    return f"{named.rpartition(' [')[0]} [{cited}]"


def _besides_line(leaves: list[Leaf]) -> list[Leaf]:
    return [leaf for leaf in leaves if leaf.name != "line of therapy"]
