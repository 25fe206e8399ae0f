"""Annotates a VCF with gene, transcript, consequence and HGVS names: the work of `annotate-variants`."""

import heapq
import logging
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pysam

from loci2lead.io.gff import Transcript
from loci2lead.io.tables import write_rejected
from loci2lead.io.vcf import CSQ_FIELDS
from loci2lead.io.vcf_annotations import vep_allele
from loci2lead.io.vcf_text import read_lines, write_bgzipped
from loci2lead.provenance import describe, to_json
from loci2lead.variants import RESULTS_VERSION
from loci2lead.variants.annotate_checks import PLAIN
from loci2lead.variants.annotate_effects import Context, csq_entry
from loci2lead.variants.annotate_intake import Intake, take_in
from loci2lead.variants.annotate_models import BIN, REACH, check_fit, load_models, open_fasta
from loci2lead.variants.annotate_phase import with_phased_neighbours
from loci2lead.variants.annotate_rules import in_promoter
from loci2lead.variants.consequence_csq import normalise, predict, run_bcftools, terms_by_transcript, write_models
from loci2lead.variants.hgvs import Edit, trim
from loci2lead.variants.transcripts import Fetch, TranscriptMap

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Summary:
    """Counts of an annotation run: input records = accepted + rejected; `blind` were read without a sequence."""

    records: int
    accepted: int
    rejected: int
    blind: int
    alleles: int
    in_genes: int
    flawed_transcripts: int
    numbered_otherwise: tuple[str, ...]


