"""What a newer release of the evidence changes for each patient, and for a cohort.

Every patient's inputs are read once and held against the older and the newer sources; findings, regimens and tiers of
the two are compared. Nothing else differs between the two, so every change comes from the evidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.sources import Source
from loci2lead.report.patient.build import Report, build_report
from loci2lead.report.patient.inputs import Inputs
from loci2lead.report.patient.regimens import Option
from loci2lead.report.patient.settings import Settings
from loci2lead.report.patient.tiers import ORDER
from loci2lead.report.patient.wording import citations, outcome_words

Kind = Literal["tier raised", "tier lowered", "regimen new", "regimen withdrawn", "regimen says otherwise"]
CHANGE_COLUMNS = ("sample", "kind", "finding", "regimen", "before", "after", "sources_before", "sources_after")


@dataclass(frozen=True)
class Change:
    """One change: of a finding's tier (then `regimen` is ""), or of what the sources say of a regimen near to it."""

    sample: str
    kind: Kind
    finding: str
    regimen: str
    before: str
    after: str
    sources_before: str = ""
    sources_after: str = ""


@dataclass(frozen=True)
class Comparison:
    """One patient: the changes, and whether consent keeps findings back, so that there can be none."""

    sample: str
    oncotree: str
    withheld: bool
    findings: int
    changes: tuple[Change, ...]

    def count(self, *kinds: str) -> int:
        """Return the number of changes of some kinds."""
        return sum(change.kind in kinds for change in self.changes)


def compare(
    inputs: Inputs, before: Sequence[Source], after: Sequence[Source], settings: Settings, tree: OncoTree
) -> Comparison:
    """Return what changes for one patient between two sets of sources."""
    old = build_report(inputs, list(before), settings, tree)
    new = build_report(inputs, list(after), settings, tree)
    sample = old.context.sample
    changes = [*_tier_changes(sample, old, new), *_regimen_changes(sample, old, new)]
    oncotree = old.context.oncotree or ""
    return Comparison(sample, oncotree, not old.context.may_show_findings, len(old.findings), tuple(changes))


def _tier_changes(sample: str, old: Report, new: Report) -> Iterable[Change]:
    for finding in old.findings:
        before, after = old.tiers[finding.id], new.tiers[finding.id]
        if before.name != after.name:
            raised = ORDER.index(after.name) < ORDER.index(before.name)
            yield Change(
                sample,
                "tier raised" if raised else "tier lowered",
                finding.label,
                "",
                before.shown,
                after.shown,
                before.trail[0],
                after.trail[0],
            )


def _regimen_changes(sample: str, old: Report, new: Report) -> Iterable[Change]:
    """Yield the changes of regimens in this tumour type or in any; those of other types would drown them."""
    before, after = _near_options(old), _near_options(new)
    for key in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(key), after.get(key)
        kind: Kind
        if one is None:
            kind = "regimen new"
        elif other is None:
            kind = "regimen withdrawn"
        elif _said(one) != _said(other):
            kind = "regimen says otherwise"
        else:
            continue
        told = (_said(one), _said(other), citations(one, 3) if one else "", citations(other, 3) if other else "")
        yield Change(sample, kind, *key, *told)


def _near_options(report: Report) -> dict[tuple[str, str], Option]:
    labels = {finding.id: finding.label for finding in report.findings}
    return {(labels.get(o.finding, o.finding), o.regimen): o for o in report.options if o.near}


def _said(option: Option | None) -> str:
    return "" if option is None else f"tier {option.tier.shown}: {outcome_words(option)}"


def change_rows(comparisons: Iterable[Comparison]) -> list[dict[str, str]]:
    """Return one row per change over all patients."""
    return [asdict(change) for comparison in comparisons for change in comparison.changes]


def patient_rows(comparisons: Iterable[Comparison]) -> list[dict[str, object]]:
    """Return one row per patient, those with the most changes of tier first, then by name."""
    rows: list[dict[str, object]] = [
        {
            "sample": c.sample,
            "oncotree": c.oncotree or None,
            "findings": c.findings,
            "raised": c.count("tier raised"),
            "lowered": c.count("tier lowered"),
            "new": c.count("regimen new"),
            "withdrawn": c.count("regimen withdrawn"),
            "otherwise": c.count("regimen says otherwise"),
            "remark": "withheld: no consent" if c.withheld else "" if c.changes else "no change",
        }
        for c in comparisons
    ]
    return sorted(rows, key=lambda r: (-_number(r, "raised") - _number(r, "lowered"), str(r["sample"])))


def statement_changes(before: Sequence[Source], after: Sequence[Source]) -> list[dict[str, object]]:
    """Return by source its versions and how many statements came, went and stayed, told by their ids."""
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys(source.name for source in (*before, *after)):
        old = {s.key for source in before if source.name == name for s in source.statements}
        new = {s.key for source in after if source.name == name for s in source.statements}
        rows.append(
            {
                "source": name,
                "before": _versions(before, name),
                "after": _versions(after, name),
                "came": len(new - old),
                "went": len(old - new),
                "stayed": len(old & new),
            }
        )
    return rows


def _versions(sources: Sequence[Source], name: str) -> str | None:
    return ", ".join(dict.fromkeys(s.version for s in sources if s.name == name and s.version)) or None


def _number(row: dict[str, object], column: str) -> int:
    value = row[column]
    return value if isinstance(value, int) else 0
