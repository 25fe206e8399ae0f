"""Haplotype-aware comparison of calls with truth: different spellings of the same two sequences agree.

Units that are spelled alike after left alignment match at once. What remains is compared in small clusters:
every choice of units and phases on either side gives a pair of sequences, and the choice that explains most
units with equal pairs wins (the idea of RTG vcfeval, Cleary 2015, by enumeration).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from loci2lead.variants.haplotypes import encode, shift_left, trim
from loci2lead.variants.repeats import find_repeats

CLUSTER_GAP = 35
MOST_UNITS = 7
_FLANK = 12

Edit = tuple[int, str, str]
Fetch = Callable[[int, int], str]


@dataclass(frozen=True)
class Unit:
    """One record's genotype: `alleles` are the trimmed, leftmost edits of either copy (None for reference)."""

    position: int
    end: int
    alleles: tuple[Edit | None, Edit | None]
    is_snp: bool

    @property
    def key(self) -> tuple:
        """The genotype whatever its phase."""
        return tuple(sorted(self.alleles, key=lambda a: a or (-1, "", "")))


def make_units(position: int, alleles: Sequence[str], genotype: Sequence[int], fetch: Fetch) -> list[Unit]:
    """Return the units of a record: one, or for substitutions of equal length one per differing base.

    `alleles[0]` is the reference allele, `genotype` holds one (haploid: counted as homozygous) or two numbers.
    """
    copies = (genotype[0], genotype[-1])
    pieces = [alleles[c] for c in copies]
    ref = alleles[0]
    if all(len(p) == len(ref) for p in pieces):
        units = []
        for offset, base in enumerate(ref):
            edits = [None if p[offset] == base else (position + offset, base, p[offset]) for p in pieces]
            if any(edits):
                units.append(Unit(position + offset, position + offset + 1, (edits[0], edits[1]), True))
        return units
    edits = [None if c == 0 else _leftmost(position, ref, alleles[c], fetch) for c in copies]
    present = [e for e in edits if e]
    if not present:
        return []
    start = min(e[0] for e in present)
    end = max(e[0] + max(len(e[1]), 1) for e in present)
    return [Unit(start, end, (edits[0], edits[1]), False)]


def _leftmost(position: int, ref: str, alt: str, fetch: Fetch) -> Edit | None:
    position, ref, alt = trim(position, ref, alt)
    if not ref and not alt:
        return None
    low = max(position - 300, 0)
    return shift_left(encode(fetch(low, position + len(ref) + 1)), low, position, ref, alt)


@dataclass(frozen=True)
class Comparison:
    """Indices of the units that agree and that do not, on either side."""

    truth_matched: list[int]
    truth_missed: list[int]
    calls_matched: list[int]
    calls_extra: list[int]


def compare(truth: Sequence[Unit], calls: Sequence[Unit], fetch: Fetch) -> Comparison:
    """Compare the units of one contig."""
    truth_ok, calls_ok = _spelled_alike(truth, calls)
    for cluster_truth, cluster_calls in _clusters(truth, calls, truth_ok, calls_ok):
        found = _resolve([truth[i] for i in cluster_truth], [calls[i] for i in cluster_calls], fetch)
        truth_ok |= {cluster_truth[i] for i in found[0]}
        calls_ok |= {cluster_calls[i] for i in found[1]}
    return Comparison(
        sorted(truth_ok),
        [i for i in range(len(truth)) if i not in truth_ok],
        sorted(calls_ok),
        [i for i in range(len(calls)) if i not in calls_ok],
    )


def _spelled_alike(truth: Sequence[Unit], calls: Sequence[Unit]) -> tuple[set[int], set[int]]:
    waiting: dict[tuple, list[int]] = {}
    for index, unit in enumerate(truth):
        waiting.setdefault(unit.key, []).append(index)
    truth_ok, calls_ok = set(), set()
    for index, unit in enumerate(calls):
        if waiting.get(unit.key):
            truth_ok.add(waiting[unit.key].pop(0))
            calls_ok.add(index)
    return truth_ok, calls_ok


