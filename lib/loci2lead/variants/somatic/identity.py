"""Do tumour and normal come from one person, in this order, and clean? Measured before calling.

Alleles that the normal carries in half or all of its reads show in the tumour, but for those on a chromosome
copy that the tumour lost. What no loss explains is a place where one sample has the alternate allele in all of
its reads and the other in none: a pair that lacks many alleles and has such places is of two people.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.variants.somatic.survey import Survey

FEWEST_SITES = 25
# HG001 and HG002 share 0.70 to 0.76 of such alleles on the real slice; 1 of 60 homozygous places is opposite.
LEAST_SHARED, MOST_OPPOSITE = 0.85, 0.01
_FEWEST_READS = 12
# Alleles per base: a quiet tumour, and a mix of two people; a tumour alone is judged at a person's own variation.
LEAST_DENSITY, MOST_DENSITY = 3e-6, 1e-3
_LEAK_WARNING = 0.03
_FOREIGN_WARNING = 0.03
# At a place where this person has two alternate copies, an unrelated contaminant shows the reference this often.
_FOREIGN_REFERENCE = 0.3


@dataclass(frozen=True)
class PairCheck:
    """What was seen: `sites` of the normal's alleles and the share of them the tumour shows; the share of homozygous
    places that are `opposite`; low-share alleles of one sample that the other lacks; estimated shares of tumour
    cells in the normal and of foreign DNA in either; `density` of somatic alleles per base, never 0."""

    sites: int
    shared: float | None
    opposite: float | None
    own_tumour: int
    own_normal: int
    density: float
    tumour_in_normal: float | None
    foreign_tumour: float | None
    foreign_normal: float | None

    @property
    def same_person(self) -> bool | None:
        """Whether both samples are of one person; None with too few sites."""
        if self.shared is None:
            return None
        return self.shared >= LEAST_SHARED or (self.opposite or 0.0) <= MOST_OPPOSITE

    @property
    def plain(self) -> dict[str, float | int | None]:
        """Return rounded values for the header."""
        return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in asdict(self).items()}

    def warnings(self) -> list[str]:
        """Return sentences about what should be looked at."""
        found = []
        if self.shared is None:
            found.append(f"identity of tumour and normal not checked: {self.sites} sites, {FEWEST_SITES} are needed")
        if (self.tumour_in_normal or 0) > _LEAK_WARNING:
            found.append(f"the normal seems to hold {self.tumour_in_normal:.0%} of the tumour's alleles")
        for name, share in (("tumour", self.foreign_tumour), ("normal", self.foreign_normal)):
            if (share or 0) > _FOREIGN_WARNING:
                found.append(f"the {name} seems to hold {share:.0%} of another person's DNA")
        return found


def check_pair(seen: Survey) -> PairCheck:
    """Compare tumour (first) and normal (second) of a survey."""
    depth = [c.sum(axis=1) for c in seen.counts]
    enough = (depth[0] >= _FEWEST_READS) & (depth[1] >= _FEWEST_READS)
    rows = np.flatnonzero(enough)
    reference = seen.reference[rows]
    tumour, normal = (c[rows].astype(np.int64) for c in seen.counts)
    both = tumour + normal
    both[np.arange(len(rows)), reference] = -1
    alt = both.argmax(axis=1) if len(rows) else np.zeros(0, np.int64)
    at = np.arange(len(rows))
    counts = tumour[at, alt], normal[at, alt]
    shares = counts[0] / np.maximum(tumour.sum(axis=1), 1), counts[1] / np.maximum(normal.sum(axis=1), 1)
    carried = (shares[1] >= 0.3) & (counts[1] >= 5)
    shown = (counts[0] >= 2) & (shares[0] >= 0.04)
    sites = int(carried.sum())
    own_tumour = _own(counts[0], shares[0], counts[1], shares[1])
    own_normal = _own(counts[1], shares[1], counts[0], shares[0])
    return PairCheck(
        sites,
        float(shown[carried].mean()) if sites >= FEWEST_SITES else None,
        _opposite(*shares),
        int(own_tumour.sum()),
        int(own_normal.sum()),
        _density(int(own_tumour.sum()), len(rows)),
        _leak(shares, counts, normal.sum(axis=1)),
        _foreign(tumour, reference, shares[1]),
        _foreign(normal, reference, shares[0]),
    )


def _density(alleles: int, bases: int) -> float:
    """Return somatic alleles per base, drawn towards few where little was looked at."""
    return float(np.clip((alleles + 0.5) / (bases + 5e4), LEAST_DENSITY, MOST_DENSITY))


def _opposite(first: NDArray, second: NDArray) -> float | None:
    """Return the share of places where one sample has only the alternate allele that the other has not at all."""
    homozygous = (first >= 0.95) | (second >= 0.95)
    if not homozygous.any():
        return None
    return float((np.minimum(first, second)[homozygous] <= 0.03).mean())


def _own(count: NDArray, share: NDArray, other_count: NDArray, other_share: NDArray) -> NDArray[np.bool_]:
    """Return which alleles one sample has in 8 to 45 % of its reads and the other (nearly) lacks."""
    return (count >= 5) & (share >= 0.08) & (share <= 0.45) & (other_share <= 0.04) & (other_count <= 2)


def _leak(shares: tuple[NDArray, NDArray], counts: tuple[NDArray, NDArray], depth: NDArray) -> float | None:
    """Return reads of the tumour's own alleles in the normal over those expected if it were all tumour."""
    own = (counts[0] >= 5) & (shares[0] >= 0.15) & (shares[0] <= 0.45) & (shares[1] <= 0.12)
    if own.sum() < 10:
        return None
    expected = float((shares[0][own] * depth[own]).sum())
    errors = 0.001 * float(depth[own].sum())
    return max(float(counts[1][own].sum()) - errors, 0.0) / expected


def _foreign(counts: NDArray, reference: NDArray, other_share: NDArray) -> float | None:
    """Return the share of foreign DNA from reference reads where the other sample has two alternate copies."""
    sites = np.flatnonzero(other_share >= 0.97)
    if len(sites) < FEWEST_SITES:
        return None
    depth = counts[sites].sum(axis=1)
    shown = counts[sites, reference[sites]]
    # Places where the allele is half there are the other sample's mistakes, not contamination.
    usable = shown <= 0.2 * depth
    rate = float(shown[usable].sum()) / max(float(depth[usable].sum()), 1.0)
    return max(rate - 0.001, 0.0) / _FOREIGN_REFERENCE


def refuse_mismatch(check: PairCheck, tumour: str, normal: str) -> None:
    """Raise InputError where the samples are of different people, or look swapped."""
    if check.same_person is False:
        raise InputError(
            "Tumour and normal are not of the same person",
            record=f"{tumour} and {normal}",
            found=f"the tumour shows {check.shared:.0%} of the normal's alleles at {check.sites} sites, and "
            f"{check.opposite or 0:.0%} of homozygous places are opposite",
            expected=f"{LEAST_SHARED:.0%} or more, or no opposite places",
            remedy="`loci2lead check-samples` says which of several files match; --allow-mismatch calls all the same",
        )
    if check.own_normal >= 10 and check.own_normal > 4 * max(check.own_tumour, 1):
        raise InputError(
            "Tumour and normal look swapped",
            record=f"{tumour} and {normal}",
            found=f"alleles of a small share: {check.own_normal} in the normal only, {check.own_tumour} in the tumour",
            expected="subclonal alleles in the tumour",
            remedy="exchange --tumor and --normal; --allow-mismatch calls all the same",
        )
