"""HGVS names: read back into the same sequences, the same for every spelling, as far 3' as they go."""

import re

import numpy as np
import pytest

from loci2lead.io.amino_acids import THREE_LETTERS
from loci2lead.variants.hgvs import Edit, describe_coding, describe_genomic, shift, trim
from loci2lead.variants.hgvs_protein import ProteinChange, coding_span, protein_change, translate
from loci2lead.variants.transcripts import TranscriptMap
from tests.variants.toy_transcripts import applied, drawn_edit, toy, turned

ONE_LETTER = {name: letter for letter, name in THREE_LETTERS.items()}
TOYS = [(1, False), (-1, False), (1, True), (-1, True)]
IDS = ["plus", "minus", "plus-repeats", "minus-repeats"]


@pytest.fixture(params=TOYS, ids=IDS)
def mapped(request: pytest.FixtureRequest, rng: np.random.Generator) -> tuple[str, TranscriptMap]:
    strand, repeats = request.param
    return toy(rng, strand, repeats=repeats)


def edits(rng: np.random.Generator, bases: str, transcript: TranscriptMap, count: int = 300) -> list[Edit]:
    low, high = transcript.transcript.start + 1, transcript.transcript.end - 10
    drawn = (trim(*drawn_edit(rng, bases, low, high)) for _ in range(count))
    return [edit for edit in drawn if edit.ref or edit.alt]


def read_back(name: str, bases: str, transcript: TranscriptMap) -> str:
    """Return the contig that a c. name describes: an oracle that reads the name as a reader would."""
    match = re.fullmatch(r"c\.([-*+\d]+)(?:_([-*+\d]+))?(del|dup|ins|delins|[ACGT]>)([ACGT]*)", name)
    assert match, name
    ends = sorted(transcript.genomic_base(transcript.parse_position(p)) for p in match.group(1, 2) if p)
    start, end, kind = ends[0], ends[-1] + 1, match.group(3)
    new = match.group(4) if transcript.strand > 0 else turned(match.group(4))
    if kind.endswith(">"):
        old = bases[start] if transcript.strand > 0 else turned(bases[start])
        assert old == kind[0]
    if kind == "ins":
        assert end - start == 2
        return bases[: start + 1] + new + bases[end - 1 :]
    if kind == "dup":
        return bases[:end] + bases[start:end] + bases[end:]
    return bases[:start] + ("" if kind == "del" else new) + bases[end:]


def test_a_coding_name_reads_back_into_the_same_sequence(
    mapped: tuple[str, TranscriptMap], rng: np.random.Generator
) -> None:
    bases, transcript = mapped
    for edit in edits(rng, bases, transcript):
        name = describe_coding(edit, transcript, transcript._fetch)
        assert read_back(name, bases, transcript) == applied(bases, edit), name


def test_every_spelling_has_one_name(mapped: tuple[str, TranscriptMap], rng: np.random.Generator) -> None:
    bases, transcript = mapped
    fetch = transcript._fetch
    for edit in edits(rng, bases, transcript):
        spellings = [shift(edit, fetch, 1), shift(edit, fetch, -1)]
        padded = bases[edit.start - 3 : edit.end + 3]
        spellings.append(trim(edit.start - 3, padded, padded[:3] + edit.alt + padded[-3:]))
        names = {describe_coding(s, transcript, fetch) for s in (edit, *spellings)}
        genomic = {describe_genomic(s, "toy", fetch) for s in (edit, *spellings)}
        assert len(names) == len(genomic) == 1


def test_shifting_keeps_the_sequence_and_goes_as_far_as_it_can(
    mapped: tuple[str, TranscriptMap], rng: np.random.Generator
) -> None:
    bases, transcript = mapped
    for edit in edits(rng, bases, transcript):
        for direction in (1, -1):
            moved = shift(edit, transcript._fetch, direction)
            assert applied(bases, moved) == applied(bases, edit)
            if bool(edit.ref) != bool(edit.alt):
                size = len(edit.ref) - len(edit.alt)
                beyond = moved.start + direction
                same = [
                    bases[:beyond] + bases[beyond + size :] == applied(bases, edit)
                    if size > 0
                    else applied(bases, edit)[: beyond - size][-len(edit.alt) :] != ""
                    and bases[:beyond] + applied(bases, edit)[beyond : beyond - size] + bases[beyond:]
                    == applied(bases, edit)
                ]
                assert same == [False]


