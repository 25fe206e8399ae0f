"""Findings that follow from a position, where a consequence does not say enough: TERT promoter, MET exon 14."""

from loci2lead.variants.hgvs import Edit
from loci2lead.variants.transcripts import TranscriptMap

TERT_PROMOTER = "TERT_promoter"
MET_EXON14 = "MET_exon14"

TERT_PROMOTER_BASES = (-124, -138, -139, -146, -57)
"""Recurrent activating promoter positions, counted from the A of the start codon (Horn 2013, Huang 2013)."""

PROMOTER_REACH = 500
"""Bases before the start codon within which TERT is reported for a variant outside its transcript."""

MET_EXON14_LENGTH = 141
"""Exon 14 of MET codes 47 residues (CBL's docking site); a transcript numbered otherwise is left alone."""


def rules_for(edit: Edit, transcript: TranscriptMap) -> tuple[str, ...]:
    """Return the names of the rules that an edit meets."""
    gene = transcript.transcript.gene.name
    if gene == "TERT" and _in_tert_promoter(edit, transcript):
        return (TERT_PROMOTER,)
    if gene == "MET" and _skips_met_exon14(edit, transcript):
        return (MET_EXON14,)
    return ()


def in_promoter(edit: Edit, transcript: TranscriptMap) -> bool:
    """Say whether an edit lies before TERT's start codon, within reach, wherever transcription begins."""
    if transcript.transcript.gene.name != "TERT":
        return False
    first = transcript.genomic_base(transcript.parse_position("1"))
    return 0 < (first - edit.start) * transcript.strand <= PROMOTER_REACH


def _in_tert_promoter(edit: Edit, transcript: TranscriptMap) -> bool:
    """A substitution of one base or two neighbours that touches one of the recurrent bases."""
    if not 1 <= len(edit.ref) <= 2 or len(edit.ref) != len(edit.alt) or not in_promoter(edit, transcript):
        return False
    first = transcript.genomic_base(transcript.parse_position("1"))
    return any((p - first) * transcript.strand in TERT_PROMOTER_BASES for p in range(edit.start, edit.end))


def _skips_met_exon14(edit: Edit, transcript: TranscriptMap) -> bool:
    """The edit hits the acceptor (-2, -1), its polypyrimidine tract by deletion (-25 to -1), the last base of
    the exon or the donor (+1 to +3): the changes reported to skip the exon (Frampton 2015, Awad 2016)."""
    if len(transcript.exons) < 14:
        return False
    start, end = transcript.exons[13]
    if end - start != MET_EXON14_LENGTH:
        return False
    strand = transcript.strand
    first, last = (start, end - 1) if strand > 0 else (end - 1, start)
    tract = 25 if len(edit.ref) > len(edit.alt) else 2
    for base in range(edit.start, max(edit.end, edit.start + 1)):
        before_exon, behind_exon = (first - base) * strand, (base - last) * strand
        if 1 <= before_exon <= tract or 0 <= behind_exon <= 3:
            return True
    return False
