"""A tumour alone: germline or somatic, by what others carry, by the share of the reads and by the chromosome copies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.candidates import Allele
from loci2lead.variants.somatic.copies import Copies, Marker
from loci2lead.variants.somatic.evidence import CLEAR, Judged
from loci2lead.variants.somatic.likelihoods import HYPOTHESES
from loci2lead.variants.somatic.population import Key, KnownAlleles, germline_odds, split_origins
from loci2lead.variants.somatic.records import NOISE, SOMATIC

# SNPs of this frequency and more are taken to be inherited where they are no noise.
_MARKER_FREQUENCY, _MOST_NOISE = 1e-3, 0.3
# An allele that the same molecules show as noise or one of the panel, within reach of a fragment, is of one source with
# it: a paralog's reads, say. Chance that a molecule shows two alleles of one source otherwise; of meeting this at all.
_REACH, _SURE_NOISE, _TORN, _ONE_SOURCE = 400, 0.9, 0.03, 0.1
_FEWEST_JOINT, _LEAST_SOMATIC = 3, 0.02
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
    germline, whether a panel of normals has it and no population (`recurrent`: an artefact of many samples), clear
    reads (with, without) on the first and the other copy, and by how much (log10) it is of one source with noise."""

    germline: float
    somatic: float
    odds: float
    in_panel: bool
    recurrent: bool
    first: tuple[int, int]
    second: tuple[int, int]
    company: float = 0.0


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
    first, second = ((int((margin[on] > CLEAR).sum()), int((margin[on] < -CLEAR).sum())) for on in (side > 0, side < 0))
    frequency, in_panel = others.frequencies.get(item.allele.key), item.allele.key in others.panel
    recurrent = in_panel and (frequency or 0.0) < _MARKER_FREQUENCY
    return Weighed(germline, float(somatic), germline_odds(frequency), in_panel, recurrent, first, second)


def split(
    chances: NDArray[np.float64], judged: Sequence[Judged], weighed: Sequence[Weighed], molecules: NDArray[np.int32]
) -> tuple[NDArray[np.float64], list[Weighed]]:
    """Return the posteriors with what is no noise split into germline and somatic, and noise known by its company."""
    if not weighed:
        return chances, []
    columns = zip(*((w.germline, w.somatic, w.odds, w.in_panel) for w in weighed), strict=True)
    out = split_origins(chances, *map(np.array, columns))
    stray = [w.recurrent or noise >= _SURE_NOISE for w, noise in zip(weighed, out[:, NOISE].tolist(), strict=True)]
    strays = [Shown.of(item, molecules) for item, on in zip(judged, stray, strict=True) if on]
    known = list(weighed)
    for row, (item, on) in enumerate(zip(judged, stray, strict=True)):
        if not on and out[row, SOMATIC] >= _LEAST_SOMATIC:
            own = Shown.of(item, molecules)
            gain = max((of_one_source(own, other) for other in strays), default=0.0)
            known[row] = replace(weighed[row], company=gain)
            out[row, NOISE] *= 1 - _ONE_SOURCE + _ONE_SOURCE * 10.0 ** min(gain, 12.0)
            out[row] /= out[row].sum()
    return out, known


@dataclass(frozen=True)
class Shown:
    """Molecules that clearly show an allele at `position`, and those that clearly do not."""

    position: int
    alternate: frozenset[int]
    other: frozenset[int]

    @classmethod
    def of(cls, item: Judged, molecules: NDArray[np.int32]) -> "Shown":
        own, margin = molecules[item.pair.tumour.read], item.tumour.margin
        shown = frozenset(own[margin > CLEAR].tolist())
        return cls(item.allele.position, shown, frozenset(own[margin < -CLEAR].tolist()) - shown)


def of_one_source(own: Shown, other: Shown) -> float:
    """Return log10 of how much better one source explains which molecules show two alleles than two sources do."""
    if not 0 < abs(own.position - other.position) <= _REACH or len(own.alternate & other.alternate) < _FEWEST_JOINT:
        return 0.0
    share = len(own.alternate) / (len(own.alternate) + len(own.other) + 1)
    terms = (
        (own.alternate & other.alternate, (1 - _TORN) / share),
        (own.alternate & other.other, _TORN / share),
        (own.other & other.alternate, _TORN / (1 - share)),
        (own.other & other.other, (1 - _TORN) / (1 - share)),
    )
    return float(sum(len(molecules) * np.log10(ratio) for molecules, ratio in terms))
