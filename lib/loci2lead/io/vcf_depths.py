"""Genotype, depths and allele fraction of a VCF record, wherever its caller wrote them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pysam

SAMPLE_ALLELE_DEPTHS = ("AD", "ADT")
SAMPLE_DEPTHS = ("DP", "DPT")
SAMPLE_FRACTIONS = ("VAF", "AF", "FA", "FREQ")
INFO_FRACTIONS = ("TVAF", "VAF", "AF")
INFO_DEPTHS = ("TDP", "DP")


@dataclass(frozen=True)
class Evidence:
    """What a sample shows of one allele; `vaf` is a fraction of 1. None = the file does not say.

    `detectable_vaf` is the smallest fraction that would have been seen here (MINVAF of `call-somatic`).
    """

    genotype: str | None
    depth: int | None
    alt_depth: int | None
    vaf: float | None
    gq: float | None
    detectable_vaf: float | None = None


def carries_fraction(header: pysam.VariantHeader) -> bool:
    """Say whether INFO alone can tell an allele fraction (TVAF as in TCGA exports, VAF, or AF as LoFreq)."""
    return any(name in header.info for name in INFO_FRACTIONS)


def evidence_of(record: pysam.VariantRecord, index: int, column: int | None) -> Evidence:
    """Return the evidence for alternative allele `index` (0-based) in sample `column` (None = INFO only).

    FORMAT comes before INFO. INFO/AF counts only in a file without samples, since with samples it is a cohort's
    frequency. A fraction that is not written is alternative depth over depth; for Strelka, whose depth counts
    filtered reads too, over the reads of the alleles, as its guide says.
    """
    alleles = len(record.alts or ()) + 1
    sample: Any = {} if column is None else record.samples[column]
    info: Any = record.info
    strelka = _strelka_depths(record, sample)
    depths = _first_numbers(sample, SAMPLE_ALLELE_DEPTHS) or strelka or _strand_depths(sample, alleles)
    alt_depth = _of_allele(depths, index, alleles)
    depth = _first_single(sample, SAMPLE_DEPTHS)
    if depth is None and len(depths) == alleles and None not in depths:
        depth = sum(value for value in depths if value is not None)
    if depth is None:
        depth = _first_single(info, INFO_DEPTHS if column is None else INFO_DEPTHS[:1])
    vaf = _of_allele(_first_numbers(sample, SAMPLE_FRACTIONS), index, alleles)
    if vaf is None and alt_depth is not None and strelka:
        total = sum(value or 0.0 for value in strelka)
        vaf = alt_depth / total if total else None
    if vaf is None and alt_depth is not None and depth:
        vaf = alt_depth / depth
    if vaf is None:
        names = INFO_FRACTIONS if column is None else INFO_FRACTIONS[:1]
        vaf = _of_allele(_first_numbers(info, names), index, alleles)
    return Evidence(
        genotype=None if column is None else _genotype(sample),
        depth=None if depth is None else int(depth),
        alt_depth=None if alt_depth is None else int(alt_depth),
        vaf=vaf,
        gq=_first_single(sample, ("GQ",)),
        detectable_vaf=_first_single(sample, ("MINVAF",)),
    )


def _strelka_depths(record: pysam.VariantRecord, sample: Any) -> list[float | None]:
    """Return allele depths as Strelka writes them: AU, CU, GU, TU for substitutions, TAR and TIR for indels."""
    if "TAR" in sample and "TIR" in sample:
        fields = ["TAR", "TIR"]
    else:
        fields = [f"{allele}U" for allele in (record.ref, *(record.alts or ()))]
    if not fields or any(field not in sample for field in fields):
        return []
    return [_numbers(sample[field])[0] for field in fields]


def _strand_depths(sample: Any, alleles: int) -> list[float | None]:
    """Return allele depths from RO and AO (freebayes) or from DP4: each allele by strand (SomaticSniper, VarScan2)."""
    if "AO" in sample and "RO" in sample:
        return [*_numbers(sample["RO"]), *_numbers(sample["AO"])]
    four = _numbers(sample["DP4"]) if "DP4" in sample and alleles == 2 else []
    if len(four) != 4 or None in four:
        return []
    forward_ref, reverse_ref, forward_alt, reverse_alt = (value or 0.0 for value in four)
    return [forward_ref + reverse_ref, forward_alt + reverse_alt]


def _genotype(sample: Any) -> str | None:
    if "GT" not in sample or sample["GT"] is None:
        return None
    separator = "|" if sample.phased and len(sample["GT"]) > 1 else "/"
    return separator.join("." if allele is None else str(allele) for allele in sample["GT"])


def _of_allele(values: list[float | None], index: int, alleles: int) -> float | None:
    """Pick from a list over all alleles, over the alternatives, or of one value for the only alternative."""
    if len(values) == alleles:
        return values[index + 1]
    if len(values) == alleles - 1:
        return values[index]
    return None


def _first_single(fields: Mapping[str, Any], names: Iterable[str]) -> float | None:
    values = _first_numbers(fields, names)
    return values[0] if len(values) == 1 else None


def _first_numbers(fields: Mapping[str, Any], names: Iterable[str]) -> list[float | None]:
    """Return the numbers of the first of `names` that is there and not empty."""
    for name in names:
        if name in fields:
            numbers = _numbers(fields[name])
            if any(number is not None for number in numbers):
                return numbers
    return []


def _numbers(value: Any) -> list[float | None]:
    """Read a number, a tuple, or text such as "37,17" or "31.4%" (a percentage is made a fraction)."""
    if isinstance(value, str):
        return [_number(part) for part in value.split(",")]
    if isinstance(value, tuple | list):
        return [number for part in value for number in _numbers(part)]
    return [None if value is None else float(value)]


def _number(text: str) -> float | None:
    scale = 0.01 if text.endswith("%") else 1.0
    try:
        return float(text.removesuffix("%")) * scale
    except ValueError:
        return None
