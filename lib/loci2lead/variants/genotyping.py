"""Joint diploid genotypes of a locus from read-by-haplotype costs."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# A read may lie elsewhere in truth: no haplotype may cost it more than this above its best one.
HIGHEST_SPREAD = 40.0
SNP_PRIOR, INDEL_PRIOR, HOMOZYGOUS_DISCOUNT = 30.0, 38.0, 2.0


@njit(cache=True)
def read_weights(pairs: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return 1 for a read alone and 1/2 for each of two mates: they show one molecule."""
    if not len(pairs):
        return np.zeros(0)
    numbers = pairs - pairs.min()
    return 1.0 / np.bincount(numbers)[numbers]


@njit(cache=True)
def bound_costs(costs: NDArray[np.float32], mapq: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return costs relative to each read's best haplotype, bounded by its mapping quality."""
    out = np.zeros(costs.shape)
    for r in range(len(costs)):
        best, bound = costs[r].min(), min(float(mapq[r]), HIGHEST_SPREAD)
        for h in range(costs.shape[1]):
            out[r, h] = min(float(costs[r, h]) - float(best), bound)
    return out


@njit(cache=True)
def pair_costs(costs: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return haplotypes × haplotypes (upper triangle): the Phred cost of all reads under each pair."""
    reads, count = costs.shape
    chance = 10.0 ** (-costs / 10.0)
    out = np.zeros((count, count))
    for a in range(count):
        for b in range(a, count):
            total = 0.0
            for r in range(reads):
                total -= 10.0 * weights[r] * np.log10(0.5 * chance[r, a] + 0.5 * chance[r, b])
            out[a, b] = total
    return out


@njit(cache=True)
def copy_costs(
    pairs: NDArray[np.float64], haplotypes: NDArray[np.bool_], priors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return alleles × (0, 1, 2 copies): Phred cost of each copy number, the least being 0.

    `haplotypes` (haplotypes × alleles) says which alleles each carries, `priors` (per allele) the Phred cost
    of meeting the allele. A pair of haplotypes costs its reads plus the priors of the alleles that either
    carries: an allele on both was met once.
    """
    count, alleles = haplotypes.shape
    posterior = np.zeros((count, count))
    for a in range(count):
        for b in range(a, count):
            own = 0.0
            for i in range(alleles):
                own += priors[i] * (haplotypes[a, i] | haplotypes[b, i])
            posterior[a, b] = pairs[a, b] + own + HOMOZYGOUS_DISCOUNT * (a == b and own > 0)
    best = posterior[0, 0]
    for a in range(count):
        for b in range(a, count):
            best = min(best, posterior[a, b])
    chance = np.zeros((alleles, 3))
    for a in range(count):
        for b in range(a, count):
            likely = 10.0 ** (-(posterior[a, b] - best) / 10.0)
            for i in range(alleles):
                chance[i, int(haplotypes[a, i]) + int(haplotypes[b, i])] += likely
    out = np.zeros((alleles, 3))
    for i in range(alleles):
        for number in range(3):
            out[i, number] = -10 * np.log10(max(chance[i, number], 1e-30))
        out[i] -= out[i].min()
    return out


def coherent_chances(chances: NDArray[np.float64], haplotypes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return alleles × (0, 1, 2 copies) after keeping only what two haplotypes of the locus can spell together.

    The network judges each allele by itself, and two spellings of one haplotype could both be called. Every
    pair of haplotypes is weighed by the product of its alleles' chances; one allele alone keeps its chances.
    """
    if len(chances) == 1:
        return chances
    return np.asarray(_coherent(np.log(np.maximum(chances, 1e-12)), haplotypes))


@njit(cache=True)
def _coherent(logs: NDArray[np.float64], haplotypes: NDArray[np.bool_]) -> NDArray[np.float64]:
    count, alleles = haplotypes.shape
    copies = np.zeros((count * (count + 1) // 2, alleles), np.int64)
    number = 0
    for a in range(count):
        for b in range(a, count):
            for i in range(alleles):
                copies[number, i] = int(haplotypes[a, i]) + int(haplotypes[b, i])
            # Different pairs with the same copies are one genotype, not several.
            is_new = True
            for k in range(number):
                is_new = is_new and not np.array_equal(copies[k], copies[number])
            number += is_new
    score = np.zeros(number)
    for k in range(number):
        for i in range(alleles):
            score[k] += logs[i, copies[k, i]]
    weight = np.exp(score - score.max())
    out = np.zeros((alleles, 3))
    for k in range(number):
        for i in range(alleles):
            out[i, copies[k, i]] += weight[k]
    return out / weight.sum()
