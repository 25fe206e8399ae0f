"""compare-evidence from files to files: a change list per patient, one for the cohort, and the cohort's page."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loci2lead.config.oncotree import load_oncotree
from loci2lead.errors import InputError
from loci2lead.io.atomic import write_json, write_text
from loci2lead.provenance import describe
from loci2lead.report import RESULTS_VERSION
from loci2lead.report.evidence.sources import EvidenceFiles, check_date, load_evidence
from loci2lead.report.patient.compare import (
    CHANGE_COLUMNS,
    Comparison,
    change_rows,
    compare,
    patient_rows,
    statement_changes,
)
from loci2lead.report.patient.inputs import read_inputs
from loci2lead.report.patient.settings import Settings
from loci2lead.report.patient.tables import as_tsv
from loci2lead.report.render import render_html

log = logging.getLogger(__name__)
MOST_CHANGES = 500


@dataclass(frozen=True)
class Request:
    """The patients' folders by sample, the two sets of evidence, and settings."""

    folders: dict[str, Path]
    before: EvidenceFiles
    after: EvidenceFiles
    settings: Settings
    oncotree_table: Path | None


def find_folders(paths: list[Path]) -> dict[str, Path]:
    """Return folders by sample, which is the folder's name. Raises InputError where one is missing or named twice."""
    found: dict[str, Path] = {}
    for path in paths:
        name = path.absolute().name  # not the name behind a link
        if not path.is_dir():
            raise InputError("The folder of a sample was not found", file=path, remedy="check --inputs")
        if name in found:
            raise InputError("Two folders are of the same sample", file=path, found=name)
        found[name] = path
    return dict(sorted(found.items()))


def compare_cohort(request: Request, output: Path) -> list[Comparison]:
    """Compare every patient and write SAMPLE.changes.tsv, changes.tsv, cohort.tsv, cohort.json and cohort.html."""
    settings = request.settings
    if settings.report_date:
        check_date(settings.report_date)
    tree = load_oncotree(request.oncotree_table)
    before, after = load_evidence(request.before, tree), load_evidence(request.after, tree)
    comparisons = []
    files: dict[str, Path] = {}
    for sample, folder in request.folders.items():
        inputs = read_inputs(folder, sample, tree, oncotree_table=request.oncotree_table)
        old, new = before, after
        if inputs.context.simulated:  # as in the reports, simulated samples have the demonstration table
            old, new = (load_evidence(replace(f, demo=True), tree) for f in (request.before, request.after))
        comparisons.append(compare(inputs, old, new, settings, tree))
        files |= {f"{sample}_{role}": path for role, path in inputs.files.items()}
        log.info("%s: %d changes", sample, len(comparisons[-1].changes))
    evidence = {
        f"{when}_{role}": p
        for when, f in (("before", request.before), ("after", request.after))
        for role, p in f.by_role().items()
    }
    provenance = describe(
        "compare-evidence",
        results_version=RESULTS_VERSION,
        inputs=files | evidence | {"oncotree_table": request.oncotree_table},
        parameters={"report_date": settings.report_date, "samples": list(request.folders)},
    )
    _write(comparisons, statement_changes(before, after), provenance, output)
    return comparisons


def _write(
    comparisons: list[Comparison], statements: list[dict[str, object]], provenance: dict[str, Any], output: Path
) -> None:
    output.mkdir(parents=True, exist_ok=True)
    for comparison in comparisons:
        write_text(output / f"{comparison.sample}.changes.tsv", as_tsv(CHANGE_COLUMNS, change_rows([comparison])))
    patients, changes = patient_rows(comparisons), change_rows(comparisons)
    write_text(output / "changes.tsv", as_tsv(CHANGE_COLUMNS, changes))
    write_text(output / "cohort.tsv", as_tsv(list(patients[0]) if patients else [], patients))
    content = {"patients": patients, "changes": changes, "statements": statements}
    write_json(output / "cohort.json", content | {"provenance": provenance})
    # On the page the changes of a tier come first.
    shown = sorted(changes, key=lambda row: not row["kind"].startswith("tier"))[:MOST_CHANGES]
    context = {
        "title": "What newer evidence changes",
        "provenance": provenance,
        "patients": patients,
        "changes": shown,
        "changes_more": len(changes) - len(shown),
        "statements": statements,
        "moved": sum(1 for c in comparisons if c.count("tier raised", "tier lowered")),
        "touched": sum(1 for c in comparisons if c.changes),
    }
    write_text(output / "cohort.html", render_html("cohort.html.j2", context))
