"""One patient's report as plain values: every format (HTML, PDF, JSON, TSV, FHIR) is written from this."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.diseases import HAEMATOLOGICAL
from loci2lead.report.evidence.line import FIRST
from loci2lead.report.evidence.sources import Source
from loci2lead.report.evidence.statement import leaves
from loci2lead.report.language import language
from loci2lead.report.patient import alerts as alert_texts
from loci2lead.report.patient.checklist import ChecklistLine, Sight, checklist, sight_of
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.evaluate import Tumour, tumour_of
from loci2lead.report.patient.findings import Finding, copy_findings, fusion_findings, passed, small_findings
from loci2lead.report.patient.inputs import Inputs
from loci2lead.report.patient.markers import (
    Marker,
    looks_mismatch_repair_deficient,
    microsatellite_state,
    mismatch_repair,
    mutational_burden,
)
from loci2lead.report.patient.matching import Match, match_all, scope_of
from loci2lead.report.patient.oncogenicity import Oncogenicity, knowledge_of, oncogenicity
from loci2lead.report.patient.page_one import Material, PageOne, page_one
from loci2lead.report.patient.prediction import Predictions, predictions_of
from loci2lead.report.patient.regimens import Option, options_of
from loci2lead.report.patient.settings import Settings
from loci2lead.report.patient.tiers import Tier, tier_of

# Fewer reads than this at the sample's own records leave even heterozygous variants to chance.
FEWEST_READS = 10


@dataclass(frozen=True)
class Report:
    """Everything a page says of one sample."""

    context: Context
    tumour: Tumour
    findings: tuple[Finding, ...]
    tiers: dict[str, Tier]
    oncogenicity: dict[str, Oncogenicity]
    matches: tuple[Match, ...]
    options: tuple[Option, ...]
    markers: tuple[Marker, ...]
    checklist: tuple[ChecklistLine, ...]
    predictions: Predictions | None
    sight: Sight
    page: PageOne
    alerts: tuple[str, ...]
    not_assessed: tuple[str, ...]
    sources: tuple[Source, ...]
    ages: dict[str, int | None]
    counts: dict[str, int]
    signatures: tuple[tuple[dict[str, Any], ...], str] = ((), "")


def build_report(inputs: Inputs, sources: list[Source], settings: Settings, tree: OncoTree) -> Report:
    """Return the report of one sample. Without the consent it needs there are no findings and no evidence."""
    variants = inputs.variants if inputs.variants is not None else []
    sight = sight_of(variants)
    context = _with_quality(inputs.context, sight)
    shown = passed(variants) if context.may_show_findings else []
    markers, tmb = _markers(context, inputs, shown, settings, tree)
    findings = _findings(context, inputs, shown, settings)
    copies = _copies(inputs) if context.may_show_findings else {}
    covered = _covered(inputs, settings)
    msi = microsatellite_state(context, inputs.microsatellites)[0]
    tested = _fusion_table(inputs, settings) is not None
    tumour = tumour_of(context, findings, covered, tmb, frozenset(copies), msi, fusions_tested=tested)
    statements = [s for source in sources for s in source.statements]
    matches = match_all(statements, tumour, tree) if context.may_show_findings else []
    tiers = _tiers(findings, matches)
    known = knowledge_of(statements, settings.hotspot_counts)
    options = options_of(matches)
    lines = checklist(tumour, sight, inputs.variants is not None, tree) if context.may_show_findings else []
    ages = {s.name: s.age_in_months(settings.report_date) if settings.report_date else None for s in sources}
    alerts = alert_texts.alerts(context, ages, settings)
    notes = alert_texts.notes(inputs, findings)
    immune = _immunotherapy_known(sources, context, tree)
    said_in = language(settings.language)
    material = Material(
        context, tuple(findings), tiers, options, markers, tuple(lines), alerts, notes, immune, tree, said_in
    )
    return Report(
        context=context,
        tumour=tumour,
        findings=tuple(findings),
        tiers=tiers,
        oncogenicity={f.id: found for f in findings if (found := oncogenicity(f, known))},
        matches=tuple(matches),
        options=tuple(options),
        markers=markers,
        checklist=tuple(lines),
        predictions=predictions_of(inputs.response, context),
        sight=sight,
        page=page_one(material),
        alerts=alerts,
        not_assessed=alert_texts.not_assessed(inputs, context, settings, markers),
        sources=tuple(sources),
        ages=ages,
        counts=_counts(variants, shown, findings, matches),
        signatures=inputs.signatures if context.may_show_findings else ((), ""),
    )


def _tiers(findings: list[Finding], matches: list[Match]) -> dict[str, Tier]:
    by_finding: dict[str, list[Match]] = {f.id: [] for f in findings}
    for match in matches:
        by_finding.setdefault(match.finding, []).append(match)
    return {f.id: tier_of(by_finding[f.id]) for f in findings}


def _with_quality(context: Context, sight: Sight) -> Context:
    """Return the context with failed quality control noted where the records' own depth says so."""
    if context.qc_failed or sight.depth is None or sight.depth >= FEWEST_READS:
        return context
    return replace(context, qc_failed=f"median depth {sight.depth:.0f}, at least {FEWEST_READS} needed")


