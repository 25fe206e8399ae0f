"""Write the report of a screen: HTML, PDF, JSON and tables, with structures, scores, alerts and plots.

Reads the scores of screen-library (with the rejected rows beside them) and the leads of rank-compounds. The
page colours the leads' atoms where <leads stem>.atoms.parquet lies beside them (rank-compounds --explain). It
stands on its own: no request leaves it, it reads without JavaScript, and with it the weights can be moved.
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--scores", required=True, help="Parquet file (or folder) written by screen-library")
    parser.add_argument("--leads", required=True, help="leads.parquet written by rank-compounds")
    parser.add_argument("--output", required=True, help="folder for report.html, .pdf, .json, leads.tsv, rejected.tsv")
    parser.add_argument("--title", default="library", help="name of the library in the title")
    parser.add_argument("--top", type=int, default=50, help="leads shown with their structure (default 50)")
    parser.add_argument("--card", help="JSON card of your own model (a shipped model's card is found by its digest)")
    parser.add_argument("--simulated", action="store_true", help="say on every page that the data are simulated")


def run(
    *,
    scores: str,
    leads: str,
    output: str,
    title: str = "library",
    top: int = 50,
    simulated: bool = False,
    card: str | None = None,
) -> None:
    """Write the report of one library into the folder `output`."""
    from loci2lead import provenance
    from loci2lead.errors import InputError
    from loci2lead.io.tables import read_provenance, read_table, rejected_path
    from loci2lead.report import RESULTS_VERSION, screen, screen_attribution, screen_tables
    from loci2lead.report.screen_endpoints import read_card

    if not 1 <= top <= screen.MOST_SHOWN:
        raise InputError("--top is out of range", found=top, expected=f"1..{screen.MOST_SHOWN}")
    table = read_table(leads, columns=screen.LEAD_COLUMNS)
    overview = screen_tables.read_overview(scores)
    rejected = rejected_path(scores)
    atoms = screen_attribution.atoms_path(leads)
    made = provenance.describe(
        "report-screen",
        results_version=RESULTS_VERSION,
        inputs={
            "scores": scores,
            "leads": leads,
            "rejected": rejected if rejected.exists() else None,
            "atoms": atoms if atoms.exists() else None,
            "card": card,
        },
        parameters={"title": title, "top": top, "simulated": simulated},
    )
    reasons = screen_tables.read_rejected_reasons(scores)
    sources = {"scores": screen_tables.provenance_of(scores), "leads": read_provenance(leads)}
    context = screen.build(
        overview,
        table,
        sources["leads"],
        reasons,
        made,
        title=title,
        top=top,
        simulated=simulated,
        sources=sources,
        card=read_card(card, sources["scores"]),
        atoms=screen_attribution.read_atoms(leads),
    )
    screen.write(context, table, output)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed command line."""
    run(**vars(args))
