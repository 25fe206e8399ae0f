"""How simulated reads are made: regions, paralog decoys, systematic error sites, and the library itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from loci2lead.variants.haplotypes import Variant
from loci2lead.variants.placement import CLIP, GAP_OPEN
from loci2lead.variants.repeats import SLIP_GROWTH
from loci2lead.variants.sequencing import SequencerProfile


@dataclass(frozen=True)
class Region:
    """A half-open interval of a contig."""

    contig: str
    start: int
    end: int


@dataclass(frozen=True)
class Decoy:
    """Reads of a paralog: `variants` tell the copy from `region`, `share` is its depth relative to the rest.

    A fraction `confident` of the misplaced reads still gets mapping quality 60, the rest 0 to 40.
    """

    region: Region
    variants: Sequence[Variant]
    share: float = 0.5
    confident: float = 0.4


@dataclass(frozen=True)
class SystematicSite:
    """A site where reads of one strand show `base` with chance `rate` and a lower quality."""

    contig: str
    position: int
    base: str
    rate: float
    reverse: bool


@dataclass(frozen=True)
class Library:
    """How the reads are made: fragment lengths in bases, slip, qualities, noise, and how the aligner scores a gap.

    `slip_rate` is the chance at a run of nine, `slip_growth` its factor per further base, `slip_shorter` the
    share of slips that lose units. `gap_open` and `clip` are the aligner's penalties (a mismatch costs 4): the higher,
    the more reads that end near an indel show mismatches instead of it, or of a clipped end.

    `deamination` is the chance per cytosine of either strand to read as T (old or formalin-fixed DNA),
    `oxidation` per guanine of the strand that read 1 shows to read as T.
    """

    read_length: int = 150
    fragment_mean: float = 400.0
    fragment_sd: float = 100.0
    slip_rate: float = 0.002
    slip_growth: float = SLIP_GROWTH
    slip_shorter: float = 0.65
    gap_open: int = GAP_OPEN
    clip: int = CLIP
    profile: SequencerProfile = field(default_factory=SequencerProfile)
    decoys: Sequence[Decoy] = ()
    systematic: Sequence[SystematicSite] = ()
    low_mapq: float = 0.01
    deamination: float = 0.0
    oxidation: float = 0.0
