"""Three-valued logic: whether a statement's biomarkers and conditions are met, not met, or unknown, and why."""

import re
from dataclasses import dataclass, field
from typing import Literal

from loci2lead.report.evidence.line import FIRST, LATER
from loci2lead.report.evidence.statement import AllOf, Biomarker, Expression, Not
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.findings import Finding, exon_number
from loci2lead.report.patient.protein import same_change

State = Literal["met", "not met", "unknown"]
TESTS = {
    "HER2": "HER2 IHC or ISH",
    "ER": "ER IHC",
    "PR": "PR IHC",
    "MMR": "MMR IHC or MSI testing",
    "MSI": "MMR IHC or MSI testing",
    "TMB": "TMB on a panel of at least 1 Mb or an exome",
    "PD-L1": "PD-L1 IHC",
    "HRD": "an HRD test",
}


@dataclass(frozen=True)
class Leaf:
    """How one biomarker or condition came out.

    `name` is what stands in "conditions unknown: ...". `level` says how a variant matched (change, codon, exon,
    gene, copy number, fusion), "" for conditions. `finding` is the id of what met it, or might; `test` what to
    order where it is unknown.
    """

    text: str
    name: str
    state: State
    reason: str
    level: str = ""
    finding: str = ""
    test: str = ""


@dataclass(frozen=True)
class Verdict:
    """The state of a whole expression, and all of its leaves."""

    state: State
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Tumour:
    """What statements are held against: context, findings, coverage and measured genome-wide markers.

    `covered` says by gene whether the assay could see a mutation (None or absent: not known); `tmb` is in
    mutations per Mb, None where it was not determined; `copies_measured` are the genes with a copy number;
    `msi` is "high" or "stable", None where it is not known; `fusions_tested` whether a table of fusions was given.
    """

    context: Context
    findings: tuple[Finding, ...]
    covered: dict[str, bool | None] = field(default_factory=dict)
    tmb: float | None = None
    by_gene: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    copies_measured: frozenset[str] = frozenset()
    msi: str | None = None
    fusions_tested: bool = False

    def in_gene(self, gene: str) -> tuple[Finding, ...]:
        """Return the findings of a gene."""
        return self.by_gene.get(gene, ())


def tumour_of(
    context: Context,
    findings: list[Finding],
    covered: dict[str, bool | None],
    tmb: float | None = None,
    copies_measured: frozenset[str] = frozenset(),
    msi: str | None = None,
    *,
    fusions_tested: bool = False,
) -> Tumour:
    """Return a tumour with its findings indexed by gene; a fusion counts for both of its genes."""
    by_gene: dict[str, list[Finding]] = {}
    for finding in findings:
        for gene in dict.fromkeys((finding.gene, finding.partner)):
            if gene:
                by_gene.setdefault(gene, []).append(finding)
    indexed = {g: tuple(f) for g, f in by_gene.items()}
    return Tumour(context, tuple(findings), covered, tmb, indexed, copies_measured, msi, fusions_tested)


def evaluate(expression: Expression, tumour: Tumour) -> Verdict:
    """Return whether an expression holds: Kleene's logic, unknown where the outcome hangs on an unknown."""
    if isinstance(expression, Biomarker):
        leaf = evaluate_leaf(expression, tumour)
        return Verdict(leaf.state, (leaf,))
    if isinstance(expression, Not):
        inner = evaluate(expression.part, tumour)
        flipped: dict[State, State] = {"met": "not met", "not met": "met", "unknown": "unknown"}
        leaves = tuple(Leaf(f"not {x.text}", x.name, flipped[x.state], x.reason, "", "", x.test) for x in inner.leaves)
        return Verdict(flipped[inner.state], leaves)
    verdicts = [evaluate(part, tumour) for part in expression.parts]
    states = {verdict.state for verdict in verdicts}
    if isinstance(expression, AllOf):
        state: State = "not met" if "not met" in states else "unknown" if "unknown" in states else "met"
        return Verdict(state, tuple(leaf for verdict in verdicts for leaf in verdict.leaves))
    state = "met" if "met" in states else "unknown" if "unknown" in states else "not met"
    chosen = [v for v in verdicts if v.state == state]  # in a choice only what decided it is shown
    return Verdict(state, tuple(leaf for verdict in chosen for leaf in verdict.leaves))


