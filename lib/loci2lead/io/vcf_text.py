"""VCF as text: headers freed of what could name a person or a machine, bgzipped output with its index."""

import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pysam

from loci2lead.config.pseudonyms import identifier_in, identifier_kind
from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.io.contigs import build_of_lengths

TAG = r"[0-9A-Za-z_][^\s,;:=<>\"\\]*"
"""Names of fields: wider than VCF allows (HGMD-PUBLIC), as wide as htslib takes."""
_DESCRIBED = r'Description="(?:[^"\\]|\\.)*"(?:,\w+=(?:"[^"]*"|[^",<>]*))*>'
KEPT_HEADER = re.compile(
    rf"##(?:INFO|FORMAT)=<ID={TAG},Number=(?:\d+|[AGR.]),Type=(?:Integer|Float|Flag|Character|String),{_DESCRIBED}"
    rf'|##(?:FILTER|ALT)=<ID=[^,<>\s"]+,{_DESCRIBED}'
    r'|##contig=<ID=[^,<>\s"]+.*>'
)
"""Well-formed definitions; others are taken for undeclared."""
FIXED_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
IDENTIFYING = re.compile(r"TCGA-[\w.-]+|(?:[A-Za-z]:\\|/)(?:[\w.+~-]+[/\\])+[\w.+~-]*|[\w.+-]+@[\w-]+\.[\w.]+")
"""Barcodes, absolute paths and mail addresses inside descriptions."""

_FIELDS = """
GT GQ DP AD ADF ADR VAF AF FA FREQ PL GL PS FT MIN_DP VAF_LOW VAF_HIGH MINVAF RD DP4 SB F1R2 F2R1 PGT PID AL
DPT DPC ADT ADC AU CU GU TU TAR TIR TOR TVAF TDP TAL CSQ ANN LOF NMD BCSQ AC AN AA END NS MQ QD FS SOR BQ DB H2 H3
SOMATIC STATUS SS SSC SPV GPV TYPE SVTYPE SVLEN CIPOS CIEND IMPRECISE GermlineStatus QSS QSI NT QSS_NT QSI_NT SGT
SomaticEVS TQSS TLOD NLOD POPAF ECNT GERMQ MBQ MFRL MMQ MPOS RPA RU STR PON P_SOMATIC P_GERMLINE P_ARTEFACT FORCED
POP_AF GERMLINE_NOT_REMOVED CALLERS CALLERVAF VOTES ALT_READS EXPECTED_VAF VAF_UPPER HIAF MSI MSILEN
"""
KNOWN_FIELDS = frozenset(_FIELDS.split())
"""Fields of the VCF specification and of callers that may pass on; any other may hold whatever a laboratory put in."""
_FREQUENCY = re.compile(r"gnomAD[eg]?\w*_AF\w*|MAX_AF|AF_(grpmax|popmax)", re.I)
_PUBLIC_ID = re.compile(r"(rs|COS[MV]|CM|CV|VCV)\d+")


def may_pass(name: str) -> bool:
    """Return whether an INFO or FORMAT field may pass from a caller's file into ours."""
    return name in KNOWN_FIELDS or bool(_FREQUENCY.fullmatch(name))


def without_unknown_fields(parts: list[str]) -> list[str]:
    """Return the columns of a record without unknown fields, and without ids and filters that may name someone."""
    info = ";".join(item for item in parts[7].split(";") if may_pass(item.split("=", 1)[0])) or "."
    ids = (
        ";".join(name for name in parts[2].split(";") if _PUBLIC_ID.fullmatch(name) or not identifier_kind(name)) or "."
    )
    filters = ";".join("filtered" if identifier_in(name) else name for name in parts[6].split(";"))
    rest = parts[8:]
    if rest:
        chosen = [place for place, name in enumerate(rest[0].split(":")) if may_pass(name)]
        cells = [cell.split(":") for cell in rest]
        rest = [":".join(cell[place] for place in chosen if place < len(cell)) or "." for cell in cells]
    return [*parts[:2], ids, *parts[3:6], filters, info, *rest]


def read_lines(path: str | Path) -> Iterator[str]:
    """Yield the lines of a VCF (plain, gzipped or bgzipped) or BCF without line ends; raise InputError."""
    path = Path(path)
    if not path.is_file():
        raise InputError("VCF not found", file=path, remedy="check the path")
    with path.open("rb") as handle:
        magic = handle.read(2)
    try:
        if path.suffix == ".bcf":
            yield from _bcf_lines(path)
        elif magic == b"\x1f\x8b":
            with gzip.open(path, "rt", encoding="utf-8") as zipped:
                yield from (line.rstrip("\r\n") for line in zipped)
        else:
            with path.open(encoding="utf-8") as plain:
                yield from (line.rstrip("\r\n") for line in plain)
    except (OSError, EOFError, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            "The VCF cannot be read", file=path, found=error, remedy="check that the file is whole: bgzip -t"
        ) from error


