"""Gene models out of a GFF3 (Ensembl style): one coding transcript per gene, checked for consistency."""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from urllib.parse import unquote

from loci2lead.errors import InputError

TRANSCRIPT_TYPES = {"mRNA", "transcript"}
PREFERRED_TAGS = ("MANE_Select", "MANE_Plus_Clinical", "Ensembl_canonical", "basic")


@dataclass(frozen=True)
class Gene:
    """A gene's name, identifier, contig, 0-based half-open span and strand (+1 or -1)."""

    name: str
    id: str
    contig: str
    start: int
    end: int
    strand: int
    biotype: str


@dataclass(frozen=True)
class Transcript:
    """One transcript: exons and coding segments as ascending 0-based half-open genomic intervals.

    `flaw` says why the coding sequence cannot be trusted (empty = sound): its length or the phases that the
    file states do not fit a reading frame that begins at the first coding base.
    """

    gene: Gene
    id: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]
    flaw: str = ""

    @property
    def start(self) -> int:
        """Return the first base of the transcript, 0-based."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """Return one past the last base of the transcript."""
        return self.exons[-1][1]


@dataclass
class _Parts:
    """A transcript while its lines are being gathered; `phases` maps a coding start to its stated phase."""

    gene: Gene
    id: str
    tags: frozenset[str]
    exons: list[tuple[int, int]] = field(default_factory=list)
    cds: list[tuple[int, int]] = field(default_factory=list)
    phases: dict[int, str] = field(default_factory=dict)


def read_transcripts(
    path: str | Path, wanted: Callable[[Gene], bool] = lambda gene: True
) -> list[Transcript]:
    """Return one protein-coding transcript for each gene that `wanted` accepts, in the order of the file.

    Of several transcripts the one tagged MANE Select, then canonical, then with the longest coding sequence is
    taken. Raises InputError for a file without genes or with lines that are not GFF3.
    """
    genes: dict[str, Gene] = {}
    parts: dict[str, _Parts] = {}
    for columns, attributes in _lines(path, {"gene"}):
        gene = _gene(columns, attributes)
        if wanted(gene):
            genes[attributes.get("ID", gene.name)] = gene
    for columns, attributes in _lines(path, TRANSCRIPT_TYPES):
        owner = genes.get(attributes.get("Parent", ""))
        if owner is not None and attributes.get("biotype", "protein_coding") == "protein_coding":
            own_id = attributes.get("ID", "")
            parts[own_id] = _Parts(owner, _transcript_name(attributes), frozenset(_tags(attributes)))
    for columns, attributes in _lines(path, {"exon", "CDS"}) if parts else ():
        for parent in attributes.get("Parent", "").split(","):
            if parent in parts:
                _add_segment(parts[parent], columns)
    return _choose(parts.values())


def read_genes(path: str | Path) -> list[Gene]:
    """Return every gene of the file in its order."""
    return [_gene(columns, attributes) for columns, attributes in _lines(path, {"gene"})]


def coding_length(transcript: Transcript) -> int:
    """Return the number of coding bases, the stop codon included."""
    return sum(end - start for start, end in transcript.cds)


def _lines(path: str | Path, types: set[str]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield columns and attributes of the lines of the given types; raise InputError where there are none."""
    found = seen = 0
    marks = tuple(f"\t{kind}\t" for kind in types)
    with _open(path) as handle:
        try:
            for number, line in enumerate(handle, start=1):
                if line.startswith("#"):
                    continue
                seen += 1
                if not any(mark in line for mark in marks):
                    continue
                columns = line.rstrip("\n").split("\t")
                if len(columns) != 9 or not (columns[3].isdigit() and columns[4].isdigit()):
                    raise InputError("Not a GFF3 line", file=path, record=f"line {number}", found=line[:80])
                if columns[2] in types:
                    found += 1
                    yield columns, _attributes(columns[8])
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise InputError("The GFF3 cannot be read", file=path, found=error) from error
    if not found:
        raise InputError(
            "The GFF3 holds no gene models" if seen else "The GFF3 is empty",
            file=path,
            found=f"{seen} lines, none of type {' or '.join(sorted(types))}",
            expected="Ensembl-style GFF3 with gene, mRNA, exon and CDS lines",
            remedy="use the build's GFF3 of Ensembl, or convert a GTF with gffread",
        )


