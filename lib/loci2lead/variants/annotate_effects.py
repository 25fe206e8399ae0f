"""The CSQ entry of one edit on one transcript: consequence, HGVS, codon, exon."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loci2lead.io.so_terms import impact, worst_first
from loci2lead.io.vcf import CSQ_FIELDS, OTHER_NUMBERING
from loci2lead.variants.annotate_phase import join_in_codon
from loci2lead.variants.annotate_rules import in_promoter, rules_for
from loci2lead.variants.hgvs import Edit, describe_coding, describe_genomic, shift
from loci2lead.variants.hgvs_protein import ProteinChange, coding_span, protein_change
from loci2lead.variants.transcripts import Fetch, TranscriptMap

JOINED = "joined_in_phase"


@dataclass(frozen=True)
class Context:
    """What is known around an edit: VEP's allele name, the contig's name in the VCF, and the reference.

    `fetch` is None where the reference's bases are not known: then only position-bound facts are written.
    """

    allele: str
    contig: str
    fetch: Fetch | None


def csq_entry(
    edit: Edit,
    transcript: TranscriptMap,
    context: Context,
    terms: Mapping[str, tuple[str, ...]],
    neighbours: Sequence[Edit] = (),
) -> str:
    """Return one CSQ entry, its fields in the order of CSQ_FIELDS joined by |.

    `terms` is what csq found for this edit, by transcript or gene. `neighbours` are substitutions in phase
    with this one: where some lie in its codon, names and consequence are those of the joined change.
    """
    joined = join_in_codon(edit, neighbours, transcript, context.fetch) if context.fetch else None
    whole = joined or edit
    values = _placed(edit, transcript, context)
    values["RULE"] = "&".join(rules_for(edit, transcript))
    if context.fetch is not None:
        values |= _named(whole, transcript, context, terms, use_own_terms=joined is not None)
    else:
        values |= _numbered(whole, transcript)
    last_codon = int(str(values.get("Protein_position") or "0").rsplit("-", 1)[-1])
    flags = {JOINED: joined is not None, OTHER_NUMBERING: last_codon > transcript.transcript.clinical_codons}
    values["FLAGS"] = "&".join(flag for flag, is_set in flags.items() if is_set)
    return "|".join(str(values.get(name) or "") for name in CSQ_FIELDS).replace("=", "%3D")  # as VEP writes p.Val2=


def _placed(edit: Edit, transcript: TranscriptMap, context: Context) -> dict[str, object]:
    """Return what the position alone says: gene, transcript, exon or intron, strand."""
    gene = transcript.transcript.gene
    ends = (edit.start, max(edit.end - 1, edit.start))
    exons = sorted({n for n in map(transcript.exon_number, ends) if n})
    introns = sorted({n for n in map(transcript.intron_number, ends) if n})
    total = len(transcript.exons)
    return {
        "Allele": context.allele,
        "SYMBOL": gene.name,
        "Gene": gene.id,
        "Feature_type": "Transcript",
        "Feature": transcript.transcript.id,
        "BIOTYPE": "protein_coding",
        "EXON": f"{_numbers(exons)}/{total}" if exons else "",
        "INTRON": f"{_numbers(introns)}/{total - 1}" if introns else "",
        "STRAND": gene.strand,
    }


def _numbered(edit: Edit, transcript: TranscriptMap) -> dict[str, object]:
    """Return coding and protein positions, which need no sequence."""
    if transcript.transcript.flaw:
        return {}
    span = coding_span(edit, transcript)
    if span is None:
        return {}
    start, end = max(span[0], 0), min(max(span[1], span[0] + 1), transcript.coding_length)
    return {
        "cDNA_position": _range(start + transcript.coding_start, end + transcript.coding_start),
        "CDS_position": _range(start, end),
        "Protein_position": _range(start // 3, (end - 1) // 3 + 1),
    }


def _named(
    edit: Edit,
    transcript: TranscriptMap,
    context: Context,
    terms: Mapping[str, tuple[str, ...]],
    *,
    use_own_terms: bool,
) -> dict[str, object]:
    """Return names and consequence, with the edit moved to the transcript's 3' side first."""
    fetch = context.fetch
    assert fetch is not None
    moved = shift(edit, fetch, transcript.strand)
    values: dict[str, object] = {"HGVSg": describe_genomic(edit, context.contig, fetch)}
    if transcript.transcript.flaw:
        return values
    values["HGVSc"] = f"{transcript.transcript.id}:{describe_coding(edit, transcript, fetch)}"
    values |= _numbered(moved, transcript)
    change = protein_change(moved, transcript)
    if change is not None:
        values["HGVSp"] = f"{transcript.transcript.id}:{change.hgvs}" if change.hgvs else ""
        values["Protein_position"] = _range(change.first_codon - 1, change.last_codon)
        values["Amino_acids"], values["Codons"] = change.amino_acids, change.codons
    gene = transcript.transcript.gene.name
    found = () if use_own_terms else terms.get(transcript.transcript.id) or terms.get(gene) or ()
    chosen = worst_first(found or own_terms(moved, transcript, change))
    if not change and {"splice_donor_variant", "splice_acceptor_variant"} & set(chosen):
        values["HGVSp"] = f"{transcript.transcript.id}:p.?"
    values["Consequence"], values["IMPACT"] = "&".join(chosen), impact(chosen)
    return values


def own_terms(edit: Edit, transcript: TranscriptMap, change: ProteinChange | None) -> tuple[str, ...]:
    """Return the consequence where csq gives none: from the protein, the splice sites, or the region."""
    if in_promoter(edit, transcript) and not transcript.transcript.start <= edit.start < transcript.transcript.end:
        return ("upstream_gene_variant",)
    if change is not None and change.terms:
        return change.terms
    bases = range(edit.start, max(edit.end, edit.start + 1))
    positions = [transcript.coding_position(base) for base in bases]
    if any(p.offset in (1, 2) for p in positions):
        return ("splice_donor_variant",)
    if any(p.offset in (-1, -2) for p in positions):
        return ("splice_acceptor_variant",)
    if all(p.offset for p in positions):
        near = any(3 <= abs(p.offset) <= 8 for p in positions)
        return ("splice_region_variant", "intron_variant") if near else ("intron_variant",)
    if all(p.index < 0 for p in positions):
        return ("5_prime_UTR_variant",)
    if all(p.index >= transcript.coding_length for p in positions):
        return ("3_prime_UTR_variant",)
    return ("coding_sequence_variant",)


def _numbers(values: Iterable[int]) -> str:
    values = list(values)
    return str(values[0]) if len(values) == 1 else f"{values[0]}-{values[-1]}"


def _range(start: int, end: int) -> str:
    """Write a 0-based half-open range in 1-based numbers: 600, 746-750."""
    return str(start + 1) if end - start <= 1 else f"{start + 1}-{end}"
