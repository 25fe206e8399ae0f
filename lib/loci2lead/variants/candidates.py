"""Alleles worth a look: what enough reads show, as trimmed, leftmost alternate alleles."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.repeats import Repeats
from loci2lead.variants.scan import Array, Scan

BASES = "ACGT"


@dataclass(frozen=True)
class Gates:
    """How much evidence an allele needs: reads, and their share of the depth."""

    reads: int = 2
    snp_share: float = 0.11
    indel_share: float = 0.07


@dataclass(frozen=True, order=True)
class Allele:
    """A trimmed alternate allele: `ref` replaced by `alt` at `position`; one of them is empty for an indel.

    `span` is the stretch over which its placement is ambiguous, [start, end): the tract of a repeat.
    """

    position: int
    ref: str
    alt: str
    span: tuple[int, int]
    reads: int
    depth: int

    @property
    def change(self) -> int:
        """Length gained (negative: lost)."""
        return len(self.alt) - len(self.ref)

    @property
    def key(self) -> tuple[int, str, str]:
        """What makes it this allele, whatever the reads show."""
        return self.position, self.ref, self.alt


def find_candidates(scan: Scan, block: ReadBlock, reference: NDArray[np.uint8], gates: Gates) -> list[Allele]:
    """Return the alleles that pass the gates, sorted by position, reference allele and alternate allele."""
    found = _substitutions(scan, reference, gates) + _indels(scan, block, reference, gates)
    return sorted(found)


def _substitutions(scan: Scan, reference: NDArray[np.uint8], gates: Gates) -> list[Allele]:
    found = []
    for offset, base in _passing(scan.bases, reference, gates.reads, gates.snp_share).tolist():
        position, ref, alt = offset + scan.start, BASES[reference[offset]], BASES[base]
        reads, depth = int(scan.bases[offset, base]), int(scan.depth[offset])
        found.append(Allele(position, ref, alt, (position, position + 1), reads, depth))
    return found


@njit(cache=True)
def _passing(bases: Array, reference: Array, reads: int, share: float) -> Array:
    """Return the (offset, base) that enough reads show where the reference is another known base."""
    found = np.zeros((bases.size, 2), np.int64)
    number = 0
    for offset in range(len(reference)):
        total = bases[offset].sum()
        if reference[offset] > 3 or total == bases[offset, reference[offset]]:
            continue
        for base in range(4):
            count = bases[offset, base]
            if base != reference[offset] and count >= reads and count >= share * total:
                found[number, 0], found[number, 1] = offset, base
                number += 1
    return found[:number].copy()


def _indels(scan: Scan, block: ReadBlock, reference: NDArray[np.uint8], gates: Gates) -> list[Allele]:
    if not len(scan.position):
        return []
    order = np.lexsort((scan.key, scan.change, scan.position))
    keys = np.stack([scan.position, scan.change, scan.key])[:, order]
    first = np.flatnonzero(np.concatenate([[True], (np.diff(keys, axis=1) != 0).any(axis=0)]))
    counts = np.diff(np.concatenate([first, [len(order)]]))
    found = []
    for index, count in zip(first.tolist(), counts.tolist(), strict=True):
        event = order[index]
        position, change = int(scan.position[event]), int(scan.change[event])
        depth = int(scan.depth[position - scan.start])
        if count < gates.reads or count < gates.indel_share * depth:
            continue
        allele = _indel(scan, block, reference, int(event), position, change, count, depth)
        if allele is not None:
            found.append(allele)
    return found


def _indel(
    scan: Scan,
    block: ReadBlock,
    reference: NDArray[np.uint8],
    event: int,
    position: int,
    change: int,
    count: int,
    depth: int,
) -> Allele | None:
    """Return the allele of an indel event, or None where N or the edge of the window is involved."""
    offset = position - scan.start
    if change > 0:
        inserted = block.bases[scan.query[event] : scan.query[event] + change]
        moving = inserted
    else:
        moving = reference[offset : offset - change]
    if (moving >= 4).any() or len(moving) != abs(change) or offset < 1 or reference[offset - 1] >= 4:
        return None
    text = "".join(BASES[b] for b in moving)
    span = span_of(reference, moving, position, change, scan.start)
    return Allele(position, "" if change > 0 else text, text if change > 0 else "", span, count, depth)


def span_of(
    reference: NDArray[np.uint8], moving: NDArray[np.uint8], position: int, change: int, start: int
) -> tuple[int, int]:
    """Return the span of an indel of the bases `moving`, placed leftmost; `reference` begins at `start`."""
    lost = max(-change, 0)
    reach = _reach_right(reference, moving, position - start + lost)
    return position, max(position + reach + lost, position + 1)


def _reach_right(reference: NDArray[np.uint8], moving: NDArray[np.uint8], offset: int) -> int:
    """Return how many bases an indel of the bases `moving`, now before `offset`, could be shifted right."""
    shift = 0
    while offset + shift < len(reference) and reference[offset + shift] == moving[shift % len(moving)]:
        shift += 1
    return shift


def tract_at(repeats: Repeats, start: int, allele: Allele) -> int:
    """Return the index of the tract that `allele` lengthens or shortens, else that it touches, or −1."""
    first, last = allele.position - start, allele.span[1] - start
    return int(tract_of(repeats.start, repeats.end, repeats.unit, first, last, allele.change))


@njit(cache=True)
def tract_of(starts: Array, ends: Array, units: Array, first: int, last: int, change: int) -> int:
    """Return tract_at's answer for an allele over [first, last) of the tracts' sequence."""
    best, best_score = -1, 0
    for index in range(np.searchsorted(starts, first - 60), np.searchsorted(starts, last, side="right")):
        begin, end = starts[index], ends[index]
        if min(end, last) < max(begin, first) or end < first:
            continue
        changes = change != 0 and change % units[index] == 0
        score = (1000 if changes else 1) * (end - begin)
        if score > best_score:
            best, best_score = index, score
    return best
