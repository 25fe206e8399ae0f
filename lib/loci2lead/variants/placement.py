"""Where an aligner would place a simulated read: CIGARs, and indels near read ends that it would not see."""

import numpy as np

from loci2lead.variants.haplotypes import INSERTED, Bases, Positions

MATCH, INSERTION, DELETION, SOFT_CLIP = 0, 1, 2, 4
# Scores of bwa mem (Li 2013): match, mismatch, gap open, gap extension, clipping.
_SAME, _MISMATCH, _EXTEND = 1, -4, -1
GAP_OPEN, CLIP = 6, 5
Cigar = list[tuple[int, int]]


def project(
    bases: Bases, positions: Positions, reference: Bases, start: int, gap_open: int = GAP_OPEN, clip: int = CLIP
) -> tuple[int, Cigar] | None:
    """Return the alignment start and CIGAR of a read whose bases lie at `positions` of the reference.

    `reference` begins at `start`. An indel near an end is given up for mismatches or a soft clip where
    that scores better, as aligners do. None for a read without an aligned base.
    """
    n = len(positions)
    first = int(positions[0])
    if first != INSERTED and int(positions[-1]) - first == n - 1 and not (positions == INSERTED).any():
        return first, [(MATCH, n)]
    positions = positions.copy()
    penalties = gap_open, clip
    if not _forget_end_indels(bases, positions, reference, start, penalties):
        return None
    reversed_positions = _mirror(positions)
    mirrored_start = -(start + len(reference) - 1) + _OFFSET
    if not _forget_end_indels(bases[::-1], reversed_positions, reference[::-1], mirrored_start, penalties):
        return None
    return _cigar(_mirror(reversed_positions))


_OFFSET = 1 << 40
_CLIPPED = -2


def _mirror(positions: Positions) -> Positions:
    """Return positions as seen from the other end, so that one routine serves both ends of a read."""
    reverse = positions[::-1]
    return np.where(reverse >= 0, _OFFSET - reverse, reverse)


def _forget_end_indels(
    bases: Bases, positions: Positions, reference: Bases, start: int, penalties: tuple[int, int]
) -> bool:
    """Replace the indel nearest the read's beginning by mismatches or a clip while that scores better.

    `penalties` are those of opening a gap and of clipping.
    """
    gap_open, clip = penalties
    for _ in range(8):
        aligned = np.flatnonzero(positions >= 0)
        if not len(aligned):
            return False
        steps = np.flatnonzero((np.diff(positions[aligned]) != 1) | (np.diff(aligned) != 1))
        if not len(steps):
            positions[: aligned[0]] = _CLIPPED
            return True
        before, after = int(aligned[steps[0]]), int(aligned[steps[0] + 1])
        if before > 40:
            positions[: aligned[0]] = _CLIPPED
            return True
        inserted = after - before - 1
        deleted = int(positions[after] - positions[before]) - 1
        kept = _extension(bases, positions[: before + 1], reference, start).sum()
        kept += _EXTEND * inserted - gap_open if inserted else 0
        kept += _EXTEND * deleted - gap_open if deleted else 0
        ungapped = np.arange(positions[after] - after, positions[after])
        scores = _extension(bases, ungapped, reference, start)[::-1]
        totals = np.concatenate([[0], np.cumsum(scores)])
        reach = int(np.argmax(totals[:-1])) if len(totals) > 1 else 0
        clipped = int(totals[reach]) - clip
        if kept >= max(clipped, int(totals[-1])):
            positions[: aligned[0]] = _CLIPPED
            return True
        if totals[-1] >= clipped:
            positions[:after] = ungapped
        else:
            positions[: after - reach] = _CLIPPED
            positions[after - reach : after] = ungapped[after - reach :]
    return True


def _extension(bases: Bases, positions: Positions, reference: Bases, start: int) -> np.ndarray:
    """Return the score of each base against the reference base at its position (a mismatch off the ends)."""
    offset = positions - start
    inside = (offset >= 0) & (offset < len(reference)) & (positions >= 0)
    same = inside.copy()
    same[inside] = reference[offset[inside]] == bases[: len(positions)][inside]
    return np.where(same, _SAME, np.where(inside | (positions == INSERTED), _MISMATCH, -1000))


def _cigar(positions: Positions) -> tuple[int, Cigar] | None:
    aligned = np.flatnonzero(positions >= 0)
    if not len(aligned):
        return None
    operations: Cigar = []
    if aligned[0]:
        operations.append((SOFT_CLIP, int(aligned[0])))
    last = int(positions[aligned[0]]) - 1
    for position in positions[aligned[0] : aligned[-1] + 1].tolist():
        if position < 0:
            _extend(operations, INSERTION, 1)
            continue
        if position - last > 1:
            operations.append((DELETION, position - last - 1))
        _extend(operations, MATCH, 1)
        last = position
    tail = len(positions) - 1 - int(aligned[-1])
    if tail:
        operations.append((SOFT_CLIP, tail))
    return int(positions[aligned[0]]), operations


def _extend(operations: Cigar, operation: int, length: int) -> None:
    if operations and operations[-1][0] == operation:
        operations[-1] = (operation, operations[-1][1] + length)
    else:
        operations.append((operation, length))
