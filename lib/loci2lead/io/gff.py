"""Gene models out of a GFF3 (Ensembl style): one coding transcript per gene, checked for consistency."""

import gzip
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TextIO
from urllib.parse import unquote

from loci2lead.errors import InputError
from loci2lead.io.clinical_transcripts import clinical_transcripts
from loci2lead.io.contigs import BUILD_LENGTHS, build_of_lengths, plain_contig

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
    def clinical_codons(self) -> float:
        """Return how many residues from the first on carry the clinic's numbers; infinite where all do.

        All do in genes that the pinned table does not hold.
        """
        pinned = clinical_transcripts().get(self.gene.name)
        return math.inf if pinned is None else pinned.same_until(coding_length(self) // 3 - 1)

    @property
    def numbered_otherwise(self) -> bool:
        """Say whether some residues are not numbered as the clinic does."""
        return self.clinical_codons < math.inf

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


def read_transcripts(path: str | Path, wanted: Callable[[Gene], bool] = lambda gene: True) -> list[Transcript]:
    """Return one protein-coding transcript for each gene that `wanted` accepts, in the order of the file.

    Of several transcripts the one is taken that the clinic numbers residues in (our pinned table: by accession,
    then by length), then the one tagged MANE Select, then canonical, then with the longest coding
    sequence. Raises InputError for a file without genes or with lines that are not GFF3.
    """
    gene_lines, transcript_lines, segments = _lines_by_kind(path)
    genes: dict[str, Gene] = {}
    for line in gene_lines:
        columns, attributes = _parse(line, path)
        gene = _gene(columns, attributes)
        if wanted(gene):
            genes[attributes.get("ID", gene.name)] = gene
    parts: dict[str, _Parts] = {}
    for line in transcript_lines:
        columns, attributes = _parse(line, path)
        owner = genes.get(attributes.get("Parent", ""))
        if owner is not None and _biotype(attributes) == "protein_coding":
            parts[attributes.get("ID", "")] = _Parts(owner, _transcript_name(attributes), _tags(attributes))
    for line in segments:
        for parent in _parents(line):
            if parent in parts:
                _add_segment(parts[parent], _columns(line, path))
    return _choose(parts.values())


def declared_build(path: str | Path) -> str | None:
    """Return the genome build that the header of a GFF3 tells (##sequence-region, #!genome-build), or None."""
    lengths: dict[str, int | None] = {}
    named = None
    with _open(path) as handle:
        try:
            for line in handle:
                if not line.startswith("#"):
                    break
                parts = line.split()
                if parts[0] == "##sequence-region" and len(parts) == 4 and parts[3].isdigit():
                    lengths[parts[1]] = int(parts[3])
                if parts[0] in {"#!genome-build", "#!genome-version"}:
                    named = named or next((b for b in BUILD_LENGTHS if b in line), None)
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise InputError("The GFF3 cannot be read", file=path, found=error) from error
    return build_of_lengths(lengths) or named


def coding_length(transcript: Transcript) -> int:
    """Return the number of coding bases, the stop codon included."""
    return sum(end - start for start, end in transcript.cds)


def _lines_by_kind(path: str | Path) -> tuple[list[str], list[str], list[str]]:
    """Return the gene lines, the transcript lines, and the exon and CDS lines of the file."""
    genes: list[str] = []
    transcripts: list[str] = []
    segments: list[str] = []
    kinds = {"gene": genes, "exon": segments, "CDS": segments} | dict.fromkeys(TRANSCRIPT_TYPES, transcripts)
    with _open(path) as handle:
        try:
            for number, line in enumerate(handle, start=1):
                if line.startswith("##FASTA"):
                    break
                if line.startswith("#") or line == "\n":
                    continue
                columns = line.split("\t", 3)
                if len(columns) < 4:
                    raise InputError("Not a GFF3 line", file=path, record=f"line {number}", found=line[:80].strip())
                if columns[2] in kinds:
                    kinds[columns[2]].append(line)
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise InputError("The GFF3 cannot be read", file=path, found=error) from error
    if not genes or not transcripts or not segments:
        raise InputError(
            "The GFF3 holds no gene models",
            file=path,
            found=f"{len(genes)} gene, {len(transcripts)} mRNA, {len(segments)} exon and CDS lines",
            expected="Ensembl-style GFF3 with gene, mRNA, exon and CDS lines",
            remedy="use the build's GFF3 of Ensembl, or convert a GTF with gffread",
        )
    return genes, transcripts, segments


def _parse(line: str, path: str | Path) -> tuple[list[str], dict[str, str]]:
    """Return the nine columns of a line and its attributes."""
    columns = _columns(line, path)
    pairs = (item.split("=", 1) for item in columns[8].split(";") if "=" in item)
    return columns, {key.strip(): unquote(value) if "%" in value else value for key, value in pairs}


def _columns(line: str, path: str | Path) -> list[str]:
    """Return the nine columns of a line; raise InputError where it is no GFF3 line."""
    columns = line.rstrip("\n").split("\t")
    if len(columns) != 9 or not (columns[3].isdigit() and columns[4].isdigit()):
        raise InputError("Not a GFF3 line", file=path, found=line[:80].strip(), expected="nine columns, whole numbers")
    return columns


def _parents(line: str) -> list[str]:
    """Return the ids in the Parent attribute of a line, without parsing the rest of it."""
    text = line.rsplit("\t", 1)[-1]
    start = text.find("Parent=")
    return text[start + 7 :].split(";", 1)[0].strip().split(",") if start >= 0 else []


def _open(path: str | Path) -> TextIO:
    path = Path(path)
    if not path.is_file():
        raise InputError("GFF3 not found", file=path, remedy="check the path")
    with path.open("rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rt", encoding="utf-8") if zipped else path.open(encoding="utf-8")


def _gene(columns: list[str], attributes: dict[str, str]) -> Gene:
    own_id = attributes.get("ID", "").removeprefix("gene:")
    return Gene(
        name=attributes.get("Name") or attributes.get("gene_name") or own_id,
        id=own_id,
        contig=columns[0],
        start=int(columns[3]) - 1,
        end=int(columns[4]),
        strand=-1 if columns[6] == "-" else 1,
        biotype=_biotype(attributes),
    )


def _biotype(attributes: dict[str, str]) -> str:
    """Return the biotype as Ensembl, GENCODE or RefSeq name it; a file that does not say is taken as coding."""
    names = ("biotype", "transcript_type", "gene_type", "gene_biotype")
    return next((attributes[name] for name in names if name in attributes), "protein_coding")


def _transcript_name(attributes: dict[str, str]) -> str:
    name = attributes.get("transcript_id") or attributes.get("ID", "").removeprefix("transcript:")
    version = attributes.get("version", "")
    return f"{name}.{version}" if version and "." not in name else name


def _tags(attributes: dict[str, str]) -> frozenset[str]:
    return frozenset(tag.strip().replace(" ", "_") for tag in attributes.get("tag", "").split(","))


def _add_segment(parts: _Parts, columns: list[str]) -> None:
    segment = (int(columns[3]) - 1, int(columns[4]))
    if columns[2] == "exon":
        parts.exons.append(segment)
    else:
        parts.cds.append(segment)
        parts.phases[segment[0]] = columns[7]


def _choose(candidates: Iterable[_Parts]) -> list[Transcript]:
    by_gene: dict[Gene, list[tuple[tuple[object, ...], Transcript]]] = defaultdict(list)
    for parts in candidates:
        if parts.cds:
            transcript = _finish(parts)
            by_gene[parts.gene].append((_preference(transcript, parts.tags), transcript))
    return [min(found, key=lambda pair: pair[0])[1] for found in by_gene.values()]


def _preference(transcript: Transcript, tags: frozenset[str]) -> tuple[object, ...]:
    """Return a key by which the transcript to take comes first."""
    pinned = clinical_transcripts().get(transcript.gene.name)
    accession = transcript.id.split(".", 1)[0]
    tag = next((i for i, name in enumerate(PREFERRED_TAGS) if name in tags), len(PREFERRED_TAGS))
    return (
        pinned is not None and accession != pinned.accession,
        transcript.numbered_otherwise,
        tag,
        -coding_length(transcript),
        transcript.id,
    )


def _finish(parts: _Parts) -> Transcript:
    cds = tuple(sorted(parts.cds))
    exons = tuple(sorted(parts.exons)) or cds
    return Transcript(parts.gene, parts.id, exons, cds, _flaw(parts, exons, cds))


def _flaw(parts: _Parts, exons: tuple[tuple[int, int], ...], cds: tuple[tuple[int, int], ...]) -> str:
    """Return what is wrong with a coding sequence, empty where nothing is."""
    if plain_contig(parts.gene.contig) == "MT":
        return "the mitochondrion has another genetic code"
    if any(a[1] > b[0] for a, b in pairwise(exons)):
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