def _markers(
    context: Context, inputs: Inputs, shown: list[Any], settings: Settings, tree: OncoTree
) -> tuple[tuple[Marker, ...], float | None]:
    blood = any(tree.is_within(context.oncotree or "", root) for root in HAEMATOLOGICAL)
    if context.type != "tumor" or not context.may_show_findings or blood:
        return (), None
    variants = shown if inputs.variants is not None else None
    burden, tmb = mutational_burden(context, variants, settings.covered_mb or inputs.covered_mb, inputs.burden)
    return (mismatch_repair(context, variants, inputs.microsatellites), burden), tmb


def _findings(context: Context, inputs: Inputs, shown: list[Any], settings: Settings) -> list[Finding]:
    if not context.may_show_findings:
        return []
    unstable = microsatellite_state(context, inputs.microsatellites)[0] == "high"
    rich = looks_mismatch_repair_deficient(context, shown) or context.mmr_ihc == "deficient" or unstable
    findings = small_findings(shown, indel_rich=rich, more_hotspots=settings.hotspots)
    findings += copy_findings(_copies(inputs), len(findings))
    table = _fusion_table(inputs, settings)
    if table is not None:
        findings += fusion_findings(table, len(findings))
    return findings


def _fusion_table(inputs: Inputs, settings: Settings) -> Path | None:
    return settings.fusions or inputs.files.get("fusions")


def _copies(inputs: Inputs) -> dict[str, float]:
    if inputs.profile is None:
        return {}
    known = inputs.profile.dropna(subset=["copies_relative"])
    return {str(g): float(c) for g, c in zip(known["gene"], known["copies_relative"], strict=True)}


def _covered(inputs: Inputs, settings: Settings) -> dict[str, bool | None]:
    """Return by gene whether the assay could see it: from the profile, then as the caller lists genes."""
    covered: dict[str, bool | None] = {}
    if inputs.profile is not None:
        known = inputs.profile.dropna(subset=["covered"])
        covered = {str(g): bool(c) for g, c in zip(known["gene"], known["covered"], strict=True)}
    return covered | dict.fromkeys(settings.genes_checked, True)


def _immunotherapy_known(sources: list[Source], context: Context, tree: OncoTree) -> bool:
    """Return whether any first-line statement for the same tumour hangs on mismatch repair or microsatellites."""
    return any(
        statement.brings_benefit
        and FIRST in statement.line
        and any(leaf.name in ("MMR", "MSI") and leaf.kind == "marker" for leaf in leaves(statement.biomarkers))
        and scope_of(statement, context.oncotree, tree) == "same tumour"
        for source in sources
        for statement in source.statements
    )


def _counts(variants: list[Any], shown: list[Any], findings: list[Finding], matches: list[Match]) -> dict[str, int]:
    return {
        "alleles in the file": len(variants),
        "alleles that passed": len(shown),
        "findings in genes": len(findings),
        "statements matched": len(matches),
    }
