"""Small drawn genomes, truth sets and reads that the tests of calling share."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pysam

from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.simulate import simulate_reads

CONTIG = "chrT"


def draw_sequence(length: int, seed: int = 5) -> str:
    """Return random bases with a run of twelve A at 2000 and ten CA repeats at 3000."""
    bases = np.random.default_rng(seed).choice(list("ACGT"), length)
    text = "".join(bases)
    return text[:2000] + "G" + "A" * 12 + "C" + text[2014:3000] + "T" + "CA" * 10 + "G" + text[3022:]


def write_fasta(path: Path, sequences: dict[str, str]) -> Path:
    """Write and index a FASTA."""
    path.write_text("".join(f">{name}\n{text}\n" for name, text in sequences.items()))
    pysam.faidx(str(path))
    return path


def other_base(base: str) -> str:
    """Return a transition of `base`."""
    return {"A": "G", "G": "A", "C": "T", "T": "C"}[base]


def spread_variants(sequence: str, contig: str = CONTIG) -> tuple[list[Variant], list[Variant]]:
    """Return two haplotypes with SNPs every 200 bases, an insertion, a deletion and two lengths of the A run."""
    first, second = [], []
    for number, position in enumerate(range(400, len(sequence) - 400, 200)):
        if any(abs(position - p) < 60 for p in (1000, 1500, 2000, 3000)):
            continue
        snp = Variant(contig, position, sequence[position], other_base(sequence[position]))
        if number % 3 != 1:
            first.append(snp)
        if number % 3 != 0:
            second.append(snp)
    first.append(Variant(contig, 1000, sequence[1000], sequence[1000] + "GATTC"))
    for copy in (first, second):
        copy.append(Variant(contig, 1500, sequence[1500:1504], sequence[1500]))
    first.append(Variant(contig, 2000, "GA", "G"))
    second.append(Variant(contig, 2000, "G", "GA"))
    return sorted(first), sorted(second)


def write_truth(path: Path, copies: Sequence[Sequence[Variant]], lengths: dict[str, int]) -> Path:
    """Write two haplotypes as a bgzipped, indexed VCF with one record per allele pair at a site."""
    sites: dict[tuple[str, int, str], list[str | None]] = {}
    for copy, variants in enumerate(copies):
        for v in variants:
            sites.setdefault((v.contig, v.position, v.ref), [None, None])[copy] = v.alt
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    lines += [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS")
    for (contig, position, ref), alts in sorted(sites.items()):
        names = sorted({a for a in alts if a})
        genotype = "|".join(str(names.index(a) + 1) if a else "0" for a in alts)
        lines.append(f"{contig}\t{position + 1}\t.\t{ref}\t{','.join(names)}\t.\tPASS\t.\tGT\t{genotype}")
    plain = path.with_suffix("")
    plain.write_text("\n".join(lines) + "\n")
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


class DrawnSample:
    """A genome of one contig with its reads and truth, on disk."""

    def __init__(self, folder: Path, length: int = 6_000, depth: float = 30.0, seed: int = 3) -> None:
        self.sequence = draw_sequence(length)
        self.copies = spread_variants(self.sequence)
        self.reference = write_fasta(folder / "ref.fa", {CONTIG: self.sequence})
        self.truth = write_truth(folder / "truth.vcf.gz", self.copies, {CONTIG: length})
        self.confident = folder / "conf.bed"
        self.confident.write_text(f"{CONTIG}\t300\t{length - 300}\n")
        haplotypes = [Haplotype(0.5, copy) for copy in self.copies]
        self.bam = simulate_reads({CONTIG: self.sequence}, haplotypes, folder / "reads.bam", depth=depth, seed=seed)


def write_bam(
    path: Path, sequence: str, reads: Sequence[dict], contig: str = CONTIG, order: str = "coordinate"
) -> Path:
    """Write reads given as dicts (start, cigar, bases, and optionally quality, flag, mapq, name)."""
    head = {"HD": {"VN": "1.6", "SO": order}, "SQ": [{"SN": contig, "LN": len(sequence)}]}
    with pysam.AlignmentFile(str(path), "wb", header=head) as bam:
        for number, read in enumerate(sorted(reads, key=lambda r: r["start"])):
            record = pysam.AlignedSegment(bam.header)
            record.query_name = read.get("name", f"r{number}")
            record.flag = read.get("flag", 0)
            record.reference_id, record.reference_start = 0, read["start"]
            record.mapping_quality = read.get("mapq", 60)
            record.cigarstring = read["cigar"]
            record.query_sequence = read["bases"]
            quality = read.get("quality", 35)
            if quality is not None:
                record.query_qualities = pysam.qualitystring_to_array(chr(33 + quality) * len(read["bases"]))
            bam.write(record)
    if order == "coordinate":
        pysam.index(str(path))
    return path
