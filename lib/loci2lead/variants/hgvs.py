"""HGVS names of a variant on the genome (g.) and on a transcript (c.).

Source: HGVS recommendations v21, https://hgvs-nomenclature.org: the 3' rule on the transcript's strand, and
the order of preference substitution, deletion, duplication, insertion, deletion-insertion. Inversions are
written as deletion-insertions and repeats as duplications or insertions, as VEP writes them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loci2lead.variants.transcripts import Fetch, TranscriptMap, reverse_complement

SHIFT_WINDOW = 64
SHIFT_LIMIT = 20_000
"""How far an indel is followed through repeats, in bases; the reference is read in windows."""


@dataclass(frozen=True)
class Edit:
    """Reference bases [start, end) of the forward strand are replaced by `alt`; nothing shared at either end."""

    start: int
    end: int
    ref: str
    alt: str


def trim(position: int, ref: str, alt: str) -> Edit:
    """Return the smallest edit that turns `ref` (at 0-based `position`) into `alt`; empty where they agree."""
    suffix = 0
    while suffix < min(len(ref), len(alt)) and ref[-1 - suffix] == alt[-1 - suffix]:
        suffix += 1
    ref, alt = ref[: len(ref) - suffix], alt[: len(alt) - suffix]
    prefix = 0
    while prefix < min(len(ref), len(alt)) and ref[prefix] == alt[prefix]:
        prefix += 1
    start = position + prefix
    return Edit(start, start + len(ref) - prefix, ref[prefix:], alt[prefix:])


def shift(edit: Edit, fetch: Fetch, direction: int) -> Edit:
    """Move a pure insertion or deletion as far as its spelling allows: direction 1 rightwards, -1 leftwards."""
    if bool(edit.ref) == bool(edit.alt):
        return edit
    unit = edit.ref or edit.alt
    steps = 0
    window = ""
    while steps < SHIFT_LIMIT:
        if steps % SHIFT_WINDOW == 0:
            window = _window(edit, fetch, direction, steps)
        expected = unit[steps % len(unit) if direction > 0 else -1 - steps % len(unit)]
        within = steps % SHIFT_WINDOW
        if within >= len(window) or window[within] != expected:
            break
        steps += 1
    if steps == 0:
        return edit
    turn = steps % len(unit)
    rolled = unit[turn:] + unit[:turn] if direction > 0 else unit[len(unit) - turn :] + unit[: len(unit) - turn]
    moved = edit.start + steps * direction
    return Edit(moved, moved + len(edit.ref), rolled if edit.ref else "", rolled if edit.alt else "")


def describe_coding(edit: Edit, transcript: TranscriptMap, fetch: Fetch) -> str:
    """Return the c. name of an edit, without the transcript's name: c.1799T>A, c.2235_2249del, c.-124C>T."""
    moved = shift(edit, fetch, transcript.strand)
    return "c." + _describe(moved, fetch, transcript.strand, lambda base: str(transcript.coding_position(base)))


def describe_genomic(edit: Edit, contig: str, fetch: Fetch) -> str:
    """Return the g. name of an edit with its contig: chr7:g.140753336A>T."""
    moved = shift(edit, fetch, 1)
    return f"{contig}:g." + _describe(moved, fetch, 1, lambda base: str(base + 1))


def _describe(edit: Edit, fetch: Fetch, strand: int, name: Callable[[int], str]) -> str:
    """Write an edit in the direction of `strand`; `name` writes the position of a genomic base."""
    ref, alt = (edit.ref, edit.alt) if strand > 0 else (reverse_complement(edit.ref), reverse_complement(edit.alt))
    if not ref and not alt:
        return "="
    if len(ref) == len(alt) == 1:
        return f"{name(edit.start)}{ref}>{alt}"
    if not ref:
        size = len(alt)
        copied = (edit.start - size, edit.start) if strand > 0 else (edit.start, edit.start + size)
        if copied[0] >= 0 and fetch(*copied) == edit.alt:
            return f"{_span(*copied, strand, name)}dup"
        return f"{_span(edit.start - 1, edit.start + 1, strand, name)}ins{alt}"
    return f"{_span(edit.start, edit.end, strand, name)}del{'ins' + alt if alt else ''}"


def _span(start: int, end: int, strand: int, name: Callable[[int], str]) -> str:
    first, last = (start, end - 1) if strand > 0 else (end - 1, start)
    return name(first) if end - start == 1 else f"{name(first)}_{name(last)}"


def _window(edit: Edit, fetch: Fetch, direction: int, steps: int) -> str:
    """Return the next bases beside the edit, in the order in which a shift meets them."""
    if direction > 0:
        return fetch(edit.end + steps, edit.end + steps + SHIFT_WINDOW)
    stop = max(0, edit.start - steps)
    return fetch(max(0, stop - SHIFT_WINDOW), stop)[::-1]
