"""A drawn tumour with its normal, shared by the tests of somatic calling."""

from collections.abc import Iterable
from pathlib import Path

import pysam

from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.simulate import simulate_reads
from tests.variants.drawn_reads import CONTIG, draw_sequence, other_base, spread_variants, write_fasta

PURITY = 0.6


class DrawnPair:
    """A genome of one contig; the tumour has SNVs on one copy every 700 bases, an insertion and a deletion."""

    def __init__(self, folder: Path, length: int = 12_000, depth: float = 60.0, seed: int = 4) -> None:
        self.sequence = text = draw_sequence(length)
        self.reference = write_fasta(folder / "ref.fa", {CONTIG: text})
        self.germline = spread_variants(text)
        snvs = [Variant(CONTIG, p, text[p], other_base(text[p])) for p in range(4_310, length - 400, 700)]
        self.indels = [
            Variant(CONTIG, 3_490, text[3_490], text[3_490] + "CTGAT"),
            Variant(CONTIG, 3_890, text[3_890:3_894], text[3_890]),
        ]
        self.somatic = sorted([*self.indels, *snvs])
        clone = sorted([*self.germline[0], *self.somatic])
        cells = [Haplotype((1 - PURITY) / 2, copy) for copy in self.germline]
        cells += [Haplotype(PURITY / 2, clone), Haplotype(PURITY / 2, self.germline[1])]
        healthy = [Haplotype(0.5, copy) for copy in self.germline]
        genome = {CONTIG: text}
        self.tumour = simulate_reads(genome, cells, folder / "t.bam", depth=depth, seed=seed, sample_name="T")
        self.normal = simulate_reads(genome, healthy, folder / "n.bam", depth=40, seed=seed + 1, sample_name="N")


def write_known(path: Path, alleles: Iterable[tuple[int, str, str]], length: int, frequency: float = 0.2) -> Path:
    """Write alleles (0-based) with one frequency as an indexed VCF; return its path, `path` with .gz."""
    head = ["##fileformat=VCFv4.2", f"##contig=<ID={CONTIG},length={length}>"]
    head += ['##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">']
    head += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    rows = [f"{CONTIG}\t{p + 1}\t.\t{r}\t{a}\t.\t.\tAF={frequency:g}" for p, r, a in sorted(alleles)]
    path.write_text("\n".join([*head, *rows]) + "\n")
    target = path.with_name(path.name + ".gz")
    pysam.tabix_compress(str(path), str(target), force=True)
    pysam.tabix_index(str(target), preset="vcf", force=True)
    return target
