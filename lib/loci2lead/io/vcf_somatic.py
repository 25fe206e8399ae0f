"""What somatic callers write in ways of their own: which column is the tumour's, and which records are not somatic.

Mutect2 names its columns in ##tumor_sample and ##normal_sample, `call-somatic` in lines of its own; Strelka2 and GDC
files call them NORMAL and TUMOR; bcbio writes ##SAMPLE lines. VarDict, VarScan2, SomaticSniper, MuSE and DRAGEN keep
germline variants and losses of heterozygosity as PASS and say so in a field.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pysam

TUMOUR_NAMES, NORMAL_NAMES = frozenset({"TUMOR", "TUMOUR"}), frozenset({"NORMAL"})
_TUMOUR_LINE = re.compile(
    r"##(?:tumor_sample|tumour_sample|loci2lead_tumour_sample)=(.+)|##SAMPLE=<ID=([^,>]+),.*Genomes=Tumor\b.*>"
)
_NORMAL_LINE = re.compile(
    r"##(?:normal_sample|loci2lead_normal_sample)=(.+)|##SAMPLE=<ID=([^,>]+),.*Genomes=(?:Germline|Normal)\b.*>"
)

GERMLINE, LOSS = "germline", "loss_of_heterozygosity"
_VARDICT = {"Germline": GERMLINE, "StrongLOH": LOSS, "LikelyLOH": LOSS, "AFDiff": GERMLINE}
_VARSCAN = {"0": GERMLINE, "1": GERMLINE, "3": LOSS}  # SS of VarScan2, SomaticSniper and MuSE: 2 is somatic, 5 unknown


def tumour_column(meta: Iterable[str], samples: Sequence[str]) -> int | None:
    """Return the index of the tumour among a VCF's samples where the file says which it is, else None.

    `meta` are the header's ## lines. In a pair in which only the normal is named, the other one is the tumour.
    """
    lines = list(meta)
    tumours = _named(lines, _TUMOUR_LINE, samples) or _worded(samples, TUMOUR_NAMES)
    if len(tumours) == 1:
        return samples.index(tumours[0])
    normals = _named(lines, _NORMAL_LINE, samples) or _worded(samples, NORMAL_NAMES)
    if len(samples) == 2 and len(normals) == 1 and not tumours:
        return 1 - samples.index(normals[0])
    return None


def not_somatic(record: pysam.VariantRecord, column: int | None) -> str | None:
    """Return why a somatic caller's record is no somatic variant though it may be PASS: a filter's name, or None."""
    info: Any = record.info
    if "STATUS" in info and _describes(record, "STATUS"):
        return _VARDICT.get(_text(info["STATUS"]))
    if "SS" in info and _describes(record, "SS"):
        return _VARSCAN.get(_text(info["SS"]))
    if "GermlineStatus" in info:
        return GERMLINE if _text(info["GermlineStatus"]).startswith("Germline") else None
    sample: Any = {} if column is None else record.samples[column]
    return _VARSCAN.get(_text(sample["SS"])) if "SS" in sample else None


def _describes(record: pysam.VariantRecord, name: str) -> bool:
    """Say whether an INFO field of a common name is the somatic status, by its description."""
    return "somatic" in (record.header.info[name].description or "").lower()


def _text(value: Any) -> str:
    return str(value[0] if isinstance(value, tuple) else value)


def _named(lines: Iterable[str], pattern: re.Pattern[str], samples: Sequence[str]) -> list[str]:
    found = (pattern.fullmatch(line.strip()) for line in lines)
    names = {str(match[1] or match[2]) for match in found if match}
    return [sample for sample in samples if sample in names]


def _worded(samples: Sequence[str], words: frozenset[str]) -> list[str]:
    """Return the samples that carry one of the words in their name, such as TUMOR or P1_tumour."""
    return [sample for sample in samples if words & set(re.split(r"[^A-Z]+", sample.upper()))]
