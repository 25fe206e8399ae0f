"""Simulated pairs with known truth: a tumour of several clones over a germline, and its normal.

As ClairS mixes the reads of two donors, the alleles of a real donor are split at random into the person's
germline and the tumour's own, so both have the spectrum and the neighbourhoods of real alleles, and both
samples come from the same library: nothing but the allele tells them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from loci2lead.io.fasta import Reference
from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.library_design import Library, Region
from loci2lead.variants.simulate import simulate_reads
from loci2lead.variants.truth_haplotypes import invent, read_haplotypes

Copies = tuple[list[Variant], list[Variant]]


@dataclass(frozen=True)
class PairDesign:
    """A pair to simulate.

    `clones` are the shares of the tumour's cells in each clone, `imbalance` the copies of the second
    chromosome copy in tumour cells (1: balanced, 0: lost), `leak` the share of tumour cells in the normal,
    `somatic` the share of the donor's alleles that become the tumour's own.
    """

    region: Region
    tumour_depth: float
    normal_depth: float
    purity: float
    seed: int
    tumour_library: Library = field(default_factory=Library)
    normal_library: Library = field(default_factory=Library)
    clones: tuple[float, ...] = (0.6, 0.25, 0.15)
    imbalance: float = 1.0
    leak: float = 0.0
    somatic: float = 0.5
    truncal: float = 0.5
    invented_rate: float = 0.0


@dataclass(frozen=True)
class PairTruth:
    """Who carries what: the germline's two copies, all distinct haplotypes of the tumour's cells with weights,
    and the expected share of the tumour's molecules for each of its own alleles."""

    germline: Copies
    tumour: tuple[Haplotype, ...]
    shares: dict[Variant, float]


def draw_truth(design: PairDesign, alleles: Path, reference: Reference) -> PairTruth:
    """Split the donor's alleles over a region into germline and somatic, and these over the clones."""
    region = design.region
    rng = generator(design.seed, "pair truth")
    copies = read_haplotypes(alleles, region, rng)
    if design.invented_rate:
        sequence = reference.fetch(region.contig, region.start, region.end)
        copies = invent(copies, region, sequence, rng, design.invented_rate)
    carriers: dict[Variant, tuple[bool, ...]] = {}
    for variant in sorted({*copies[0], *copies[1]}):
        if rng.random() < design.somatic:
            carriers[variant] = _clones(len(design.clones), design.truncal, rng)
    germline = tuple([v for v in copy if v not in carriers] for copy in copies)
    haplotypes = [Haplotype((1 - design.purity) / 2, copy) for copy in germline]
    for clone, share in enumerate(design.clones):
        for copy, dose in zip(copies, (1.0, design.imbalance), strict=True):
            own = [v for v in copy if v not in carriers or carriers[v][clone]]
            haplotypes.append(Haplotype(design.purity * share * dose / 2, own))
    tumour = tuple(h for h in haplotypes if h.weight > 0)
    total = sum(h.weight for h in tumour)
    shares = dict.fromkeys(carriers, 0.0)
    for haplotype in tumour:
        for variant in haplotype.variants:
            if variant in shares:
                shares[variant] += haplotype.weight / total
    return PairTruth((germline[0], germline[1]), tumour, shares)


def _clones(count: int, truncal: float, rng: np.random.Generator) -> tuple[bool, ...]:
    if rng.random() < truncal:
        return (True,) * count
    carried = rng.random(count) < 0.5
    carried[int(rng.integers(count))] = True
    return tuple(carried.tolist())


def simulate_pair(design: PairDesign, truth: PairTruth, reference: Reference, tumour: Path, normal: Path) -> None:
    """Write both BAMs (and .bai); the same bytes for the same design."""
    contig = design.region.contig
    sequence = {contig: reference.fetch(contig, 0, reference.lengths[contig])}
    clean = [Haplotype((1 - design.leak) / 2, copy) for copy in truth.germline]
    leaked = [replace(h, weight=h.weight * design.leak) for h in truth.tumour] if design.leak else []
    samples: Sequence[tuple[Path, str, list[Haplotype], float, Library]] = (
        (tumour, "tumour", list(truth.tumour), design.tumour_depth, design.tumour_library),
        (normal, "normal", [*clean, *leaked], design.normal_depth, design.normal_library),
    )
    for path, name, haplotypes, depth, library in samples:
        simulate_reads(
            sequence,
            haplotypes,
            path,
            depth=depth,
            seed=derive_seed(design.seed, name),
            sample_name=name,
            regions=[design.region],
            library=library,
        )


def truth_lines(truth: PairTruth, least_share: float = 0.0) -> list[str]:
    """Return the somatic truth as lines of VCF with the expected share, one per allele."""
    return [
        f"{v.contig}\t{v.position + 1}\t.\t{v.ref}\t{v.alt}\t.\tPASS\tEXPECTED_VAF={share:.4f}\tGT\t0/1\n"
        for v, share in sorted(truth.shares.items())
        if share >= least_share
    ]
