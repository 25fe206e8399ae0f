"""Which of a tumour's variants are common in the population, and therefore likely inherited.

Tumour-only calls carry the patient's inherited variants; without a matched normal, a variant that one person in
a few hundred has is hardly a driver. Frequencies come from the user's file: a VCF with INFO/AF (gnomAD's, or any
subset of it), or a TSV with columns chrom, pos (1-based), ref, alt, af.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pysam

from loci2lead.errors import InputError
from loci2lead.io.contigs import plain_contig
from loci2lead.io.tables import read_table
from loci2lead.io.vcf import AnnotatedVariant, open_variants

log = logging.getLogger(__name__)
Key = tuple[str, int, str, str]
COMMON = 0.001
"""Allele frequency from which a variant counts as inherited: above what a somatic hotspot reaches in gnomAD."""


def common_alleles(path: Path, variants: Iterable[AnnotatedVariant], limit: float = COMMON) -> set[Key]:
    """Return the alleles (contig without chr, 0-based position, ref, alt) among `variants` that are common.

    Raises InputError for a file without frequencies or with frequencies outside 0..1.
    """
    wanted = {_key(v.contig, v.position, v.ref, v.alt) for v in variants}
    text = any(path.name.endswith(s) for s in (".tsv", ".tsv.gz", ".csv", ".csv.gz", ".parquet"))
    found = _from_table(path, wanted) if text else _from_vcf(path, wanted)
    common = {key for key, frequency in found.items() if frequency >= limit}
    log.info("population frequencies: %d of %d alleles found, %d common", len(found), len(wanted), len(common))
    return common


def is_common(variant: AnnotatedVariant, common: set[Key]) -> bool:
    """Say whether a variant is among the common alleles."""
    return _key(variant.contig, variant.position, variant.ref, variant.alt) in common


def _key(contig: str, position: int, ref: str, alt: str) -> Key:
    """Return the allele with shared bases trimmed, right end first, so that two files' spellings meet."""
    ref, alt = ref.upper(), alt.upper()
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return plain_contig(contig), position, ref, alt


def _from_table(path: Path, wanted: set[Key]) -> dict[Key, float]:
    table = read_table(path, columns=("chrom", "pos", "ref", "alt", "af"), dtype={"chrom": str})
    frequencies = pd.to_numeric(table["af"], errors="coerce")
    positions = pd.to_numeric(table["pos"], errors="coerce")
    _check_range(path, frequencies.min(), frequencies.max())
    found: dict[Key, float] = {}
    columns = (table["chrom"], positions, table["ref"].astype(str), table["alt"].astype(str), frequencies)
    for contig, position, ref, alt, frequency in zip(*columns, strict=True):
        if position == position and frequency == frequency:
            key = _key(contig, int(position) - 1, ref, alt)
            if key in wanted:
                found[key] = max(found.get(key, 0.0), float(frequency))
    return found


def _from_vcf(path: Path, wanted: set[Key]) -> dict[Key, float]:
    found: dict[Key, float] = {}
    with open_variants(path) as source:
        if "AF" not in source.header.info:
            raise InputError(
                "The VCF has no allele frequencies",
                file=path,
                expected="INFO/AF",
                remedy="give gnomAD's sites VCF, or a TSV with chrom, pos, ref, alt, af",
            )
        for record in _near(source, wanted):
            frequencies = record.info.get("AF")
            values = frequencies if isinstance(frequencies, tuple) else (frequencies,)
            for alt, value in zip(record.alts or (), values, strict=False):
                key = _key(record.contig, record.start, str(record.ref), alt)
                if key in wanted and value is not None:
                    _check_range(path, value, value)
                    found[key] = max(found.get(key, 0.0), float(value))
    return found


def _near(source: pysam.VariantFile, wanted: set[Key]) -> Iterator[pysam.VariantRecord]:
    """Yield the records around the wanted alleles where the file is indexed, all records otherwise."""
    if source.index is None:
        yield from source
        return
    names = {plain_contig(str(c)): str(c) for c in source.header.contigs}
    for contig, position, ref, _ in sorted(wanted):
        if contig in names:
            yield from source.fetch(names[contig], max(position - 1, 0), position + len(ref) + 1)


def _check_range(path: Path, low: float, high: float) -> None:
    if low < 0 or high > 1:
        raise InputError(
            "Allele frequencies lie outside 0 to 1",
            file=path,
            found=f"{low:g} to {high:g}",
            expected="fractions, 0.001 for 0.1 %",
        )
