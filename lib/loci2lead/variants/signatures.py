"""Mutational signatures by bootstrap: which of the user's signatures explain a tumour's substitutions, and how surely.

Substitutions are counted in their 96 trinucleotide contexts and fitted by non-negative least squares; signatures are
then taken away, the smallest first, while the cosine to the counts falls by less than MOST_LOST (the strict fit of
MutationalPatterns, Manders et al., BMC Genomics 2022). Resampling the substitutions gives the intervals. Small shares
are drawn towards 0 by this, as the intervals show. Signatures are those of a genome: counts of an exome are not
corrected for its own share of contexts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from loci2lead.errors import InputError
from loci2lead.io.contigs import match_contigs
from loci2lead.io.fasta import Reference
from loci2lead.io.tables import read_table
from loci2lead.io.vcf import choose_sample, open_variants
from loci2lead.io.vcf_depths import evidence_of
from loci2lead.io.vcf_somatic import not_somatic
from loci2lead.seeds import generator

Array = NDArray[np.float64]
BASES = "ACGT"
CONTEXTS = tuple(
    f"{before}[{change}]{after}"
    for change in ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
    for before in BASES
    for after in BASES
)
MOST_LOST = 0.004
FEWEST_MUTATIONS = 50
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class Exposure:
    """One signature: its share of the substitutions, 95 % interval, and the share of resamplings that kept it."""

    name: str
    share: float
    lower: float
    upper: float
    kept: float


@dataclass(frozen=True)
class Fit:
    """The signatures of a tumour, the largest first, and the cosine of what they explain to the counts."""

    mutations: int
    cosine: float
    exposures: tuple[Exposure, ...]


def context_of(trinucleotide: str, alt: str) -> str | None:
    """Return the context of a substitution of the middle base, told from its pyrimidine; None for other bases."""
    if len(trinucleotide) != 3 or set(trinucleotide + alt) - set(BASES):
        return None
    if trinucleotide[1] in "AG":
        trinucleotide, alt = trinucleotide.translate(_COMPLEMENT)[::-1], alt.translate(_COMPLEMENT)
    return f"{trinucleotide[0]}[{trinucleotide[1]}>{alt}]{trinucleotide[2]}"


def spectrum(variants: str | Path, reference: Reference, sample: str | None = None) -> Counter[str]:
    """Return the passed somatic substitutions of a VCF by context.

    Raises InputError where no contig is shared or the reference contradicts the VCF.
    """
    counts: Counter[str] = Counter()
    differing = 0
    with open_variants(variants) as source:
        column = choose_sample(source.header, variants, sample)
        names: dict[str, str | None] = {}
        for record in source:
            ref = (record.ref or "").upper()
            if len(ref) != 1 or any(f != "PASS" for f in record.filter) or not_somatic(record, column):
                continue
            if record.contig not in names:
                names[record.contig] = match_contigs([record.contig], reference.lengths).get(record.contig)
            contig = names[record.contig]
            if contig is None or not _is_carried(evidence_of(record, 0, column).genotype):
                continue
            bases = reference.fetch(contig, record.start - 1, record.start + 2)
            differing += len(bases) == 3 and bases[1] not in (ref, "N")
            for alt in record.alts or ():
                context = context_of(bases, alt.upper()) if len(alt) == 1 and bases[1:2] == ref else None
                if context:
                    counts[context] += 1
    if names and not any(names.values()):
        raise InputError("The VCF and the FASTA share no contig", file=variants, found=", ".join(list(names)[:5]))
    if differing > max(5, 0.2 * (differing + counts.total())):
        raise InputError("The VCF contradicts the FASTA: they are of different genome builds", file=variants)
    return counts


def read_signatures(path: str | Path) -> tuple[list[str], Array]:
    """Return the names and the matrix (96 contexts x signatures, columns summing to 1) of a COSMIC table.

    Raises InputError for other rows than the 96 contexts, or columns that are no probabilities.
    """
    table = read_table(path)
    first = str(table.columns[0])
    if sorted(table[first].astype(str)) != sorted(CONTEXTS):
        raise InputError(
            "Not a table of signatures", file=path, record=first, expected="96 rows such as A[C>A]A (COSMIC SBS, v3)"
        )
    numbers = table.set_index(first).loc[list(CONTEXTS)]
    try:
        matrix = numbers.to_numpy(dtype=float)
    except ValueError as error:
        raise InputError("A signature holds something else than numbers", file=path, found=error) from error
    sums = matrix.sum(axis=0)
    if not matrix.size or (matrix < 0).any() or not np.allclose(sums, 1.0, atol=0.02):
        raise InputError("The columns are no probabilities", file=path, expected="numbers from 0 that sum to 1")
    return [str(name) for name in numbers.columns], matrix / sums


def fit_signatures(
    counts: Mapping[str, int], names: Sequence[str], matrix: Array, *, resamplings: int = 200, seed: int = 1
) -> Fit:
    """Return the strict fit of signatures to counts, with intervals from resampled substitutions."""
    observed = np.array([counts.get(context, 0) for context in CONTEXTS], dtype=float)
    total = int(observed.sum())
    weights = strict_fit(observed, matrix)
    draws = generator(seed, "signatures").multinomial(total, observed / total, size=resamplings)
    shares = np.array([_shares(strict_fit(draw.astype(float), matrix)) for draw in draws])
    lower, upper = np.percentile(shares, [2.5, 97.5], axis=0)
    point, kept = _shares(weights), (shares > 0).mean(axis=0)
    found = [int(i) for i in np.flatnonzero((point > 0) | (kept >= 0.5))]
    chosen = sorted(found, key=lambda i: (-point[i], names[i]))
    exposures = tuple(
        Exposure(names[i], float(point[i]), float(lower[i]), float(upper[i]), float(kept[i])) for i in chosen
    )
    return Fit(total, _cosine(observed, matrix @ weights), exposures)


def strict_fit(observed: Array, matrix: Array) -> Array:
    """Return the weights of the fewest signatures that explain the counts about as well as all of them do."""
    weights: Array = nnls(matrix, observed)[0]
    chosen = np.flatnonzero(weights)
    cosine = _cosine(observed, matrix @ weights)
    while len(chosen) > 1:
        rest = np.delete(chosen, np.argmin(weights[chosen]))
        fewer = np.zeros_like(weights)
        fewer[rest] = nnls(matrix[:, rest], observed)[0]
        found = _cosine(observed, matrix @ fewer)
        if cosine - found > MOST_LOST:
            break
        weights, cosine, chosen = fewer, found, np.flatnonzero(fewer)
    return weights


def as_plain(fit: Fit) -> dict[str, Any]:
    """Return a fit as plain values for JSON."""
    return {
        "status": "fitted",
        "mutations": fit.mutations,
        "cosine": round(fit.cosine, 4),
        "signatures": [
            {
                "signature": e.name,
                "share": round(e.share, 4),
                "share_low": round(e.lower, 4),
                "share_high": round(e.upper, 4),
                "kept": round(e.kept, 4),
            }
            for e in fit.exposures
        ],
    }


def _is_carried(genotype: str | None) -> bool:
    return genotype is None or bool(set(genotype) - set("0/|"))


def _shares(weights: Array) -> Array:
    total = weights.sum()
    return weights / total if total else weights


def _cosine(one: Array, other: Array) -> float:
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size else 0.0
