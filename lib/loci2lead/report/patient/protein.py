"""Protein changes in their short form, also without a reference genome where the codon is known by heart."""

import re

from loci2lead.io.vcf import OTHER_NUMBERING, AnnotatedVariant
from loci2lead.report.evidence.resources import hotspot_codons
from loci2lead.report.evidence.spelling import short_change

_BASES = "TCAG"
_AMINO = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"  # NCBI genetic code 1
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_GENETIC_CODE = {
    a + b + c: _AMINO[16 * i + 4 * j + k]
    for i, a in enumerate(_BASES)
    for j, b in enumerate(_BASES)
    for k, c in enumerate(_BASES)
}


def clinical_codon(variant: AnnotatedVariant) -> int | None:
    """Return the codon, or None where the transcript counts otherwise than the one that evidence is written for."""
    return None if OTHER_NUMBERING in variant.flags else variant.codon


def change_of(variant: AnnotatedVariant) -> tuple[str | None, bool]:
    """Return the short protein change, and whether it was read from the hotspot table.

    Without a reference genome there is no HGVS p.; at a hotspot codon, whose bases are known, the place in the
    coding sequence still names the residue.
    """
    if variant.hgvs_p and OTHER_NUMBERING not in variant.flags:
        return short_change(variant.hgvs_p), False
    derived = _from_hotspot(variant)
    return derived, derived is not None


def _from_hotspot(variant: AnnotatedVariant) -> str | None:
    codon = hotspot_codons().get((variant.gene or "", clinical_codon(variant) or 0))
    substitution = len(variant.ref) == len(variant.alt) == 1
    if codon is None or not substitution or variant.cds_position is None or variant.strand is None:
        return None
    ref, alt = variant.ref.upper(), variant.alt.upper()
    if variant.strand < 0:
        ref, alt = ref.translate(_COMPLEMENT), alt.translate(_COMPLEMENT)
    offset = (variant.cds_position - 1) % 3
    if codon[offset] != ref:
        return None
    changed = codon[:offset] + alt + codon[offset + 1 :]
    return f"{_GENETIC_CODE[codon]}{variant.codon}{_GENETIC_CODE.get(changed, '?')}"


def same_change(one: str, other: str) -> bool:
    """Tell whether two short changes are the same: case, "X" for "*" and the tail of a frameshift aside."""
    return canonical_change(one) == canonical_change(other)


def canonical_change(change: str) -> str:
    """Return a short change in one spelling, to look it up by."""
    text = change.upper().replace("X", "*").replace("DELINS", "delins")
    shifted = re.match(r"([A-Z]\d+)[A-Z]?FS", text)
    return f"{shifted[1]}FS" if shifted else re.sub(r"(DEL|DUP)[A-Z]+$", r"\1", text)
