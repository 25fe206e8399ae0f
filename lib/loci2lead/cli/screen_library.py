"""Score a compound library: standardise, predict toxicity and ADMET, find alerts, account for every row.

Writes a Parquet table with one row per input row, in order, and <stem>.rejected.tsv beside it. Rejected rows
are in both, with null scores. Columns per endpoint E: E (probability of class 1, or the data set's unit),
E_std (spread of the ensemble), E_set (classes that cannot be ruled out at 90 %; "0|1" means: don't know) or
E_low and E_high (90 % interval), and E_pct_approved (percentile among approved drugs).

For a library of millions: --depth fast with --top, then --depth full on <stem>.top.parquet. The fast model has sets and
intervals of its own, but no spread (E_std is null), no InChIKey (compounds are told apart by canonical SMILES), no
properties and no alerts.

Your own model runs in the same engine: --model chemprop:FILE (a model of Chemprop 2, installed by you) or
--model python:FILE.py:FUNCTION or python:MODULE:FUNCTION (takes a list of SMILES, returns a table of numbers with
one row for each). Both run code that you must trust.
"""

import argparse
import logging
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loci2lead.io.libraries import LibraryRow

log = logging.getLogger(__name__)
DEFAULT_MODEL = "molecules-properties-v1"
FAST_MODEL = "molecules-fast-v1"
FULL_ROWS = 20_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--library", type=Path, required=True, help=".smi, .csv, .tsv, .sdf or .parquet, also .gz")
    parser.add_argument("--output", type=Path, required=True, help="Parquet file of scores")
    parser.add_argument("--endpoints", help="names joined by commas; default: all of the model")
    parser.add_argument(
        "--model",
        help="shipped model, .pt file, chemprop:FILE or python:MODULE:FUNCTION "
        f"(default: {DEFAULT_MODEL}, at depth fast {FAST_MODEL})",
    )
    parser.add_argument(
        "--commercial", action="store_true", help="leave out endpoints whose training data forbid commercial use"
    )
    parser.add_argument("--smiles-column", help="default: found by its usual names")
    parser.add_argument("--id-column", help="default: found by its usual names, else row-<n>")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--threads", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument(
        "--depth",
        default="auto",
        choices=["auto", "full", "cascade", "quick", "properties", "fast", "parse"],
        help="full: everything; quick: no alerts, QED, SA score; cascade: those only for rows in the domain and in the "
        "window of oral drugs; properties: no model either; fast: one small network, for the first pass "
        "over a large library; parse: structures and identities only; "
        f"auto: full up to {FULL_ROWS:,} rows, else cascade (default: %(default)s)",
    )
    parser.add_argument(
        "--identity",
        default="auto",
        choices=["auto", "inchikey", "smiles"],
        help="what tells compounds apart; auto: the InChIKey, at depth fast the canonical SMILES, which takes half the "
        "time of a first pass but sees two tautomers as two compounds (default: %(default)s)",
    )
    parser.add_argument(
        "--rows", metavar="START-END", help="only these rows (0-based, in steps of 2048); gather-scores joins the parts"
    )
    parser.add_argument(
        "--partitioned",
        action="store_true",
        help="make the output a folder of Parquet files of 2^20 rows, which pandas and DuckDB read as one table",
    )
    parser.add_argument("--top", type=int, help="also write the best rows by --by to <stem>.top.parquet")
    parser.add_argument("--by", help="column of the scores and its best end, as herg:low or qed:high (the default)")
    parser.add_argument(
        "--cmax",
        type=Path,
        help="table of peak plasma levels (inchikey or id, and cmax_um in µM): adds cmax_um and, for endpoints that "
        "are concentrations, E_margin (concentration over Cmax)",
    )
    parser.add_argument("--tautomers", action="store_true", help="score the canonical tautomer (slower)")


