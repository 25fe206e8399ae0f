"""Labels of candidate alleles by the sequences they spell, not by how they are written."""

from collections.abc import Sequence
from itertools import combinations

from loci2lead.variants.candidates import Allele
from loci2lead.variants.matching import Edit, Fetch, spell

_FLANK, _MOST = 30, 9


def label_alleles(alleles: Sequence[Allele], truth: tuple[Sequence[Edit], Sequence[Edit]], fetch: Fetch) -> list[int]:
    """Return how many of the two true haplotypes carry each allele of a locus.

    `truth` holds the trimmed, leftmost edits of either haplotype near the locus. For each haplotype, the
    smallest set of alleles that spells its sequence is taken; where none does, edits written alike count.
    """
    low = max(min(a.position for a in alleles) - _FLANK, 0)
    high = max(a.span[1] for a in alleles) + _FLANK
    window = fetch(low, high)
    copies = [0] * len(alleles)
    for edits in truth:
        inside = [e for e in edits if low <= e[0] and e[0] + len(e[1]) <= high]
        for index in _carried(alleles, inside, window, low):
            copies[index] += 1
    return copies


def _carried(alleles: Sequence[Allele], edits: Sequence[Edit], window: str, low: int) -> list[int]:
    written = {(a.position, a.ref, a.alt): i for i, a in enumerate(alleles)}
    alike = [written[e] for e in edits if e in written]
    first, last = min(a.position for a in alleles), max(a.span[1] for a in alleles)
    outside = [e for e in edits if e not in written and (e[0] + len(e[1]) < first or e[0] > last)]
    if len(alike) + len(outside) == len(edits):
        return alike
    goal = spell(list(edits), window, low)
    if goal is None or len(alleles) > _MOST:
        return alike
    for size in range(len(alleles) + 1):
        for chosen in combinations(range(len(alleles)), size):
            own = [(alleles[i].position, alleles[i].ref, alleles[i].alt) for i in chosen]
            if spell([*own, *outside], window, low) == goal:
                return list(chosen)
    return alike