def _clusters(
    truth: Sequence[Unit], calls: Sequence[Unit], truth_ok: set[int], calls_ok: set[int]
) -> list[tuple[list[int], list[int]]]:
    """Return clusters of the units still open that hold at least one of each side."""
    left = [(u.position, u.end, 0, i) for i, u in enumerate(truth) if i not in truth_ok]
    left += [(u.position, u.end, 1, i) for i, u in enumerate(calls) if i not in calls_ok]
    clusters: list[tuple[list[int], list[int]]] = []
    reach = -(10**9)
    for position, end, side, index in sorted(left):
        full = clusters and len(clusters[-1][side]) >= MOST_UNITS
        if position > reach + CLUSTER_GAP or full:
            clusters.append(([], []))
            reach = end
        clusters[-1][side].append(index)
        reach = max(reach, end)
    return [c for c in clusters if c[0] and c[1]]


def _resolve(truth: Sequence[Unit], calls: Sequence[Unit], fetch: Fetch) -> tuple[list[int], list[int]]:
    units = [*truth, *calls]
    low = max(min(u.position for u in units) - _FLANK, 0)
    high = max(u.end for u in units) + _FLANK
    window = fetch(low, high)
    by_truth, by_calls = _sequences(truth, window, low), _sequences(calls, window, low)
    best: tuple[int, list[int], list[int]] = (0, [], [])
    for pair in sorted(by_truth.keys() & by_calls.keys()):
        score = len(by_truth[pair]) + len(by_calls[pair])
        if score > best[0] and by_truth[pair] and by_calls[pair]:
            best = (score, by_truth[pair], by_calls[pair])
    return best[1], best[2]


def _sequences(units: Sequence[Unit], window: str, low: int) -> dict[tuple[str, str], list[int]]:
    """Return, for each pair of sequences the units can spell, the largest choice of units that spells it."""
    spelled: dict[tuple[str, str], list[int]] = {}
    options = [(None, 0) if u.alleles[0] == u.alleles[1] else (None, 0, 1) for u in units]
    for choice in product(*options):
        copies: tuple[list[Edit], list[Edit]] = ([], [])
        for unit, phase in zip(units, choice, strict=True):
            if phase is not None:
                for copy in (0, 1):
                    edit = unit.alleles[copy ^ phase]
                    if edit is not None:
                        copies[copy].append(edit)
        sequences = [spell(edits, window, low) for edits in copies]
        if None in sequences:
            continue
        pair = tuple(sorted(s for s in sequences if s is not None))
        chosen = [i for i, phase in enumerate(choice) if phase is not None]
        if len(chosen) > len(spelled.get((pair[0], pair[1]), [])) or (pair[0], pair[1]) not in spelled:
            spelled[pair[0], pair[1]] = chosen
    return spelled


def spell(edits: list[Edit], window: str, low: int) -> str | None:
    """Return the window with the edits applied, or None where two of them touch the same bases."""
    parts, done = [], low
    for position, ref, alt in sorted(edits):
        if position < done:
            return None
        parts += [window[done - low : position - low], alt]
        done = position + len(ref)
    return "".join([*parts, window[done - low :]])


def repeat_context(fetch: Fetch, position: int) -> str:
    """Return the stratum of a place: homopolymer (6 or more), tandem_repeat (8 bases or more) or other."""
    low = max(position - 60, 0)
    repeats = find_repeats(encode(fetch(low, position + 60)))
    at = position - low
    near = (repeats.start <= at + 1) & (repeats.end >= at)
    lengths = repeats.end - repeats.start
    if np.any(near & (repeats.unit == 1) & (lengths >= 6)):
        return "homopolymer"
    return "tandem_repeat" if np.any(near & (repeats.unit > 1) & (lengths >= 8)) else "other"
