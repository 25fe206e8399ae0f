"""What an edit does to the protein: HGVS p. name, changed codons and Sequence Ontology terms.

Source: HGVS recommendations for proteins, https://hgvs-nomenclature.org. Names are predictions from DNA and are
written without the brackets that mark them so, as VEP does: p.Val600Glu.
"""

from dataclasses import dataclass
from functools import lru_cache

from loci2lead.io.amino_acids import THREE_LETTERS
from loci2lead.variants.hgvs import Edit
from loci2lead.variants.transcripts import TranscriptMap, reverse_complement

BASES = "TCAG"
AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODON_TABLE = {
    a + b + c: AMINO_ACIDS[16 * i + 4 * j + k]
    for i, a in enumerate(BASES)
    for j, b in enumerate(BASES)
    for k, c in enumerate(BASES)
}
"""The standard genetic code (NCBI table 1)."""


@dataclass(frozen=True)
class ProteinChange:
    """The effect on one protein.

    `hgvs` such as p.Val600Glu ("" where the coding sequence is not touched, p.? where the effect cannot be
    told); `first_codon` and `last_codon` are 1-based; `terms` are Sequence Ontology terms.
    """

    hgvs: str
    first_codon: int
    last_codon: int
    amino_acids: str
    codons: str
    terms: tuple[str, ...]


def translate(bases: str) -> str:
    """Translate up to and including the first stop codon (*); a codon with an unknown base gives X."""
    protein = []
    for start in range(0, len(bases) - 2, 3):
        residue = CODON_TABLE.get(bases[start : start + 3], "X")
        protein.append(residue)
        if residue == "*":
            break
    return "".join(protein)


@lru_cache(maxsize=256)
def _translate_reference(bases: str) -> str:
    """Translate as `translate` does, remembered: many variants share a transcript."""
    return translate(bases)


def protein_change(edit: Edit, transcript: TranscriptMap) -> ProteinChange | None:
    """Return the effect of an edit, None where it leaves every coding base alone (introns, untranslated ends).

    Needs the transcript's sequence. An edit across an exon's edge gives p.?, since splicing may change.
    """
    span = coding_span(edit, transcript)
    if span is None:
        return None
    start, end = span
    length = transcript.coding_length
    tail = transcript.sequence[transcript.coding_start :]
    first, last = max(start, 0) // 3, (min(max(end - 1, start), length - 1)) // 3
    if not transcript.exon_around(edit.start, edit.end):
        return ProteinChange("p.?", first + 1, last + 1, "", "", ("coding_sequence_variant",))
    alt = edit.alt if transcript.strand > 0 else reverse_complement(edit.alt)
    if start < 0:
        return ProteinChange("p.Met1?", 1, last + 1, "", "", ("start_lost",))
    changed = tail[:start] + alt + tail[end:]
    return _classify(tail[:length], tail, changed, start, end, len(alt))


def coding_span(edit: Edit, transcript: TranscriptMap) -> tuple[int, int] | None:
    """Return the edited bases as [start, end) from the first coding base, None where none of them is coding.

    For an edit across an exon's edge the span covers its coding part.
    """
    if edit.start == edit.end:
        sides = [transcript.spliced_index(edit.start - 1), transcript.spliced_index(edit.start)]
        if None in sides or abs(sides[0] - sides[1]) != 1:  # type: ignore[operator]
            return None
        at = max(sides) - transcript.coding_start  # type: ignore[type-var,operator]
        return (at, at) if 0 < at < transcript.coding_length else None
    found = [transcript.spliced_index(p) for p in range(edit.start, edit.end)]
    coding = [i - transcript.coding_start for i in found if i is not None]
    if not any(0 <= i < transcript.coding_length for i in coding):
        return None
    return min(coding), max(coding) + 1


def _classify(coding: str, tail: str, changed: str, start: int, end: int, size: int) -> ProteinChange:
    before, after = _translate_reference(coding), translate(changed)
    first = start // 3
    last = (max(end, start + 1) - 1) // 3
    frame_kept = (size - (end - start)) % 3 == 0
    codons = _codons(coding, changed, start, end, size) if frame_kept else ("", "")
    residues = "/".join(translate_all(c) or "-" for c in codons) if frame_kept else ""
    # No plain reading frame: no stop at its end, or one before it (selenocysteine, another genome): claim nothing.
    if not before.endswith("*") or 3 * len(before) != len(coding):
        return ProteinChange("", first + 1, last + 1, "", "", ())
    name, terms = _name(before, after, frame_kept, first, last)
    shown = "/".join(c or "-" for c in codons) if frame_kept else ""
    return ProteinChange(name, first + 1, last + 1, residues, shown, terms)


