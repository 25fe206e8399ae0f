"""What a sample's calls show of its quality: counts, Ti/Tv, het/hom, lengths, shares, contamination."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysam

from loci2lead.errors import InputError
from loci2lead.io.contigs import plain_contig
from loci2lead.io.vcf import open_variants

_TRANSITIONS = {("A", "G"), ("G", "A"), ("C", "T"), ("T", "C")}
_LONGEST_SHOWN = 20
# Chance that a stranger's allele is the reference where a person is homozygous for another one: .33 between
# HG001 and HG002 (206 sites of their truth sets, both ways). It turns foreign reads into foreign DNA.
_FOREIGN_REFERENCE = 0.33
_FEWEST_SITES, _FEWEST_READS = 20, 10


@dataclass(frozen=True)
class Called:
    """One passing genotype: where, alleles, copies, reads for reference and alternate alleles, GQ."""

    contig: str
    position: int
    ref: str
    alts: tuple[str, ...]
    genotype: tuple[int, ...]
    counts: tuple[int, ...]
    gq: int | None

    @property
    def is_snp(self) -> bool:
        """Return whether every allele is one base."""
        return len(self.ref) == 1 and all(len(a) == 1 for a in self.alts)

    @property
    def is_homozygous(self) -> bool:
        """Return whether all copies carry one alternate allele."""
        return len(set(self.genotype)) == 1


def read_called(path: Path) -> list[Called]:
    """Return the passing non-reference genotypes of a VCF's first sample. Raises InputError for a bad file."""
    found = []
    with open_variants(path) as vcf:
        if not len(vcf.header.samples):
            raise InputError("The VCF holds no sample", file=path, remedy="quality is judged from genotypes")
        for record in vcf:
            found += _called(record)
    return found


def _called(record: pysam.VariantRecord) -> list[Called]:
    sample = record.samples[0]
    genotype = tuple(g for g in sample.get("GT", ()) if g is not None)
    passing = not [f for f in record.filter if f not in {"PASS", "."}]
    alts = tuple(a for a in record.alts or () if set(a) <= set("ACGTN"))
    if not passing or not any(genotype) or len(alts) != len(record.alts or ()) or record.ref is None:
        return []
    counts = tuple(c or 0 for c in sample.get("AD", ()) or ())
    return [Called(record.contig, record.start, record.ref, alts, genotype, counts, sample.get("GQ"))]


def call_figures(called: list[Called]) -> dict[str, Any]:
    """Return counts and ratios; null where nothing is there to divide by."""
    snps = [c for c in called if c.is_snp]
    pairs = [(c.ref, a) for c in snps for a in c.alts]
    transitions = sum(p in _TRANSITIONS for p in pairs)
    autosomal = [c for c in called if plain_contig(c.contig) not in {"X", "Y", "MT"}]
    homozygous = sum(c.is_homozygous for c in autosomal)
    lengths = Counter(
        max(-_LONGEST_SHOWN, min(_LONGEST_SHOWN, len(a) - len(c.ref))) for c in called if not c.is_snp for a in c.alts
    )
    return {
        "snps": len(snps),
        "indels": len(called) - len(snps),
        "ti_tv": transitions / (len(pairs) - transitions) if len(pairs) > transitions else None,
        "het_hom": (len(autosomal) - homozygous) / homozygous if homozygous else None,
        "indel_lengths": {str(n): lengths[n] for n in sorted(lengths) if n},
        "het_shares": [
            _share(c) for c in snps if c.counts[1:] and not c.is_homozygous and len(c.alts) == 1 and any(c.counts)
        ],
        "gq": [int(c.gq) for c in called if c.gq is not None],
    }


def _share(call: Called) -> float:
    return call.counts[1] / sum(call.counts)


def contamination(called: list[Called], error_per_base: float | None) -> dict[str, Any]:
    """Return a rough estimate of foreign DNA from reference reads at homozygous SNPs of the autosomes.

    The share of reference reads there, less a third of the error rate, over the chance that a stranger has
    the reference there. Null with fewer than 20 sites of 10 reads.
    """
    counts = [
        c.counts
        for c in called
        if c.is_snp
        and c.is_homozygous
        and len(c.alts) == 1
        and sum(c.counts) >= _FEWEST_READS
        and plain_contig(c.contig).isdigit()
    ]
    if len(counts) < _FEWEST_SITES:
        return {"sites": len(counts), "reference_share": None, "estimate": None}
    share = sum(c[0] for c in counts) / sum(sum(c) for c in counts)
    excess = max(share - (error_per_base or 0.0) / 3, 0.0)
    return {"sites": len(counts), "reference_share": share, "estimate": min(excess / _FOREIGN_REFERENCE, 1.0)}
