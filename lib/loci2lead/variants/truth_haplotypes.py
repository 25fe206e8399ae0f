"""Two haplotypes from a truth VCF, with invented repeat alleles and SNP clusters where real ones are too few."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pysam

from loci2lead.errors import InputError
from loci2lead.variants.haplotypes import Variant, encode, shift_left, trim
from loci2lead.variants.matching import Edit, Fetch
from loci2lead.variants.repeats import find_repeats
from loci2lead.variants.simulate import Region


def read_haplotypes(truth: Path, region: Region, rng: np.random.Generator) -> tuple[list[Variant], list[Variant]]:
    """Return the variants of both copies over a region, unphased genotypes phased at random."""
    if not truth.exists():
        raise InputError("Truth VCF not found", file=truth, remedy="check the path, or set LOCI2LEAD_DATA")
    copies: tuple[list[Variant], list[Variant]] = ([], [])
    done = [-1, -1]
    with pysam.VariantFile(str(truth)) as vcf:
        if vcf.index is None:
            raise InputError(
                "The truth VCF has no index", file=truth, remedy="compress with bgzip, then `tabix -p vcf`"
            )
        if region.contig not in vcf.index:
            return copies
        for record in vcf.fetch(region.contig, region.start, region.end):
            genotype = [g or 0 for g in record.samples[0]["GT"]]
            if not record.samples[0].phased and rng.random() < 0.5:
                genotype = genotype[::-1]
            ref, alleles = record.ref or "", record.alleles or ()
            end = record.start + len(ref)
            if record.start < region.start or end > region.end:
                continue
            for copy, number in enumerate((genotype[0], genotype[-1])):
                if number and record.start > done[copy]:
                    copies[copy].append(Variant(region.contig, record.start, ref, alleles[number]))
                    done[copy] = end
    return copies


def invent(
    copies: tuple[list[Variant], list[Variant]], region: Region, sequence: str, rng: np.random.Generator, rate: float
) -> tuple[list[Variant], list[Variant]]:
    """Return the haplotypes with invented alleles, `rate` per base: repeat-length changes, indels, SNP pairs.

    Repeats change with a chance that grows with their length, as in populations; no invented allele comes
    within 12 bases of another one.
    """
    bases = encode(sequence)
    repeats = find_repeats(bases)
    weight = repeats.units().astype(float) ** 2.5 * (repeats.unit <= 4)
    taken = np.zeros(len(bases) + 1, dtype=bool)
    for variant in (*copies[0], *copies[1]):
        at = variant.position - region.start
        taken[max(at - 12, 0) : at + len(variant.ref) + 12] = True
    made: list[tuple[Variant, ...]] = []
    for _ in range(rng.poisson(rate * len(bases))):
        kind = rng.random()
        if kind < 0.55 and len(weight):
            tract = int(rng.choice(len(weight), p=weight / weight.sum()))
            start, unit = int(repeats.start[tract]), int(repeats.unit[tract])
            invented = _length_change(bases, start, unit, int(repeats.units()[tract]), region, rng)
        else:
            start = int(rng.integers(20, len(bases) - 60))
            invented = _indel(bases, start, region, rng) if kind < 0.8 else _cluster(bases, start, region, rng)
        if (
            invented
            and not taken[max(start - 2, 0) : start + 40].any()
            and b"N" not in bases[start : start + 40].tobytes()
        ):
            taken[max(start - 12, 0) : start + 52] = True
            made.append(invented)
    extra: tuple[list[Variant], list[Variant]] = ([], [])
    for variants in made:
        if len(variants) == 2 and variants[0].position == variants[1].position:
            extra[0].append(variants[0])
            extra[1].append(variants[1])
            continue
        both = rng.random() < 0.35
        for copy in (0, 1) if both else (int(rng.integers(2)),):
            extra[copy].extend(variants)
    return sorted([*copies[0], *extra[0]]), sorted([*copies[1], *extra[1]])


def _length_change(
    bases: np.ndarray, start: int, unit: int, units: int, region: Region, rng: np.random.Generator
) -> tuple[Variant, ...]:
    """Return one new length of a repeat, or (one time in four) two, for the two copies."""
    if start < 1:
        return ()
    wanted = 2 if rng.random() < 0.25 else 1
    changes: list[int] = []
    while len(changes) < wanted:
        step = int(rng.geometric(0.6)) * (1 if rng.random() < 0.45 else -1)
        if -step < units - 1 and abs(step) * unit <= 30 and step not in changes:
            changes.append(step)
    motif = bases[start : start + unit].tobytes().decode()
    anchor = chr(bases[start - 1])
    position = region.start + start - 1
    made = []
    for step in changes:
        ref = anchor + motif * max(-step, 0)
        made.append(Variant(region.contig, position, ref, anchor + motif * max(step, 0)))
    return tuple(made)


def _indel(bases: np.ndarray, start: int, region: Region, rng: np.random.Generator) -> tuple[Variant, ...]:
    size = min(int(rng.geometric(0.25)), 35)
    anchor = chr(bases[start])
    if rng.random() < 0.5:
        inserted = "".join(rng.choice(list("ACGT"), size))
        return (Variant(region.contig, region.start + start, anchor, anchor + inserted),)
    ref = bases[start : start + size + 1].tobytes().decode()
    return (Variant(region.contig, region.start + start, ref, anchor),)


def _cluster(bases: np.ndarray, start: int, region: Region, rng: np.random.Generator) -> tuple[Variant, ...]:
    """Return two to four SNPs within 30 bases on one haplotype."""
    offsets = sorted(rng.choice(30, size=int(rng.integers(2, 5)), replace=False).tolist())
    made = []
    for offset in offsets:
        ref = chr(bases[start + offset])
        alt = str(rng.choice([b for b in "ACGT" if b != ref]))
        made.append(Variant(region.contig, region.start + start + offset, ref, alt))
    return tuple(made)


def edits_of(variants: Iterable[Variant], fetch: Fetch) -> list[Edit]:
    """Return variants as trimmed, leftmost edits; substitutions of several bases are taken apart."""
    edits: list[Edit] = []
    for variant in variants:
        position, ref, alt = trim(variant.position, variant.ref, variant.alt)
        if len(ref) == len(alt):
            edits += [(position + i, r, a) for i, (r, a) in enumerate(zip(ref, alt, strict=True)) if r != a]
            continue
        low = max(position - 300, 0)
        edits.append(shift_left(encode(fetch(low, position + len(ref) + 1)), low, position, ref, alt))
    return sorted(edits)
