"""Takes a VCF in for annotation: checks every record, chooses the sample, and writes a clean copy to work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pysam

from loci2lead.errors import InputError
from loci2lead.io.contigs import build_of_lengths, match_contigs
from loci2lead.io.vcf_somatic import tumour_column
from loci2lead.io.vcf_text import (
    contig_lengths,
    contig_line,
    read_lines,
    scrub_header,
    split_header,
    without_unknown_fields,
)
from loci2lead.records import Rejection
from loci2lead.variants.annotate_checks import RecordChecker


@dataclass
class Intake:
    """What came in: two clean VCFs to work on, names of contigs, and what was refused.

    `known` holds the records whose reference bases the FASTA confirms, `blind` those where it has none (all,
    without a FASTA). Contigs carry the FASTA's names there; `original` maps them back.
    """

    header: list[str]
    columns: list[str]
    known: Path
    blind: Path
    counts: dict[str, int] = field(default_factory=lambda: {"input": 0, "known": 0, "blind": 0})
    positions: dict[str, list[int]] = field(default_factory=dict)
    original: dict[str, str] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    is_sorted: bool = True
    build: str | None = None


def take_in(
    path: str | Path,
    fasta: pysam.FastaFile | None,
    folder: Path,
    *,
    sample: str | None = None,
    sample_name: str | None = None,
    drop: tuple[str, ...] = ("CSQ", "BCSQ"),
) -> Intake:
    """Read a VCF, refuse bad records one by one, and write the good ones into `folder` without the fields `drop`.

    Raises InputError where the file as a whole cannot be used: no VCF, an unnamed sample among several, other
    contigs or another genome build than the FASTA.
    """
    lines = read_lines(path)
    meta, columns = split_header(lines, path)
    keep = _sample_column(meta, columns, path, sample)
    lengths = dict(zip(fasta.references, fasta.lengths, strict=True)) if fasta else {}
    _check_build(contig_lengths(meta), lengths, path)
    build = build_of_lengths(contig_lengths(meta) | lengths)
    fixed = columns[:8] if keep is None else [*columns[:9], sample_name or columns[keep]]
    intake = Intake([], fixed, folder / "known.vcf", folder / "blind.vcf", build=build)
    checker = RecordChecker(fasta, lengths, meta, columns, keep)
    seen: dict[str, set[str]] = {"INFO": set(), "FORMAT": set(), "FILTER": set()}
    with (folder / "known.body").open("w") as known, (folder / "blind.body").open("w") as blind:
        last: tuple[str, int] = ("", 0)
        for row, line in enumerate(line for line in lines if line):
            intake.counts["input"] += 1
            parts = line.split("\t")
            code, reason = checker.check(parts)
            if code:
                intake.rejections.append(Rejection(row, ":".join(parts[:2])[:60], code, reason))
                continue
            parts = _clean(without_unknown_fields(parts), keep, checker.names, intake, drop)
            _note_fields(parts, seen)
            last = _note_position(parts, last, intake)
            target = "known" if checker.confirmed else "blind"
            intake.counts[target] += 1
            (known if target == "known" else blind).write("\t".join(parts) + "\n")
    checker.judge(path)
    intake.header = _header(meta, seen, intake, lengths, drop)
    for name in ("known", "blind"):
        _join(folder / f"{name}.body", intake.header, intake.columns, getattr(intake, name))
    return intake


def _sample_column(meta: list[str], columns: list[str], path: str | Path, sample: str | None) -> int | None:
    samples = columns[9:]
    if sample is None and len(samples) <= 1:
        return 9 if samples else None
    if sample in samples:
        return 9 + samples.index(sample)
    tumour = tumour_column(meta, samples) if sample is None else None
    if tumour is not None:
        return 9 + tumour
    raise InputError(
        "The VCF has several samples" if sample is None else "The sample is not in the VCF",
        file=path,
        record=sample,
        found=", ".join(samples) or "no samples",
        remedy="name one of these with --sample",
    )


def _check_build(declared: Mapping[str, int | None], lengths: Mapping[str, int], path: str | Path) -> None:
    """Refuse a VCF whose contig lengths are another build's than the FASTA's.

    A FASTA that holds the first part of a contig only is let through: its bases are compared record by record.
    """
    builds = build_of_lengths(declared), build_of_lengths(lengths)
    differ = None not in builds and builds[0] != builds[1]
    for name, target in match_contigs(declared, lengths).items():
        length = declared[name]
        if length is not None and (lengths[target] > length or (differ and lengths[target] != length)):
            raise InputError(
                "The VCF and the FASTA are of different genome builds",
                file=path,
                record=f"contig {name}",
                found=f"length {length} ({builds[0] or 'unknown build'})",
                expected=f"{lengths[target]} ({builds[1] or 'unknown build'})",
                remedy="give the reference that the variants were called on",
            )


def _clean(
    parts: list[str], keep: int | None, names: Mapping[str, str], intake: Intake, drop: tuple[str, ...]
) -> list[str]:
    """Rename the contig, upper-case the alleles, take old annotations out and keep the one sample."""
    contig = names[parts[0]]
    intake.original.setdefault(contig, parts[0])
    alts = ",".join(a if a.startswith("<") else a.upper() for a in parts[4].split(","))
    info = ";".join(i for i in parts[7].split(";") if i.split("=", 1)[0] not in drop) or "."
    fixed = [contig, parts[1], parts[2], parts[3].upper(), alts, parts[5], parts[6], info]
    return fixed if keep is None else [*fixed, parts[8], parts[keep]]


def _note_fields(parts: list[str], seen: dict[str, set[str]]) -> None:
    seen["INFO"].update(item.split("=", 1)[0] for item in parts[7].split(";"))
    seen["FILTER"].update(parts[6].split(";"))
    if len(parts) > 8:
        seen["FORMAT"].update(parts[8].split(":"))


def _note_position(parts: list[str], last: tuple[str, int], intake: Intake) -> tuple[str, int]:
    contig, position = parts[0], int(parts[1])
    fresh = contig not in intake.positions
    if (not fresh and contig != last[0]) or (contig == last[0] and position < last[1]):
        intake.is_sorted = False
    intake.positions.setdefault(contig, []).append(position - 1)
    return contig, position


def _header(
    meta: list[str], seen: dict[str, set[str]], intake: Intake, lengths: Mapping[str, int], drop: tuple[str, ...]
) -> list[str]:
    """Compose the working header: defined and undeclared fields, and exactly the contigs that occur."""
    kept = [line for line in scrub_header(meta, drop=drop) if not line.startswith("##contig=")]
    for kind, names in seen.items():
        for name in sorted(names - {".", "PASS", ""}):
            if not any(line.startswith(f"##{kind}=<ID={name},") for line in kept):
                extra = "" if kind == "FILTER" else "Number=.,Type=String,"
                kept.append(f'##{kind}=<ID={name},{extra}Description="Not declared in the input">')
    declared = contig_lengths(meta)
    for contig in intake.positions:
        length = lengths.get(contig) or declared.get(intake.original[contig])
        kept.append(contig_line(contig, length))
    return kept


def _join(body: Path, header: list[str], columns: list[str], target: Path) -> None:
    with target.open("w") as out, body.open() as lines:
        out.write("\n".join(["##fileformat=VCFv4.2", *header, "\t".join(columns)]) + "\n")
        for line in lines:
            out.write(line)
    body.unlink()