def _name(before: str, after: str, frame_kept: bool, first: int, last: int) -> tuple[str, tuple[str, ...]]:
    """Return the p. name and terms from the proteins before and after, each ending in * where it stops."""
    if after[:1] != before[:1]:
        return "p.Met1?", ("start_lost",)
    at = _first_difference(before, after)
    if at is None:
        stop = last == len(before) - 1
        last = min(last, len(before) - 1)
        span = _residue(before, first) if first == last else f"{_residue(before, first)}_{_residue(before, last)}"
        return f"p.{span}=", ("stop_retained_variant" if stop else "synonymous_variant",)
    if at == len(before) - 1:
        return _extension(before, after, at)
    if after[at : at + 1] == "*":
        return f"p.{_residue(before, at)}Ter", ("stop_gained",) if frame_kept else ("frameshift_variant", "stop_gained")
    if not frame_kept:
        return f"p.{_residue(before, at)}{_new(after, at)}fsTer{_distance(after, at, 1)}", ("frameshift_variant",)
    return _inframe(before, after, at)


def _extension(before: str, after: str, at: int) -> tuple[str, tuple[str, ...]]:
    return f"p.Ter{at + 1}{_new(after, at)}extTer{_distance(after, at, 0)}", ("stop_lost",)


def _new(after: str, at: int) -> str:
    return THREE_LETTERS[after[at]] if at < len(after) else "?"


def _distance(after: str, at: int, offset: int) -> str:
    """Return how far the new stop is, ? where there is none or unknown bases come first."""
    stop_at = after.find("*")
    return "?" if stop_at < 0 or "X" in after[at:stop_at] else str(stop_at - at + offset)


def _inframe(before: str, after: str, at: int) -> tuple[str, tuple[str, ...]]:
    """Name a substitution, deletion, duplication, insertion or deletion-insertion of residues."""
    if not after.endswith("*"):
        return "p.?", ("protein_altering_variant",)
    suffix = 0
    while suffix < min(len(before), len(after)) - at and before[-1 - suffix] == after[-1 - suffix]:
        suffix += 1
    lost, gained = before[at : len(before) - suffix], after[at : len(after) - suffix]
    if "*" in lost:
        return "p.?", ("stop_lost",)
    new = "".join(THREE_LETTERS[r] for r in gained)
    if len(lost) == len(gained) == 1:
        return f"p.{_residue(before, at)}{new}", ("missense_variant",)
    if not lost:
        copied = at - len(gained)
        if copied >= 0 and before[copied:at] == gained:
            return f"p.{_range(before, copied, at)}dup", ("inframe_insertion",)
        return f"p.{_residue(before, at - 1)}_{_residue(before, at)}ins{new}", ("inframe_insertion",)
    name = f"p.{_range(before, at, at + len(lost))}del{'ins' + new if new else ''}"
    if len(lost) == len(gained):
        return name, ("missense_variant",)
    return name, ("inframe_deletion" if len(lost) > len(gained) else "inframe_insertion",)


def _first_difference(before: str, after: str) -> int | None:
    if before == after:
        return None
    shared = min(len(before), len(after))
    return next((i for i in range(shared) if before[i] != after[i]), shared)


def _range(protein: str, start: int, end: int) -> str:
    first = _residue(protein, start)
    return first if end - start == 1 else f"{first}_{_residue(protein, end - 1)}"


def _residue(protein: str, index: int) -> str:
    return f"{THREE_LETTERS[protein[index]]}{index + 1}"


def _codons(coding: str, changed: str, start: int, end: int, size: int) -> tuple[str, str]:
    """Return the touched codons before and after, changed bases in capitals, empty for none."""
    low = start // 3 * 3
    high = end if start == end and end % 3 == 0 else -(-max(end, start) // 3) * 3
    before = coding[low:start].lower() + coding[start:end] + coding[end:high].lower()
    after = before[: start - low] + changed[start : start + size] + before[end - low :]
    return before, after


def translate_all(codons: str) -> str:
    """Translate whole codons without stopping at a stop."""
    codons = codons.upper()
    return "".join(CODON_TABLE.get(codons[i : i + 3], "X") for i in range(0, len(codons) - 2, 3))
