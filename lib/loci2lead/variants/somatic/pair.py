"""One chunk of a pair: the tumour's loci, and the same haplotypes judged on the reads of the normal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import Alignments, ReadBlock
from loci2lead.io.fasta import Reference
from loci2lead.variants.candidates import Allele, Gates
from loci2lead.variants.examine import Examined, examine
from loci2lead.variants.genotyping import read_weights
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.loci import Locus, build_locus
from loci2lead.variants.realign import slip_tables
from loci2lead.variants.somatic.rivals import needed_haplotypes

# Candidates down to 2 % of the reads; no read is left out however deep the sample is.
SOMATIC_GATES = Gates(reads=2, snp_share=0.02, indel_share=0.02)
# Nothing is looked for in the normal by itself: it is judged on what the tumour shows.
_NO_CANDIDATES = Gates(reads=1 << 30, snp_share=2.0, indel_share=2.0)


@dataclass(frozen=True)
class Sample:
    """An open BAM or CRAM with what was measured of its library."""

    alignments: Alignments
    library: LibraryProfile
    slips: NDArray[np.float32]

    @classmethod
    def of(cls, alignments: Alignments, library: LibraryProfile) -> "Sample":
        """Return the sample with its slip costs."""
        return cls(alignments, library, slip_tables(library.slips))


@dataclass(frozen=True)
class PairLocus:
    """A locus of the tumour and, with a normal, the same alleles and haplotypes on the normal's reads.

    `rivals` are the haplotypes that the reads need: what counts against an allele.
    """

    tumour: Locus
    normal: Locus | None
    rivals: NDArray[np.bool_]

    @classmethod
    def of(cls, tumour: Locus, normal: Locus | None, blocks: Sequence[ReadBlock]) -> "PairLocus":
        """Return the locus; `blocks` hold the reads of the tumour and, with one, of the normal."""
        loci = [tumour] if normal is None else [tumour, normal]
        reads = [(x.costs, read_weights(b.pair[x.read])) for x, b in zip(loci, blocks, strict=False)]
        return cls(tumour, normal, needed_haplotypes(reads))


@dataclass(frozen=True)
class PairChunk:
    """A chunk of the tumour, the same chunk of the normal, and the loci that begin in it."""

    tumour: Examined
    normal: Examined | None
    loci: list[PairLocus]


def examine_pair(
    tumour: Sample, normal: Sample | None, reference: Reference, contig: str, start: int, extra: list[Allele]
) -> PairChunk:
    """Examine the chunk that begins at `start`; `extra` alleles are judged each by itself, whatever the reads show."""
    own = examine(tumour.alignments, reference, contig, start, tumour.library, SOMATIC_GATES)
    known = {(a.position, a.ref, a.alt) for locus in own.loci for a in locus.alleles}
    added = [_with_depth(a, own) for a in extra if (a.position, a.ref, a.alt) not in known]
    loci = [*own.loci, *(_on_reads([a], own, tumour, None) for a in added)]
    if normal is None:
        return PairChunk(own, None, [PairLocus.of(locus, None, [own.block]) for locus in loci])
    other = examine(normal.alignments, reference, contig, start, normal.library, _NO_CANDIDATES)
    blocks = own.block, other.block
    pairs = [
        PairLocus.of(locus, _on_reads(list(locus.alleles), other, normal, locus.haplotypes), blocks) for locus in loci
    ]
    return PairChunk(own, other, pairs)


def _on_reads(alleles: list[Allele], examined: Examined, sample: Sample, haplotypes: NDArray[np.bool_] | None) -> Locus:
    return build_locus(
        alleles,
        examined.block,
        examined.longest,
        examined.scan,
        examined.reference,
        examined.repeats,
        sample.slips,
        haplotypes,
    )


def _with_depth(allele: Allele, examined: Examined) -> Allele:
    return replace(allele, depth=int(examined.scan.depth[allele.position - examined.scan.start]))
