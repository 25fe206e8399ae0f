"""Haplotypes as sequences that remember where on the reference each of their bases lies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from loci2lead.errors import InputError

INSERTED = -1

Bases = NDArray[np.uint8]
Positions = NDArray[np.int64]


@dataclass(frozen=True, order=True)
class Variant:
    """One alternate allele: 0-based `position` of the first base of `ref` on `contig`."""

    contig: str
    position: int
    ref: str
    alt: str


@dataclass(frozen=True)
class Haplotype:
    """The variants that one chromosome copy carries, and the share of the reads that come from it."""

    weight: float
    variants: Sequence[Variant] = field(default_factory=tuple)


@dataclass(frozen=True)
class HaplotypeSequence:
    """`bases` (ASCII) of a haplotype over a window; `positions` on the reference, INSERTED where there is none."""

    bases: Bases
    positions: Positions


def encode(sequence: str) -> Bases:
    """Return a sequence's ASCII codes, in capitals."""
    return np.frombuffer(sequence.upper().encode("ascii"), dtype=np.uint8)


def trim(position: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Return the allele without the bases that both sides share, so a pure insertion has an empty `ref`."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    shared = 0
    while shared < min(len(ref), len(alt)) and ref[shared] == alt[shared]:
        shared += 1
    return position + shared, ref[shared:], alt[shared:]


def shift_left(reference: Bases, start: int, position: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Return a trimmed insertion or deletion at its leftmost equal placement (Tan 2015).

    `reference` are the bases from `start` on; alleles that are neither pure insertion nor deletion stay.
    """
    if bool(ref) == bool(alt):
        return position, ref, alt
    moving = ref or alt
    while position > start and chr(reference[position - 1 - start]) == moving[-1]:
        moving = moving[-1] + moving[:-1]
        position -= 1
    return (position, moving, "") if ref else (position, "", moving)


def build_haplotype(reference: Bases, start: int, variants: Iterable[Variant]) -> HaplotypeSequence:
    """Apply variants to the window of reference bases that begins at `start`.

    Indels are placed leftmost, as aligners do. Variants outside the window are left out. Raises InputError
    where `ref` differs from the reference or two variants overlap.
    """
    bases: list[Bases] = []
    positions: list[Positions] = []
    done = start
    end = start + len(reference)
    for position, ref, alt in _placed(reference, start, variants):
        if position < done:
            raise InputError("Variants of a haplotype overlap", record=f"position {position + 1}", found=f"{ref}>{alt}")
        if position + len(ref) > end:
            continue
        bases += [reference[done - start : position - start], encode(alt)]
        paired = min(len(ref), len(alt))
        inserted = np.full(len(alt) - paired, INSERTED, dtype=np.int64)
        positions += [np.arange(done, position), np.arange(position, position + paired), inserted]
        done = position + len(ref)
    bases.append(reference[done - start :])
    positions.append(np.arange(done, end))
    return HaplotypeSequence(np.concatenate(bases), np.concatenate(positions).astype(np.int64))


def _placed(reference: Bases, start: int, variants: Iterable[Variant]) -> list[tuple[int, str, str]]:
    placed = []
    for variant in variants:
        offset = variant.position - start
        if offset < 0 or offset + len(variant.ref) > len(reference):
            continue
        found = reference[offset : offset + len(variant.ref)].tobytes().decode()
        if found != variant.ref.upper():
            raise InputError(
                "The variant's reference allele is not in the reference",
                record=f"{variant.contig}:{variant.position + 1}",
                found=found,
                expected=variant.ref,
                remedy="use the reference the variants were made with",
            )
        trimmed = trim(variant.position, variant.ref.upper(), variant.alt.upper())
        placed.append(shift_left(reference, start, *trimmed))
    return sorted(placed)