def annotate(
    variants: str | Path,
    genes: str | Path,
    output: str | Path,
    *,
    reference: str | Path | None = None,
    sample: str | None = None,
    sample_name: str | None = None,
) -> Summary:
    """Annotate a VCF into `output` (bgzipped and indexed where it ends in .gz) and `<stem>.rejected.tsv` beside.

    With a FASTA: records are split, trimmed and left-aligned, and get consequence and HGVS names. Without:
    gene, transcript, exon and codon number only. Raises InputError where a file as a whole cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="loci2lead-annotate-") as name:
        folder = Path(name)
        fasta = open_fasta(reference, folder) if reference else None
        intake = take_in(variants, fasta, folder, sample=sample, sample_name=sample_name)
        models = load_models(genes, intake)
        annotator = Annotator(models, intake, fasta)
        if fasta and reference:
            check_fit(annotator.with_sequence(), genes, reference)
        lines = heapq.merge(
            _annotated(annotator, _predicted(intake, models, folder) if fasta else iter(())),
            _annotated(annotator, _split(intake, folder), blind=True),
            key=lambda item: item[0],
        )
        provenance = describe(
            "annotate-variants",
            results_version=RESULTS_VERSION,
            inputs={"variants": variants, "genes": genes, "reference": reference},
            parameters={"sample_chosen": sample is not None},
        )
        header = _final_header(intake, to_json(provenance))
        write_bgzipped(output, _chain(header, (line for _, line in lines)))
    write_rejected(output, intake.rejections)
    summary = annotator.summary(models)
    _report(summary)
    return summary


class Annotator:
    """Turns working VCF lines into annotated ones."""

    def __init__(self, models: list[Transcript], intake: Intake, fasta: pysam.FastaFile | None) -> None:
        """Index the transcripts; `fasta` gives sequences where there is one."""
        self.intake, self.fasta = intake, fasta
        self.alleles = self.in_genes = 0
        self._bins: dict[tuple[str, int], list[TranscriptMap]] = defaultdict(list)
        for model in models:
            contig = model.gene.contig
            mapped = TranscriptMap(model, self.fetcher(contig))
            for index in range((model.start - REACH) // BIN, (model.end + REACH) // BIN + 1):
                self._bins[contig, index].append(mapped)

    def fetcher(self, contig: str) -> Fetch | None:
        """Return a reader of a contig's bases, None where there is no sequence."""
        fasta = self.fasta
        if fasta is None or contig not in fasta.references:
            return None

        def fetch(start: int, end: int) -> str:
            """Return the bases, N where the FASTA's contig is shorter than the gene models'."""
            bases = fasta.fetch(contig, max(start, 0), max(end, 0)).upper()
            return bases + "N" * (end - max(start, 0) - len(bases))

        return fetch

    def with_sequence(self) -> Iterator[TranscriptMap]:
        """Yield each transcript whose contig the FASTA holds."""
        found = {id(mapped): mapped for near in self._bins.values() for mapped in near}
        return (mapped for mapped in found.values() if self.fetcher(mapped.transcript.gene.contig))

    def at(self, contig: str, edit: Edit) -> list[TranscriptMap]:
        """Return the transcripts that an edit touches, or whose promoter it lies in."""
        low, high = (edit.start - 1, edit.end + 1) if edit.start == edit.end else (edit.start, edit.end)
        near = self._bins.get((contig, edit.start // BIN), [])
        return [
            mapped
            for mapped in near
            if (mapped.transcript.start < high and low < mapped.transcript.end) or in_promoter(edit, mapped)
        ]

    def line(self, parts: list[str], bcsq: str, blind: bool, neighbours: tuple[Edit, ...]) -> str:
        """Return the finished line of a record with one alternative allele."""
        contig, start, ref, alt = parts[0], int(parts[1]) - 1, parts[3], parts[4]
        original = self.intake.original[contig]
        entries: list[str] = []
        if PLAIN.fullmatch(alt) and alt != ref:
            self.alleles += 1
            edit = trim(start, ref, alt)
            context = Context(vep_allele(ref, [alt], 0), original, None if blind else self.fetcher(contig))
            terms = terms_by_transcript(bcsq)
            for mapped in self.at(contig, edit):
                entries.append(csq_entry(edit, mapped, context, terms, neighbours))
            self.in_genes += bool(entries)
        info = [item for item in parts[7].split(";") if item != "."]
        info += [f"CSQ={','.join(entries)}"] if entries else []
        return "\t".join([original, *parts[1:7], ";".join(info) or ".", *parts[8:]])

    def summary(self, models: list[Transcript]) -> Summary:
        """Return the counts after all lines were made."""
        counts, rejected = self.intake.counts, len(self.intake.rejections)
        accepted = counts["input"] - rejected
        return Summary(
            records=counts["input"],
            accepted=accepted,
            rejected=rejected,
            blind=counts["blind"],
            alleles=self.alleles,
            in_genes=self.in_genes,
            flawed_transcripts=sum(bool(model.flaw) for model in models),
            numbered_otherwise=tuple(sorted(m.gene.name for m in models if m.numbered_otherwise)),
        )


def _predicted(intake: Intake, models: list[Transcript], folder: Path) -> Iterator[str]:
    """Normalise the records with a known reference, run csq on them, and yield its record lines."""
    fasta = next(folder / name for name in ("reference.fa", "reference.fa.gz") if (folder / name).exists())
    source = _sorted(intake, intake.known, folder)
    normal = folder / "normal.vcf"
    normalise(source, normal, fasta)
    usable = write_models([m for m in models if m.gene.contig in intake.positions], folder / "models.gff3")
    if usable and intake.counts["known"]:
        predict(normal, folder / "predicted.vcf", fasta, folder / "models.gff3")
        normal = folder / "predicted.vcf"
    return (line for line in read_lines(normal) if not line.startswith("#"))


def _split(intake: Intake, folder: Path) -> Iterator[str]:
    source = _sorted(intake, intake.blind, folder)
    target = folder / "split.vcf"
    normalise(source, target, None)
    return (line for line in read_lines(target) if not line.startswith("#"))


def _sorted(intake: Intake, source: Path, folder: Path) -> Path:
    if intake.is_sorted:
        return source
    target = source.with_suffix(".sorted.vcf")
    run_bcftools("sort", "-T", str(folder / "sort"), "-Ov", "-o", str(target), str(source))
    return target


def _annotated(
    annotator: Annotator, lines: Iterator[str], blind: bool = False
) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield each finished line with its sort key: rank of the contig, position."""
    ranks = {contig: rank for rank, contig in enumerate(annotator.intake.positions)}
    for parts, neighbours in with_phased_neighbours(line.split("\t") for line in lines):
        if parts[4] == "*" or parts[4].startswith("<"):
            continue  # a part of a split record that names no bases
        parts[7], bcsq = _take_bcsq(parts[7])
        yield (ranks[parts[0]], int(parts[1])), annotator.line(parts, bcsq, blind, neighbours)


def _take_bcsq(info: str) -> tuple[str, str]:
    found = re.search(r"(?:^|;)BCSQ=([^;]*)", info)
    if found is None:
        return info, ""
    rest = (info[: found.start()] + info[found.end() :]).lstrip(";")
    return rest or ".", found.group(1)


def _final_header(intake: Intake, provenance: str) -> list[str]:
    contigs = {intake.original[name]: name for name in intake.original}
    lines = []
    for line in intake.header:
        if line.startswith("##contig="):
            for original, working in contigs.items():
                if re.match(rf"##contig=<ID={re.escape(working)}[,>]", line):
                    line = line.replace(f"ID={working}", f"ID={original}", 1)
                    break
        lines.append(line)
    description = f"Annotation by loci2lead, VEP style. Format: {'|'.join(CSQ_FIELDS)}"
    lines.append(f'##INFO=<ID=CSQ,Number=.,Type=String,Description="{description}">')
    return ["##fileformat=VCFv4.2", *lines, f"##loci2lead={provenance}", "\t".join(intake.columns)]


def _chain(header: list[str], lines: Iterator[str]) -> Iterator[str]:
    yield from header
    yield from lines


def _report(summary: Summary) -> None:
    log.info(
        "%d records: %d annotated or passed on, %d rejected; %d alleles, %d in genes",
        summary.records,
        summary.accepted,
        summary.rejected,
        summary.alleles,
        summary.in_genes,
    )
    if summary.blind:
        log.info("%d records without a reference sequence: gene and codon only, no consequence", summary.blind)
    if summary.flawed_transcripts:
        log.info("%d transcripts have no sound reading frame: gene named only", summary.flawed_transcripts)
    if summary.numbered_otherwise:
        log.warning(
            "The gene models hold another isoform than the clinic numbers residues in, for %s: their codons are not "
            "looked up as hotspots",
            ", ".join(summary.numbered_otherwise),
        )
