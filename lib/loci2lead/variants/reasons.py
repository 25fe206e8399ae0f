"""Why a call is what it is, in words: observations about reads, library and neighbourhood of one allele."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.candidates import Allele, tract_at
from loci2lead.variants.examine import Examined
from loci2lead.variants.features import support
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus
from loci2lead.variants.scan import LOWEST_MAPQ

CLEAR = 3.0
_NEAR_END, _FEW_READS = 5, 4


@dataclass(frozen=True)
class Evidence:
    """What the reads over an allele show: those that clearly carry it (`alt`), the others, and where they lie."""

    examined: Examined
    library: LibraryProfile
    locus: Locus
    allele: Allele
    alt: NDArray[np.bool_]
    rest: NDArray[np.bool_]
    unclear: NDArray[np.bool_]
    reverse: NDArray[np.bool_]
    to_end: NDArray[np.int64]
    mapq: NDArray[np.uint8]
    pair: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        examined: Examined,
        library: LibraryProfile,
        locus: Locus,
        index: int,
        rivals: NDArray[np.bool_] | None = None,
    ) -> "Evidence":
        """Gather the evidence of allele `index` of a locus, against `rivals` or all other haplotypes."""
        margin, block, read = support(locus, index, rivals), examined.block, locus.read
        allele = locus.alleles[index]
        first = np.maximum(allele.position - block.start[read], 0)
        last = np.maximum(block.end[read] - allele.span[1], 0)
        return cls(
            examined, library, locus, allele, margin > CLEAR, margin < -CLEAR, np.abs(margin) <= CLEAR,
            (block.flag[read] & 0x10) != 0, np.minimum(first, last), block.mapq[read], block.pair[read],
        )  # fmt: skip


def reasons(evidence: Evidence) -> list[str]:
    """Return sentences, the weightiest first; always at least one on how many reads show the allele."""
    found = [check(evidence) for check in _CHECKS]
    return [_support(evidence), *(text for text in found if text)]


def _support(e: Evidence) -> str:
    alt, rest, unclear = int(e.alt.sum()), int(e.rest.sum()), int(e.unclear.sum())
    share = f", {_percent(alt / (alt + rest))} of those that tell" if alt + rest else ""
    text = f"{alt} reads clearly show the allele, {rest} clearly do not{share}; {unclear} do not tell"
    molecules = len(np.unique(e.pair[e.alt]))
    return text + (f" ({molecules} molecules: mates overlap)." if molecules < alt else ".")


def _ends(e: Evidence) -> str | None:
    if e.alt.sum() >= 2 and e.to_end[e.alt].max() <= _NEAR_END:
        return f"Alternate reads all end within {int(e.to_end[e.alt].max())} bp of it: likely a misaligned end."
    return None


def _strand(e: Evidence) -> str | None:
    alt, rest = e.reverse[e.alt], e.reverse[e.rest]
    if len(alt) >= _FEW_READS and alt.mean() in (0.0, 1.0) and (not len(rest) or 0.2 < rest.mean() < 0.8):
        return f"All {len(alt)} alternate reads are of the {'reverse' if alt[0] else 'forward'} strand."
    return None


def _slip(e: Evidence) -> str | None:
    tract = tract_at(e.examined.repeats, e.examined.scan.start, e.allele) if e.allele.change else -1
    if tract < 0:
        return None
    unit, units = int(e.examined.repeats.unit[tract]), int(e.examined.repeats.units()[tract])
    rate = float(e.library.slips.rate(np.array([units]), np.array([unit]))[0])
    tells = int(e.alt.sum() + e.rest.sum())
    what = f"runs of {units}" if unit == 1 else f"{units} repeats of {unit} bases"
    shown = f"; here {_percent(e.alt.sum() / tells)} of the reads show the change" if tells else ""
    return f"This library slips {_percent(rate)} in {what}{shown}."


def _mapping(e: Evidence) -> str | None:
    left_out = int((e.examined.block.mapq[_over(e)] < LOWEST_MAPQ).sum())
    if left_out >= _FEW_READS:
        return f"{left_out} reads over the site were left out: mapping quality below {LOWEST_MAPQ}."
    if e.alt.any() and e.rest.any() and e.mapq[e.rest].mean() - e.mapq[e.alt].mean() > 10:
        return (
            f"Alternate reads map less surely (mean quality {e.mapq[e.alt].mean():.0f} against "
            f"{e.mapq[e.rest].mean():.0f}): they may belong elsewhere."
        )
    return None


def _over(e: Evidence) -> NDArray[np.bool_]:
    block = e.examined.block
    return (block.start <= e.allele.position) & (block.end > e.allele.position)


def _depth(e: Evidence) -> str | None:
    depth, usual = len(e.locus.read), max(e.library.depth, 1.0)
    if depth > 1.8 * usual:
        return f"{depth} reads lie here, {depth / usual:.1f} times the library's median: maybe a collapsed copy."
    if depth < 0.4 * usual or depth < 8:
        return f"Only {depth} reads lie here; the library's median is {usual:.0f}."
    return None


def _third(e: Evidence) -> str | None:
    best = e.locus.costs.argmin(axis=1)
    clear = np.sort(e.locus.costs, axis=1)[:, 1] > CLEAR if e.locus.costs.shape[1] > 1 else np.zeros(0, bool)
    seen = np.bincount(best[clear], minlength=len(e.locus.haplotypes)) if clear.any() else np.zeros(1, int)
    fitting = int((seen >= max(2, 0.1 * clear.sum())).sum())
    if fitting > 2:
        return f"{fitting} haplotypes each fit a tenth of the reads or more; a diploid has two."
    return None


def _unclear(e: Evidence) -> str | None:
    if len(e.unclear) >= _FEW_READS and e.unclear.mean() > 0.4:
        return (
            f"{_percent(e.unclear.mean())} of the reads do not tell the alleles apart, mostly by ending in the repeat."
        )
    return None


_CHECKS: tuple[Callable[[Evidence], str | None], ...] = (*(_ends, _strand, _slip, _third, _mapping, _depth, _unclear),)


def _percent(share: float) -> str:
    digits = 2 if share < 0.01 else (1 if share < 0.1 else 0)
    return f"{100 * share:.{digits}f} %"
