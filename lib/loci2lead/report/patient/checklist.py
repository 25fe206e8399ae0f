"""What had to be looked at for a tumour type: found, not found, not assessable or not tested."""

from dataclasses import dataclass
from statistics import median
from typing import Literal

from loci2lead.config.oncotree import OncoTree
from loci2lead.io.vcf import AnnotatedVariant
from loci2lead.report.evidence.resources import ChecklistItem, checklist_items
from loci2lead.report.patient.evaluate import TESTS, Tumour
from loci2lead.report.patient.findings import Finding, exon_number, exon_of, is_reference

Status = Literal["found", "not found", "not assessable", "not tested", "no statement"]


@dataclass(frozen=True)
class ChecklistLine:
    """One line: what was looked for, why, how it came out, and that in words."""

    item: str
    why: str
    status: Status
    words: str


@dataclass(frozen=True)
class ForcedSite:
    """A place where the caller found no variant: depth, other reads, the smallest fraction it would have seen."""

    depth: int
    other: int
    detectable_vaf: float | None = None


@dataclass(frozen=True)
class Sight:
    """How much the assay could see: median depth at the sample's records, smallest fraction seen. None = unknown.

    `forced` holds by gene and codon what was seen where the VCF has records without a variant.
    """

    depth: float | None
    smallest_vaf: float | None
    forced: dict[tuple[str, int], ForcedSite]

    @property
    def words(self) -> str:
        """Return depth and smallest fraction in words, or that they are unknown."""
        parts = [f"median depth at variants {self.depth:.0f}"] if self.depth is not None else []
        parts += [f"smallest VAF seen {self.smallest_vaf:.2f}"] if self.smallest_vaf is not None else []
        return ", ".join(parts) or "depth not given"


def sight_of(variants: list[AnnotatedVariant]) -> Sight:
    """Return what the records of a VCF say about its depth and its smallest fractions."""
    depths = [v.depth for v in variants if v.depth is not None]
    fractions = [v.vaf for v in variants if v.vaf and not v.filters and not is_reference(v)]
    forced: dict[tuple[str, int], ForcedSite] = {}
    for v in variants:
        if is_reference(v) and v.gene and v.codon and v.depth is not None:
            site = ForcedSite(v.depth, v.alt_depth or 0, v.detectable_vaf)
            forced[v.gene, v.codon] = _poorer(forced.get((v.gene, v.codon)), site)
    return Sight(median(depths) if depths else None, min(fractions, default=None), forced)


def _poorer(one: ForcedSite | None, other: ForcedSite) -> ForcedSite:
    """Return what both looks at a codon can promise together: the worse of each number."""
    if one is None:
        return other
    seen = [site.detectable_vaf for site in (one, other) if site.detectable_vaf is not None]
    return ForcedSite(min(one.depth, other.depth), max(one.other, other.other), max(seen, default=None))


def items_for(oncotree: str | None, tree: OncoTree) -> list[ChecklistItem]:
    """Return the checklist of a tumour type: that of the nearest type above it which has one."""
    for code in tree.lineage(oncotree or ""):
        chosen = [item for item in checklist_items() if item.oncotree == code]
        if chosen:
            return chosen
    return []


def checklist(tumour: Tumour, sight: Sight, has_variants: bool, tree: OncoTree) -> list[ChecklistLine]:
    """Return the lines of the tumour type's checklist; an empty list where there is none for it."""
    lines = [_line(item, tumour, sight, has_variants) for item in items_for(tumour.context.oncotree, tree)]
    if tumour.context.may_report_absence:
        return lines
    return [_without_negatives(line, tumour) for line in lines]


def _line(item: ChecklistItem, tumour: Tumour, sight: Sight, has_variants: bool) -> ChecklistLine:
    if item.kind == "marker":
        status, words = _marker(item, tumour)
    elif item.kind == "mutation":
        status, words = _mutation(item, tumour, sight, has_variants)
    else:
        status, words = _event(item, tumour)
    return ChecklistLine(item.item, item.why, status, words)


def _without_negatives(line: ChecklistLine, tumour: Tumour) -> ChecklistLine:
    if line.status != "not found":
        return line
    if tumour.context.qc_failed:
        return ChecklistLine(line.item, line.why, "not assessable", "not assessable: quality control failed")
    return ChecklistLine(line.item, line.why, "no statement", "no statement: somatic calling was not done")


def _marker(item: ChecklistItem, tumour: Tumour) -> tuple[Status, str]:
    context = tumour.context
    known = {
        **{"MMR": context.mmr_ihc, "HER2": context.her2, "ER": context.er, "PR": context.pr},
        "PD-L1": None if context.pdl1 is None else str(context.pdl1),
    }
    given = [f"{gene} {known[gene]}" for gene in item.genes if known.get(gene)]
    lacking = [gene for gene in item.genes if not known.get(gene)]
    if item.genes == ("MMR",) and not context.mmr_ihc and tumour.msi:
        return "found", f"microsatellites {tumour.msi}"
    if not lacking:
        return "found", f"as given: {', '.join(given)}"
    order = ", ".join(TESTS[gene] for gene in lacking)
    already = f"as given: {', '.join(given)}; " if given else ""
    return "not tested", f"{already}not determined: order {order}"