def altered_protein(bases: str, edit: Edit, transcript: TranscriptMap) -> tuple[str, str]:
    """Return the proteins before and after an edit that lies inside one exon, by splicing the edited contig."""
    change = len(edit.alt) - len(edit.ref)
    edited = applied(bases, edit)

    def spliced(sequence: str, grow: bool) -> str:
        exons = []
        for start, end in transcript.transcript.exons:
            moved = change if grow and start >= max(edit.end, edit.start + 1) else 0
            wider = change if grow and start <= edit.start and edit.end <= end and not moved else 0
            exons.append(sequence[start + moved : end + moved + wider])
        joined = "".join(exons)
        return joined if transcript.strand > 0 else turned(joined)

    before = spliced(bases, False)[transcript.coding_start :]
    after = spliced(edited, True)[transcript.coding_start :]
    return translate(before), translate(after)


def protein_of(name: str, before: str) -> str | None:
    """Return the protein that a p. name describes, None for a frame shift, whose tail the name does not hold."""
    if name.endswith("="):
        return before
    match = re.fullmatch(r"p\.([A-Z][a-z]{2})(\d+)(?:_([A-Z][a-z]{2})(\d+))?(delins|del|dup|ins|)([A-Za-z]*)", name)
    if match is None:
        assert re.search(r"fsTer|extTer|\?$", name), name
        return None
    first, last = int(match.group(2)) - 1, int(match.group(4) or match.group(2))
    assert before[first] == ONE_LETTER[match.group(1)]
    assert match.group(3) is None or before[last - 1] == ONE_LETTER[match.group(3)]
    new = "".join(ONE_LETTER[r] for r in re.findall(r"[A-Z][a-z]{2}", match.group(6)))
    kind = match.group(5)
    if kind == "ins":
        return before[: first + 1] + new + before[last - 1 :]
    if kind == "dup":
        return before[:last] + before[first:last] + before[last:]
    return (before[:first] + new + before[last:]).split("*")[0] + "*"


def test_a_protein_name_says_what_translation_gives(
    mapped: tuple[str, TranscriptMap], rng: np.random.Generator
) -> None:
    bases, transcript = mapped
    kinds = set()
    for edit in edits(rng, bases, transcript, 600):
        moved = shift(edit, transcript._fetch, transcript.strand)
        change = protein_change(moved, transcript)
        if change is None or not transcript.exon_around(moved.start, moved.end) or change.hgvs == "p.Met1?":
            continue
        before, after = altered_protein(bases, moved, transcript)
        told = protein_of(change.hgvs, before)
        kinds.update(re.findall(r"fs|ext|delins|del|dup|ins|=", change.hgvs))
        if told is not None:
            assert told == after, change
        elif "fsTer" in change.hgvs:
            match = re.fullmatch(r"p\.[A-Z][a-z]{2}(\d+)([A-Z][a-z]{2})fsTer(\d+|\?)", change.hgvs)
            assert match, change
            at = int(match.group(1)) - 1
            assert before[:at] == after[:at] and before[at] != after[at] == ONE_LETTER[match.group(2)]
            assert (str(after.index("*") - at + 1) if "*" in after else "?") == match.group(3)
    assert {"del", "fs", "delins"} <= kinds


CODING = "ATGGTGTACAAAGAAGCAGCACTGTGGTAA"
""" M1 V2 Y3 K4 E5 A6 A7 L8 W9 stop10, on one exon with flanks, so that names can be worked out by hand."""

