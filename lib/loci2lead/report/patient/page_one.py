"""Page one: what a board reads in a minute, in a fixed order and in no more than 350 words."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.language import ENGLISH, Language
from loci2lead.report.patient.checklist import ChecklistLine
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.markers import Marker
from loci2lead.report.patient.regimens import Option
from loci2lead.report.patient.tiers import ORDER, Tier
from loci2lead.report.patient.wording import (
    BOARD,
    citations,
    condition_words,
    joined_sentence,
    regimen_sentence,
    scope_words,
    tests_to_order,
    with_chemotherapy_joined,
)
from loci2lead.report.render import RESEARCH_USE

MOST_WORDS = 350
FRAME_WORDS = 35  # title, line under it and foot of the page; the banners stand twice in the PDF
_INHERITED = """
BRCA1 BRCA2 PALB2 ATM CHEK2 TP53 MLH1 MSH2 MSH6 PMS2 APC RB1 PTEN STK11 VHL RET CDH1 RAD51C RAD51D
"""
INHERITED_GENES = frozenset(_INHERITED.split())


@dataclass(frozen=True)
class FindingLine:
    """One finding on page one: label, fraction, tier, its regimens as sentences, and what was left for page 2.

    `lead` says of all the regimens in which tumours, in which direction and with which significance.
    """

    label: str
    vaf: str
    tier: str
    regimens: tuple[str, ...]
    notes: tuple[str, ...]
    more: int
    lead: str = ""


@dataclass(frozen=True)
class PageOne:
    """The parts of page one in their order. `cut` counts what is on page 2 only."""

    alerts: tuple[str, ...]
    markers: tuple[str, ...]
    findings: tuple[FindingLine, ...]
    warnings: tuple[str, ...]
    checklist: tuple[tuple[str, str, str], ...]
    more_findings: int
    more_warnings: int
    notes: tuple[str, ...] = ()
    closing: str = BOARD
    words: int = 0


@dataclass(frozen=True)
class Material:
    """Everything page one is made of."""

    context: Context
    findings: tuple[Finding, ...]
    tiers: dict[str, Tier]
    options: list[Option]
    markers: tuple[Marker, ...]
    checklist: tuple[ChecklistLine, ...]
    alerts: tuple[str, ...]
    notes: tuple[str, ...]
    immunotherapy_known: bool
    tree: OncoTree = field(repr=False)
    language: Language = ENGLISH


@dataclass(frozen=True)
class _Room:
    """How much of each part is shown."""

    regimens: int = 4
    findings: int = 6
    warnings: int = 5
    checklist: str = "full"  # "brief" for repeated words, "status" for the state alone


def page_one(material: Material) -> PageOne:
    """Return page one, shortened step by step until it has no more than 350 words in the language of the page.

    What is left out is counted ("+ n more on page 2"); no part is dropped.
    """
    tight = [(4, 5, 5), (3, 5, 4), (3, 4, 3), (2, 4, 3), (2, 4, 2), (2, 3, 2), (1, 3, 2), (1, 2, 2)]
    last = [(1, 3, 2), (1, 2, 1), (1, 1, 1)]
    rooms = [_Room(), *(_Room(*sizes, "brief") for sizes in tight), *(_Room(*sizes, "status") for sizes in last)]
    page = _compose(material, rooms[0])
    for room in rooms[1:]:
        if page.words <= MOST_WORDS:
            break
        page = _compose(material, room)
    return page


def count_words(page: PageOne, language: Language = ENGLISH) -> int:
    """Return the number of words on page one, frame and headings included; lone signs are no words."""
    texts = [*page.alerts, *page.markers, *page.warnings, *page.notes, page.closing]
    for line in page.findings:
        texts += [line.label, line.vaf, "Tier", line.tier, line.lead, *line.regimens, *line.notes, _more(line.more)]
    texts += [word for entry in page.checklist for word in (entry[0], entry[2])]
    texts += [_more(page.more_findings), _more(page.more_warnings)]
    texts += ["Biomarkers first", "Findings of tier I and II", "Resistance and safety", "Checklist"]
    texts += 2 * [RESEARCH_USE, language.mark]
    return FRAME_WORDS + sum(any(map(str.isalnum, word)) for text in texts for word in language.say(text).split())


def as_plain(page: PageOne) -> dict[str, Any]:
    """Return page one as plain values for the JSON and the templates."""
    plain = asdict(page)
    plain["checklist"] = [{"item": i, "status": s, "words": w} for i, s, w in page.checklist]
    return plain


def _compose(material: Material, room: _Room) -> PageOne:
    shown, more_findings = _finding_lines(material, room)
    warnings, more_warnings = _warnings(material, room)
    page = PageOne(
        alerts=material.alerts,
        markers=_marker_lines(material, room),
        findings=shown,
        warnings=warnings,
        checklist=_checklist(material, room),
        more_findings=more_findings,
        more_warnings=more_warnings,
        notes=material.notes,
    )
    return replace(page, words=count_words(page, material.language))


def _marker_lines(material: Material, room: _Room) -> tuple[str, ...]:
    lines = []
    for marker in material.markers:
        text = marker.sentence
        if marker.hint:
            text += f" {marker.hint}"
        if marker.name.startswith("Mismatch") and marker.status == "not determined" and material.immunotherapy_known:
            text += " If deficient, first-line immunotherapy evidence outranks what follows."
        lines.append(text)
        if marker.name.startswith("Mismatch"):
            lines += _marker_regimens(material, room, ("MMR", "MSI"))
        else:
            lines += _marker_regimens(material, room, ("TMB",))
    return tuple(lines)


def _marker_regimens(material: Material, room: _Room, names: tuple[str, ...]) -> list[str]:
    options = [
        o
        for o in material.options
        if o.finding in names and o.near and o.tier.rank == 0 and o.outcome in ("benefit", "conditions unknown")
    ]
    options.sort(key=lambda o: ("first line" not in o.lines, o.tier.rank))
    most = max(2, room.regimens - 1)
    heads = [f"Tier {o.tier.shown}, {_scopes([o])}, supports sensitivity" for o in options[:most]]
    lines = [f"{head}: {regimen_sentence(o)}" for head, o in zip(heads, options, strict=False)]
    return lines + ([_more(len(options) - most)] if len(options) > most else [])


def _finding_lines(material: Material, room: _Room) -> tuple[tuple[FindingLine, ...], int]:
    unmet = {o.finding for o in material.options if o.outcome == "conditions not met" and o.near and o.agencies}
    ranked = [f for f in material.findings if material.tiers[f.id].name != "III" or f.id in unmet]
    ranked.sort(key=lambda f: material.tiers[f.id].rank)
    lines = tuple(_finding_line(f, material, room) for f in ranked[: room.findings])
    return lines, max(0, len(ranked) - room.findings)


def _unmet(material: Material, finding: Finding) -> list[Option]:
    return [
        o
        for o in material.options
        if o.finding == finding.id and o.near and o.outcome == "conditions not met" and o.agencies
    ]


def _finding_line(finding: Finding, material: Material, room: _Room) -> FindingLine:
    tier = material.tiers[finding.id]
    own = [o for o in material.options if o.finding == finding.id]
    lead, sentences, told = _hopes_here(own, tier, room)
    tests = [t for t in tests_to_order(told) if "history" not in t]
    if not told:
        lead, sentences, told = _hopes_elsewhere(own, tier, material.tree)
    unmet = _unmet(material, finding)[: room.regimens]
    notes = []
    if unmet:
        names = "; ".join(o.regimen for o in unmet)
        notes.append(f"{condition_words(unmet[0])}: {names} [{citations(unmet[0])}]")
    if tests:
        notes.append("order: " + ", ".join(tests))
    if material.context.consent_germline and finding.gene in INHERITED_GENES and finding.possibly_inherited:
        notes.append("possibly inherited: consider referral to genetic counselling")
    remark = " (resistance)" if _only_warns(own, tier) else " (if conditions hold)" if tier.conditional else ""
    return FindingLine(
        label=finding.label,
        vaf=f"VAF {finding.vaf:.3f}" if finding.vaf is not None else "",
        tier=tier.shown + remark,
        regimens=tuple(sentences),
        notes=tuple(notes),
        more=len(own) - len(told) - len(unmet),
        lead=lead,
    )


def _hopes_here(own: list[Option], tier: Tier, room: _Room) -> tuple[str, list[str], list[Option]]:
    """Return the regimens of tier I in this tumour, or in any: what leads them in, the sentences, the options."""
    hopeful = [o for o in own if o.near and o.outcome in ("benefit", "conditions unknown", "conflict")]
    strong = [o for o in hopeful if o.tier.name == "I-A"] or [o for o in hopeful if o.tier.name == "I-B candidate"]
    groups = with_chemotherapy_joined(strong)[: room.regimens]
    told = [option for group in groups for option in group]
    if not told:
        return "", [], []
    lower = f", tier {told[0].tier.shown}" if told[0].tier.rank != tier.rank else ""
    return f"{_scopes(told)}; supports sensitivity{lower}:", [joined_sentence(group) for group in groups], told


def _hopes_elsewhere(own: list[Option], tier: Tier, tree: OncoTree) -> tuple[str, list[str], list[Option]]:
    """Return the strongest regimen known in another tumour, for a finding of tier I or II."""
    others = [o for o in own if not o.near and o.outcome in ("benefit", "conditions unknown")][:1]
    if not others or tier.rank > ORDER.index("II-C"):
        return "", [], []
    return f"{scope_words(others[0], tree)}; supports sensitivity:", [regimen_sentence(others[0])], others


def _only_warns(options: list[Option], tier: Tier) -> bool:
    """Return whether a finding owes its tier to resistance alone."""
    outcomes = {o.outcome for o in options if o.tier.rank == tier.rank}
    return "resistance" in outcomes and not outcomes & {"benefit", "conditions unknown", "conflict"}


def _scopes(options: list[Option]) -> str:
    return " or ".join(dict.fromkeys(m.scope for o in options for m in o.matches if m.statement.brings_benefit))


def _warnings(material: Material, room: _Room) -> tuple[tuple[str, ...], int]:
    labels = {finding.id: finding.label for finding in material.findings}
    near = [o for o in material.options if o.near]
    lines: list[str] = []
    rest = 0
    for outcome, words in (("resistance", "resistance to"), ("no benefit", "no benefit from")):
        chosen = [o for o in near if o.outcome == outcome]
        strong = [o for o in chosen if o.tier.name == "I-A"]
        rest += len(chosen) - len(strong)
        for finding in dict.fromkeys(o.finding for o in strong):
            group = [o for o in strong if o.finding == finding]
            names = ", ".join(o.regimen for o in group)
            single = " as the only targeted drug" if all(len(o.drugs) == 1 for o in group) else ""
            lines.append(f"{labels.get(finding, finding)}: {words} {names}{single} [{citations(group[0])}]")
    excluded = [o for o in near if o.outcome == "excluded"]
    for option in sorted(excluded, key=lambda o: -len(o.drugs)):
        rule = next(m.exclusion for m in option.matches if m.exclusion)
        source = rule.source.split(",")[0]  # in full on page 2
        lines.append(f"Not offered: {option.regimen}: {rule.reason} [{source}, {rule.date}]")
    return tuple(lines[: room.warnings]), max(0, len(lines) - room.warnings) + rest


def _checklist(material: Material, room: _Room) -> tuple[tuple[str, str, str], ...]:
    """Return the checklist; where room is short, repeated depths become "same depth", then only the state is left."""
    lines = []
    seen: set[str] = set()
    for line in material.checklist:
        words = line.words
        if room.checklist == "status" and line.status != "found":
            words = line.status
        elif room.checklist == "brief" and line.status == "not found" and words in seen:
            words = "not found (same depth)"
        seen.add(line.words)
        lines.append((line.item, line.status, words))
    return tuple(lines)


def _more(count: int) -> str:
    return f"+ {count} more on page 2" if count > 0 else ""