def run(
    *,
    library: Path,
    output: Path,
    endpoints: str | None = None,
    model: str | None = None,
    smiles_column: str | None = None,
    id_column: str | None = None,
    device: str = "auto",
    threads: int = 1,
    depth: str = "auto",
    identity: str = "auto",
    tautomers: bool = False,
    partitioned: bool = False,
    rows: str | None = None,
    commercial: bool = False,
    top: int | None = None,
    by: str | None = None,
    cmax: Path | None = None,
) -> None:
    """Score the library. Raises InputError for what the caller can mend."""
    from loci2lead.io.libraries import in_shards, read_library
    from loci2lead.molecules import RESULTS_VERSION
    from loci2lead.molecules.best import parse_top, require_column
    from loci2lead.molecules.engine import SHARD_ROWS, Job, screen, work_folder
    from loci2lead.molecules.exposure import read_cmax
    from loci2lead.molecules.parts import RowRange, screen_part
    from loci2lead.molecules.screening import ScreenPlan, choose_endpoints, identity_column, orderable_columns
    from loci2lead.provenance import describe

    check_flags(output, threads, rows, top, partitioned)
    bounds = RowRange.parse(rows) if rows else None
    best = parse_top(top, by)
    depth = settled_depth(depth, read_library(library, smiles_column, id_column))
    name, path = settled_model(model, depth)
    chosen = choose_endpoints(name, endpoints, commercial) if name else ()
    parameters: dict[str, object] = {"endpoints": list(chosen), "depth": depth, "tautomers": tautomers}
    if name.startswith("python:"):
        parameters["function"] = name.rpartition(":")[2]
    if identity != "auto":
        parameters["identity"] = identity
    if best is not None:
        require_column(best, orderable_columns(depth, chosen))
        parameters["best"] = str(best)
    provenance = describe(
        "screen-library",
        results_version=RESULTS_VERSION,
        inputs={"library": library, "cmax": cmax},
        models={"properties": path},
        parameters=parameters,
    )
    levels = read_cmax(cmax) if cmax else {}
    plan = ScreenPlan(chosen, depth, tautomers, levels, identity_column(depth, identity))
    digest = provenance["models"].get("properties", "")
    job = Job(name, digest, device, plan, work_folder(output, provenance), best)
    library_rows = read_library(library, smiles_column, id_column)
    if bounds:
        counts = screen_part(library_rows, bounds, output, job, provenance, threads)
    else:
        counts = screen(in_shards(library_rows, SHARD_ROWS), output, job, provenance, threads, partitioned)
    parts = ", ".join(f"{counts[status]:,} {status}" for status in ("accepted", "flagged", "rejected"))
    log.info("%s rows: %s", f"{counts.total():,}", parts)


def check_flags(output: Path, threads: int, rows: str | None, top: int | None, partitioned: bool) -> None:
    """Raise InputError for flags that are wrong or do not go together."""
    from loci2lead.errors import InputError

    if threads < 1:
        raise InputError("At least one thread is needed", found=f"--threads {threads}")
    if output.suffix != ".parquet":
        raise InputError("Scores are written as Parquet", file=output, found=output.suffix, expected=".parquet")
    for flag, given in (("--top", top is not None), ("--partitioned", partitioned)):
        if rows and given:
            raise InputError(
                "This is made of a whole library only",
                found=f"--rows with {flag}",
                remedy=f"give {flag} to gather-scores, which joins the parts",
            )


def settled_depth(depth: str, rows: "Iterator[LibraryRow]") -> str:
    """Return the depth; "auto" is full for a small library, else the cascade. Reads the first rows in any case."""
    small = sum(1 for _ in islice(rows, FULL_ROWS + 1)) <= FULL_ROWS
    return depth if depth != "auto" else "full" if small else "cascade"


def settled_model(model: str | None, depth: str) -> tuple[str, Path | None]:
    """Return the model that this depth loads and its file: "" and None where it needs none.

    Raises InputError where there is no such model.
    """
    from loci2lead.models.checkpoint import resolve_model
    from loci2lead.molecules.foreign import foreign_file, is_foreign
    from loci2lead.molecules.screening import FAST, WITHOUT_MODEL

    model = model or (FAST_MODEL if depth == FAST else DEFAULT_MODEL)
    path = foreign_file(model) if is_foreign(model) else resolve_model(model)
    if depth in WITHOUT_MODEL:
        return "", None
    return (model if is_foreign(model) else str(path)), path


def main(args: argparse.Namespace) -> None:
    """Run with parsed flags."""
    run(**vars(args))