def evaluate_leaf(leaf: Biomarker, tumour: Tumour) -> Leaf:
    """Return how one biomarker came out."""
    if leaf.kind == "marker":
        return _marker(leaf, tumour)
    if leaf.kind == "wild_type":
        return _wild_type(leaf, tumour)
    if leaf.kind == "fusion":
        return _fusion(leaf, tumour)
    if leaf.kind == "copy_number":
        return _copy_number(leaf, tumour)
    if leaf.kind == "other":
        return Leaf(leaf.text, leaf.text, "unknown", "this biomarker cannot be read from a variant file")
    return _small(leaf, tumour)


def line_leaf(line: str, context: Context) -> Leaf | None:
    """Return whether the line of therapy that a statement asks for fits; None where it asks for none."""
    if line not in (FIRST, LATER):
        return None
    treated = None
    if context.line is not None:
        treated = context.line > 1
    elif context.prior_therapies is not None:
        treated = bool(context.prior_therapies)
    if treated is None:
        return Leaf(
            line, "line of therapy", "unknown", "the line of therapy was not given", test="the treatment history"
        )
    fits = treated == (line == LATER)
    now = f"line {context.line} is to be chosen" if context.line else f"{'some' if treated else 'no'} prior therapy"
    return Leaf(line, "line of therapy", "met" if fits else "not met", now)


def _small(leaf: Biomarker, tumour: Tumour) -> Leaf:
    doubt = Leaf(leaf.text, leaf.text, "unknown", "")
    for finding in tumour.in_gene(leaf.name):
        if finding.kind != "small":
            continue
        fits, why = _fits(leaf, finding, tumour)
        if fits and _origin_fits(leaf, tumour):
            return Leaf(leaf.text, leaf.text, "met", why, leaf.kind, finding.id)
        if fits:
            why = f"{finding.label}: an inherited variant is asked for, the origin is not known"
        if fits is not False and not doubt.reason:
            doubt = Leaf(leaf.text, leaf.text, "unknown", why, "", finding.id)
    return doubt if doubt.reason else _absent(leaf, tumour)


def _origin_fits(leaf: Biomarker, tumour: Tumour) -> bool:
    return not leaf.germline or (tumour.context.type == "germline" and tumour.context.consent_germline)


def _absent(leaf: Biomarker, tumour: Tumour) -> Leaf:
    covered = tumour.covered.get(leaf.name)
    if covered and tumour.context.may_report_absence:
        return Leaf(leaf.text, leaf.text, "not met", "not found, and the gene was covered")
    return Leaf(leaf.text, leaf.text, "unknown", "not seen, but absence cannot be claimed")


def _fits(leaf: Biomarker, finding: Finding, tumour: Tumour) -> tuple[bool | None, str]:
    """Return True, False, or None (cannot be told) and the reason."""
    if leaf.kind == "change":
        return _fits_change(leaf, finding, tumour)
    if leaf.kind == "codon":
        if str(finding.codon) == leaf.detail:
            return True, f"{finding.label}: same codon"
        return False, ""
    if leaf.kind == "exon":
        return _fits_exon(leaf, finding)
    truncating_asked = leaf.kind == "truncating"
    if truncating_asked and finding.certainty not in ("truncating", "probable passenger"):
        return False, ""
    if finding.oncogenic:
        return True, f"{finding.label}: {finding.certainty} variant of the gene"
    if finding.certainty == "probable passenger":
        return None, f"{finding.label}: probable passenger in an indel-rich tumour"
    return None, f"{finding.label}: of unknown significance, so no match at the level of the gene"


