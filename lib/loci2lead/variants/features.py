"""Summary features of a candidate allele: likelihoods, read support, biases, context, neighbours, library.

Counts enter as shares or logarithms, so that a model trained at one depth holds at another. Mapping quality,
soft clips and fragment lengths are left out on purpose: they differ between aligners, the simulator has no
aligner, and a model that had seen them refused true indels of a library that clips more. Mapping quality
still bounds what each read may say in the likelihoods.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.candidates import Allele
from loci2lead.variants.examine import Examined
from loci2lead.variants.feature_kernels import Evidence, Surroundings, fill_features, margins, window_of
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus
from loci2lead.variants.rows import Rows, lay_out

WIDTH = 33
# Bases of the longest simulated reads: for longer ones (HiFi) the trees know no better than for these.
LONGEST_TRAINED = 250
_TRANSITIONS = ({"A", "G"}, {"C", "T"})
FEATURES = (
    *("cost_0", "cost_1", "cost_2", "cost_gap", "share_alt", "share_reference", "share_other", "share_unclear"),
    *("share_carried", "log_alt", "log_depth", "relative_depth", "support_margin"),
    *("strand_alt", "strand_rest", "strand_imbalance", "quality_alt", "quality_rest"),
    *("end_alt", "end_rest", "spread_alt", "mismatch_alt", "mismatch_rest"),
    *("snp", "insertion", "deletion", "log_length", "transition", "unit_1", "unit_2", "unit_3"),
    *("tract_units", "slip_rate", "one_unit", "excess_over_slip", "gc", "entropy", "neighbours", "neighbour_share"),
    *("locus_alleles", "allele_rank", "best_other", "haplotypes", "read_length", "library_depth", "level_shift"),
)


def locus_features(examined: Examined, locus: Locus, near: NDArray[np.float64], library: LibraryProfile) -> NDArray:
    """Return alleles × features (float32). `near` holds (position, share of reads) of the chunk's alleles."""
    around = Surroundings(
        examined.scan.start, examined.reference, examined.scan.depth,
        examined.repeats.start, examined.repeats.end, examined.repeats.unit, near,
        np.array(library.slips.level), np.array(library.slips.growth),
        library.depth, min(library.read_length, LONGEST_TRAINED),
    )  # fmt: skip
    evidence = Evidence(
        allele_table(locus.alleles), locus.read, locus.carries, locus.costs, locus.haplotypes, locus.copies
    )
    out = np.zeros((len(locus.alleles), len(FEATURES)), dtype=np.float32)
    fill_features(out, evidence, examined.block, around, WIDTH)
    return out


def allele_table(alleles: Sequence[Allele]) -> NDArray[np.int64]:
    """Return alleles × (position, change, span's start and end, reads, depth, whether it is a transition)."""
    rows = [(a.position, a.change, *a.span, a.reads, a.depth, {a.ref, a.alt} in _TRANSITIONS) for a in alleles]
    return np.array(rows, dtype=np.int64)


def support(locus: Locus, index: int, rivals: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Return per read the Phred by which haplotypes with the allele beat those without (negative: lose).

    `rivals` are the haplotypes that count against it (all, if not given); the reference must be among them.
    """
    if rivals is None:
        return np.asarray(margins(locus.costs, locus.haplotypes, index))
    kept = rivals | locus.haplotypes[:, index]
    return np.asarray(margins(locus.costs[:, kept], locus.haplotypes[kept], index))


def allele_rows(examined: Examined, locus: Locus, index: int) -> Rows:
    """Return the locus' reads laid out over WIDTH columns centred on the allele."""
    start = locus.alleles[index].position - WIDTH // 2
    return lay_out(examined.block, locus.read, start, WIDTH)


def reference_window(examined: Examined, start: int) -> NDArray[np.uint8]:
    """Return WIDTH reference codes from `start`, 4 beyond the chunk."""
    return np.asarray(window_of(examined.reference, start - examined.scan.start, WIDTH))


def chunk_alleles(loci: Sequence[Locus]) -> NDArray[np.float64]:
    """Return (position, share of reads) of all alleles of a chunk."""
    rows = [(a.position, a.reads / max(a.depth, 1)) for locus in loci for a in locus.alleles]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)
