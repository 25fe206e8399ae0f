"""Sites the user lists: each is printed with its depth and the share an allele could still have."""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, lgamma, log
from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.fasta import Reference
from loci2lead.variants.candidates import Allele
from loci2lead.variants.examine import Examined
from loci2lead.variants.genotypes import Record, make_records
from loci2lead.variants.haplotypes import encode, shift_left, trim
from loci2lead.variants.loci import Locus

Forced = dict[str, list[tuple[int, str, str]]]
Place = tuple[str, Locus, NDArray[np.float64], int, NDArray[np.uint8], int]


def read_sites(path: str | Path, reference: Reference) -> Forced:
    """Return trimmed, leftmost (position, ref, alt) per contig of a VCF. Raises InputError for a bad file."""
    path = Path(path)
    if not path.exists():
        raise InputError("VCF of forced sites not found", file=path, remedy="check the path")
    found: Forced = {}
    try:
        with pysam.VariantFile(str(path)) as vcf:
            for record in vcf:
                for alt in record.alts or ():
                    if set(alt.upper()) <= set("ACGT"):
                        found.setdefault(record.contig, []).extend(_normal(record, alt.upper(), path, reference))
    except (OSError, ValueError) as error:
        raise InputError("The VCF of forced sites cannot be read", file=path, found=error) from error
    return {contig: sorted(set(sites)) for contig, sites in found.items()}


def _normal(record: pysam.VariantRecord, alt: str, path: Path, reference: Reference) -> list[tuple[int, str, str]]:
    """Return the allele, substitutions of several bases taken apart."""
    ref = (record.ref or "").upper()
    known = record.contig in reference.lengths
    if not known or reference.fetch(record.contig, record.start, record.start + len(ref)) != ref:
        raise InputError(
            "A forced site does not fit the reference", file=path, record=f"{record.contig}:{record.pos}", found=ref
        )
    position, ref, alt = trim(record.start, ref, alt)
    if len(ref) == len(alt):
        return [(position + i, r, a) for i, (r, a) in enumerate(zip(ref, alt, strict=True)) if r != a]
    low = max(position - 300, 0)
    sequence = encode(reference.fetch(record.contig, low, position + len(ref) + 1))
    return [shift_left(sequence, low, position, ref, alt)]


def forced_alleles(examined: Examined, sites: Sequence[tuple[int, str, str]]) -> list[Allele]:
    """Return the listed alleles that begin in the chunk and are no candidates already."""
    known = {(a.position, a.ref, a.alt) for locus in examined.loci for a in locus.alleles}
    found = []
    for position, ref, alt in sites:
        if examined.start <= position < examined.end and (position, ref, alt) not in known:
            depth = int(examined.scan.depth[position - examined.scan.start])
            found.append(Allele(position, ref, alt, (position, position + max(len(ref), 1)), 0, depth))
    return found


def upper_limit(alternate: int, depth: int) -> float:
    """Return the upper 95 % Clopper–Pearson limit (one-sided) of a share; 1 without reads."""
    if depth == 0 or alternate >= depth:
        return 1.0
    low, high = alternate / depth, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if _at_most(alternate, depth, middle) > 0.05:
            low = middle
        else:
            high = middle
    return high


def _at_most(successes: int, trials: int, chance: float) -> float:
    k = np.arange(successes + 1)
    logs = [
        lgamma(trials + 1) - lgamma(i + 1) - lgamma(trials - i + 1) + i * log(chance) + (trials - i) * log(1 - chance)
        for i in k
    ]
    return sum(exp(x) for x in logs)


def with_forced(records: list[Record], asked: Sequence[int], place: Place) -> list[Record]:
    """Return the records of a locus with the alleles `asked` for marked, or added where no record spells them.

    `place` holds the arguments of make_records.
    """
    contig, locus, chances, copies, anchor_of, start = place
    found = list(records)
    for index in asked:
        allele = locus.alleles[index]
        own = [i for i, record in enumerate(found) if _spells(record, allele)]
        if not own:
            # Another allele of the site was called: this one is printed for itself, as not there.
            unlikely = min(float(1 - chances[index, 0]), 0.49)
            chance = np.array([[1 - unlikely, unlikely, 0.0]])
            found += make_records(contig, _alone(locus, index), chance, copies, anchor_of, start)
            own = [len(found) - 1]
        shown, depth = int(locus.carries[:, index].sum()), len(locus.read)
        info = f"FORCED;ALT_READS={shown};VAF_UPPER={upper_limit(shown, depth):.4f}"
        found[own[0]] = replace(found[own[0]], info=info)
    return found


def _spells(record: Record, allele: Allele) -> bool:
    wanted = (allele.position, allele.ref, allele.alt)
    return any(trim(record.position, record.ref, alt) == wanted for alt in record.alts)


def _alone(locus: Locus, index: int) -> Locus:
    """Return the locus with one of its alleles only."""
    own = [index]
    return replace(
        locus,
        alleles=(locus.alleles[index],),
        carries=locus.carries[:, own],
        haplotypes=locus.haplotypes[:, own],
        copies=locus.copies[own],
    )
