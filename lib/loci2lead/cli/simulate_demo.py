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
    from loci2lead.variants.demo_inputs import write_demo

    write_demo(output, seed, genes=_response_genes())


def _response_genes() -> list[str]:
    """Return the genes that the shipped response model reads, our list of drivers where there is no model."""
    from importlib.resources import files

    from loci2lead.models.checkpoint import load_checkpoint
    from loci2lead.response.genes import DRIVERS

    weights = sorted(Path(str(files("loci2lead") / "resources" / "weights")).glob("response-*.pt"))
    return list(load_checkpoint(weights[0]).settings["expression_genes"]) if weights else list(DRIVERS)


def main(args: argparse.Namespace) -> None:
    """Run with parsed arguments."""
    run(**vars(args))
