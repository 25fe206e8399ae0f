"""Base counts of one or two samples on windows spread over what the first covers: for damage and for identity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments, base_codes
from loci2lead.io.fasta import Reference
from loci2lead.variants.library import PROBE_LENGTH, probe_windows
from loci2lead.variants.scan import scan


@dataclass(frozen=True)
class Survey:
    """Positions with a known reference base: its code, and per sample the counts of each base (positions × 4)."""

    reference: NDArray[np.uint8]
    counts: Sequence[NDArray[np.int32]]


def survey(samples: Sequence[Alignments], reference: Reference) -> Survey:
    """Count bases of all samples on the first one's probe windows."""
    codes: list[NDArray[np.uint8]] = []
    counts: list[list[NDArray[np.int32]]] = [[] for _ in samples]
    for contig, start in probe_windows(samples[0], reference):
        end = min(start + PROBE_LENGTH, reference.lengths[contig])
        window = base_codes(reference.fetch(contig, start, end))
        known = window < 4
        codes.append(window[known])
        for own, alignments in zip(counts, samples, strict=True):
            own.append(scan(alignments.read(contig, start, end), window, start).bases[known])
    empty = np.zeros((0, 4), np.int32)
    return Survey(
        np.concatenate([np.zeros(0, np.uint8), *codes]), tuple(np.concatenate([empty, *own]) for own in counts)
    )
