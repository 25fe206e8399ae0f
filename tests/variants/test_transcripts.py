"""Coding positions: there and back, and against a transcript walked base by base."""

import numpy as np
import pytest

from loci2lead.errors import InputError
from loci2lead.variants.transcripts import TranscriptMap, reverse_complement
from tests.variants.toy_transcripts import toy, turned


@pytest.fixture(params=[1, -1], ids=["plus", "minus"])
def mapped(request: pytest.FixtureRequest, rng: np.random.Generator) -> tuple[str, TranscriptMap]:
    return toy(rng, request.param)


def walked_names(bases: str, mapped: TranscriptMap) -> dict[int, str]:
    """Name every base by walking the transcript from its first to its last base: the oracle."""
    strand = mapped.strand
    exons = sorted(mapped.transcript.exons, reverse=strand < 0)
    inside = {p for start, end in mapped.transcript.cds for p in range(start, end)}
    exonic = [p for start, end in exons for p in (range(start, end) if strand > 0 else range(end - 1, start - 1, -1))]
    first = next(i for i, p in enumerate(exonic) if p in inside)
    total = len(inside)
    names = {}
    for index, position in enumerate(exonic):
        number = index - first
        names[position] = str(number) if number < 0 else str(number + 1) if number < total else f"*{number - total + 1}"
    for (_, last), (following, _) in zip(_ends(exons, strand), _ends(exons, strand)[1:], strict=False):
        between = list(range(last + strand, following, strand))
        for i, position in enumerate(between):
            back = len(between) - i
            names[position] = f"{names[last]}+{i + 1}" if i + 1 <= back else f"{names[following]}-{back}"
    return names


def _ends(exons: list[tuple[int, int]], strand: int) -> list[tuple[int, int]]:
    return [(s, e - 1) if strand > 0 else (e - 1, s) for s, e in exons]


def test_every_base_has_the_walked_name(mapped: tuple[str, TranscriptMap]) -> None:
    bases, transcript = mapped
    for position, name in walked_names(bases, transcript).items():
        assert str(transcript.coding_position(position)) == name


def test_there_and_back(mapped: tuple[str, TranscriptMap]) -> None:
    bases, transcript = mapped
    for position in range(len(bases)):
        name = str(transcript.coding_position(position))
        assert transcript.genomic_base(transcript.parse_position(name)) == position


def test_spliced_sequence_reads_from_start_to_stop(mapped: tuple[str, TranscriptMap]) -> None:
    _, transcript = mapped
    coding = transcript.sequence[transcript.coding_start :][: transcript.coding_length]
    assert coding.startswith("ATG") and coding.endswith("TAA") and len(coding) == 186


def test_exons_and_introns_are_numbered_along_the_transcript(mapped: tuple[str, TranscriptMap]) -> None:
    _, transcript = mapped
    exons = sorted(transcript.transcript.exons, reverse=transcript.strand < 0)
    for number, (start, end) in enumerate(exons, start=1):
        assert transcript.exon_number(start) == transcript.exon_number(end - 1) == number
    first, second = exons[:2]
    middle = (max(first[0], second[0]) + min(first[1], second[1])) // 2
    assert transcript.exon_number(middle) is None and transcript.intron_number(middle) == 1
    assert transcript.intron_number(transcript.transcript.start - 1) is None


@pytest.mark.parametrize("text", ["0", "", "x", "12+", "+3", "*0", "1_2", "12.5"])
def test_what_is_no_position_is_refused(mapped: tuple[str, TranscriptMap], text: str) -> None:
    with pytest.raises(InputError, match="Not a coding position"):
        mapped[1].parse_position(text)


def test_reverse_complement(rng: np.random.Generator) -> None:
    bases = "".join(rng.choice(list("ACGTN"), 50))
    assert reverse_complement(bases) == turned(bases)
    assert reverse_complement(reverse_complement(bases)) == bases
