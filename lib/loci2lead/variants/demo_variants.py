"""The demo's variants: what two simulated germlines and one simulated tumour carry, as haplotypes and truth."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from loci2lead.io.tables import read_table
from loci2lead.seeds import generator
from loci2lead.variants.demo_genome import RESOURCES, DemoGenome, known_codons
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.hgvs_protein import CODON_TABLE
from loci2lead.variants.transcripts import reverse_complement

PURITY = 0.6
"""Share of tumour cells: a change on one copy is then seen in 0.3 of the reads, on both copies in 0.6."""

SPACING = 900
"""Mean distance between drawn germline variants, in bases: about that of a human genome."""

KEEP_OFF = 40
"""Bases around coding sequence and implanted variants that no drawn variant touches."""

INDEL_SHARE = 0.15
BOTH_COPIES_SHARE = 0.35
SILENT_PER_GENE = 1.5


@dataclass(frozen=True)
class DemoSample:
    """A simulated sample: its haplotypes with weights, and the variants that are somatic."""

    name: str
    haplotypes: tuple[Haplotype, ...]
    somatic: frozenset[Variant] = frozenset()


@dataclass(frozen=True)
class Implant:
    """A variant of the demo's list, placed on the genome; `copies` is a, b or ab; `protein` its known name."""

    sample: str
    gene: str
    variant: Variant
    copies: str
    protein: str


def make_samples(genome: DemoGenome, seed: int) -> list[DemoSample]:
    """Return germline-1, germline-2 and tumour-1, which has germline-1's background and somatic variants."""
    implants = place_implants(genome)
    first = _germline(genome, seed, "germline-1", implants)
    second = _germline(genome, seed, "germline-2", implants)
    own = [i for i in implants if i.sample == "tumour-1"]
    clone = [
        tuple(sorted((*copy, *(i.variant for i in own if letter in i.copies))))
        for letter, copy in zip("ab", first, strict=True)
    ]
    normal_weight, clone_weight = (1 - PURITY) / 2, PURITY / 2
    tumour = (
        *(Haplotype(normal_weight, copy) for copy in first),
        *(Haplotype(clone_weight, copy) for copy in clone),
    )
    return [
        DemoSample("germline-1", tuple(Haplotype(0.5, copy) for copy in first)),
        DemoSample("germline-2", tuple(Haplotype(0.5, copy) for copy in second)),
        DemoSample("tumour-1", tumour, frozenset(i.variant for i in own)),
    ]


def place_implants(genome: DemoGenome) -> list[Implant]:
    """Return the listed variants on the genome, in the forward strand's bases with one base of context."""
    table = read_table(RESOURCES / "variants.tsv", comment="#", dtype=str)
    placed = []
    for sample, gene, codon, before, after, copies, protein in table.itertuples(index=False):
        mapped = genome.map_of(gene)
        first = mapped.genomic_base(mapped.parse_position(str(3 * int(codon) - 2)))
        start = first if mapped.strand > 0 else first - len(before) + 1
        if mapped.strand < 0:
            before, after = reverse_complement(before), reverse_complement(after)
        variant = _with_context(genome, mapped.transcript.gene.contig, start, before, after)
        placed.append(Implant(sample, gene, variant, copies, protein))
    return placed


def truth_lines(genome: DemoGenome, sample: DemoSample) -> list[str]:
    """Return a sample's truth as VCF lines: genotype, and the share of reads to expect."""
    weights: dict[Variant, float] = {}
    for haplotype in sample.haplotypes:
        for variant in haplotype.variants:
            weights[variant] = weights.get(variant, 0.0) + haplotype.weight
    lines = ["##fileformat=VCFv4.2", "##source=loci2lead simulate-demo: simulated sample, not a person"]
    lines += [f"##contig=<ID={contig},length={len(bases)}>" for contig, bases in genome.sequences.items()]
    lines += [
        '##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Only in the tumour cells">',
        '##INFO=<ID=EXPECTED_VAF,Number=1,Type=Float,Description="Share of reads expected to carry the variant">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", sample.name]),
    ]
    for variant in sorted(weights):
        weight = weights[variant]
        info = f"EXPECTED_VAF={weight:.3g}" + (";SOMATIC" if variant in sample.somatic else "")
        genotype = "1/1" if weight > 0.99 else "0/1"
        place = [variant.contig, str(variant.position + 1), ".", variant.ref, variant.alt, ".", "PASS", info]
        lines.append("\t".join([*place, "GT", genotype]))
    return lines


