"""Copies of each place of the genome, given sex: X and Y outside the pseudoautosomal regions, and M."""

from collections.abc import Mapping
from dataclasses import dataclass

SEXES = ("unknown", "female", "male")
# Lengths of X and Y, and pseudoautosomal regions (0-based, half open), from the Genome Reference Consortium.
_BUILDS = {
    "GRCh37": {
        "X": (155_270_560, ((60_000, 2_699_520), (154_931_043, 155_260_560))),
        "Y": (59_373_566, ((10_000, 2_649_520), (59_034_049, 59_363_566))),
    },
    "GRCh38": {
        "X": (156_040_895, ((10_000, 2_781_479), (155_701_382, 156_030_895))),
        "Y": (57_227_415, ((10_000, 2_781_479), (56_887_902, 57_217_415))),
    },
}


@dataclass(frozen=True)
class Ploidy:
    """How many copies a sample of a sex has, on a reference with these contig lengths."""

    sex: str
    lengths: Mapping[str, int]

    def copies(self, contig: str, position: int) -> int:
        """Return 2, 1, or 0 (Y of a female outside PAR)."""
        name = contig.removeprefix("chr")
        if name in {"M", "MT"}:
            return 1
        if self.sex == "unknown" or name not in {"X", "Y"} or self._pseudoautosomal(name, contig, position):
            return 2
        if self.sex == "female":
            return 2 if name == "X" else 0
        return 1

    def _pseudoautosomal(self, name: str, contig: str, position: int) -> bool:
        for build in _BUILDS.values():
            length, regions = build[name]
            if length == self.lengths.get(contig):
                return any(start <= position < end for start, end in regions)
        return False
