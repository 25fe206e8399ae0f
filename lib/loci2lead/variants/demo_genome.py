"""The demo's simulated genome: toy gene models of well-known cancer genes, their hotspot codons as in the human.

Gene symbols, protein lengths, strands and the codons at known residues are real; everything else is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from loci2lead.io.gff import Gene, Transcript
from loci2lead.io.tables import read_table
from loci2lead.seeds import generator
from loci2lead.variants.hgvs_protein import CODON_TABLE
from loci2lead.variants.transcripts import TranscriptMap, reverse_complement

RESOURCES = Path(str(files("loci2lead") / "resources" / "demo"))
SENSE_CODONS = tuple(codon for codon, residue in CODON_TABLE.items() if residue != "*")
BETWEEN_GENES = (700, 1300)
INTRON = (150, 420)
FIVE_PRIME = (70, 140)
THREE_PRIME = (120, 300)
CONTIG_END = 1500
SHORTEST_EXON = 60
EDGE_DISTANCE = 9
"""Bases that lie between an exon's edge and a codon of known residues."""

PROMOTER_CYTOSINES = {"TERT": (-124, -146)}
"""Promoter bases before the start codon that are C in the coding strand, so that C>T there is the known change."""


@dataclass(frozen=True)
class DemoGenome:
    """Sequences by contig, and one transcript per gene in the order of the contigs."""

    sequences: dict[str, str]
    transcripts: tuple[Transcript, ...]

    def map_of(self, gene: str) -> TranscriptMap:
        """Return the coordinate map of a gene's transcript, with its sequence."""
        transcript = next(t for t in self.transcripts if t.gene.name == gene)
        sequence = self.sequences[transcript.gene.contig]
        return TranscriptMap(transcript, lambda start, end: sequence[max(start, 0) : end])


@dataclass(frozen=True)
class _Piece:
    """A gene in its own direction: bases, exons and coding segments relative to the piece's start."""

    bases: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]


def make_genome(seed: int) -> DemoGenome:
    """Return the genome that `seed` gives: the same seed, the same bases."""
    table = read_table(RESOURCES / "genes.tsv", comment="#", dtype=str)
    sequences: dict[str, list[str]] = {}
    lengths: dict[str, int] = {}
    transcripts: list[Transcript] = []
    for number, (name, residues, strand, exons, contig) in enumerate(table.itertuples(index=False), start=1):
        rng = generator(seed, "demo gene", name)
        if contig not in sequences:
            sequences[contig] = [_random_bases(generator(seed, "demo start", contig), CONTIG_END)]
            lengths[contig] = CONTIG_END
        piece = _gene(name, int(residues), int(exons), rng)
        transcripts.append(_place(name, number, contig, lengths[contig], -1 if strand == "-" else 1, piece))
        gap = _random_bases(rng, int(rng.integers(*BETWEEN_GENES)))
        bases = reverse_complement(piece.bases) if strand == "-" else piece.bases
        sequences[contig] += [bases, gap]
        lengths[contig] += len(bases) + len(gap)
    for contig, parts in sequences.items():
        parts.append(_random_bases(generator(seed, "demo end", contig), CONTIG_END))
    return DemoGenome({contig: "".join(parts) for contig, parts in sequences.items()}, tuple(transcripts))


def gff_lines(genome: DemoGenome) -> list[str]:
    """Return the gene models as Ensembl-style GFF3 lines."""
    lines = ["##gff-version 3", "#!simulated toy gene models of loci2lead: places and introns are not real"]
    lines += [f"##sequence-region {contig} 1 {len(bases)}" for contig, bases in genome.sequences.items()]
    for transcript in genome.transcripts:
        lines += _gff_of(transcript)
    return lines


@cache
def known_codons(gene: str) -> tuple[tuple[int, str], ...]:
    """Return the known stretches of a gene: number of the first codon and bases."""
    table = read_table(RESOURCES / "codons.tsv", comment="#")
    own = table[table["gene"] == gene]
    return tuple((int(first), str(bases)) for first, bases in zip(own["first_codon"], own["bases"], strict=True))