def _germline(
    genome: DemoGenome, seed: int, name: str, implants: list[Implant]
) -> tuple[tuple[Variant, ...], tuple[Variant, ...]]:
    """Return the two copies' variants: drawn ones, silent where they are coding, and those listed for the sample."""
    copies: tuple[list[Variant], list[Variant]] = ([], [])
    for implant in implants:
        if implant.sample == name:
            for letter, copy in zip("ab", copies, strict=True):
                if letter in implant.copies:
                    copy.append(implant.variant)
    for contig, bases in genome.sequences.items():
        rng = generator(seed, "demo germline", name, contig)
        blocked = _blocked(genome, contig, implants)
        position = int(rng.exponential(SPACING)) + 1
        while position < len(bases) - 30:
            size = 12
            if not blocked[position - 1 : position + size].any():
                variant = _draw(contig, bases, position, rng)
                both = rng.random() < BOTH_COPIES_SHARE
                chosen = int(rng.integers(2))
                for index, copy in enumerate(copies):
                    if both or index == chosen:
                        copy.append(variant)
            position += int(rng.exponential(SPACING)) + KEEP_OFF
    for variant, carriers in _silent(genome, seed, name, implants):
        for index in carriers:
            copies[index].append(variant)
    return tuple(sorted(copies[0])), tuple(sorted(copies[1]))


def _silent(
    genome: DemoGenome, seed: int, name: str, implants: list[Implant]
) -> Iterator[tuple[Variant, tuple[int, ...]]]:
    """Draw substitutions that change no protein, one gene at a time, with the copies that carry each."""
    listed = {(i.variant.contig, i.variant.position // KEEP_OFF + step) for i in implants for step in (-1, 0, 1)}
    for transcript in genome.transcripts:
        gene = transcript.gene
        rng, mapped = generator(seed, "demo silent", name, gene.name), genome.map_of(gene.name)
        known = {f + i for f, bases in known_codons(gene.name) for i in range(-1, len(bases) // 3 + 1)}
        codons = rng.integers(3, mapped.coding_length // 3 - 3, size=int(rng.poisson(SILENT_PER_GENE)))
        for codon in sorted(set(codons.tolist()) - known):
            base = mapped.genomic_base(mapped.parse_position(str(3 * codon)))
            start = mapped.coding_start + 3 * codon - 3
            bases = mapped.sequence[start : start + 3]
            same = [b for b in "ACGT" if b != bases[2] and CODON_TABLE[bases[:2] + b] == CODON_TABLE[bases]]
            if same and (gene.contig, base // KEEP_OFF) not in listed:
                pair = (bases[2], same[int(rng.integers(len(same)))])
                ref, alt = pair if gene.strand > 0 else map(reverse_complement, pair)
                both = rng.random() < BOTH_COPIES_SHARE
                yield Variant(gene.contig, base, ref, alt), (0, 1) if both else (int(rng.integers(2)),)


def _blocked(genome: DemoGenome, contig: str, implants: list[Implant]) -> np.ndarray:
    blocked = np.zeros(len(genome.sequences[contig]), dtype=bool)
    spans = [s for t in genome.transcripts if t.gene.contig == contig for s in t.cds]
    spans += [(i.variant.position, i.variant.position + 1) for i in implants if i.variant.contig == contig]
    for start, end in spans:
        blocked[max(0, start - KEEP_OFF) : end + KEEP_OFF] = True
    return blocked


def _draw(contig: str, bases: str, position: int, rng: np.random.Generator) -> Variant:
    """Draw a substitution (two transitions to one transversion) or a short indel at a position."""
    here = bases[position]
    if rng.random() >= INDEL_SHARE:
        transition = {"A": "G", "G": "A", "C": "T", "T": "C"}[here]
        others = [b for b in "ACGT" if b not in (here, transition)]
        alt = transition if rng.random() < 2 / 3 else others[int(rng.integers(2))]
        return Variant(contig, position, here, alt)
    size = 1 + int(rng.geometric(0.45))
    if rng.random() < 0.5:
        return Variant(contig, position, bases[position : position + min(size, 9)], here)
    return Variant(contig, position, here, here + "".join(np.array(list("ACGT"))[rng.integers(4, size=size)]))


def _with_context(genome: DemoGenome, contig: str, start: int, before: str, after: str) -> Variant:
    """Trim shared bases; an insertion or deletion keeps the base before it, moved to its leftmost spelling."""
    bases = genome.sequences[contig]
    while before and after and before[-1] == after[-1] and min(len(before), len(after)) > 1:
        before, after = before[:-1], after[:-1]
    while before[0] == after[0] and min(len(before), len(after)) > 1:
        before, after, start = before[1:], after[1:], start + 1
    while len(before) != len(after) and before[-1] == after[-1]:
        before, after, start = bases[start - 1] + before[:-1], bases[start - 1] + after[:-1], start - 1
    return Variant(contig, start, before, after)
