"""Measure the drug-response model beside naive means and well-known regressors on honest splits.

Splits: unseen pairs (LPO), cell lines (LCO), tissues (LTO), drugs (LDO) and another study. Writes metrics.tsv
(value, 95 % interval over lines, paired difference to kernel ridge), coverage.tsv, controls.json (permuted
omics) and figures into the output folder. An interrupted run continues where it stopped.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="YAML", help="changes to the shipped defaults")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")


def run(*, config: Path, output: Path) -> None:
    """Evaluate and write tables and figures."""
    from loci2lead.response.evaluation import evaluate

    evaluate(config, output)


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
