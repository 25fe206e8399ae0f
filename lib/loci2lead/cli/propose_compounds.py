"""Propose which compounds of a library to dock or assay next, learning from those measured so far.

Round by round: measure what <output> lists, add the values to the --measured table (columns id, value) and run the
command again. Without measurements the first batch is drawn at random. With --score-with the rounds run by
themselves: the function gets a list of SMILES and returns numbers, and its values are kept in
<output stem>.measured.csv after every round, so that a run that was killed goes on. Fingerprints of the library
are kept beside the output (3 kB a compound) for the next round.
"""

import argparse
import logging
from pathlib import Path

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--library", type=Path, required=True, help=".smi, .csv, .tsv, .sdf or .parquet, also .gz")
    parser.add_argument("--output", type=Path, required=True, help="CSV of the proposed compounds, best first")
    parser.add_argument("--measured", type=Path, help="CSV, TSV or Parquet with columns id, value")
    parser.add_argument("--count", type=int, default=500, help="compounds per round (default: %(default)s)")
    parser.add_argument("--goal", choices=["low", "high"], default="low", help="which values are wanted (default: low)")
    parser.add_argument(
        "--strategy", choices=["greedy", "ucb", "thompson"], default="greedy", help="default: %(default)s"
    )
    parser.add_argument("--score-with", help="python:FILE.py:FUNCTION or python:MODULE:FUNCTION that measures SMILES")
    parser.add_argument("--rounds", type=int, default=1, help="rounds that --score-with runs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="draws the first batch (default: %(default)s)")
    parser.add_argument("--smiles-column", help="default: found by its usual names")
    parser.add_argument("--id-column", help="default: found by its usual names, else row-<n>")


def run(
    *,
    library: Path,
    output: Path,
    measured: Path | None = None,
    count: int = 500,
    goal: str = "low",
    strategy: str = "greedy",
    score_with: str | None = None,
    rounds: int = 1,
    seed: int = 0,
    smiles_column: str | None = None,
    id_column: str | None = None,
) -> None:
    """Write the next batch. Raises InputError for what the caller can mend."""
    from loci2lead import provenance
    from loci2lead.errors import InputError
    from loci2lead.io.atomic import write_json
    from loci2lead.io.tables import write_text_table
    from loci2lead.molecules import RESULTS_VERSION
    from loci2lead.molecules.campaign import Campaign, open_pool, read_measured, scored_rounds
    from loci2lead.molecules.foreign import foreign_file, load_foreign

    if count < 1 or rounds < 1:
        raise InputError("A round needs at least one compound", found=f"--count {count} --rounds {rounds}")
    if output.suffix != ".csv":
        raise InputError("Proposals are written as CSV", file=output, found=output.suffix, expected=".csv")
    pool = open_pool(library, output, smiles_column, id_column)
    known = read_measured(measured, pool) if measured else {}
    campaign = Campaign(pool, count, goal, strategy, seed)
    if score_with:
        known = scored_rounds(campaign, known, load_foreign(score_with), rounds, output.with_suffix(".measured.csv"))
    proposals = campaign.proposals(known)
    write_text_table(output, proposals)
    made = provenance.describe(
        "propose-compounds",
        results_version=RESULTS_VERSION,
        inputs={"library": library, "measured": measured, "function": foreign_file(score_with) if score_with else None},
        parameters={"count": count, "goal": goal, "strategy": strategy, "seed": seed, "rounds": rounds},
    )
    write_json(output.with_suffix(".json"), made | {"measured": len(known), "candidates": len(pool.ids)})
    log.info("%d compounds proposed of %d; %d measured so far", len(proposals), len(pool.ids), len(known))


def main(args: argparse.Namespace) -> None:
    """Run with parsed flags."""
    run(**vars(args))
