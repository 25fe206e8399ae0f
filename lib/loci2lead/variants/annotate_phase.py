"""Joins substitutions within a codon into one change where genotypes say that one haplotype carries them."""

from collections.abc import Iterable, Iterator, Sequence

from loci2lead.variants.hgvs import Edit, trim
from loci2lead.variants.hgvs_protein import coding_span
from loci2lead.variants.transcripts import Fetch, TranscriptMap

_BOTH, _ALONE = ("", 2), ("", 0)
REACH = 2
"""Two substitutions of one codon lie at most this many bases apart."""


def with_phased_neighbours(records: Iterable[list[str]]) -> Iterator[tuple[list[str], tuple[Edit, ...]]]:
    """Yield each record (VCF columns, one alternative) with the substitutions near it on the same haplotype.

    The record's own edit is among them; the tuple is empty where it stands alone. A neighbour counts where every
    haplotype with the record's alternative carries it: a homozygous one, or a heterozygous one of the same PS and side.
    """
    group: list[list[str]] = []
    for parts in records:
        if group and not _is_near(group[-1], parts):
            yield from _finish(group)
            group = []
        group.append(parts)
    yield from _finish(group)


def join_in_codon(edit: Edit, neighbours: Sequence[Edit], transcript: TranscriptMap, fetch: Fetch) -> Edit | None:
    """Return the one edit that `edit` and its neighbours in the same codon make, None where it has none there."""
    codon = _codon(edit, transcript)
    members = [n for n in neighbours if codon is not None and _codon(n, transcript) == codon]
    if len(members) < 2:
        return None
    start, end = min(n.start for n in members), max(n.end for n in members)
    ref = fetch(start, end)
    if not transcript.exon_around(start, end):
        return None
    alt = list(ref)
    for member in members:
        alt[member.start - start] = member.alt
    return trim(start, ref, "".join(alt))


def _codon(edit: Edit, transcript: TranscriptMap) -> int | None:
    span = coding_span(edit, transcript)
    return None if span is None or len(edit.ref) != 1 or len(edit.alt) != 1 else span[0] // 3


def _is_near(before: list[str], parts: list[str]) -> bool:
    return before[0] == parts[0] and 0 <= int(parts[1]) - int(before[1]) <= REACH


def _finish(group: list[list[str]]) -> Iterator[tuple[list[str], tuple[Edit, ...]]]:
    places = [_place(parts) for parts in group]
    for parts, own in zip(group, places, strict=True):
        edits = tuple(
            trim(int(other[1]) - 1, other[3], other[4])
            for other, place in zip(group, places, strict=True)
            if other is parts
            or (other[1] != parts[1] and own is not None and place in (_BOTH, own) and place != _ALONE)
        )
        yield parts, edits if len(edits) > 1 else ()


def _place(parts: list[str]) -> tuple[str, int] | None:
    """Return the phase set and the side that carry a substitution, _BOTH or _ALONE; None where the file does not say.

    _ALONE is a heterozygous one without phase: only homozygous neighbours are surely on its haplotype.
    """
    if len(parts) < 10 or len(parts[3]) != 1 or len(parts[4]) != 1 or parts[4] in "*.":
        return None
    values = dict(zip(parts[8].split(":"), parts[9].split(":"), strict=False))
    phase, genotype = values.get("PS", "."), values.get("GT", "")
    alleles = genotype.replace("|", "/").split("/")
    if len(alleles) != 2 or set(alleles) - {"0", "1"} or "1" not in alleles:
        return None
    if "0" not in alleles:
        return _BOTH
    return (phase, alleles.index("1")) if phase != "." and "|" in genotype else _ALONE
