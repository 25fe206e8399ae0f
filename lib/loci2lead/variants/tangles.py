"""Tangled loci: indels at several places that contradict each other are judged on assembled haplotypes instead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.assembly import Edit, assemble, edits_between
from loci2lead.variants.candidates import BASES, Allele, span_of
from loci2lead.variants.feature_kernels import margins
from loci2lead.variants.genotypes import CLEAR
from loci2lead.variants.genotyping import HOMOZYGOUS_DISCOUNT, pair_costs, read_weights
from loci2lead.variants.loci import Locus, build_locus, prior_of, stretch
from loci2lead.variants.repeats import Repeats
from loci2lead.variants.scan import Scan

# Indels at so many places so close to each other are hardly all true.
_FEWEST_PLACES, _CLOSE = 3, 25
# How much better (Phred) the assembled haplotypes must explain the reads than those of the alignments.
_CLEARLY_BETTER = 10.0
_NEAR, _MOST_ALLELES = 10, 40
Group = list[Allele]


@dataclass(frozen=True)
class Surroundings:
    """What loci of a chunk are built from, as build_locus takes it."""

    block: ReadBlock
    longest: int
    scan: Scan
    reference: NDArray[np.uint8]
    repeats: Repeats
    table: NDArray[np.float32]

    def build(self, members: Sequence[Allele], haplotypes: NDArray[np.bool_] | None = None) -> Locus:
        """Return the locus of the given alleles."""
        return build_locus(
            members, self.block, self.longest, self.scan, self.reference, self.repeats, self.table, haplotypes
        )


def clusters(groups: Sequence[Group]) -> list[list[Group]]:
    """Return runs of groups of which each begins close to the end of the one before."""
    found: list[list[Group]] = []
    end = 0
    for members in groups:
        if found and members[0].position <= end + _CLOSE:
            found[-1].append(members)
        else:
            found.append([members])
        end = max(end, *(a.span[1] for a in members)) if len(found[-1]) > 1 else max(a.span[1] for a in members)
    return found


def is_tangled(cluster: Sequence[Group]) -> bool:
    """Return whether the alleles of a cluster are indels at several places."""
    return len({a.position for members in cluster for a in members if a.change}) >= _FEWEST_PLACES


def untangle(cluster: Sequence[Group], around: Surroundings) -> Locus | None:
    """Return one locus judged on assembled haplotypes, None where they do not explain the reads clearly better."""
    alleles = [a for members in cluster for a in members]
    start, end = alleles[0].position, max(a.span[1] for a in alleles)
    left, right = stretch(start, end, around.repeats, around.scan.start)
    found = assemble(around.block, around.longest, around.reference, around.scan.start, left, right)
    edits = [tuple(e for e in edits_between(*path) if left - _NEAR <= e[0] <= right + _NEAR) for path in found]
    assembled = [e for e in dict.fromkeys(edits) if e]
    if not assembled:
        return None
    aligned: list[tuple[Edit, ...]] = [()]
    for members in cluster:
        for row in around.build(members).haplotypes:
            aligned.append(tuple(_edit(a) for a, on in zip(members, row, strict=True) if on))
    aligned = list(dict.fromkeys(aligned))
    new = [e for e in assembled if e not in aligned]
    both = _judged([*aligned, *new], around) if new else None
    if both is None or not _better(both, len(aligned), around.block):
        return None
    return _judged([(), *assembled], around)


def _edit(allele: Allele) -> Edit:
    ref, alt = (bytes(BASES.index(b) for b in text) for text in (allele.ref, allele.alt))
    return allele.position, ref, alt


def _judged(haplotypes: Sequence[tuple[Edit, ...]], around: Surroundings) -> Locus | None:
    """Return the locus of all edits of the haplotypes, the first of which has none; reads carry what they favour."""
    edits = sorted({e for haplotype in haplotypes for e in haplotype})
    alleles = [_allele(edit, around.scan, around.reference) for edit in edits]
    table = np.array([[e in haplotype for e in edits] for haplotype in haplotypes], dtype=bool)
    if not any(a.change for a in alleles) or len(alleles) > _MOST_ALLELES:
        return None
    locus = around.build(alleles, table)
    carries = np.stack([margins(locus.costs, table, i) > CLEAR for i in range(len(alleles))], axis=1)
    shown = carries.sum(axis=0).tolist()
    counted = tuple(replace(a, reads=n) for a, n in zip(alleles, shown, strict=True))
    return replace(locus, alleles=counted, carries=carries)


def _allele(edit: Edit, scan: Scan, reference: NDArray[np.uint8]) -> Allele:
    position, ref, alt = edit
    change = len(alt) - len(ref)
    moving = np.frombuffer(ref or alt, np.uint8)
    span = span_of(reference, moving, position, change, scan.start) if change else (position, position + 1)
    return Allele(position, _text(ref), _text(alt), span, 0, int(scan.depth[position - scan.start]))


def _text(codes: bytes) -> str:
    return "".join(BASES[code] for code in codes)


def _better(both: Locus, own: int, block: ReadBlock) -> bool:
    """Return whether the best pair of haplotypes needs one beyond the first `own`, which are the alignments'."""
    pairs = pair_costs(both.costs, read_weights(block.pair[both.read]))
    priors = np.array([prior_of(a) for a in both.alleles])
    first, second = np.triu_indices(len(both.haplotypes))
    met = both.haplotypes[first] | both.haplotypes[second]
    total = pairs[first, second] + met @ priors + HOMOZYGOUS_DISCOUNT * ((first == second) & met.any(axis=1))
    old = (first < own) & (second < own)
    return bool(total[old].min() - total.min() >= _CLEARLY_BETTER)
