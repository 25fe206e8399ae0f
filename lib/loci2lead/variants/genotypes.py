"""From copy probabilities of alleles to VCF records: genotype, qualities, counts, filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log10

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.variants.candidates import Allele
from loci2lead.variants.loci import Locus
from loci2lead.variants.scan import Array

HIGHEST_PHRED = 99
# An SNP below this QUAL is LowQual: of 3 to 13, the least weighted SNP errors on the tuning region. Indels that are
# likelier than not pass: of 31 there with QUAL of 3 to 4, 19 had the right genotype.
LOW_QUALITY = 4.0
CLEAR = 3.0


@dataclass(frozen=True)
class Record:
    """One line of the output. `position` is 0-based; `genotype` holds one or two allele numbers, none if unknown.

    `kept` are the places of the alternate alleles in their locus; with a `phase_set` the genotype is ordered.
    """

    contig: str
    position: int
    ref: str
    alts: tuple[str, ...]
    quality: float
    filter: str
    genotype: tuple[int, ...]
    gq: int
    depth: int
    counts: tuple[int, ...]
    likelihoods: tuple[int, ...]
    info: str = "."
    kept: tuple[int, ...] = ()
    phase_set: int | None = None

    @property
    def sort_key(self) -> tuple[int, int, str, tuple[str, ...]]:
        """Order within a contig."""
        return (self.position, len(self.ref), self.ref, self.alts)

    @property
    def end(self) -> int:
        """End of the reference allele, half open."""
        return self.position + len(self.ref)


def make_records(
    contig: str, locus: Locus, chances: NDArray[np.float64], copies: int, anchor_of: NDArray[np.uint8], start: int
) -> list[Record]:
    """Return a record per site of a locus. `chances` are alleles × (0, 1, 2 copies), `copies` the ploidy.

    `anchor_of` holds reference codes from `start` on, for the base before an indel.
    """
    sites: dict[tuple[int, bool], list[int]] = {}
    for index, allele in enumerate(locus.alleles):
        sites.setdefault((allele.position, allele.change == 0), []).append(index)
    return [
        _record(contig, locus, indices, chances, copies, "ACGTN"[anchor_of[position - 1 - start]])
        for (position, _), indices in sites.items()
    ]


def _record(
    contig: str, locus: Locus, indices: Sequence[int], chances: NDArray[np.float64], copies: int, anchor: str
) -> Record:
    pairs, posterior = _posterior(chances[indices], copies)
    best = pairs[posterior.index(max(posterior))]
    present = sorted({g for g in best if g})
    if not present:
        present = [1 + int(np.argmax(1 - chances[indices][:, 0]))]
    kept = [indices[g - 1] for g in present]
    renumber = {0: 0, **{g: i + 1 for i, g in enumerate(present)}}
    position, ref, alts = _spell([locus.alleles[i] for i in kept], anchor)
    genotype = tuple(sorted(renumber[g] for g in best)) if copies == 2 else (renumber[best[0]],)
    reference = posterior[pairs.index((0, 0))]
    quality = _phred(reference)
    is_low = quality < LOW_QUALITY and not locus.alleles[kept[0]].change
    return Record(
        contig,
        position,
        ref,
        alts,
        quality,
        "LowQual" if is_low and any(genotype) else "PASS" if any(genotype) else "RefCall",
        genotype,
        round(_phred(1 - max(posterior))),
        len(locus.read),
        tuple(_counts(locus.costs, locus.haplotypes, np.array(kept)).tolist()),
        _likelihoods(pairs, posterior, [0, *present], copies),
        kept=tuple(kept),
    )


def _posterior(chances: NDArray[np.float64], copies: int) -> tuple[list[tuple[int, int]], list[float]]:
    """Return genotypes over the reference and all alleles of a site, and their probabilities."""
    count = len(chances)
    pairs = [(a, b) for b in range(count + 1) for a in range(b + 1) if copies == 2 or a == b]
    logs = [[log(max(chance, 1e-12)) for chance in row] for row in chances.tolist()]
    score = [sum(logs[i - 1][(a == i) + (b == i)] for i in range(1, count + 1)) for a, b in pairs]
    highest = max(score)
    weights = [exp(s - highest) for s in score]
    total = sum(weights)
    return pairs, [w / total for w in weights]


def _likelihoods(
    pairs: list[tuple[int, int]], posterior: Sequence[float], kept: Sequence[int], copies: int
) -> tuple[int, ...]:
    """Return PL in VCF order over the kept alleles, the best genotype 0."""
    wanted = [(kept[a], kept[b]) for b in range(len(kept)) for a in range(b + 1) if copies == 2 or a == b]
    costs = [-10 * log10(max(posterior[pairs.index((min(p), max(p)))], 1e-30)) for p in wanted]
    return tuple(min(round(c - min(costs)), 990) for c in costs)


@njit(cache=True)
def _counts(costs: Array, haplotypes: Array, kept: Array) -> Array:
    """Return AD: reads that clearly favour the reference side, then each kept allele."""
    out = np.zeros(len(kept) + 1, np.int64)
    groups = np.empty(len(kept) + 1)
    for r in range(len(costs)):
        groups[:] = np.inf
        for h in range(len(haplotypes)):
            carried = False
            for k in range(len(kept)):
                if haplotypes[h, kept[k]]:
                    carried = True
                    groups[k + 1] = min(groups[k + 1], costs[r, h])
            if not carried:
                groups[0] = min(groups[0], costs[r, h])
        best = groups.argmin()
        least = groups[best]
        groups[best] = np.inf
        if groups.min() - least >= CLEAR:
            out[best] += 1
    return out


def _spell(alleles: Sequence[Allele], anchor: str) -> tuple[int, str, tuple[str, ...]]:
    """Return position, REF and ALTs of trimmed alleles that share a position."""
    position = alleles[0].position
    if alleles[0].change == 0:
        return position, alleles[0].ref, tuple(a.alt for a in alleles)
    longest = max((a.ref for a in alleles), key=len)
    return position - 1, anchor + longest, tuple(anchor + a.alt + longest[len(a.ref) :] for a in alleles)


def _phred(chance: float) -> float:
    return min(-10 * log10(max(chance, 1e-10)), float(HIGHEST_PHRED))
