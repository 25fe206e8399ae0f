"""What stands above everything else on page one, and what was not assessed at all."""

from loci2lead.io.vcf import GERMLINE_KEPT
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.inputs import Inputs
from loci2lead.report.patient.markers import Marker
from loci2lead.report.patient.settings import Settings
from loci2lead.report.patient.wording import NOT_SEPARATED


def notes(inputs: Inputs, findings: list[Finding]) -> tuple[str, ...]:
    """Return what a reader of the findings on page one has to keep in mind."""
    lines = []
    if findings and inputs.variants and not any(v.consequences for v in inputs.variants):
        lines.append("No reference genome: effects not assessed, hotspots named by their codon.")
    if any(GERMLINE_KEPT in v.flags for v in inputs.variants or []):
        lines.append("Germline not removed: the tumour was called alone, without population frequencies.")
    if coverage_assumed(inputs):
        lines.append("Coverage is assumed, not measured.")
    passengers = sum(f.certainty == "probable passenger" for f in findings)
    if passengers:
        lines.append(f"Indel-rich tumour: {passengers} frameshifts in tumour suppressors are probable passengers.")
    return tuple(lines)


def coverage_assumed(inputs: Inputs) -> bool:
    """Return whether the profile took the assay's coverage for granted instead of reading it from a BED."""
    parameters = inputs.provenances.get("profile", {}).get("parameters", {})
    return parameters.get("assume_covered") not in (None, "none")


def alerts(context: Context, ages: dict[str, int | None], settings: Settings) -> tuple[str, ...]:
    """Return the sentences that a reader must see before any finding."""
    lines = []
    if not context.found:
        lines.append("Clinical context and consents not assessed: none were given.")
    if not context.may_show_findings:
        lines.append("Findings withheld: the consent that this sample needs is not recorded (empty means no).")
        return tuple(lines)
    if context.qc_failed:
        lines.append(f"Quality control failed: {context.qc_failed}. Nothing is reported as absent or predicted.")
    if context.origin_unresolved:
        lines.append(f"A tumour called with the germline model: {NOT_SEPARATED}; nothing is reported as absent.")
    old = [f"{name} ({age} months)" for name, age in ages.items() if age is not None and age > settings.max_age_months]
    if old:
        lines.append(f"Old evidence: {', '.join(old)}.")
    return tuple(lines)


def not_assessed(inputs: Inputs, context: Context, settings: Settings, markers: tuple[Marker, ...]) -> tuple[str, ...]:
    """Return in plain words what this report cannot say anything about."""
    lines = list(inputs.missing)
    if inputs.variants is not None and not any(v.consequences for v in inputs.variants):
        lines.append("effect of variants on proteins: no reference genome was given, so codons only")
    if inputs.profile is None or inputs.profile["copies_relative"].isna().all():
        lines.append("copy number: none was given")
    if settings.fusions is None and "fusions" not in inputs.files:
        lines.append("gene fusions: none were given")
    covered = inputs.profile is not None and not inputs.profile["covered"].isna().all()
    if not covered and not settings.genes_checked:
        lines.append("regions that the assay covered: unknown, so nothing is reported as absent")
    if coverage_assumed(inputs):
        lines.append("regions that the assay covered: assumed by the caller, not measured")
    lines += [m.sentence.rstrip(".") for m in markers if m.status == "not determined"]
    if not settings.report_date:
        lines.append("age of the evidence: not checked, since no report date was given")
    if context.oncotree is None:
        lines.append("tumour type: unknown, so no evidence counts as being about the same tumour")
    lines += [] if inputs.signatures[1] else ["mutational signatures: none were fitted"]
    lines.append("purity, ploidy and clonality; homologous recombination; pharmacogenomics")
    lines.append("guidelines of NCCN and ESMO, and whether a drug can be had where the patient lives")
    return tuple(lines)