def split_header(lines: Iterator[str], path: str | Path) -> tuple[list[str], list[str]]:
    """Take the header off `lines`: its ## lines, and the columns of its #CHROM line."""
    meta: list[str] = []
    for line in lines:
        if line.startswith("##"):
            meta.append(line)
        elif line.startswith("#CHROM"):
            columns = line.split("\t")
            expected = [*FIXED_COLUMNS, "FORMAT"][: len(columns)]
            if (
                len(columns) < 8
                or columns[: len(expected)] != expected
                or not meta
                or not meta[0].startswith("##fileformat=VCF")
            ):
                break
            return meta, columns
        else:
            break
    raise InputError(
        "Not a VCF", file=path, found=(meta or ["no header"])[0][:80], expected="##fileformat=VCF… and a #CHROM line"
    )


def scrub_header(meta: Iterable[str], drop: Sequence[str] = ()) -> list[str]:
    """Keep the lines that define fields, filters and contigs, free of barcodes and paths; drop all others.

    Command lines, dates, program names, file paths, sample lines and unknown fields go. Contigs keep their name and
    length. `drop` names INFO or FORMAT fields whose definitions go too.
    """
    kept = []
    for line in meta:
        if not KEPT_HEADER.fullmatch(line) or any(f"=<ID={name}," in line for name in drop):
            continue
        if line.startswith("##contig="):
            kept.append(contig_line(*_contig(line)))
        elif _definition_may_pass(line):
            kept.append(_without_identifiers(line))
    return kept


def _definition_may_pass(line: str) -> bool:
    kind, name = re.match(r"##(\w+)=<ID=([^,]+)", line).groups()  # type: ignore[union-attr]
    return may_pass(name) if kind in ("INFO", "FORMAT") else identifier_in(name) is None


def _without_identifiers(line: str) -> str:
    """Take barcodes, paths and mail addresses out of a definition, and the whole description where more is in it."""
    cleaned = IDENTIFYING.sub("[removed]", line)
    if re.search(r"<ID=(CSQ|ANN|BCSQ),", cleaned) or identifier_in(cleaned) is None:
        return cleaned
    return re.sub(r'Description=".*', 'Description="[removed]">', cleaned)


def contig_lengths(meta: Iterable[str]) -> dict[str, int | None]:
    """Return the contigs that header lines declare, each with its length or None."""
    return dict(_contig(line) for line in meta if line.startswith("##contig=<"))


def contig_line(name: str, length: int | None) -> str:
    """Return the header line of a contig."""
    return f"##contig=<ID={name}>" if length is None else f"##contig=<ID={name},length={length}>"


def detect_build(path: str | Path) -> str | None:
    """Return GRCh37, GRCh38 or demo where the contig lengths in a VCF's header tell, else None."""
    lines = read_lines(path)
    return build_of_lengths(contig_lengths(split_header(lines, path)[0]))


def write_bgzipped(path: str | Path, lines: Iterable[str]) -> None:
    """Write lines as a bgzipped VCF with a .tbi index beside it, the same bytes for the same lines.

    A path that does not end in .gz gets plain text without an index.
    """
    path = Path(path)
    if path.suffix != ".gz":
        with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as plain:
            plain.writelines(f"{line}\n" for line in lines)
        return
    with atomic_path(path) as temporary:
        with pysam.BGZFile(str(temporary), "wb", None) as zipped:
            for line in lines:
                zipped.write(f"{line}\n".encode())
        index = Path(f"{temporary}.tbi")
        pysam.tabix_index(str(temporary), preset="vcf", force=True)
        index.replace(f"{path}.tbi")


def _contig(line: str) -> tuple[str, int | None]:
    name = re.search(r"ID=([^,>]+)", line)
    length = re.search(r"length=(\d+)", line)
    return (name.group(1) if name else "", int(length.group(1)) if length else None)


def _bcf_lines(path: Path) -> Iterator[str]:
    with pysam.VariantFile(str(path)) as source:
        yield from str(source.header).splitlines()
        for record in source:
            yield str(record).rstrip("\n")
