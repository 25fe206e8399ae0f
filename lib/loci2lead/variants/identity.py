"""Whether reads come from the person whose germline calls are given: a swap shows at homozygous sites.

Where a person is homozygous for another allele, every read of that person shows it, also in a tumour that
lost one copy. Someone else lacks the allele at about a fifth of such sites (HG001 and HG002: 18 and 26 %).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loci2lead.io.alignments import Alignments, base_codes
from loci2lead.io.fasta import Reference
from loci2lead.variants.quality_calls import Called
from loci2lead.variants.scan import scan

_MOST_SITES, _FEWEST_SITES, _FEWEST_READS = 400, 12, 8
_MISSING, _SAME, _OTHER = 0.25, 0.05, 0.12


@dataclass(frozen=True)
class Identity:
    """Sites with enough reads, how many lack the homozygous allele, and "same", "different" or "unclear"."""

    sites: int
    lacking: int
    verdict: str


def compare_identity(alignments: Alignments, reference: Reference, called: Sequence[Called]) -> Identity:
    """Look at the reads at up to 400 homozygous autosomal SNPs of `called`."""
    sites = [
        c for c in called
        if c.is_snp and c.is_homozygous and len(c.genotype) == 2 and len(c.alts) == 1 and c.contig in reference.lengths
    ]  # fmt: skip
    step = max(len(sites) // _MOST_SITES, 1)
    seen = lacking = 0
    for site in sites[::step]:
        low, high = max(site.position - 1, 0), site.position + 2
        found = scan(alignments.read(site.contig, low, high), base_codes(reference.fetch(site.contig, low, high)), low)
        counts = found.bases[site.position - low]
        if counts.sum() >= _FEWEST_READS:
            seen += 1
            lacking += bool(counts[base_codes(site.alts[0])[0]] < _MISSING * counts.sum())
    return Identity(seen, lacking, _verdict(seen, lacking))


def _verdict(sites: int, lacking: int) -> str:
    if sites < _FEWEST_SITES:
        return "unclear"
    if lacking <= _SAME * sites:
        return "same"
    return "different" if lacking >= _OTHER * sites else "unclear"