def _mutation(item: ChecklistItem, tumour: Tumour, sight: Sight, has_variants: bool) -> tuple[Status, str]:
    if not has_variants:
        return "not tested", "not tested: no variants were given"
    hits = [f for gene in item.genes for f in tumour.in_gene(gene) if f.kind == "small" and _concerns(item, f)]
    sure = [f for f in hits if f.oncogenic]
    if sure:
        return "found", "found: " + ", ".join(_with_fraction(f) for f in sure)
    unsure = f"; of unknown significance: {', '.join(_with_fraction(f) for f in hits)}" if hits else ""
    covered = {gene: tumour.covered.get(gene) for gene in item.genes}
    blind = [gene for gene, seen in covered.items() if seen is False]
    unknown = [gene for gene, seen in covered.items() if seen is None]
    if blind:
        return "not assessable", f"not assessable: {', '.join(blind)} not covered{unsure}"
    forced = _forced(item, sight)
    if forced:
        return "not found", f"not found ({forced}){unsure}"
    partly = _forced_within(item, sight)
    if unknown:
        besides = f"; not found {partly}" if partly else ""
        return (
            "not assessable",
            f"not assessable: none reported, but coverage of {', '.join(unknown)} is unknown{besides}{unsure}",
        )
    return "not found", f"not found ({partly or sight.words}){unsure}"


def _forced(item: ChecklistItem, sight: Sight) -> str:
    """Return what the caller saw at the item's codons where it looked at each of them without finding a variant."""
    codons = [int("".join(c for c in d if c.isdigit())) for d in item.details if d[:1].isalpha()]
    seen = [sight.forced.get((gene, codon)) for gene in item.genes for codon in codons]
    sites = [site for site in seen if site is not None]
    return _depth_words(sites) if sites and len(sites) == len(seen) else ""


def _forced_within(item: ChecklistItem, sight: Sight) -> str:
    """Return what the caller saw at those of its forced sites that lie in the item's genes and exons."""
    exons = {d for d in item.details if d.isdigit()}
    sites = [
        site
        for (gene, codon), site in sorted(sight.forced.items())
        if gene in item.genes and (not exons or str(exon_of(gene, codon)) in exons)
    ]
    return f"at {len(sites)} hotspot codons: {_depth_words(sites)}" if sites else ""


def _depth_words(sites: list[ForcedSite]) -> str:
    depth, other = min(site.depth for site in sites), max(site.other for site in sites)
    seen = [site.detectable_vaf for site in sites if site.detectable_vaf is not None]
    if len(seen) == len(sites):
        reads = f", {other} other reads" if other else ""
        return f"depth {depth}{reads}, would see ≥ {100 * max(seen):.2g} %"
    # Rule of three: with no other read among n, the 95 % upper limit of the fraction is 3 / n.
    limit = f", VAF below {3 / depth:.2f} (95 %)" if other == 0 and depth else ""
    return f"{other} of {depth} reads{limit}"


def _concerns(item: ChecklistItem, finding: Finding) -> bool:
    """Return whether a finding is what the line asks for: its exons, its codon or change, or any of the gene."""
    if not item.details:
        return True
    exons = {d for d in item.details if d.isdigit()}
    if exons:
        in_exon = str(exon_number(finding)) in exons
        return in_exon or any(f"{finding.gene}_exon{exon}" in finding.rules for exon in exons)
    digits = ["".join(c for c in d if c.isdigit()) for d in item.details]
    exact = [d for d in item.details if d[-1].isalpha()]
    if exact and finding.change:
        return finding.change in exact
    return str(finding.codon) in digits


def _event(item: ChecklistItem, tumour: Tumour) -> tuple[Status, str]:
    hits = [f for gene in item.genes for f in tumour.in_gene(gene) if f.kind == item.kind]
    if item.kind == "copy_number":
        hits = [f for f in hits if f.copy_state in item.details]
        if not hits and all(gene in tumour.copies_measured for gene in item.genes):
            return "not found", "not found in the copy-number table"
    sure = ", ".join(f.label for f in hits if not f.doubt)
    doubts = "; ".join(f"{f.label}: {f.doubt}" for f in hits if f.doubt)
    if sure:
        return "found", f"found: {sure}" + (f"; in doubt: {doubts}" if doubts else "")
    if doubts:
        return "not assessable", f"not assessable: {doubts}"
    if item.kind == "fusion" and tumour.fusions_tested:
        return "not found", "not found in the table of fusions"
    what = "copy number" if item.kind == "copy_number" else "fusions"
    return "not tested", f"not tested: {what} not given"


def _with_fraction(finding: Finding) -> str:
    return f"{finding.label} (VAF {finding.vaf:.3f})" if finding.vaf is not None else finding.label
