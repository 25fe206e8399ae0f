"""Reference blocks of a gVCF: stretches without a candidate, and how surely they are reference."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.examine import Examined
from loci2lead.variants.genotypes import Record

# Chance that a base is misread, the cap and the step of GQ, as in DeepVariant's gVCF.
_ERROR, _HIGHEST, _STEP = 0.001, 50, 5


def reference_quality(depth: NDArray[np.int64], alternate: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the Phred GQ of homozygous reference per base, stepped; 0 without reads."""
    reference = np.maximum(depth - alternate, 0)
    same, other = np.log10(1 - _ERROR), np.log10(_ERROR)
    homozygous = reference * same + alternate * other
    heterozygous = depth * np.log10(0.5)
    quality = np.clip(10 * (homozygous - heterozygous), 0, _HIGHEST).astype(np.int64)
    return np.where(depth > 0, quality // _STEP * _STEP, 0)


def blocks(examined: Examined, parts: Iterable[tuple[int, int]], records: Sequence[Record]) -> list[str]:
    """Return gVCF lines for `parts` of the chunk outside `records`."""
    scan = examined.scan
    codes = examined.reference
    alternate = scan.bases.sum(axis=1) - scan.bases[np.arange(len(codes)), np.minimum(codes, 3)]
    np.add.at(alternate, np.clip(scan.position - scan.start, 0, len(codes) - 1), 1)
    quality = reference_quality(scan.depth.astype(np.int64), alternate.astype(np.int64))
    level = np.where(scan.depth > 0, quality, -1)
    for record in records:
        level[max(record.position - scan.start, 0) : max(record.end - scan.start, 0)] = -2
    lines = []
    for start, end in parts:
        inside = level[start - scan.start : end - scan.start]
        edges = np.flatnonzero(np.diff(inside)) + 1
        for low, high in zip([0, *edges], [*edges, len(inside)], strict=True):
            if high > low and inside[low] != -2:
                lines.append(_line(examined, start + int(low), start + int(high), int(inside[low])))
    return lines


def _line(examined: Examined, start: int, end: int, quality: int) -> str:
    offset = start - examined.scan.start
    depth = examined.scan.depth[offset : offset + end - start]
    base = "ACGTN"[examined.reference[offset]]
    genotype = "./." if quality < 0 else "0/0"
    gq = max(quality, 0)
    sample = f"{genotype}:{gq}:{int(np.median(depth))}:{int(depth.min())}:0,{gq},{gq * 10}"
    fields = (examined.contig, start + 1, ".", base, "<*>", ".", ".", f"END={end}", "GT:GQ:DP:MIN_DP:PL", sample)
    return "\t".join(map(str, fields)) + "\n"