def _fits_change(leaf: Biomarker, finding: Finding, tumour: Tumour) -> tuple[bool | None, str]:
    if leaf.detail.startswith("c."):
        return _fits_coding(leaf, finding)
    if finding.change and not leaf.detail.startswith("g."):
        if same_change(finding.change, leaf.detail):
            note = " (residue read from the table of hotspot codons)" if finding.derived else ""
            return True, f"{finding.label}: exact protein change{note}"
        return False, ""
    for site in leaf.sites:
        same_place = (site.contig, site.position) == (finding.contig.removeprefix("chr"), finding.position)
        if same_place and site.build == tumour.context.build and (site.ref, site.alt) == (finding.ref, finding.alt):
            return True, f"{finding.label}: same genomic change in {site.build}"
    if leaf.detail.startswith("g."):
        return False, ""
    digits = "".join(c for c in leaf.detail[1:].split("_")[0] if c.isdigit())
    if finding.codon and str(finding.codon) == digits:
        return None, f"{finding.gene} codon {finding.codon}: the protein change could not be determined"
    return False, ""


def _fits_coding(leaf: Biomarker, finding: Finding) -> tuple[bool | None, str]:
    """Compare coding changes; both count on the gene's clinical transcript."""
    if finding.hgvs_c:
        fits = finding.hgvs_c == leaf.detail
        return fits, f"{finding.label}: exact coding change" if fits else ""
    first = re.match(r"c\.(\d+)", leaf.detail)
    if first and finding.codon == (int(first[1]) + 2) // 3:
        return None, f"{finding.gene} codon {finding.codon}: the coding change could not be determined"
    return False, ""


def _fits_exon(leaf: Biomarker, finding: Finding) -> tuple[bool | None, str]:
    number, _, what = leaf.detail.partition(" ")
    if what in ("skipping", "splice site") or (leaf.name == "MET" and number == "14" and what == "deletion"):
        if f"{leaf.name}_exon{number}" in finding.rules:
            return True, f"{finding.label}: rule for exon {number}"
        return False, ""
    if str(exon_number(finding)) != number:
        return False, ""
    size = len(finding.alt) - len(finding.ref)
    if what in ("deletion", "insertion"):
        fits = bool(finding.in_frame) and (size < 0 if what == "deletion" else size > 0)
        return fits, f"{finding.label}: in-frame {what} in exon {number}" if fits else ""
    if what == "frameshift":
        return bool(size % 3), f"{finding.label}: frameshift in exon {number}"
    if finding.oncogenic or size:
        return True, f"{finding.label}: in exon {number}"
    return None, f"{finding.label}: of unknown significance, in exon {number}"


def _fusion(leaf: Biomarker, tumour: Tumour) -> Leaf:
    test = f"a test for {leaf.name} fusions"
    doubt = ""
    for finding in tumour.in_gene(leaf.name):
        named = bool(leaf.detail) and leaf.detail in (finding.partner, finding.gene)
        if finding.kind != "fusion" or (leaf.detail and not named):
            continue
        if finding.certainty == "fusion":
            level = "fusion of the named partners" if named else "fusion"
            return Leaf(leaf.text, leaf.text, "met", finding.label, level, finding.id)
        doubt = doubt or f"{finding.label}: {finding.doubt}"
    if doubt:
        return Leaf(leaf.text, leaf.text, "unknown", doubt, test=test)
    if tumour.fusions_tested and tumour.context.may_report_absence:
        return Leaf(leaf.text, leaf.text, "not met", "not in the table of fusions")
    return Leaf(leaf.text, leaf.text, "unknown", "fusions were not tested", test=test)


def _copy_number(leaf: Biomarker, tumour: Tumour) -> Leaf:
    for finding in tumour.in_gene(leaf.name):
        if finding.kind == "copy_number" and finding.copy_state == leaf.detail:
            return Leaf(leaf.text, leaf.text, "met", finding.label, f"copy number: {leaf.detail}", finding.id)
    if leaf.name in tumour.copies_measured and tumour.context.may_report_absence:
        return Leaf(leaf.text, leaf.text, "not met", f"no {leaf.detail} in the copy-number table")
    return Leaf(leaf.text, leaf.text, "unknown", "no such copy number was given", test=f"copy number of {leaf.name}")


