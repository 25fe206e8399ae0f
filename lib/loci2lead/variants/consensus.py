"""Consensus of several somatic callers on one tumour: the work of `merge-calls`.

Alleles are split, trimmed and left-aligned on the reference before they are compared. A caller votes for an allele
that it passes. A caller that reports a change of neighbouring bases as single substitutions votes for the joint
allele of another caller, and its parts are then not listed on their own.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysam

from loci2lead.errors import InputError
from loci2lead.io.tables import write_rejected
from loci2lead.io.vcf_depths import Evidence, evidence_of
from loci2lead.io.vcf_somatic import not_somatic
from loci2lead.io.vcf_text import contig_line, write_bgzipped
from loci2lead.provenance import describe, to_json
from loci2lead.records import Rejection
from loci2lead.variants import RESULTS_VERSION
from loci2lead.variants.annotate_intake import Intake, take_in
from loci2lead.variants.annotate_models import open_fasta
from loci2lead.variants.consequence_csq import normalise, run_bcftools

Allele = tuple[str, int, str, str]
"""Contig, 0-based position, reference and alternative bases, left-aligned."""

FEW_VOTES = "FewVotes"


@dataclass(frozen=True)
class Calls:
    """What one caller passed: its evidence by allele."""

    caller: str
    alleles: Mapping[Allele, Evidence]


def merge_calls(
    calls: Sequence[tuple[str, Sequence[Path]]],
    reference: Path,
    output: Path,
    *,
    min_votes: int = 2,
    sample: str | None = None,
    sample_name: str = "TUMOR",
) -> dict[str, int]:
    """Write the consensus VCF of several callers' files and return its counts.

    Depths and fraction of an allele are those of the first caller, in the order given, that tells them. Alleles
    with fewer than `min_votes` votes stay in the file as FewVotes. Raises InputError for fewer than two callers,
    a name given twice, votes that cannot be reached, and files that cannot be used.
    """
    names = [name for name, _ in calls]
    if len(calls) < 2 or len(set(names)) < len(names):
        raise InputError(
            "A consensus needs at least two callers, each named once",
            record="--calls",
            found=", ".join(names),
            expected="--calls mutect2=A.vcf.gz --calls strelka2=B.vcf.gz",
        )
    if not 1 <= min_votes <= len(calls):
        raise InputError("Votes cannot be reached", record="--min-votes", found=min_votes, expected=f"1..{len(calls)}")
    with tempfile.TemporaryDirectory(prefix="loci2lead-merge-") as name:
        folder = Path(name)
        fasta = open_fasta(reference, folder)
        lengths = dict(zip(fasta.references, fasta.lengths, strict=True))
        read, rejections = [], []
        for caller, paths in calls:
            found: dict[Allele, Evidence] = {}
            for number, path in enumerate(paths):
                own = folder / f"{caller}-{number}"
                own.mkdir()
                alleles, refused = _read(caller, path, fasta, own, sample)
                found |= alleles
                rejections += refused
            read.append(Calls(caller, found))
    votes = _votes(read)
    order = {contig: rank for rank, contig in enumerate(lengths)}
    ranked = sorted(votes, key=lambda a: (order.get(a[0], len(order)), *a))
    provenance = describe(
        "merge-calls",
        results_version=RESULTS_VERSION,
        inputs={"reference": reference} | {f"{name}_{i}": p for name, paths in calls for i, p in enumerate(paths, 1)},
        parameters={"min_votes": min_votes, "callers": names, "sample_chosen": sample is not None},
    )
    contigs = dict.fromkeys(a[0] for a in ranked)
    header = _header([contig_line(c, lengths.get(c)) for c in contigs], to_json(provenance), sample_name)
    lines = [_line(allele, votes[allele], read, min_votes) for allele in ranked]
    write_bgzipped(output, [*header, *lines])
    write_rejected(output, rejections)
    passed = sum(len(votes[a]) >= min_votes for a in ranked)
    return {"alleles": len(ranked), "passed": passed, "rejected": len(rejections)}


def _read(
    caller: str, path: Path, fasta: pysam.FastaFile, folder: Path, sample: str | None
) -> tuple[dict[Allele, Evidence], list[Rejection]]:
    intake = take_in(path, fasta, folder, sample=sample)
    refused = [Rejection(r.row, f"{caller} {r.id}", r.code, r.reason) for r in intake.rejections]
    reference = next(p for p in (folder.parent / n for n in ("reference.fa", "reference.fa.gz")) if p.exists())
    alleles: dict[Allele, Evidence] = {}
    for source, target, genome in ((intake.known, "known.norm.vcf", reference), (intake.blind, "blind.norm.vcf", None)):
        normalise(_sorted(source, intake), folder / target, genome)
        alleles |= _passed(folder / target)
    return alleles, refused


def _sorted(source: Path, intake: Intake) -> Path:
    if intake.is_sorted:
        return source
    target = source.with_suffix(".sorted.vcf")
    run_bcftools("sort", "-T", str(source.parent / "sort"), "-Ov", "-o", str(target), str(source))
    return target


def _passed(path: Path) -> dict[Allele, Evidence]:
    """Return the alleles of a normalised VCF that passed and are somatic, with their evidence."""
    found: dict[Allele, Evidence] = {}
    with pysam.VariantFile(str(path)) as source:
        column = 0 if len(source.header.samples) else None
        for record in source:
            failed = [name for name in record.filter if name != "PASS"]
            if failed or not record.alts or not_somatic(record, column) or record.alts[0][0] in "<*":
                continue
            evidence = evidence_of(record, 0, column)
            if evidence.genotype is None or set(evidence.genotype) - set("0/|"):  # 0/0: the tumour does not carry it
                found[record.contig, record.start, record.ref or "", record.alts[0]] = evidence
    return found


def _votes(read: Sequence[Calls]) -> dict[Allele, tuple[str, ...]]:
    """Return the callers that vote for each allele, in their order."""
    joint = {a for calls in read for a in calls.alleles if len(a[2]) == len(a[3]) > 1}
    votes: dict[Allele, list[str]] = {}
    for calls in read:
        whole = {a for a in joint if a not in calls.alleles and all(p in calls.alleles for p in _parts(a))}
        spent = {part for a in whole for part in _parts(a)}
        for allele in [*calls.alleles, *whole]:
            if allele not in spent:
                votes.setdefault(allele, []).append(calls.caller)
    return {allele: tuple(callers) for allele, callers in votes.items()}


def _parts(allele: Allele) -> list[Allele]:
    """Return the single substitutions that a joint one consists of."""
    contig, start, ref, alt = allele
    return [(contig, start + i, r, a) for i, (r, a) in enumerate(zip(ref, alt, strict=True)) if r != a]


def _evidence(allele: Allele, calls: Calls) -> Evidence | None:
    """Return a caller's evidence for an allele; for a joint one that it reports in parts, that of the first part."""
    if allele in calls.alleles:
        return calls.alleles[allele]
    parts = _parts(allele) if len(allele[2]) == len(allele[3]) > 1 else []
    return next((calls.alleles[part] for part in parts if part in calls.alleles), None)