def _open(path: str | Path) -> TextIO:
    path = Path(path)
    if not path.is_file():
        raise InputError("GFF3 not found", file=path, remedy="check the path")
    with path.open("rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rt", encoding="utf-8") if zipped else path.open(encoding="utf-8")


def _attributes(text: str) -> dict[str, str]:
    pairs = (item.split("=", 1) for item in text.split(";") if "=" in item)
    return {key.strip(): unquote(value) if "%" in value else value for key, value in pairs}


def _gene(columns: list[str], attributes: dict[str, str]) -> Gene:
    own_id = attributes.get("ID", "").removeprefix("gene:")
    return Gene(
        name=attributes.get("Name") or attributes.get("gene_name") or own_id,
        id=own_id,
        contig=columns[0],
        start=int(columns[3]) - 1,
        end=int(columns[4]),
        strand=-1 if columns[6] == "-" else 1,
        biotype=attributes.get("biotype") or attributes.get("gene_type") or "protein_coding",
    )


def _transcript_name(attributes: dict[str, str]) -> str:
    name = attributes.get("transcript_id") or attributes.get("ID", "").removeprefix("transcript:")
    version = attributes.get("version", "")
    return f"{name}.{version}" if version and "." not in name else name


def _tags(attributes: dict[str, str]) -> list[str]:
    return [tag.strip().replace(" ", "_") for tag in attributes.get("tag", "").split(",")]


def _add_segment(parts: _Parts, columns: list[str]) -> None:
    segment = (int(columns[3]) - 1, int(columns[4]))
    if columns[2] == "exon":
        parts.exons.append(segment)
    else:
        parts.cds.append(segment)
        parts.phases[segment[0]] = columns[7]


def _choose(candidates: Iterator[_Parts] | object) -> list[Transcript]:
    by_gene: dict[Gene, list[Transcript]] = defaultdict(list)
    rank: dict[tuple[Gene, str], tuple[int, int]] = {}
    for parts in candidates:  # type: ignore[attr-defined]
        if parts.cds:
            transcript = _finish(parts)
            by_gene[parts.gene].append(transcript)
            preference = next((i for i, tag in enumerate(PREFERRED_TAGS) if tag in parts.tags), len(PREFERRED_TAGS))
            rank[parts.gene, transcript.id] = (preference, -coding_length(transcript))
    return [min(found, key=lambda t: (*rank[t.gene, t.id], t.id)) for found in by_gene.values()]


def _finish(parts: _Parts) -> Transcript:
    cds = tuple(sorted(parts.cds))
    exons = tuple(sorted(parts.exons)) or cds
    return Transcript(parts.gene, parts.id, exons, cds, _flaw(parts, exons, cds))


def _flaw(parts: _Parts, exons: tuple[tuple[int, int], ...], cds: tuple[tuple[int, int], ...]) -> str:
    """Return what is wrong with a coding sequence, empty where nothing is."""
    if any(a[1] > b[0] for a, b in zip(exons, exons[1:], strict=False)):
        return "exons overlap"
    if any(not any(e[0] <= c[0] and c[1] <= e[1] for e in exons) for c in cds):
        return "coding bases outside the exons"
    offset = 0
    for start, end in cds if parts.gene.strand > 0 else cds[::-1]:
        stated = parts.phases[start]
        if stated in {"0", "1", "2"} and int(stated) != -offset % 3:
            return "phases do not fit a frame that begins at the first coding base"
        offset += end - start
    return "" if offset % 3 == 0 else "coding length is no multiple of three"