def _wild_type(leaf: Biomarker, tumour: Tumour) -> Leaf:
    for finding in tumour.in_gene(leaf.name):
        if finding.oncogenic or finding.certainty == "copy number":
            return Leaf(leaf.text, leaf.text, "not met", f"{finding.label} was found")
    if tumour.covered.get(leaf.name) and tumour.context.may_report_absence and not tumour.in_gene(leaf.name):
        return Leaf(leaf.text, leaf.text, "met", "not found, and the gene was covered")
    return Leaf(leaf.text, leaf.text, "unknown", "absence cannot be claimed", test=f"sequencing of {leaf.name}")


def _marker(leaf: Biomarker, tumour: Tumour) -> Leaf:
    state, reason = _marker_state(leaf, tumour)
    test = TESTS.get(leaf.name, leaf.text) if state == "unknown" else ""
    level = "marker" if state == "met" and leaf.name in ("MMR", "MSI", "TMB") else ""
    name = leaf.text if leaf.name == "IHC" else leaf.name
    return Leaf(leaf.text, name, state, reason, level, "", test)


def _marker_state(leaf: Biomarker, tumour: Tumour) -> tuple[State, str]:
    context = tumour.context
    values = {"ER": context.er, "PR": context.pr, "HER2": context.her2, "MMR": context.mmr_ihc}
    if leaf.name in values:
        value = values[leaf.name]
        if value is None:
            return "unknown", f"{leaf.name} was not given"
        return _receptor(leaf, value), f"{leaf.name} {value}"
    if leaf.name == "PD-L1" and context.pdl1 is not None:
        return _pdl1(leaf.detail, context.pdl1)
    if leaf.name == "TMB" and tumour.tmb is not None:
        return ("met" if tumour.tmb >= 10 else "not met"), f"TMB {tumour.tmb:.1f} per Mb"
    if leaf.name == "MSI":
        return _microsatellites(leaf.detail, tumour)
    return "unknown", f"{leaf.name} was not determined"


def _microsatellites(asked: str, tumour: Tumour) -> tuple[State, str]:
    """Return whether microsatellites are as asked: "high" or "not high"; repair that was tested must not contradict."""
    repair = tumour.context.mmr_ihc
    if tumour.msi and repair and (repair == "deficient") != (tumour.msi == "high"):
        return "unknown", f"microsatellites {tumour.msi}, but mismatch repair {repair} by IHC"
    if tumour.msi:
        return ("met" if (tumour.msi == "high") == (asked == "high") else "not met"), f"microsatellites {tumour.msi}"
    if repair == "proficient" and asked == "high":
        return "not met", "mismatch repair proficient by IHC"
    return "unknown", "MSI was not determined"


def _receptor(leaf: Biomarker, value: str) -> State:
    if leaf.name == "HER2" and leaf.detail in ("low", "ultralow"):
        return "met" if value == leaf.detail else "not met" if value == "positive" else "unknown"
    if leaf.name == "HER2" and value == "low":  # IHC 1+, or 2+ without amplification: negative by ASCO/CAP
        value = "negative"
    return "met" if value == leaf.detail else "not met"


def _pdl1(asked: str, value: str | float) -> tuple[State, str]:
    if isinstance(value, str):
        if value == "negative":
            return ("not met" if asked.startswith(">=") else "met"), "PD-L1 negative"
        return ("met" if asked == ">=1" else "unknown"), f"PD-L1 {value}, without a score"
    threshold = float(asked.lstrip("><="))
    fits = value >= threshold if asked.startswith(">=") else value < threshold
    return ("met" if fits else "not met"), f"PD-L1 {value:g}"
