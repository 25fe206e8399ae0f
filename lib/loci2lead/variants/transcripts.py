"""Where a genomic base lies in a transcript: coding positions (c.), introns, untranslated ends, and back.

Coordinates inside are 0-based. A `CodingPosition` follows HGVS: https://hgvs-nomenclature.org (numbering).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from loci2lead.errors import InputError
from loci2lead.io.gff import Transcript, coding_length

Fetch = Callable[[int, int], str]
"""Returns the reference bases of [start, end) of the transcript's contig, on the forward strand, upper case."""

COMPLEMENT = str.maketrans("ACGTNacgtn", "TGCANtgcan")


def reverse_complement(bases: str) -> str:
    """Return the bases of the other strand, read in its own direction."""
    return bases.translate(COMPLEMENT)[::-1]


@dataclass(frozen=True, order=True)
class CodingPosition:
    """A position relative to the coding sequence.

    `index` counts spliced bases from the first coding base (0-based, negative in the 5' end); `offset` is the
    distance into an intron (0 = exonic, negative = before the exon that follows); `coding_length` is needed to
    write positions behind the stop codon as *1, *2.
    """

    index: int
    offset: int
    coding_length: int

    def __str__(self) -> str:
        """Write the position as HGVS does: 76, -14, *3, 88+1, 89-2."""
        if self.index < 0:
            base = str(self.index)
        elif self.index < self.coding_length:
            base = str(self.index + 1)
        else:
            base = f"*{self.index - self.coding_length + 1}"
        return base if self.offset == 0 else f"{base}{self.offset:+d}"


class TranscriptMap:
    """Maps one transcript's genomic bases to coding positions and back, and reads its spliced sequence."""

    def __init__(self, transcript: Transcript, fetch: Fetch | None = None) -> None:
        """Prepare the map of a coding transcript; `fetch` is needed for sequences only."""
        self.transcript = transcript
        self.strand = transcript.gene.strand
        self.coding_length = coding_length(transcript)
        self._fetch = fetch
        ordered = transcript.exons if self.strand > 0 else transcript.exons[::-1]
        self.exons = ordered
        self._starts = []
        total = 0
        for start, end in ordered:
            self._starts.append(total)
            total += end - start
        self.length = total
        first = transcript.cds[0][0] if self.strand > 0 else transcript.cds[-1][1] - 1
        self.coding_start = self._spliced(first, self._exon_of(first))

    @cached_property
    def sequence(self) -> str:
        """Return the spliced sequence in the transcript's direction."""
        if self._fetch is None:
            raise ValueError("this map was made without a reference")
        pieces = [self._fetch(start, end) for start, end in self.transcript.exons]
        joined = "".join(pieces).upper()
        return joined if self.strand > 0 else reverse_complement(joined)

    @property
    def coding(self) -> str:
        """Return the coding sequence, from the start codon to the stop codon."""
        return self.sequence[self.coding_start : self.coding_start + self.coding_length]

    def exon_number(self, position: int) -> int | None:
        """Return the 1-based number of the exon that holds a genomic base, None outside exons."""
        exon = self._exon_of(position)
        return None if exon is None else exon + 1

    def intron_number(self, position: int) -> int | None:
        """Return the 1-based number of the intron that holds a genomic base, None outside introns."""
        if not self.transcript.start <= position < self.transcript.end or self._exon_of(position) is not None:
            return None
        return self._exon_before(position) + 1

    def spliced_index(self, position: int) -> int | None:
        """Return the 0-based index of a genomic base in the spliced sequence, None where it is not exonic."""
        exon = self._exon_of(position)
        return None if exon is None else self._spliced(position, exon)

    def coding_position(self, position: int) -> CodingPosition:
        """Return the coding position of a genomic base.

        Bases outside the transcript are numbered on from its ends, as promoters are (TERT c.-124).
        """
        exon = self._exon_of(position)
        if exon is not None:
            return self._position(self._spliced(position, exon), 0)
        if not self.transcript.start <= position < self.transcript.end:
            first, last = self._tip(0), self._tip(-1)
            beyond = (position - last) * self.strand
            if beyond > 0:
                return self._position(self.length - 1 + beyond, 0)
            return self._position((position - first) * self.strand, 0)
        before = self._exon_before(position)
        from_donor = (position - self._last_base(before)) * self.strand
        to_acceptor = (self._first_base(before + 1) - position) * self.strand
        if from_donor <= to_acceptor:
            return self._position(self._starts[before + 1] - 1, from_donor)
        return self._position(self._starts[before + 1], -to_acceptor)

    def genomic_base(self, position: CodingPosition) -> int:
        """Return the genomic base at a coding position: the inverse of `coding_position`."""
        spliced = position.index + self.coding_start
        if spliced < 0:
            return self._tip(0) + spliced * self.strand
        if spliced >= self.length:
            return self._tip(-1) + (spliced - self.length + 1) * self.strand
        exon = next(i for i in reversed(range(len(self._starts))) if self._starts[i] <= spliced)
        base = self._first_base(exon) + (spliced - self._starts[exon]) * self.strand
        return base + position.offset * self.strand

    def parse_position(self, text: str) -> CodingPosition:
        """Read a coding position such as 76, -14, *3, 88+1 or 89-2; raise InputError for anything else."""
        match = re.fullmatch(r"([-*]?)(\d+)([+-]\d+)?", text)
        if match is None or match.group(2) == "0":
            raise InputError("Not a coding position", record=text, expected="76, -14, *3, 88+1 or 89-2")
        sign, number, offset = match.group(1), int(match.group(2)), int(match.group(3) or 0)
        index = {"": number - 1, "-": -number, "*": self.coding_length + number - 1}[sign]
        return CodingPosition(index, offset, self.coding_length)

    def exon_around(self, start: int, end: int) -> bool:
        """Say whether an edit of [start, end) lies inside one exon; an insertion needs exonic bases both sides."""
        low, high = (start - 1, start + 1) if start == end else (start, end)
        return any(exon[0] <= low and high <= exon[1] for exon in self.exons)

    def _position(self, index_or_spliced: int, offset: int) -> CodingPosition:
        return CodingPosition(index_or_spliced - self.coding_start, offset, self.coding_length)

    def _spliced(self, position: int, exon: int | None) -> int:
        if exon is None:
            raise ValueError("the coding sequence begins outside the exons")
        return self._starts[exon] + (position - self._first_base(exon)) * self.strand

    def _exon_of(self, position: int) -> int | None:
        return next((i for i, (start, end) in enumerate(self.exons) if start <= position < end), None)

    def _exon_before(self, position: int) -> int:
        """Return the 0-based exon that precedes an intronic base in the transcript's direction."""
        return sum((position - self._last_base(i)) * self.strand > 0 for i in range(len(self.exons))) - 1

    def _first_base(self, exon: int) -> int:
        start, end = self.exons[exon]
        return start if self.strand > 0 else end - 1

    def _last_base(self, exon: int) -> int:
        start, end = self.exons[exon]
        return end - 1 if self.strand > 0 else start

    def _tip(self, exon: int) -> int:
        return self._first_base(0) if exon == 0 else self._last_base(len(self.exons) - 1)
