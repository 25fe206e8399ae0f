"""Rank screened compounds by safety, drug-likeness, ADMET and potency, and pick a diverse shortlist.

Reads the table of screen-library and writes leads.parquet, with leads.csv and leads.sdf beside it: best first,
every desirability (d_*), term (term_*), weight (weight_*), the score, clusters, scaffolds and picks as columns.
Predicted drug response counts for known drugs only and has weight 0 unless the weights file says otherwise;
ClinTox endpoints never count. Hypotheses for an assay.
"""

import argparse
import logging
from pathlib import Path

from loci2lead.errors import InputError

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--scores", required=True, help="Parquet file (or folder of them) written by screen-library")
    parser.add_argument("--activity", help="measured or docked activity: TSV, CSV or Parquet with columns id, value")
    parser.add_argument("--response", help="Parquet written by predict-response, for known drugs")
    parser.add_argument("--weights", help="YAML with weights, desirabilities and filters (default: the package's own)")
    parser.add_argument("--output", required=True, help="leads.parquet; .csv and .sdf are written beside it")


def run(
    *, scores: str, output: str, weights: str | None = None, activity: str | None = None, response: str | None = None
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
    leads_files.write_sdf(Path(output).with_suffix(".sdf"), leads, provenance.to_json(made))
    log.info("%d of %d molecules ranked, %d kept", accounting.ranked, accounting.considered, len(leads))


def main(args: argparse.Namespace) -> None:
    """Run with the parsed command line."""
    run(**vars(args))
