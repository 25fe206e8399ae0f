"""Train a calibrated ensemble on measured properties: a table in, a model with its card and test figures out.

Either --dataset with its columns and a split, or --recipe for a model from several tables (the shipped one is
`--recipe molecules`, tables found through LOCI2LEAD_DATA). The same seed gives the same weights.
Beside the metrics file M.json stand M.predictions.csv (row, target, y, prediction) of the test rows, and
M.curation.json: rows rejected or repeated, conflicting labels, censored cells, and what the split gives away.
"""

import argparse
import logging
from pathlib import Path

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", type=Path, help=".csv, .tsv or .parquet with one structure a row")
    source.add_argument("--recipe", help="name of a shipped recipe, or a YAML file")
    parser.add_argument("--smiles-column", default="smiles")
    parser.add_argument("--target-columns", help="columns of measured values, joined by commas")
    parser.add_argument("--task", choices=["classification", "regression"])
    parser.add_argument(
        "--split",
        default="scaffold",
        help="scaffold, random, time, or a JSON file of train, valid and test row numbers",
    )
    parser.add_argument("--time-column", help="with --split time: years, ISO dates or any numbers that grow with time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--members", type=int, help="members of the ensemble (default: 4, and 8 below 1,500 molecules)")
    parser.add_argument("--output", type=Path, required=True, help="model file (.pt); its card goes beside it")
    parser.add_argument("--metrics", type=Path, required=True, help="JSON file of the figures")


def run(
    *,
    output: Path,
    metrics: Path,
    dataset: Path | None = None,
    recipe: str | None = None,
    smiles_column: str = "smiles",
    target_columns: str | None = None,
    task: str | None = None,
    split: str = "scaffold",
    time_column: str | None = None,
    seed: int = 0,
    members: int | None = None,
) -> None:
    """Train and judge. Raises InputError for what the caller can mend."""
    from loci2lead.errors import InputError
    from loci2lead.molecules.building import DatasetSource, train_on_dataset, train_on_recipe

    for path, suffix in ((output, ".pt"), (metrics, ".json")):
        if path.suffix != suffix:
            raise InputError("Wrong suffix of an output", file=path, found=path.suffix, expected=suffix)
    if members is not None and members < 2:
        raise InputError("Too few members", found=f"--members {members}", expected="at least 2: each leaves a part out")
    if recipe is not None:
        train_on_recipe(recipe, output, metrics)
        return
    if dataset is None or target_columns is None or task is None:
        raise InputError(
            "A data set needs its columns",
            found="--dataset alone",
            expected="--dataset with --target-columns and --task",
        )
    targets = [name.strip() for name in target_columns.split(",") if name.strip()]
    source = DatasetSource(dataset, smiles_column, tuple(targets), task, split, time_column)
    train_on_dataset(source, seed, members, output, metrics)


def main(args: argparse.Namespace) -> None:
    """Run with parsed flags."""
    run(**vars(args))
