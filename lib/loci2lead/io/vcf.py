"""Annotated variants out of a VCF: gene, consequence, HGVS, genotype and allele fraction in one record.

Reads the INFO/CSQ that `annotate-variants` and VEP write, SnpEff's ANN and bcftools' BCSQ.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pysam

from loci2lead.errors import InputError
from loci2lead.io.contigs import build_of_lengths, plain_contig
from loci2lead.io.vcf_annotations import (
    Annotation,
    Entry,
    annotation_of,
    entries_of_allele,
    frequency_fields,
    highest_frequency,
    predicted_effect,
    terms,
)
from loci2lead.io.vcf_depths import Evidence, carries_fraction, evidence_of
from loci2lead.io.vcf_somatic import not_somatic, tumour_column

CSQ_FIELDS = (
    *("Allele", "Consequence", "IMPACT", "SYMBOL", "Gene", "Feature_type", "Feature", "BIOTYPE", "EXON", "INTRON"),
    *("HGVSc", "HGVSp", "cDNA_position", "CDS_position", "Protein_position", "Amino_acids", "Codons", "STRAND"),
    *("HGVSg", "RULE", "FLAGS"),
)
"""Our CSQ: VEP's names, then RULE = a finding by place (TERT_promoter, MET_exon14) and FLAGS = how to read the
entry (joined_in_phase: named together with phased neighbours; other_numbering: see AnnotatedVariant.flags)."""
OTHER_NUMBERING = "other_numbering"
GERMLINE_KEPT = "germline_not_removed"
TERT_SITES = frozenset({("GRCh37", 1295228), ("GRCh37", 1295250), ("GRCh38", 1295113), ("GRCh38", 1295135)})
"""C228T and C250T of TERT's promoter (c.-124C>T, c.-146C>T; Horn 2013, Huang 2013), 1-based."""


@dataclass(frozen=True)
class AnnotatedVariant:
    """One alternative allele, its annotation on one transcript, and what the sample shows of it.

    `position` is 0-based. `filters` is empty for PASS (or where no filter was applied). `consequences` holds
    Sequence Ontology terms, the most severe first; empty = unknown. `hgvs_c` and `hgvs_p` come without the
    transcript's name, the latter in three-letter form. `codon` is the first changed codon, 1-based,
    `cds_position` the first changed coding base, 1-based; `strand` is 1 or -1.
    `genotype` is as in the file (0/1, 1|0). `vaf` is a fraction. `rules` are rules that fired by position.
    `flags`: "joined_in_phase" where the names are those of the change that phased neighbours make together,
    "germline_not_removed" where the caller of a tumour alone says so,
    "other_numbering" where the codon is not numbered as the clinic does (another isoform), so that it must not be
    looked up in tables of hotspots or evidence. `frequency` is the highest population frequency that the file
    gives, `frequency_given` whether the file gives frequencies at all. `predicted`: see predicted_effect.
    `detectable_vaf` is the smallest fraction that would have been seen here with 95 % confidence.
    Whatever the file does not say is None.
    """

    contig: str
    position: int
    ref: str
    alt: str
    filters: tuple[str, ...] = ()
    gene: str | None = None
    transcript: str | None = None
    consequences: tuple[str, ...] = ()
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    codon: int | None = None
    exon: str | None = None
    genotype: str | None = None
    depth: int | None = None
    alt_depth: int | None = None
    vaf: float | None = None
    gq: float | None = None
    rules: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    cds_position: int | None = None
    strand: int | None = None
    frequency: float | None = None
    frequency_given: bool = False
    predicted: str | None = None
    detectable_vaf: float | None = None

    @property
    def key(self) -> tuple[str, int, str, str]:
        """Return what identifies the allele: contig, 0-based position, reference and alternative bases."""
        return self.contig, self.position, self.ref, self.alt


def read_annotated(path: str | Path, sample: str | None = None, *, every_gene: bool = False) -> list[AnnotatedVariant]:
    """Return the alternative alleles of a VCF in file order, each with its annotation and evidence.

    One record per allele: where an allele touches several genes or transcripts, the transcript is chosen per
    gene (MANE, canonical, picked, protein coding, most severe) and then the gene with the worst consequence;
    `every_gene=True` gives a record per allele and gene instead. Alleles outside genes have gene None.
    `sample` picks the column of a VCF with several; without it the tumour is found by its name. Raises InputError
    for a file that cannot be read, a missing CSQ, an unnamed sample among several, or no sample and no allele
    fraction in INFO.
    """
    with open_variants(path) as source:
        annotation = _annotation(source.header, path)
        column = choose_sample(source.header, path, sample)
        build = build_of_lengths({c.name: c.length for c in source.header.contigs.values()})
        frequencies = frequency_fields(source.header, annotation)
        found: list[AnnotatedVariant] = []
        for record in _records(source, path):
            entries = annotation.entries(record)
            for index, alt in enumerate(record.alts or ()):
                evidence = evidence_of(record, index, column)
                chosen = entries_of_allele(entries, record, index) or [{}]
                filters = _filters(record, column)
                for entry in chosen if every_gene else chosen[:1]:
                    variant = _build(record, alt, entry, evidence, filters, build)
                    highest = highest_frequency(frequencies, entry, record, index)
                    found.append(replace(variant, frequency=highest, frequency_given=bool(frequencies)))
    return found


