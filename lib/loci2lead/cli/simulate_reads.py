"""Simulate paired short reads of a diploid sample from a reference and a genotyped VCF.

Writes a sorted, indexed BAM, the same bytes for the same seed. Unphased genotypes are phased at random.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--reference", type=Path, required=True, help="indexed FASTA")
    parser.add_argument("--variants", type=Path, help="indexed VCF; its first sample's genotypes make the haplotypes")
    parser.add_argument("--regions", help="chr, chr:start-end or BED (default: every contig)")
    parser.add_argument("--depth", type=float, default=30.0, help="mean depth")
    parser.add_argument("--read-length", type=int, default=150)
    parser.add_argument("--fragment-mean", type=float, default=400.0)
    parser.add_argument("--fragment-sd", type=float, default=100.0)
    parser.add_argument("--slip-rate", type=float, default=0.002, help="chance of a slip at a run of nine bases")
    parser.add_argument("--sample-name", default="simulated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True, help="BAM to write")


def run(
    *,
    reference: Path,
    output: Path,
    variants: Path | None = None,
    regions: str | None = None,
    depth: float = 30.0,
    read_length: int = 150,
    fragment_mean: float = 400.0,
    fragment_sd: float = 100.0,
    slip_rate: float = 0.002,
    sample_name: str = "simulated",
    seed: int = 1,
) -> None:
    """Simulate, and write the BAM with its index."""
    from loci2lead.errors import InputError
    from loci2lead.io.bed import parse_regions
    from loci2lead.io.fasta import Reference
    from loci2lead.seeds import generator
    from loci2lead.variants.haplotypes import Haplotype
    from loci2lead.variants.library_design import Library, Region
    from loci2lead.variants.simulate import simulate_reads
    from loci2lead.variants.truth_haplotypes import read_haplotypes

    if depth <= 0 or read_length < 30 or not 0 <= slip_rate < 0.5:
        found = f"depth {depth:g}, read length {read_length}, slip rate {slip_rate:g}"
        wanted = "a depth above 0, reads of 30 bases or more, a slip rate below 0.5"
        raise InputError("Settings out of range", found=found, expected=wanted)
    genome = Reference(reference)
    parts = [Region(*part) for part in parse_regions(regions, genome.lengths)]
    copies: tuple[list, list] = ([], [])
    for part in parts:
        if variants is None:
            break
        found_copies = read_haplotypes(variants, part, generator(seed, "phase", part.contig, part.start))
        for copy, own in zip(copies, found_copies, strict=True):
            copy.extend(own)
    sequences = {name: genome.fetch(name, 0, length) for name, length in genome.lengths.items()}
    simulate_reads(
        sequences,
        [Haplotype(0.5, copies[0]), Haplotype(0.5, copies[1])],
        output,
        depth=depth,
        seed=seed,
        sample_name=sample_name,
        regions=parts,
        library=Library(read_length, fragment_mean, fragment_sd, slip_rate),
    )


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