BY_HAND = [
    (3, "G", "A", "c.4G>A", "p.Val2Met"),
    (5, "G", "A", "c.6G>A", "p.Val2="),
    (8, "C", "A", "c.9C>A", "p.Tyr3Ter"),
    (0, "A", "G", "c.1A>G", "p.Met1?"),
    (2, "G", "T", "c.3G>T", "p.Met1?"),
    (27, "T", "C", "c.28T>C", "p.Ter10GlnextTer2"),
    (29, "A", "G", "c.30A>G", "p.Ter10="),
    (9, "AAA", "", "c.10_12del", "p.Lys4del"),
    (8, "CA", "C", "c.12del", "p.Glu5LysfsTer9"),
    (15, "", "GCA", "c.19_21dup", "p.Ala7dup"),
    (21, "", "GCAGCA", "c.16_21dup", "p.Ala6_Ala7dup"),
    (9, "", "GGG", "c.9_10insGGG", "p.Tyr3_Lys4insGly"),
    (3, "GTG", "CAT", "c.4_6delinsCAT", "p.Val2His"),
    (3, "GTGTAC", "CAT", "c.4_9delinsCAT", "p.Val2_Tyr3delinsHis"),
    (12, "GAAGCA", "GACGCC", "c.15_18delinsCGCC", "p.Glu5Asp"),
    (27, "TAA", "", "c.28_30del", "p.Ter10ProextTer1"),
    (26, "GTAA", "", "c.27_30del", "p.Trp9CysfsTer4"),
]


@pytest.mark.parametrize("strand", [1, -1], ids=["plus", "minus"])
@pytest.mark.parametrize(("start", "ref", "alt", "coding", "protein"), BY_HAND, ids=[case[3] for case in BY_HAND])
def test_names_worked_out_by_hand(strand: int, start: int, ref: str, alt: str, coding: str, protein: str) -> None:
    from loci2lead.io.gff import Gene, Transcript

    before, behind = "CCTTCCTTCC", "CCTTGACTAGCCCC"
    assert CODING[start : start + len(ref)] == ref
    bases, at, end = before + CODING + behind, len(before) + start, len(before + CODING + behind)
    span, cds = (0, end), (len(before), len(before + CODING))
    if strand < 0:
        bases, ref, alt, at = turned(bases), turned(ref), turned(alt), end - at - len(ref)
        cds = (end - cds[1], end - cds[0])
    gene = Gene("TOY", "G1", "toy", 0, end, strand, "protein_coding")
    transcript = TranscriptMap(Transcript(gene, "T1", (span,), (cds,)), lambda s, e: bases[max(s, 0) : e])
    edit = trim(at, ref, alt)
    assert describe_coding(edit, transcript, transcript._fetch) == coding
    change = protein_change(shift(edit, transcript._fetch, strand), transcript)
    assert change is not None and change.hgvs == protein


def test_the_untranslated_ends_and_introns_have_no_protein(mapped: tuple[str, TranscriptMap]) -> None:
    bases, transcript = mapped
    coding = {p for s, e in transcript.transcript.cds for p in range(s, e)}
    for position in range(transcript.transcript.start, transcript.transcript.end):
        edit = trim(position, bases[position], "A" if bases[position] != "A" else "C")
        change = protein_change(edit, transcript)
        assert (change is not None) == (position in coding)
        assert (coding_span(edit, transcript) is not None) == (position in coding)


def test_an_edit_across_an_exon_edge_claims_no_protein(mapped: tuple[str, TranscriptMap]) -> None:
    bases, transcript = mapped
    end = transcript.transcript.exons[0][1]
    change = protein_change(Edit(end - 3, end + 3, bases[end - 3 : end + 3], ""), transcript)
    assert isinstance(change, ProteinChange) and change.hgvs == "p.?"


@pytest.mark.parametrize(
    ("ref", "alt", "expected"),
    [
        ("A", "A", Edit(7, 7, "", "")),
        ("AC", "A", Edit(8, 9, "C", "")),
        ("A", "AC", Edit(8, 8, "", "C")),
        ("ACGT", "AGGT", Edit(8, 9, "C", "G")),
        ("AAA", "AA", Edit(7, 8, "A", "")),
    ],
)
def test_trim(ref: str, alt: str, expected: Edit) -> None:
    assert trim(7, ref, alt) == expected
