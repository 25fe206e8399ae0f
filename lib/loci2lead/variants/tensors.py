"""Read pileups as images for the network: channels × reads × columns, centred on one candidate allele.

Channels: base, base quality, strand, difference from the reference, bases inserted after the column, support
(the read's likelihood for the allele), distance to the read's nearer end. Reads that support
the allele come first and are never dropped while they fill at most half of the rows; the others are thinned
evenly. True depths reach the network as features.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from loci2lead.variants.examine import Examined
from loci2lead.variants.features import WIDTH, allele_rows, reference_window, support
from loci2lead.variants.loci import Locus
from loci2lead.variants.scan import Array

CHANNELS, HEIGHT = 7, 40


def allele_image(examined: Examined, locus: Locus, index: int) -> NDArray[np.uint8]:
    """Return CHANNELS × HEIGHT × WIDTH levels (0 to 255) of one allele of a locus."""
    margin = support(locus, index)
    rows = allele_rows(examined, locus, index)
    chosen = choose_rows(margin, HEIGHT)
    block = examined.block
    read = locus.read[chosen]
    image = np.zeros((CHANNELS, HEIGHT, WIDTH), dtype=np.uint8)
    _paint(
        rows.base[chosen],
        rows.quality[chosen],
        rows.inserted[chosen],
        reference_window(examined, rows.start),
        np.clip(margin[chosen], -40, 40),
        (block.flag[read] & 0x10) != 0,
        block.start[read] - rows.start,
        block.end[read] - rows.start,
        image,
    )
    return image


def choose_rows(margin: NDArray[np.float64], height: int) -> NDArray[np.int64]:
    """Return the order of reads in the image: supporters, then the rest, at most `height`, evenly thinned."""
    supporters, rest = np.flatnonzero(margin > 0), np.flatnonzero(margin <= 0)
    kept = min(len(supporters), max(height - len(rest), height // 2))
    return np.concatenate([_thin(supporters, kept), _thin(rest, height - kept)])


def _thin(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    if len(indices) <= count:
        return indices
    return indices[(np.arange(count) * len(indices)) // count]


@njit(cache=True)
def _paint(
    base: Array,
    quality: Array,
    inserted: Array,
    reference: Array,
    margin: Array,
    reverse: Array,
    start: Array,
    end: Array,
    image: Array,
) -> None:
    for r in range(base.shape[0]):
        for c in range(base.shape[1]):
            code = base[r, c]
            if code == 6:
                continue
            image[0, r, c] = 30 if code == 5 else (15 if code == 4 else 60 * (code + 1))
            image[1, r, c] = min(6 * quality[r, c], 255)
            image[2, r, c] = 220 if reverse[r] else 80
            if code == 5:
                image[3, r, c] = 128
            elif code != reference[c] and code < 4:
                image[3, r, c] = 255
            image[4, r, c] = min(40 * inserted[r, c], 255)
            image[5, r, c] = np.uint8(128 + 3 * margin[r])
            image[6, r, c] = min(8 * max(min(c - start[r], end[r] - 1 - c), 0), 255)
