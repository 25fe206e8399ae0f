"""Loci: candidate alleles that must be judged together, their haplotypes, and what each read says of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import base_codes
from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.candidates import BASES, Allele
from loci2lead.variants.columns import judge_column
from loci2lead.variants.genotyping import (
    INDEL_PRIOR,
    SNP_PRIOR,
    bound_costs,
    copy_costs,
    pair_costs,
    read_weights,
)
from loci2lead.variants.realign import MATCH_COST, MISMATCH_COST, score_reads
from loci2lead.variants.repeats import Repeats
from loci2lead.variants.rows import Rows, lay_out, reads_over
from loci2lead.variants.scan import Scan

FLANK = 25
_NEAR_INDEL = 10
_WIDEST, _MOST_ALLELES, _MOST_HAPLOTYPES = 120, 10, 10
_SPARE_BAND = 8
_LONGEST_STRETCH, _SHORTEST_TRACT = 100, 8


@dataclass(frozen=True)
class Locus:
    """Alleles judged together, the reads over them, and the likelihoods.

    `carries` (reads × alleles) is what the alignments show, `costs` (reads × haplotypes) Phred costs above
    the read's best haplotype, `haplotypes` (haplotypes × alleles) which alleles each carries (the first
    carries none), `copies` (alleles × 3) the Phred cost of 0, 1 and 2 copies.
    """

    alleles: tuple[Allele, ...]
    read: NDArray[np.int64]
    carries: NDArray[np.bool_]
    costs: NDArray[np.float64]
    haplotypes: NDArray[np.bool_]
    copies: NDArray[np.float64]


def group(alleles: Sequence[Allele], repeats: Repeats, start: int) -> list[list[Allele]]:
    """Group sorted alleles: at one position, or within ten bases of an indel's tract.

    `repeats` are the tracts of the reference from `start` on.
    """
    groups: list[list[Allele]] = []
    end, has_indel = -1, False
    for allele in alleles:
        indel = allele.change != 0
        near = allele.position <= end + (_NEAR_INDEL if indel or has_indel else -1)
        reach = stretch(allele.position, allele.span[1], repeats, start)[1] if indel else allele.span[1]
        if groups and near and _fits(groups[-1], allele):
            groups[-1].append(allele)
            end, has_indel = max(end, reach), has_indel or indel
        else:
            groups.append([allele])
            end, has_indel = reach, indel
    return groups


def _fits(members: list[Allele], allele: Allele) -> bool:
    return len(members) < _MOST_ALLELES and allele.span[1] - members[0].position <= _WIDEST


def stretch(first: int, last: int, repeats: Repeats, start: int) -> tuple[int, int]:
    """Return [first, last) widened by the tracts of eight bases and more that it touches, at most 100 bases a side.

    Where a window ends inside a repeat, a read with a shorter repeat would fit the longer one as well.
    """
    low, high = first - start, last - start
    begin = int(np.searchsorted(repeats.start, low - _LONGEST_STRETCH))
    for index in range(begin, int(np.searchsorted(repeats.start, high, side="right"))):
        tract_start, tract_end = int(repeats.start[index]), int(repeats.end[index])
        if tract_end - tract_start >= _SHORTEST_TRACT and tract_end >= low:
            high = max(high, tract_end)
            low = min(low, tract_start)
    return max(low, first - start - _LONGEST_STRETCH) + start, min(high, last - start + _LONGEST_STRETCH) + start


def build_locus(
    members: Sequence[Allele],
    block: ReadBlock,
    longest: int,
    scan: Scan,
    reference: NDArray[np.uint8],
    repeats: Repeats,
    table: NDArray[np.float32],
    haplotypes: NDArray[np.bool_] | None = None,
) -> Locus:
    """Judge the alleles of one group together; `reference` holds the codes from `scan.start` on.

    `haplotypes` are those of another sample of the same person, to be judged on these reads.
    """
    start, end = members[0].position, max(a.span[1] for a in members)
    priors = np.array([prior_of(a) for a in members])
    if not any(a.change for a in members):
        codes = np.array([reference[start - scan.start], *(BASES.index(a.alt) for a in members)])
        if haplotypes is None:
            haplotypes = np.eye(len(codes), len(members), -1, dtype=bool)
        judged = judge_column(block, longest, start, codes, haplotypes, priors, MATCH_COST, MISMATCH_COST)
        reads, carries, costs, copies = judged
        return Locus(tuple(members), reads, carries, costs, haplotypes, copies)
    reads = reads_over(block, longest, max(start - 1, 0), end + 1)
    left, right = stretch(start, end, repeats, scan.start)
    low = max(left - FLANK, scan.start)
    rows = lay_out(block, reads, low, min(right + FLANK, scan.start + len(reference)) - low)
    carries = _carried(members, rows, scan, block)
    if haplotypes is None:
        haplotypes = _haplotypes(members, rows, carries, end)
    raw = _realigned(members, rows, block, haplotypes, reference, scan.start, table)
    costs = bound_costs(raw, block.mapq[reads])
    pairs = pair_costs(costs, read_weights(block.pair[reads]))
    return Locus(tuple(members), reads, carries, costs, haplotypes, copy_costs(pairs, haplotypes, priors))


def prior_of(allele: Allele) -> float:
    """Return the Phred cost of meeting an allele: indels are commoner in longer repeats."""
    if allele.change == 0:
        return SNP_PRIOR
    tract = allele.span[1] - allele.span[0] - max(-allele.change, 0)
    return INDEL_PRIOR - min(max(tract - 3, 0), 12) * 1.5


def _carried(members: Sequence[Allele], rows: Rows, scan: Scan, block: ReadBlock) -> NDArray[np.bool_]:
    carries = np.zeros((len(rows.read), len(members)), dtype=bool)
    for column, allele in enumerate(members):
        if allele.change == 0:
            code = base_codes(allele.alt)[0]
            carries[:, column] = rows.base[:, allele.position - rows.start] == code
            continue
        low, high = np.searchsorted(scan.position, [allele.position, allele.position + 1])
        for event in range(int(low), int(high)):
            if scan.change[event] == allele.change and _same_insert(allele, scan, block, event):
                carries[:, column] |= rows.read == scan.read[event]
    return carries


def _same_insert(allele: Allele, scan: Scan, block: ReadBlock, event: int) -> bool:
    if allele.change < 0:
        return True
    inserted = block.bases[scan.query[event] : scan.query[event] + allele.change]
    return bool(np.array_equal(inserted, base_codes(allele.alt)))


def _haplotypes(members: Sequence[Allele], rows: Rows, carries: NDArray[np.bool_], end: int) -> NDArray[np.bool_]:
    """Return the commonest combinations of alleles on reads that span the locus, and each allele alone."""
    inside = slice(members[0].position - rows.start, end - rows.start)
    spanning = (rows.base[:, inside] < 6).all(axis=1) if inside.stop > inside.start else np.ones(len(rows.read), bool)
    seen = Counter(tuple(row) for row in carries[spanning].tolist() if any(row))
    wanted = [combination for combination, count in sorted(seen.items(), key=lambda x: (-x[1], x[0])) if count >= 2]
    wanted = wanted[: _MOST_HAPLOTYPES - 1]
    for index in range(len(members)):
        alone = tuple(i == index for i in range(len(members)))
        if not any(c[index] for c in wanted) or (len(wanted) < _MOST_HAPLOTYPES - 1 and alone not in wanted):
            wanted.append(alone)
    return np.array([(False,) * len(members), *dict.fromkeys(wanted)], dtype=bool)


def _realigned(
    members: Sequence[Allele],
    rows: Rows,
    block: ReadBlock,
    haplotypes: NDArray[np.bool_],
    reference: NDArray[np.uint8],
    reference_start: int,
    table: NDArray,
) -> NDArray[np.float32]:
    low = rows.start - reference_start
    window = reference[low : low + rows.base.shape[1]]
    sequences = [
        _apply([a for a, on in zip(members, row, strict=True) if on], window, rows.start) for row in haplotypes
    ]
    ends = np.cumsum([len(s) for s in sequences])
    shifts = np.cumsum(haplotypes * np.array([a.change for a in members]), axis=1)
    band = max(int(np.abs(shifts).max()), *(abs(a.change) for a in members)) + _SPARE_BAND
    return score_reads(rows, block, np.concatenate(sequences), ends, table, band, MATCH_COST, MISMATCH_COST)


def _apply(alleles: Sequence[Allele], window: NDArray[np.uint8], start: int) -> NDArray[np.uint8]:
    """Return the window's codes with the alleles applied; one that overlaps an earlier one is left out."""
    parts, done = [], 0
    for allele in alleles:
        at = allele.position - start
        if at < done:
            continue
        parts += [window[done:at], base_codes(allele.alt)]
        done = at + len(allele.ref)
    return np.concatenate([*parts, window[done:]])
