"""Drawn transcripts on both strands, and slow plain ways to apply an edit and to translate."""

import numpy as np

from loci2lead.io.gff import Gene, Transcript
from loci2lead.variants.hgvs import Edit
from loci2lead.variants.transcripts import TranscriptMap

STOPS = {"TAA", "TAG", "TGA"}
PAIRS = dict(zip("ACGTN", "TGCAN", strict=True))


def turned(bases: str) -> str:
    """Return the reverse complement, letter by letter."""
    return "".join(PAIRS[base] for base in reversed(bases))


def toy(rng: np.random.Generator, strand: int, *, repeats: bool = False) -> tuple[str, TranscriptMap]:
    """Return a contig and a transcript on it: three exons, untranslated ends, a frame from ATG to TAA.

    With `repeats` the sequence is poor in letters, so that indels have many spellings.
    """
    letters = list("AAAC") if repeats else list("ACGT")
    codons = ["".join(rng.choice(letters, 3)) for _ in range(60)]
    coding = "ATG" + "".join("GCA" if codon in STOPS else codon for codon in codons) + "TAA"
    pieces = [(_draw(rng, 21) + coding[:50], "GTAAG"), (coding[50:121], "GTGAG"), (coding[121:] + _draw(rng, 40), "")]
    bases, exons, cds = _draw(rng, 60), [], []
    for index, (piece, donor) in enumerate(pieces):
        exons.append((len(bases), len(bases) + len(piece)))
        head, tail = 21 if index == 0 else 0, 40 if index == 2 else 0
        cds.append((len(bases) + head, len(bases) + len(piece) - tail))
        bases += piece + (donor + _draw(rng, 31) + "CAG" if donor else "")
    bases += _draw(rng, 60)
    if strand < 0:
        size = len(bases)
        exons = [(size - end, size - start) for start, end in reversed(exons)]
        cds = [(size - end, size - start) for start, end in reversed(cds)]
        bases = turned(bases)
    gene = Gene("TOY", "G1", "toy", exons[0][0], exons[-1][1], strand, "protein_coding")
    transcript = Transcript(gene, "T1", tuple(exons), tuple(cds))
    return bases, TranscriptMap(transcript, lambda start, end: bases[max(start, 0) : max(end, 0)])


def applied(bases: str, edit: Edit) -> str:
    """Return the contig with an edit made."""
    assert bases[edit.start : edit.end] == edit.ref
    return bases[: edit.start] + edit.alt + bases[edit.end :]


def drawn_edit(rng: np.random.Generator, bases: str, low: int, high: int, longest: int = 7) -> tuple[int, str, str]:
    """Return a random position, reference and alternative between two bounds, as a VCF would spell it."""
    start = int(rng.integers(low, high))
    ref = bases[start : start + int(rng.integers(1, longest))]
    kind = rng.integers(4)
    if kind == 0:
        return start, ref, ref[0]
    if kind == 1:
        return start, ref, ref + _draw(rng, int(rng.integers(1, longest)))
    if kind == 2:
        return start, bases[start], bases[start] + bases[start + 1 : start + 1 + int(rng.integers(1, longest))]
    return start, ref, _draw(rng, int(rng.integers(1, longest)))


def _draw(rng: np.random.Generator, size: int) -> str:
    return "".join(rng.choice(list("ACGT"), size))
