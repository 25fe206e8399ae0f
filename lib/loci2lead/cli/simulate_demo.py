"""Make the inputs of the demo: a small genome, three simulated samples, expression and copy numbers.

Everything is simulated; only gene symbols, protein lengths and the codons at well-known residues are real. The
same seed gives the same bytes.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=1, help="number that decides everything drawn (default 1)")


def run(*, output: Path, seed: int = 1) -> None:
    """Write the demo's inputs into `output`."""
    from loci2lead.response.genes import DRIVERS
    from loci2lead.variants.demo_inputs import write_demo

    write_demo(output, seed, genes=DRIVERS)


def main(args: argparse.Namespace) -> None:
    """Run with parsed arguments."""
    run(**vars(args))
