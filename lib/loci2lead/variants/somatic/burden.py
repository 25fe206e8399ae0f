"""Tumour mutational burden: somatic variants per megabase that was looked at, with its interval."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysam
from scipy.stats import chi2

from loci2lead.errors import InputError
from loci2lead.io.bed import Intervals

LEAST_SHARE = 0.05
# Below a megabase the interval spans several of the cut-offs in use (Buchhalter 2019).
LEAST_MEGABASES = 0.8
COUNTED = f"PASS SNVs and indels of VAF {LEAST_SHARE:g} and more in the covered regions, silent ones included"


@dataclass(frozen=True)
class Burden:
    """Variants counted over `megabases`; `reason` says why no burden is given."""

    variants: int
    megabases: float
    reason: str | None

    def plain(self) -> dict[str, Any]:
        """Return the content of the JSON; rates are null where none is given."""
        given = self.reason is None
        low, high = poisson_interval(self.variants)
        rates = {
            "per_mb": self.variants / self.megabases if given else None,
            "per_mb_low": low / self.megabases if given else None,
            "per_mb_high": high / self.megabases if given else None,
        }
        return {
            "status": "given" if given else "not_given",
            **{k: None if v is None else round(v, 3) for k, v in rates.items()},
            "variants": self.variants,
            "denominator_mb": round(self.megabases, 6),
            "counted": COUNTED,
            "reason": self.reason,
        }


def measure_burden(variants: Path, covered: Intervals) -> Burden:
    """Count a VCF of call-somatic. Raises InputError for a file that is missing or not one."""
    if not variants.exists():
        raise InputError("VCF not found", file=variants, remedy="check the path")
    try:
        with pysam.VariantFile(str(variants)) as vcf:
            notes = {r.key: r.value for r in vcf.header.records if r.key and r.key.startswith("loci2lead_")}
            count = sum(_counts(record, covered) for record in vcf)
    except (OSError, ValueError) as error:
        raise InputError("The VCF cannot be read", file=variants, found=error) from error
    germline = notes.get("loci2lead_germline")
    megabases = covered.total() / 1e6
    reason = None
    if germline is None:
        reason = "the file is not from call-somatic: whether germline alleles were removed is not known"
    elif germline == "not_removed":
        reason = "germline alleles were not removed: there was no normal and no population frequencies"
    elif megabases < LEAST_MEGABASES:
        reason = f"{megabases:.3f} Mb were looked at, {LEAST_MEGABASES:g} Mb are needed"
    return Burden(count, megabases, reason)


def _counts(record: pysam.VariantRecord, covered: Intervals) -> bool:
    share = record.samples[0].get("VAF") if len(record.samples) else None
    large = share is not None and share[0] is not None and share[0] >= LEAST_SHARE
    return large and "PASS" in record.filter and covered.covers(record.contig, record.start, record.start + 1)


def poisson_interval(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a Poisson count (Garwood 1936)."""
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return float(low), float(chi2.ppf(0.975, 2 * count + 2) / 2)
