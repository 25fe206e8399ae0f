"""What is measured of both samples before calling: libraries, damage, whether they are a pair, density of alleles."""

import logging
from dataclasses import dataclass
from pathlib import Path

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.variants.forced import Forced
from loci2lead.variants.library import measure_library
from loci2lead.variants.shards import Shard
from loci2lead.variants.somatic.caller import SomaticSettings
from loci2lead.variants.somatic.identity import MOST_DENSITY, PairCheck, check_pair, refuse_mismatch
from loci2lead.variants.somatic.substitutions import excess_rates
from loci2lead.variants.somatic.survey import Survey, survey

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class SomaticInputs:
    """Files and names of the samples (None: those of the read groups), and the resources of a tumour alone."""

    tumour: Path
    normal: Path | None
    reference: Path
    frequencies: Path | None = None
    panel: Path | None = None
    tumour_name: str | None = None
    normal_name: str | None = None


@dataclass(frozen=True)
class Prepared:
    """Settings for calling, how the pair looked, and the samples' names in the VCF."""

    settings: SomaticSettings
    check: PairCheck | None
    names: tuple[str, str | None]


def prepare(
    inputs: SomaticInputs,
    genome: Reference,
    regions: Intervals,
    forced: Forced,
    model: str,
    device: str,
    shard: Shard,
    allow_mismatch: bool = False,
) -> Prepared:
    """Measure the samples. Raises InputError where they are not of one person, unless that is allowed."""
    tumour = Alignments(inputs.tumour, genome)
    normal = Alignments(inputs.normal, genome) if inputs.normal is not None else None
    names = _names(inputs.tumour_name or tumour.sample, (inputs.normal_name or normal.sample) if normal else None)
    seen = survey([tumour, normal] if normal else [tumour], genome)
    check = _judge_pair(seen, names, allow_mismatch) if normal else None
    settings = SomaticSettings(
        inputs.tumour,
        inputs.normal,
        inputs.reference,
        measure_library(tumour, genome),
        measure_library(normal, genome) if normal else None,
        excess_rates(seen),
        regions,
        forced,
        model,
        device,
        check.density if check else MOST_DENSITY,
        inputs.frequencies,
        inputs.panel,
        shard,
    )
    return Prepared(settings, check, names)


def _judge_pair(seen: Survey, names: tuple[str, str | None], allow_mismatch: bool) -> PairCheck:
    """Check that the samples are a pair; log what is odd, and refuse a mismatch unless it is allowed."""
    check = check_pair(seen)
    for warning in check.warnings():
        _LOG.warning("Pair check: %s", warning)
    if not allow_mismatch:
        refuse_mismatch(check, names[0], names[1] or "")
    return check


def _names(tumour: str, normal: str | None) -> tuple[str, str | None]:
    if normal == tumour:
        return f"{tumour}_tumour", f"{normal}_normal"
    return tumour, normal
