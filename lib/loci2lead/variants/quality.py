"""What the reads of a sample show of its quality: depth, what can be called, slip, damage, errors.

Whole genomes are measured on windows spread over what is covered; targets of a BED whole, while they are
small enough. The page says which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments, base_codes
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.scan import Scan, scan

# A base can be called from this many usable reads on.
CALLABLE_DEPTH = 10
DEPTHS = (1, 10, 20, 30, 100)
WINDOW, _MOST_WINDOWS = 10_000, 200
# Above this share of another base a position is taken for a variant, not for errors.
_VARIANT_SHARE, _FEWEST_READS = 0.1, 10
_DUPLICATE_WINDOWS = 20
BASES = "ACGT"


@dataclass
class Measured:
    """Sums over the windows: depth of every base, substitutions (reference base × shown base), flags."""

    depth: NDArray[np.int32]
    substitutions: NDArray[np.int64]
    flags: dict[str, int]
    windows: int
    bases: int


def measure(alignments: Alignments, reference: Reference, windows: Sequence[tuple[str, int, int]]) -> Measured:
    """Measure the windows. Raises InputError for damaged reads."""
    depths: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
    substitutions = np.zeros((4, 4), dtype=np.int64)
    flags: dict[str, int] = {}
    for number, (contig, start, end) in enumerate(windows):
        codes = base_codes(reference.fetch(contig, start, end))
        found = scan(alignments.read(contig, start, end), codes, start)
        depths.append(found.depth[codes < 4])
        substitutions += _substitutions(found, codes)
        if number % max(len(windows) // _DUPLICATE_WINDOWS, 1) == 0:
            for name, count in alignments.flag_counts(contig, start, end).items():
                flags[name] = flags.get(name, 0) + count
    depth = np.concatenate(depths)
    return Measured(depth, substitutions, flags, len(windows), len(depth))


def _substitutions(found: Scan, codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return reference base × shown base over positions that are no variant."""
    total = found.bases.sum(axis=1)
    known = (codes < 4) & (total >= _FEWEST_READS)
    own = found.bases[np.arange(len(codes)), np.minimum(codes, 3)]
    known &= total - own <= _VARIANT_SHARE * total
    out = np.zeros((4, 4), dtype=np.int64)
    np.add.at(out, codes[known], found.bases[known])
    return out


def choose_windows(
    regions: Intervals | None, reference: Reference, alignments: Alignments
) -> tuple[list[tuple[str, int, int]], bool]:
    """Return windows to measure, and whether they are all of the targets (or of the reference where none are given)."""
    wanted = list(regions) if regions else [(c, 0, n) for c, n in reference.lengths.items()]
    covered = set(alignments.contigs)
    pieces = [
        (contig, low, min(low + WINDOW, end))
        for contig, start, end in wanted
        if contig in covered
        for low in range(start, end, WINDOW)
    ]
    if len(pieces) <= _MOST_WINDOWS or regions:
        chosen = _spread(pieces, 4 * _MOST_WINDOWS if regions else _MOST_WINDOWS)
        return chosen, len(chosen) == len(pieces)
    with_reads = [p for p in _spread(pieces, 8 * _MOST_WINDOWS) if _has_reads(alignments, p)]
    if len(with_reads) < _MOST_WINDOWS // 2:
        with_reads = _first_with_reads(reference, alignments)
    return _spread(with_reads, _MOST_WINDOWS), False


def _first_with_reads(reference: Reference, alignments: Alignments) -> list[tuple[str, int, int]]:
    """Return the windows with reads of a file that covers little of its reference, in order, at most 200."""
    found: list[tuple[str, int, int]] = []
    for contig in (c for c in reference.lengths if c in alignments.contigs):
        start = alignments.next_read_start(contig, 0)
        while start is not None and len(found) < _MOST_WINDOWS:
            low = start // WINDOW * WINDOW
            end = min(low + WINDOW, reference.lengths[contig])
            found.append((contig, low, end))
            start = alignments.next_read_start(contig, end) if end < reference.lengths[contig] else None
    return found


def _spread(pieces: list[tuple[str, int, int]], count: int) -> list[tuple[str, int, int]]:
    if len(pieces) <= count:
        return pieces
    return [pieces[i * len(pieces) // count] for i in range(count)]


def _has_reads(alignments: Alignments, piece: tuple[str, int, int]) -> bool:
    first = alignments.next_read_start(piece[0], piece[1])
    return first is not None and first < piece[2]


def depth_figures(measured: Measured) -> dict[str, Any]:
    """Return mean and median depth and the share of bases at each of DEPTHS or deeper."""
    depth = measured.depth
    if not len(depth):
        return {"mean": None, "median": None, "at_least": dict.fromkeys(map(str, DEPTHS)), "callable": None}
    return {
        "mean": float(depth.mean()),
        "median": float(np.median(depth)),
        "at_least": {str(d): float((depth >= d).mean()) for d in DEPTHS},
        "callable": float((depth >= CALLABLE_DEPTH).mean()),
    }


def error_figures(measured: Measured) -> dict[str, Any]:
    """Return the rate of every substitution per base read, and the excess of C>T (with G>A) that damage leaves.

    The excess is that rate over the rate of the other transitions, A>G and T>C: about 1 in undamaged DNA.
    """
    table = measured.substitutions.astype(float)
    read = table.sum(axis=1)
    rates = {
        f"{BASES[r]}>{BASES[a]}": float(table[r, a] / read[r]) if read[r] else None
        for r in range(4)
        for a in range(4)
        if r != a
    }
    damaged, others = table[1, 3] + table[2, 0], table[0, 2] + table[3, 1]
    per_damaged, per_other = damaged / max(read[1] + read[2], 1), others / max(read[0] + read[3], 1)
    wrong = table.sum() - np.trace(table)
    return {
        "per_base": float(wrong / table.sum()) if table.sum() else None,
        "rates": rates,
        "c_to_t_excess": float(per_damaged / per_other) if others else None,
    }


def slip_figures(library: LibraryProfile) -> dict[str, dict[str, float]]:
    """Return the share of reads that slip, by unit length and number of units."""
    out = {}
    for unit, name in ((1, "homopolymer"), (2, "dinucleotide"), (3, "longer unit")):
        units = np.array([6, 9, 12, 15])
        rates = library.slips.rate(units, np.full(len(units), unit))
        out[name] = {str(n): float(r) for n, r in zip(units, rates, strict=True)}
    return out