def open_variants(path: str | Path) -> pysam.VariantFile:
    """Open a VCF or BCF for reading in order; raise InputError with a remedy where that fails."""
    path = Path(path)
    if not path.is_file():
        raise InputError("VCF not found", file=path, remedy="check the path")
    verbosity = pysam.set_verbosity(0)
    try:
        return pysam.VariantFile(str(path))
    except (ValueError, OSError) as error:
        raise InputError(
            "The file is not a readable VCF", file=path, found=error, expected="VCF or BCF, plain or bgzipped"
        ) from error
    finally:
        pysam.set_verbosity(verbosity)


def _annotation(header: pysam.VariantHeader, path: str | Path) -> Annotation:
    annotation = annotation_of(header)
    if annotation is None:
        raise InputError(
            "The VCF is not annotated",
            file=path,
            found="no INFO/CSQ, ANN or BCSQ with a Format",
            expected="VEP's INFO/CSQ, SnpEff's ANN or bcftools' BCSQ",
            remedy="run `loci2lead annotate-variants` on it first",
        )
    return annotation


def choose_sample(header: pysam.VariantHeader, path: str | Path, sample: str | None) -> int | None:
    """Return the index of the sample column to read, None where the file has none but INFO says enough.

    Without `sample` the only one is taken, or of several the one that the file itself names as the tumour.
    """
    samples = list(header.samples)
    if sample is not None and sample in samples:
        return samples.index(sample)
    if len(samples) == 1 and sample is None:
        return 0
    if sample is None and samples:
        tumour = tumour_column(str(header).splitlines(), samples)
        if tumour is not None:
            return tumour
    if not samples and carries_fraction(header):
        return None
    if not samples:
        raise InputError(
            "The VCF has no sample and no allele fraction",
            file=path,
            expected="a sample column, or INFO TVAF, VAF or AF",
            remedy="export the calls with their genotype column",
        )
    problem = "The sample is not in the VCF" if sample else "The VCF has several samples"
    raise InputError(
        problem, file=path, record=sample, found=", ".join(samples), remedy="name one of these with --sample"
    )


def _records(source: pysam.VariantFile, path: str | Path) -> Iterator[pysam.VariantRecord]:
    verbosity = pysam.set_verbosity(0)
    number = 0
    try:
        for number, record in enumerate(source, start=1):  # noqa: B007 the count names the bad record
            yield record
    except (ValueError, OSError) as error:
        raise InputError(
            "A record of the VCF cannot be read", file=path, record=f"record {number + 1}", found=error
        ) from error
    finally:
        pysam.set_verbosity(verbosity)


def _filters(record: pysam.VariantRecord, column: int | None) -> tuple[str, ...]:
    """Return the filters that a record failed, a caller's remark that it is not somatic among them."""
    failed = [str(name) for name in record.filter if name != "PASS"]
    remark = not_somatic(record, column)
    return (*failed, remark) if remark and remark not in failed else tuple(failed)


def _build(
    record: pysam.VariantRecord,
    alt: str,
    entry: Entry,
    evidence: Evidence,
    filters: tuple[str, ...],
    build: str | None,
) -> AnnotatedVariant:
    return AnnotatedVariant(
        contig=record.contig,
        position=record.start,
        ref=record.ref or "",
        alt=alt,
        filters=filters,
        gene=entry.get("SYMBOL") or entry.get("Gene") or None,
        transcript=entry.get("Feature") or None,
        consequences=terms(entry),
        hgvs_c=_without_transcript(entry.get("HGVSc", "")),
        hgvs_p=_without_transcript(entry.get("HGVSp", "")),
        codon=_first_number(entry.get("Protein_position", "")),
        exon=entry.get("EXON") or None,
        genotype=evidence.genotype,
        depth=evidence.depth,
        alt_depth=evidence.alt_depth,
        vaf=evidence.vaf,
        gq=evidence.gq,
        detectable_vaf=evidence.detectable_vaf,
        rules=_rules(record, alt, entry, build),
        flags=_flags(record, entry),
        cds_position=_first_number(entry.get("CDS_position", "")),
        strand=int(entry["STRAND"]) if entry.get("STRAND") in ("1", "-1") else None,
        predicted=predicted_effect(entry),
    )


def _flags(record: pysam.VariantRecord, entry: Entry) -> tuple[str, ...]:
    flags = tuple(filter(None, entry.get("FLAGS", "").split("&")))
    return (*flags, GERMLINE_KEPT) if "GERMLINE_NOT_REMOVED" in record.info else flags


def _rules(record: pysam.VariantRecord, alt: str, entry: Entry, build: str | None) -> tuple[str, ...]:
    """Return the rules that fired: as written, and TERT's promoter where another annotator knows no name for it."""
    rules = tuple(filter(None, entry.get("RULE", "").split("&")))
    site = (build or "", record.pos)
    if plain_contig(record.contig) == "5" and site in TERT_SITES and (record.ref, alt) == ("G", "A"):
        return tuple(dict.fromkeys((*rules, "TERT_promoter")))
    return rules


def _without_transcript(text: str) -> str | None:
    return unquote(text).rsplit(":", 1)[-1] or None


def _first_number(text: str) -> int | None:
    """Return the first whole number of a Protein_position such as 600, 600/766, 746-750 or ?-5."""
    match = re.search(r"\d+", text)
    return int(match.group()) if match else None