def _line(allele: Allele, callers: tuple[str, ...], read: Sequence[Calls], min_votes: int) -> str:
    contig, start, ref, alt = allele
    told = [_evidence(allele, calls) for calls in read if calls.caller in callers]
    known = [e for e in told if e is not None]
    best = next((e for e in known if e.vaf is not None and e.depth is not None), known[0])
    fractions = ",".join("." if e is None or e.vaf is None else f"{e.vaf:.4g}" for e in told)
    depths = "." if best.depth is None else str(best.depth)
    alleles = "."
    if best.alt_depth is not None and best.depth is not None:
        alleles = f"{max(best.depth - best.alt_depth, 0)},{best.alt_depth}"
    vaf = "." if best.vaf is None else f"{best.vaf:.4g}"
    info = f"CALLERS={','.join(callers)};VOTES={len(callers)};CALLERVAF={fractions}"
    state = "PASS" if len(callers) >= min_votes else FEW_VOTES
    fields = f"GT:DP:AD:VAF\t0/1:{depths}:{alleles}:{vaf}"
    return "\t".join([contig, str(start + 1), ".", ref, alt, ".", state, info, fields])


def _header(contigs: Iterable[str], provenance: str, sample_name: str) -> list[str]:
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", sample_name]
    return [
        "##fileformat=VCFv4.2",
        f'##FILTER=<ID={FEW_VOTES},Description="Fewer callers than asked for pass this allele">',
        '##INFO=<ID=CALLERS,Number=.,Type=String,Description="Callers that pass this allele">',
        '##INFO=<ID=VOTES,Number=1,Type=Integer,Description="Number of callers that pass this allele">',
        '##INFO=<ID=CALLERVAF,Number=.,Type=Float,Description="Allele fraction by caller, in the order of CALLERS">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="0/1: carried; somatic genotypes are not told apart">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth of the first caller in CALLERS that tells it">',
        '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Other reads, reads of the allele, of the same caller">',
        '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Allele fraction of the same caller">',
        *contigs,
        f"##loci2lead={provenance}",
        "\t".join(columns),
    ]
