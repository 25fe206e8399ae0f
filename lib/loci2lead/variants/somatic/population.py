"""Alleles that others carry: frequencies in a population and a panel of normals, from the user's indexed VCFs."""

from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.contigs import match_contigs
from loci2lead.io.fasta import Reference
from loci2lead.variants.haplotypes import encode, shift_left, trim

Key = tuple[int, str, str]
# log10 odds of germline against somatic of an allele that no resource knows: private germline alleles and
# somatic ones are of one order per megabase of a tumour of common burden.
_UNLISTED_ODDS = 0.3
# Chance per base of a somatic allele, against which a population's frequency is held.
_SOMATIC_RATE = 5e-6
_PANEL_ODDS = 2.0
_LEFT = 300


class KnownAlleles:
    """An indexed VCF of sites; alleles are looked up trimmed and leftmost."""

    def __init__(self, path: Path, reference: Reference, frequencies: bool) -> None:
        """Open `path`; with `frequencies`, INFO/AF is needed. Raises InputError for a file that will not do."""
        self.path, self.reference, self.frequencies = path, reference, frequencies
        if not path.exists():
            raise InputError("VCF not found", file=path, remedy="check the path")
        try:
            self._vcf = pysam.VariantFile(str(path))
        except (OSError, ValueError) as error:
            raise InputError("The VCF cannot be read", file=path, found=error) from error
        if self._vcf.index is None:
            raise InputError("The VCF has no index", file=path, remedy="compress with bgzip, then `tabix -p vcf`")
        if frequencies and "AF" not in self._vcf.header.info:
            raise InputError(
                "The VCF of population frequencies has no INFO/AF",
                file=path,
                expected="AF, one value per alternate allele",
                remedy="`bcftools annotate` or `bcftools +fill-tags -- -t AF` adds it",
            )
        known = [str(name) for name in self._vcf.index]
        self._names = {own: theirs for theirs, own in match_contigs(known, reference.lengths).items()}
        if not self._names:
            raise InputError(
                "The VCF shares no contig with the reference",
                file=path,
                found=", ".join(known[:5]),
                expected=", ".join(list(reference.lengths)[:5]),
            )

    def between(self, contig: str, start: int, end: int) -> dict[Key, float]:
        """Return the alleles that begin in [start, end) with their frequencies (1 in a panel)."""
        if contig not in self._names:
            return {}
        found: dict[Key, float] = {}
        # An allele may be written further right than where its leftmost spelling begins.
        for record in self._vcf.fetch(self._names[contig], max(start - 1, 0), end + _LEFT):
            frequencies = record.info.get("AF") if self.frequencies else None
            for number, alt in enumerate(record.alts or ()):
                if set(alt.upper()) <= set("ACGT") and record.ref is not None:
                    key = self._leftmost(contig, record.start, record.ref.upper(), alt.upper())
                    found[key] = max(found.get(key, 0.0), _frequency(frequencies, number))
        return {key: value for key, value in found.items() if start <= key[0] < end}

    def _leftmost(self, contig: str, position: int, ref: str, alt: str) -> Key:
        position, ref, alt = trim(position, ref, alt)
        if bool(ref) == bool(alt):
            return position, ref, alt
        low = max(position - _LEFT, 0)
        return shift_left(encode(self.reference.fetch(contig, low, position + len(ref) + 1)), low, position, ref, alt)


def _frequency(values: object, number: int) -> float:
    """Return the frequency of an allele; a listed allele without one counts as rare, and is still listed."""
    if values is None:
        return 1.0
    listed = values if isinstance(values, tuple) else (values,)
    value = listed[number] if number < len(listed) else None
    return float(value) if value is not None else 1e-4


def germline_odds(frequency: float | None) -> float:
    """Return the prior log10 odds of germline against somatic for an allele of a tumour alone.

    `frequency` is the population's (None: not listed): two copies are drawn from it.
    """
    if frequency is None:
        return _UNLISTED_ODDS
    carried = 2 * frequency * (1 - frequency) + frequency**2
    return max(_UNLISTED_ODDS, float(np.log10(max(carried, 1e-7) / _SOMATIC_RATE)))


def split_origins(
    chances: NDArray[np.float64],
    germline: NDArray[np.float64],
    somatic: NDArray[np.float64],
    odds: NDArray[np.float64],
    in_panel: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return (noise, germline, somatic) of a tumour alone: what is no noise is split by the reads and by priors.

    `germline` and `somatic` are log10 likelihoods of the tumour's reads under either origin, `odds` the priors'. An
    allele of the panel of normals is germline or an artefact, so hardly somatic.
    """
    balance = np.clip(germline - somatic + odds, -12, 12)
    share = 1 / (1 + 10.0**-balance)
    real = 1 - chances[:, 0]
    kept = np.where(in_panel, 10.0**-_PANEL_ODDS, 1.0)
    split = np.stack([chances[:, 0], real * share, real * (1 - share) * kept], axis=1)
    return np.asarray(split / split.sum(axis=1, keepdims=True))
