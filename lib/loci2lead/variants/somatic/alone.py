"""A tumour alone: germline or somatic, by what others carry, by the share of the reads and by the chromosome copies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.candidates import Allele
from loci2lead.variants.somatic.copies import Copies, Marker
from loci2lead.variants.somatic.evidence import CLEAR, Judged
from loci2lead.variants.somatic.likelihoods import HYPOTHESES
from loci2lead.variants.somatic.population import Key, KnownAlleles, germline_odds, split_origins

# SNPs of this frequency and more are taken to be inherited where they are no noise.
_MARKER_FREQUENCY, _MOST_NOISE = 1e-3, 0.3
# How many somatic alleles are on both copies (the other one lost and this one doubled), or have a share of their own.
_ANY_SHARE = 0.2
_LN = float(np.log(10.0))


@dataclass(frozen=True)
class Others:
    """What other people carry in a chunk: frequencies of a population, and the alleles of a panel of normals."""

    frequencies: dict[Key, float]
    panel: dict[Key, float]

    @classmethod
    def of(
        cls, frequencies: KnownAlleles | None, panel: KnownAlleles | None, contig: str, start: int, end: int
    ) -> "Others":
        """Read both resources over [start, end)."""
        found = [known.between(contig, start, end) if known else {} for known in (frequencies, panel)]
        return cls(*found)

    def flags(self, allele: Allele) -> tuple[str, ...]:
        """Return what INFO says of the allele."""
        listed = (f"POP_AF={self.frequencies[allele.key]:.6g}",) if allele.key in self.frequencies else ()
        return (*listed, "PON") if allele.key in self.panel else listed


@dataclass(frozen=True)
class Weighed:
    """An allele of a tumour alone: log10 likelihoods of a `germline` and a `somatic` origin, prior `odds` (log10) of
    germline, whether a panel of normals has it, and clear reads (with, without) on the first and the other copy."""

    germline: float
    somatic: float
    odds: float
    in_panel: bool
    first: tuple[int, int]
    second: tuple[int, int]


def weigh(
    judged: Sequence[Judged], noise: NDArray[np.float64], molecules: NDArray[np.int32], others: Others
) -> list[Weighed]:
    """Weigh the alleles of a chunk against each other; `molecules` are those of its reads, `noise` their chances."""
    own = [molecules[item.pair.tumour.read] for item in judged]
    is_marker = [_is_marker(item, chance, others) for item, chance in zip(judged, noise.tolist(), strict=True)]
    markers = [(item.allele.key, _marker(item, m)) for item, m, on in zip(judged, own, is_marker, strict=True) if on]
    ordered = [marker for _, marker in sorted(markers, key=lambda x: x[0])]
    copies = Copies.of(ordered, int(molecules.max()) + 1 if len(molecules) else 0)
    # A marker says nothing of itself.
    sides = [np.zeros(len(m)) if on else copies.sides(m) for m, on in zip(own, is_marker, strict=True)]
    return [_weigh(item, copies, side, others) for item, side in zip(judged, sides, strict=True)]


def _is_marker(item: Judged, noise: float, others: Others) -> bool:
    frequency = others.frequencies.get(item.allele.key, 0.0)
    return item.allele.change == 0 and frequency >= _MARKER_FREQUENCY and noise < _MOST_NOISE


def _marker(item: Judged, molecule: NDArray[np.int32]) -> Marker:
    margin = item.tumour.margin
    return Marker(molecule, margin, int((margin > CLEAR).sum()), int((margin < -CLEAR).sum()))


def _weigh(item: Judged, copies: Copies, side: NDArray[np.float64], others: Others) -> Weighed:
    margin = item.tumour.margin
    germline, cells = copies.explain(margin, item.tumour.weight, side)
    any_share = float(item.origins[HYPOTHESES.index("somatic")])
    somatic = np.logaddexp(np.log(1 - _ANY_SHARE) + cells * _LN, np.log(_ANY_SHARE) + any_share * _LN) / _LN
    seen = [(int((margin[on] > CLEAR).sum()), int((margin[on] < -CLEAR).sum())) for on in (side > 0, side < 0)]
    odds = germline_odds(others.frequencies.get(item.allele.key))
    return Weighed(germline, float(somatic), odds, item.allele.key in others.panel, *seen)


def split(chances: NDArray[np.float64], weighed: Sequence[Weighed]) -> NDArray[np.float64]:
    """Return the posteriors with what is no noise split into germline and somatic."""
    columns = zip(*((w.germline, w.somatic, w.odds, w.in_panel) for w in weighed), strict=True)
    return split_origins(chances, *map(np.array, columns)) if weighed else chances
