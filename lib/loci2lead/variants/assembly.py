"""Haplotypes assembled from the reads of a tangled stretch, where aligners write one haplotype in many ways.

A de Bruijn graph of the reads and the reference, as in GATK and DeepVariant: with the shortest k that leaves no
cycle, every well-supported path between the flanks is a haplotype. Unlike in them this is done only where the
alignments contradict each other (see `tangles`), so that it costs little.
"""

from collections import Counter

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.rows import lay_out, reads_over
from loci2lead.variants.scan import Array

Codes = NDArray[np.uint8]
# (position, reference codes, alternate codes), trimmed; indels leftmost.
Edit = tuple[int, bytes, bytes]
WORDS = (20, 32, 44, 56, 68, 80)
_SPARE = 12
_LEAST_QUALITY, _FEWEST_READS, _LEAST_SHARE = 10, 3, 0.07
_MOST_PATHS, _MOST_READS, _MOST_HAPLOTYPES = 64, 300, 5
_MISMATCH, _GAP_OPEN, _GAP_EXTEND = 4, 6, 1


def assemble(
    block: ReadBlock, longest: int, reference: Codes, reference_start: int, start: int, end: int
) -> list[tuple[int, Codes, Codes]]:
    """Return haplotypes over [start, end) and some flank as (start, reference codes, haplotype codes).

    `reference` holds the codes from `reference_start` on. Empty where no word length gives a graph without cycles.
    """
    for size in WORDS:
        low = max(start - size - _SPARE, reference_start)
        high = min(end + size + _SPARE, reference_start + len(reference))
        window = reference[low - reference_start : high - reference_start]
        reads = reads_over(block, longest, start - 1, end + 1)
        reads = reads[np.arange(min(len(reads), _MOST_READS)) * len(reads) // max(min(len(reads), _MOST_READS), 1)]
        rows = lay_out(block, reads, low, high - low)
        parts = [
            part
            for first, last in zip(rows.first.tolist(), rows.last.tolist(), strict=True)
            for part in _good_parts(block.bases[first:last], block.qualities[first:last])
        ]
        paths = _paths(window.tobytes(), parts, size, max(_FEWEST_READS, _LEAST_SHARE * len(reads)))
        if paths is not None:
            return [(low, window, np.frombuffer(path, np.uint8)) for path in paths]
    return []


def _good_parts(bases: Codes, qualities: Codes) -> list[bytes]:
    """Return the stretches of a read between its bad bases."""
    good = np.where((bases < 4) & (qualities >= _LEAST_QUALITY), bases, 9).astype(np.uint8)
    return [part for part in good.tobytes().split(b"\x09") if part]


def _paths(window: bytes, parts: list[bytes], size: int, least: float) -> list[bytes] | None:
    """Return the sequences of the best-supported paths, None where the graph has a cycle or the flanks repeat."""
    words = [window[i : i + size] for i in range(len(window) - size + 1)]
    if len(set(words)) < len(words):
        return None
    edges = Counter(part[i : i + size + 1] for part in parts for i in range(len(part) - size))
    kept = {edge: count for edge, count in edges.items() if count >= least}
    for i in range(len(window) - size):
        kept.setdefault(window[i : i + size + 1], edges[window[i : i + size + 1]])
    following: dict[bytes, list[bytes]] = {}
    for edge in sorted(kept):
        following.setdefault(edge[:-1], []).append(edge)
    seen = [i for i, word in enumerate(words[:-1]) if edges[window[i : i + size + 1]] >= least and word]
    if len(seen) < 2:
        return []
    first, last = words[seen[0]], words[seen[-1] + 1]
    found: list[tuple[float, bytes]] = []
    waiting: list[tuple[bytes, float, frozenset[bytes]]] = [(first, np.inf, frozenset([first]))]
    while waiting:
        path, weight, visited = waiting.pop()
        word = path[-size:]
        if word == last:
            found.append((weight, path))
            continue
        for edge in following.get(word, []):
            if edge[1:] in visited:
                return None
            waiting.append((path + edge[-1:], min(weight, kept[edge]), visited | {edge[1:]}))
        if len(found) + len(waiting) > _MOST_PATHS:
            return None
    head, tail = window[: seen[0]], window[seen[-1] + 1 + size :]
    best = sorted((x for x in found if x[0] >= least), key=lambda x: (-x[0], x[1]))[:_MOST_HAPLOTYPES]
    return [head + path + tail for _, path in best]


def edits_between(start: int, window: Codes, haplotype: Codes) -> list[Edit]:
    """Return the haplotype's differences from the window that begins at `start`."""
    found: list[Edit] = []
    i = j = 0
    steps = _align(window, haplotype)
    k = 0
    while k < len(steps):
        run = k
        while run < len(steps) and steps[run] == steps[k] != 0:
            run += 1
        size = max(run - k, 1)
        if steps[k] == 0:
            if window[i] != haplotype[j]:
                found.append((start + i, window[i : i + 1].tobytes(), haplotype[j : j + 1].tobytes()))
            i, j = i + 1, j + 1
        else:
            lost, gained = (size, 0) if steps[k] == 1 else (0, size)
            ref, alt = window[i : i + lost].tobytes(), haplotype[j : j + gained].tobytes()
            found.append(_leftmost(start, window, start + i, ref, alt))
            i, j = i + lost, j + gained
        k += size
    return found


def _leftmost(start: int, window: Codes, position: int, ref: bytes, alt: bytes) -> Edit:
    moving = ref or alt
    while position > start and window[position - 1 - start] == moving[-1]:
        moving = moving[-1:] + moving[:-1]
        position -= 1
    return (position, moving, b"") if ref else (position, b"", moving)


@njit(cache=True)
def _align(window: Array, haplotype: Array) -> Array:
    """Return the steps of the cheapest global alignment with affine gaps: 0 both, 1 window only, 2 haplotype only."""
    n, m = len(window), len(haplotype)
    far = 1 << 20
    cost = np.full((3, n + 1, m + 1), far, np.int32)
    origin = np.zeros((3, n + 1, m + 1), np.int8)
    cost[0, 0, 0] = 0
    for i in range(n + 1):
        for j in range(m + 1):
            for state in range(3):
                di, dj = (state != 2), (state != 1)
                if i < di or j < dj or (i == 0 and j == 0):
                    continue
                step = 0
                if state == 0 and window[i - 1] != haplotype[j - 1]:
                    step = _MISMATCH
                for before in range(3):
                    own = step
                    if state:
                        own = _GAP_EXTEND if before == state else _GAP_OPEN + _GAP_EXTEND
                    total = cost[before, i - di, j - dj] + own
                    if total < cost[state, i, j]:
                        cost[state, i, j], origin[state, i, j] = total, before
    steps = np.zeros(n + m, np.int8)
    state = int(cost[:, n, m].argmin())
    i, j, at = n, m, n + m
    while i > 0 or j > 0:
        at -= 1
        steps[at] = state
        state, i, j = origin[state, i, j], i - (state != 2), j - (state != 1)
    return steps[at:].copy()
