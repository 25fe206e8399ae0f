"""Joins phased substitutions within a codon into one change, only where the file's PS field puts them in phase."""

from collections.abc import Iterable, Iterator, Sequence

from loci2lead.variants.hgvs import Edit, trim
from loci2lead.variants.hgvs_protein import coding_span
from loci2lead.variants.transcripts import Fetch, TranscriptMap

REACH = 2
"""Two substitutions of one codon lie at most this many bases apart."""


def with_phased_neighbours(records: Iterable[list[str]]) -> Iterator[tuple[list[str], tuple[Edit, ...]]]:
    """Yield each record (VCF columns, one alternative) with the substitutions near it on the same haplotype.

    The record's own edit is among them; the tuple is empty where it stands alone. On the same haplotype means:
    phased genotypes with the same PS value and the alternative on the same side.
    """
    group: list[list[str]] = []
    for parts in records:
        if group and not _belongs(group[-1], parts):
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


def _belongs(before: list[str], parts: list[str]) -> bool:
    """Say whether two records are near each other on one haplotype."""
    first = _haplotype(before)
    near = before[0] == parts[0] and 1 <= int(parts[1]) - int(before[1]) <= REACH
    return near and first is not None and first == _haplotype(parts)


def _haplotype(parts: list[str]) -> tuple[str, int] | None:
    """Return the phase set and the side that carry a substitution, None where the file does not say."""
    if len(parts) < 10 or len(parts[3]) != 1 or len(parts[4]) != 1 or parts[4] in "*.":
        return None
    values = dict(zip(parts[8].split(":"), parts[9].split(":"), strict=False))
    phase, alleles = values.get("PS", "."), values.get("GT", "").split("|")
    if phase == "." or len(alleles) != 2 or sorted(alleles) != ["0", "1"]:
        return None
    return phase, alleles.index("1")


def _finish(group: list[list[str]]) -> Iterator[tuple[list[str], tuple[Edit, ...]]]:
    edits = tuple(trim(int(p[1]) - 1, p[3], p[4]) for p in group) if len(group) > 1 else ()
    for parts in group:
        yield parts, edits
