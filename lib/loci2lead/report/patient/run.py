"""report-patient from files to files."""

import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loci2lead.config.oncotree import load_oncotree
from loci2lead.config.pseudonyms import EXPECTED, REMEDY, problem_with
from loci2lead.errors import InputError
from loci2lead.io import audit
from loci2lead.io.atomic import private_files
from loci2lead.io.encrypt import encrypted_folder
from loci2lead.provenance import describe, sha256_of
from loci2lead.report import RESULTS_VERSION
from loci2lead.report.evidence.resources import read_hotspot_counts, read_hotspots
from loci2lead.report.evidence.sources import EvidenceFiles, check_date, load_evidence
from loci2lead.report.language import language
from loci2lead.report.patient.build import build_report
from loci2lead.report.patient.inputs import Inputs, read_inputs
from loci2lead.report.patient.outputs import write_report
from loci2lead.report.patient.settings import FORMATS, Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What to report on, with which evidence and settings."""

    sample: str
    inputs: Path
    sheet: Path | None
    evidence: EvidenceFiles
    settings: Settings
    hotspots: Path | None
    oncotree_table: Path | None
    audit_log: Path | None = None
    encrypt_for: Path | None = None


def make_report(request: Request, output: Path) -> None:
    """Write a sample's report in every format. All inputs are checked before anything is written."""
    settings = _checked(request)
    tree = load_oncotree(request.oncotree_table)
    inputs = read_inputs(
        request.inputs, request.sample, tree, sheet=request.sheet, oncotree_table=request.oncotree_table
    )
    files = replace(request.evidence, demo=request.evidence.demo or inputs.context.simulated)
    sources = load_evidence(files, tree)
    report = build_report(inputs, sources, settings, tree)
    provenance = _provenance(request, inputs, files, settings)
    with private_files(), _folder(request, output) as folder:
        written = write_report(report, folder, provenance, settings, tree, inputs.distributions)
        made = {path.name: sha256_of(path) for path in written}
    if request.audit_log:
        kept = ("version", "results_version", "inputs", "models")
        details = {key: provenance[key] for key in kept} | {"outputs": made}
        audit.append(request.audit_log, "report-patient", sample=request.sample, details=details)
    log.info("%d findings, %d statements matched", report.counts["findings in genes"], len(report.matches))


def _folder(request: Request, output: Path) -> AbstractContextManager[Path]:
    return encrypted_folder(output, request.encrypt_for) if request.encrypt_for else nullcontext(output)


def _checked(request: Request) -> Settings:
    settings = request.settings
    found = problem_with(request.sample, needs_digit=False)
    if found:
        raise InputError("Not a pseudonym", record="--sample", found=found, expected=EXPECTED, remedy=REMEDY)
    if settings.report_date:
        check_date(settings.report_date)
    if settings.covered_mb is not None and not settings.covered_mb > 0:
        raise InputError("The assayed size must be positive", record="--covered-mb", found=settings.covered_mb)
    language(settings.language)
    unknown = [f for f in settings.formats if f not in FORMATS]
    if unknown:
        raise InputError("No such format", record="--formats", found=", ".join(unknown), expected=", ".join(FORMATS))
    if settings.max_age_months < 1:
        raise InputError("The age must be at least a month", record="--max-evidence-age-months")
    if request.hotspots is not None:
        counts = read_hotspot_counts(request.hotspots)
        settings = replace(settings, hotspots=read_hotspots(request.hotspots), hotspot_counts=counts)
    return settings


def _provenance(request: Request, inputs: Inputs, files: EvidenceFiles, settings: Settings) -> dict[str, Any]:
    optional = {
        "fusions": settings.fusions,
        "hotspots": request.hotspots,
        "oncotree_table": request.oncotree_table,
    }
    made = describe(
        "report-patient",
        results_version=RESULTS_VERSION,
        inputs={**inputs.files, **files.by_role(), **optional},
        parameters={
            "sample": request.sample,
            "report_date": settings.report_date,
            "max_evidence_age_months": settings.max_age_months,
            "genes_checked": sorted(settings.genes_checked),
            "covered_mb": settings.covered_mb,
            "demo_evidence": files.demo,
        },
    )
    for role, provenance in sorted(inputs.provenances.items()):
        made["models"] |= {f"{role}_{name}": digest for name, digest in provenance.get("models", {}).items()}
    return made