def _gene(name: str, residues: int, exons: int, rng: np.random.Generator) -> _Piece:
    coding = _coding_sequence(name, residues, rng)
    cuts = [0, *_exon_cuts(name, len(coding), exons, rng), len(coding)]
    before = _random_bases(rng, int(rng.integers(*FIVE_PRIME)))
    after = _random_bases(rng, int(rng.integers(*THREE_PRIME)))
    upstream = _upstream(name, rng, len(before))
    bases, exon_spans, cds_spans = upstream, [], []
    for index, (start, end) in enumerate(pairwise(cuts)):
        head = before if index == 0 else ""
        tail = after if index == len(cuts) - 2 else ""
        exon_start = len(bases)
        bases += head + coding[start:end] + tail
        exon_spans.append((exon_start, len(bases)))
        cds_spans.append((exon_start + len(head), len(bases) - len(tail)))
        if not tail:
            bases += "GTAAGT" + _random_bases(rng, int(rng.integers(*INTRON))) + "TTTTCTTCTTTCAG"
    return _Piece(bases, tuple(exon_spans), tuple(cds_spans))


def _coding_sequence(name: str, residues: int, rng: np.random.Generator) -> str:
    codons = [SENSE_CODONS[i] for i in rng.integers(len(SENSE_CODONS), size=residues)]
    codons[0] = "ATG"
    for first, bases in known_codons(name):
        for offset in range(0, len(bases), 3):
            codons[first - 1 + offset // 3] = bases[offset : offset + 3]
    return "".join([*codons, "TAA"])


def _exon_cuts(name: str, length: int, exons: int, rng: np.random.Generator) -> list[int]:
    """Return where introns part the coding sequence: away from known codons, no exon too short."""
    known = [(3 * (f - 1) - EDGE_DISTANCE, 3 * (f - 1) + len(b) + EDGE_DISTANCE) for f, b in known_codons(name)]
    cuts: list[int] = []
    for part in range(1, exons):
        middle = length * part // exons
        reach = max(length // exons // 3, 1)
        order = middle + rng.permutation(np.arange(-reach, reach + 1))
        last = cuts[-1] if cuts else 0
        fits = (
            int(c)
            for c in order
            if c - last >= SHORTEST_EXON
            and length - c >= SHORTEST_EXON
            and not any(start <= c <= end for start, end in known)
        )
        cut = next(fits, None)
        if cut is not None:
            cuts.append(cut)
    return cuts


def _upstream(name: str, rng: np.random.Generator, leader: int) -> str:
    """Return the bases before the transcript, promoter cytosines set where a gene has them."""
    positions = PROMOTER_CYTOSINES.get(name, ())
    bases = list(_random_bases(rng, max((-p for p in positions), default=0) + 60)) if positions else []
    for position in positions:
        index = len(bases) + leader + position
        if 0 <= index < len(bases):
            bases[index] = "C"
    return "".join(bases)


def _place(name: str, number: int, contig: str, offset: int, strand: int, piece: _Piece) -> Transcript:
    """Return the transcript of a piece that begins at `offset` of the contig, turned around on the minus strand."""

    def placed(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        if strand > 0:
            return tuple((offset + start, offset + end) for start, end in spans)
        size = len(piece.bases)
        return tuple(sorted((offset + size - end, offset + size - start) for start, end in spans))

    exons, cds = placed(piece.exons), placed(piece.cds)
    gene = Gene(name, f"DEMOG{number:05d}", contig, exons[0][0], exons[-1][1], strand, "protein_coding")
    return Transcript(gene, f"DEMOT{number:05d}.1", exons, cds)


def _random_bases(rng: np.random.Generator, size: int) -> str:
    return "".join(np.array(list("ACGT"))[rng.integers(4, size=size)])


def _gff_of(transcript: Transcript) -> list[str]:
    gene, strand = transcript.gene, "+" if transcript.gene.strand > 0 else "-"
    gene_id, parent = f"gene:{gene.id}", f"transcript:{transcript.id.removesuffix('.1')}"

    def line(kind: str, span: tuple[int, int], phase: str, attributes: str) -> str:
        place = f"{gene.contig}\tloci2lead_demo\t{kind}\t{span[0] + 1}\t{span[1]}"
        return f"{place}\t.\t{strand}\t{phase}\t{attributes}"

    span = (transcript.start, transcript.end)
    lines = [
        line("gene", span, ".", f"ID={gene_id};Name={gene.name};biotype=protein_coding;gene_id={gene.id}"),
        line("mRNA", span, ".", f"ID={parent};Parent={gene_id};Name={gene.name}-demo;biotype=protein_coding;version=1"),
    ]
    lines += [line("exon", exon, ".", f"Parent={parent}") for exon in transcript.exons]
    offset = 0
    for segment in transcript.cds if gene.strand > 0 else transcript.cds[::-1]:
        lines.append(line("CDS", segment, str(-offset % 3), f"Parent={parent}"))
        offset += segment[1] - segment[0]
    return lines
