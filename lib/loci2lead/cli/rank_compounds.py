"""Rank screened compounds by safety, drug-likeness, ADMET and potency, and pick a diverse shortlist.

Reads the table of screen-library and writes leads.parquet, with leads.csv and leads.sdf beside it: best first,
every desirability (d_*), term (term_*), weight (weight_*), the score, clusters, scaffolds and picks as columns.
Predicted drug response counts for known drugs only and has weight 0 unless the weights file says otherwise;
ClinTox endpoints never count. Hypotheses for an assay. With --explain, <stem>.atoms.parquet tells how much every atom
of the best leads speaks for an endpoint, and report-screen colours them.
"""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from loci2lead.errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

log = logging.getLogger(__name__)
DEFAULT_MODEL = "molecules-properties-v1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--scores", required=True, help="Parquet file (or folder of them) written by screen-library")
    parser.add_argument("--activity", help="measured or docked activity: TSV, CSV or Parquet with columns id, value")
    parser.add_argument("--response", help="Parquet written by predict-response, for known drugs")
    parser.add_argument("--weights", help="YAML with weights, desirabilities and filters (default: the package's own)")
    parser.add_argument("--explain", help="endpoints, joined by commas, whose atoms' contributions to find")
    parser.add_argument("--explain-top", type=int, default=50, help="for how many leads (default: %(default)s)")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="the model of the scores (default: %(default)s)")
    parser.add_argument("--output", required=True, help="leads.parquet; .csv and .sdf are written beside it")


def run(
    *,
    scores: str,
    output: str,
    weights: str | None = None,
    activity: str | None = None,
    response: str | None = None,
    explain: str | None = None,
    explain_top: int = 50,
    model: str = DEFAULT_MODEL,
) -> None:
    """Rank the compounds of `scores` and write the leads in three forms."""
    from loci2lead import provenance
    from loci2lead.io.tables import write_parquet, write_text_table
    from loci2lead.molecules import RESULTS_VERSION, leads_files, ranking, ranking_settings

    if Path(output).suffix != ".parquet":
        raise InputError("The output must end in .parquet", file=output, remedy="name it like leads.parquet")
    weights = weights or str(ranking_settings.DEFAULT_WEIGHTS)
    settings = ranking_settings.read_settings(weights)
    dataset = ranking.open_scores(scores)
    available = [*dataset.schema.names, "alert_count"] if "alerts" in dataset.schema.names else dataset.schema.names
    absent = ranking_settings.require_known_columns(settings, available, weights)
    if absent:
        log.info("These scores lack %d columns of the weights file, skipped: %s", len(absent), ", ".join(absent))
    leads, accounting = ranking.rank(
        dataset,
        settings,
        activity=ranking.read_activity(activity) if activity else None,
        response=ranking.read_response(response, settings) if response else None,
    )
    made = provenance.describe(
        "rank-compounds",
        results_version=RESULTS_VERSION,
        inputs={"scores": scores, "activity": activity, "response": response},
        parameters={"weights": dict(settings.plain), "absent_columns": absent},
    ) | {"accounting": ranking.counts_of(accounting)}
    write_parquet(output, leads, made)
    write_text_table(Path(output).with_suffix(".csv"), leads)
    atoms = Path(output).with_name(f"{Path(output).stem}.atoms.parquet")
    atoms.unlink(missing_ok=True)  # those of an earlier ranking
    if explain:
        write_attributions(atoms, leads, explain, explain_top, model, scores)
    leads_files.write_sdf(Path(output).with_suffix(".sdf"), leads, provenance.to_json(made))
    log.info("%d of %d molecules ranked, %d kept", accounting.ranked, accounting.considered, len(leads))


def write_attributions(atoms: Path, leads: "DataFrame", explain: str, top: int, model: str, scores: str) -> None:
    """Write the contributions of the leads' atoms. Raises InputError for an endpoint the model does not know."""
    import torch

    from loci2lead import provenance
    from loci2lead.io.tables import write_parquet
    from loci2lead.models.checkpoint import resolve_model
    from loci2lead.molecules import RESULTS_VERSION
    from loci2lead.molecules.attribution import attribute_leads
    from loci2lead.molecules.model import load_model
    from loci2lead.molecules.screening import choose_endpoints

    path = resolve_model(model)
    endpoints = choose_endpoints(path, explain)
    table = attribute_leads(leads, load_model(path, torch.device("cpu")), endpoints, top)
    made = provenance.describe(
        "rank-compounds",
        results_version=RESULTS_VERSION,
        inputs={"scores": scores},
        models={"properties": path},
        parameters={"explain": list(endpoints), "top": top},
    )
    write_parquet(atoms, table, made)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed command line."""
    run(**vars(args))
