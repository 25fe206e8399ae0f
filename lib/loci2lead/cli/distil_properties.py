"""Distil a trained model of properties into one small network, for `screen-library --depth fast`.

The student learns the teacher's answers and the measured values of the teacher's own recipe (tables found through
LOCI2LEAD_DATA), and is calibrated and judged out of fold. The card beside the output lists its figures and the
teacher's. An interrupted run goes on where it stopped; the same inputs give the same weights.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--teacher", default="molecules-properties-v1", help="its model (default: %(default)s)")
    parser.add_argument("--recipe", default="molecules", help="what it was trained on (default: %(default)s)")
    parser.add_argument("--output", type=Path, required=True, help="model file (.pt); its card goes beside it")


def run(*, output: Path, teacher: str = "molecules-properties-v1", recipe: str = "molecules") -> None:
    """Train the student. Raises InputError for what the caller can mend."""
    from loci2lead.errors import InputError
    from loci2lead.molecules.distilling import distil

    if output.suffix != ".pt":
        raise InputError("Wrong suffix of an output", file=output, found=output.suffix, expected=".pt")
    distil(teacher, recipe, output)


def main(args: argparse.Namespace) -> None:
    """Run with parsed flags."""
    run(**vars(args))
