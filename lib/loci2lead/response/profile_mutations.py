"""From annotated variants to one mutation state per gene."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from loci2lead.io.tables import read_table
from loci2lead.io.vcf import OTHER_NUMBERING, AnnotatedVariant
from loci2lead.response.profile_names import TABLES

STATES = ("hotspot", "truncating", "inframe", "missense", "other")
"""Mutation states, the one that a gene with several variants gets first."""

TRUNCATING = {
    "stop_gained",
    "frameshift_variant",
    "splice_acceptor_variant",
    "splice_donor_variant",
    "start_lost",
    "transcript_ablation",
}
INFRAME = {"inframe_insertion", "inframe_deletion"}
OTHER = {"protein_altering_variant", "stop_lost", "coding_sequence_variant"}
HOTSPOT_RULES = {"TERT_promoter", "MET_exon14"}


@dataclass(frozen=True)
class Hotspot:
    """Recurrently mutated residues first..last of a gene; `kind` is substitution or inframe."""

    kind: str
    first: int
    last: int


@cache
def hotspots() -> dict[str, tuple[Hotspot, ...]]:
    """Return our table of hotspots by gene."""
    columns = ("gene", "kind", "first_codon", "last_codon")
    table = read_table(TABLES / "hotspots.tsv", columns=columns, comment="#")
    found: dict[str, list[Hotspot]] = {}
    for gene, kind, first, last in table[list(columns)].itertuples(index=False):
        found.setdefault(gene, []).append(Hotspot(kind, int(first), int(last)))
    return {gene: tuple(spots) for gene, spots in found.items()}


def mutation_states(variants: Iterable[AnnotatedVariant]) -> dict[str, str]:
    """Return the mutation state of every gene with a variant that counts.

    Used are variants that passed all filters and that the sample carries. Of several in a gene the first in
    STATES wins. Synonymous, intronic and untranslated changes do not count.
    """
    states: dict[str, str] = {}
    for variant in variants:
        if variant.gene is None or variant.filters or not is_carried(variant):
            continue
        state = state_of(variant)
        if state is not None:
            known = states.get(variant.gene, STATES[-1])
            states[variant.gene] = min(state, known, key=STATES.index)
    return states


def is_carried(variant: AnnotatedVariant) -> bool:
    """Say whether the sample carries an alternative allele: true where the genotype is not known."""
    if variant.genotype is None or not re.search(r"\d", variant.genotype):
        return True
    return any(allele not in {"0", "."} for allele in re.split(r"[/|]", variant.genotype))


def state_of(variant: AnnotatedVariant) -> str | None:
    """Return the state that one variant gives its gene, None where it changes no protein.

    Without a consequence (no reference sequence) the position decides: hotspot by its codon, truncating for an
    indel that shifts the frame, inframe for one that does not, other for any other coding change.
    """
    if set(variant.rules) & HOTSPOT_RULES:
        return "hotspot"
    if not variant.consequences:
        return _state_without_consequence(variant)
    terms = set(variant.consequences)
    if terms & ({"missense_variant"} | INFRAME | OTHER) and is_hotspot(variant):
        return "hotspot"
    if terms & TRUNCATING:
        return "truncating"
    if terms & INFRAME:
        return "inframe"
    if "missense_variant" in terms:
        return "missense"
    return "other" if terms & OTHER else None


def is_hotspot(variant: AnnotatedVariant) -> bool:
    """Say whether a variant hits a residue of our table, as a substitution or in-frame as the table says.

    The codon decides, so that it works without a reference sequence; a substitution that is known to be a stop
    or silent has been sorted out before.
    """
    if variant.codon is None or variant.gene is None or OTHER_NUMBERING in variant.flags:
        return False
    is_indel = len(variant.ref) != len(variant.alt)
    first, last = _codons(variant)
    kind = "inframe" if is_indel else "substitution"
    return any(
        spot.kind == kind and first <= spot.last and spot.first <= last for spot in hotspots().get(variant.gene, ())
    )


def _codons(variant: AnnotatedVariant) -> tuple[int, int]:
    """Return first and last codon, from the protein name where there is one, else from the first codon."""
    numbers = [int(n) for n in re.findall(r"[A-Z][a-z]{2}(\d+)", variant.hgvs_p or "")]
    codon = variant.codon or 0
    return (min(numbers), max(numbers)) if numbers else (codon, codon)


def _state_without_consequence(variant: AnnotatedVariant) -> str | None:
    if variant.codon is None:
        return None
    change = len(variant.alt) - len(variant.ref)
    if change % 3:
        return "truncating"
    if is_hotspot(variant):
        return "hotspot"
    return "inframe" if change else "other"
