"""Oncogenicity points of small variants with the trail of their codes.

After the standard operating procedure of ClinGen, CGC and VICC (Horak et al., Genet Med 2022;24:986, PMID 35101336).
Seventeen codes; each is met, not met, or not assessed where the input does not hold what it asks for. What is not
assessed gives no points, so a class is a statement about the codes that were assessed.

Readings of our own, where the procedure leaves it to the laboratory: OS1 takes an exact protein change with an
approval, a guideline, an assertion or level A for established, and gives way to OS3, which counts patients.
OM1 takes the package's hotspot residues and clinically used exons for critical sites. OVS1 is withheld from
frameshifts in an indel-rich tumour, where they are expected by chance.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from loci2lead.report.evidence.resources import (
    HotspotCounts,
    exon_codons,
    functional_studies,
    gene_roles,
    hotspot_codons,
)
from loci2lead.report.evidence.statement import Biomarker, Expression, Not, Statement
from loci2lead.report.patient.findings import TRUNCATING, Finding
from loci2lead.report.patient.protein import canonical_change

POINTS = {
    **{"OVS1": 8, "OS1": 4, "OS2": 4, "OS3": 4, "OM1": 2, "OM2": 2, "OM3": 2, "OM4": 2},
    **{"OP1": 1, "OP2": 1, "OP3": 1, "OP4": 1},
    **{"SBVS1": -8, "SBS1": -4, "SBS2": -4, "SBP1": -1, "SBP2": -1},
}
CLASSES = ((10, "oncogenic"), (6, "likely oncogenic"), (0, "uncertain significance"), (-6, "likely benign"))
COMMON, VERY_COMMON = 0.01, 0.05
MANY_SAMPLES, SAME_CHANGE = 50, 10
State = Literal["met", "not met", "not assessed"]
ESTABLISHED = ("approval", "guideline", "assertion", "A")


@dataclass(frozen=True)
class Code:
    """One code: its name, state and reason, and the points that it gives (0 unless met)."""

    name: str
    state: State
    reason: str

    @property
    def points(self) -> int:
        """Return the points it gives."""
        return POINTS[self.name] if self.state == "met" else 0


@dataclass(frozen=True)
class Oncogenicity:
    """The codes of one finding; points and class follow from them."""

    codes: tuple[Code, ...]

    @property
    def points(self) -> int:
        """Return the sum of the points."""
        return sum(code.points for code in self.codes)

    @property
    def classification(self) -> str:
        """Return the class of the sum."""
        return class_of(self.points)

    def named(self, state: State) -> list[Code]:
        """Return the codes that came out as `state`."""
        return [code for code in self.codes if code.state == state]


@dataclass(frozen=True)
class Knowledge:
    """What codes are held against. `established` and `residues` give the source by gene and change, or codon.

    `counts` are None without a table of hotspots that counts samples.
    """

    established: Mapping[tuple[str, str], str] = field(default_factory=dict)
    residues: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    counts: Mapping[tuple[str, int], HotspotCounts] | None = None


def class_of(points: int) -> str:
    """Return the class: oncogenic from 10, likely from 6, uncertain from 0, likely benign from -6, else benign."""
    return next((name for least, name in CLASSES if points >= least), "benign")


def knowledge_of(
    statements: Iterable[Statement], counts: Mapping[tuple[str, int], HotspotCounts] | None = None
) -> Knowledge:
    """Return the exact protein changes that strong statements are about, by change and by residue."""
    established: dict[tuple[str, str], str] = {}
    residues: dict[tuple[str, str], tuple[str, str]] = {}
    for statement in statements:
        if statement.strength not in ESTABLISHED:
            continue
        for leaf in _asserted(statement.biomarkers):
            if leaf.kind == "change":
                change = canonical_change(leaf.detail)
                established.setdefault((leaf.name, change), statement.key)
                if change[1:-1].isdigit():
                    residues.setdefault((leaf.name, change[:-1]), (change, statement.key))
    return Knowledge(established, residues, counts)


def oncogenicity(finding: Finding, knowledge: Knowledge) -> Oncogenicity | None:
    """Return the codes of a small variant; None for copy numbers and fusions, which the procedure leaves out."""
    if finding.kind != "small":
        return None
    judged: dict[str, Code] = {}

    def judge(name: str, state: State, reason: str) -> bool:
        judged[name] = Code(name, state, reason)
        return state == "met"

    ovs1 = judge("OVS1", *_null_variant(finding))
    os3 = judge("OS3", *_hotspot(finding, knowledge, many=True))
    os1 = judge("OS1", *(_established(finding, knowledge) if not os3 else ("not met", "OS3 applies")))
    judge("OS2", *_functional(finding, "oncogenic"))
    blocked = "OVS1, OS1 or OS3 applies" if ovs1 or os1 or os3 else ""
    om1 = judge("OM1", *(("not met", blocked) if blocked else _critical_site(finding)))
    judge("OM2", *(("not met", "OVS1 applies") if ovs1 else _length_change(finding)))
    blocked = "OS1, OS3 or OM1 applies" if os1 or os3 or om1 else ""
    om4 = judge("OM4", *(("not met", blocked) if blocked else _other_at_residue(finding, knowledge)))
    blocked = "OM1 or OM4 applies" if om1 or om4 else ""
    judge("OM3", *(("not met", blocked) if blocked else _hotspot(finding, knowledge, many=False)))
    judge("OP1", *_predicted(finding, "damaging"))
    judge("OP2", "not assessed", "tumours with a single genetic cause are not listed")
    judge("OP3", *_rare_at_hotspot(finding, knowledge))
    judge("OP4", *_absent_from_population(finding))
    judge("SBVS1", *_frequent(finding, VERY_COMMON, None))
    judge("SBS1", *_frequent(finding, COMMON, VERY_COMMON))
    judge("SBS2", *_functional(finding, "neutral"))
    judge("SBP1", *_predicted(finding, "tolerated"))
    judge("SBP2", *_silent(finding))
    return Oncogenicity(tuple(judged[name] for name in POINTS))


def _asserted(expression: Expression) -> list[Biomarker]:
    """Return the biomarkers that a statement asks for, not those that it asks to be absent."""
    if isinstance(expression, Biomarker):
        return [expression]
    if isinstance(expression, Not):
        return []
    return [leaf for part in expression.parts for leaf in _asserted(part)]


def _null_variant(finding: Finding) -> tuple[State, str]:
    if finding.certainty == "probable passenger":
        return "not assessed", "a frameshift in an indel-rich tumour is expected by chance"
    if finding.certainty == "truncating":
        return "met", f"null variant of the tumour suppressor {finding.gene}"
    if not finding.consequences and finding.certainty == "uncertain":
        return "not assessed", "the effect on the protein is not known"
    return "not met", "no null variant of a tumour suppressor"


def _established(finding: Finding, knowledge: Knowledge) -> tuple[State, str]:
    if not finding.change:
        return "not assessed", "the protein change is not known"
    source = knowledge.established.get((finding.gene, canonical_change(finding.change)))
    if source:
        return "met", f"the same change stands in {source}"
    return "not met", "no strong statement names this change"


def _functional(finding: Finding, effect: str) -> tuple[State, str]:
    study = functional_studies().get((finding.gene, finding.change or ""))
    if study is None:
        return "not assessed", "no functional study of this change is in the package's table"
    return ("met" if study.effect == effect else "not met"), f"functional studies: {study.citation}"


def _counts(finding: Finding, knowledge: Knowledge) -> tuple[int, int] | None:
    """Return samples with a change at the residue, and with this very change; None without a table of counts."""
    if knowledge.counts is None or finding.codon is None or not finding.change:
        return None
    spot = knowledge.counts.get((finding.gene, finding.codon))
    if spot is None:
        return 0, 0
    change = finding.change
    return spot.samples, spot.by_change.get(change, spot.by_change.get(change[-1], 0) if _is_missense(finding) else 0)


def _hotspot(finding: Finding, knowledge: Knowledge, *, many: bool) -> tuple[State, str]:
    counts = _counts(finding, knowledge)
    if counts is None:
        return "not assessed", "no table of hotspots with counts, or the protein change is not known"
    at_residue, same = counts
    fits = same >= SAME_CHANGE and (at_residue >= MANY_SAMPLES) == many
    return ("met" if fits else "not met"), f"{at_residue} samples at the residue, {same} with this change"


def _rare_at_hotspot(finding: Finding, knowledge: Knowledge) -> tuple[State, str]:
    counts = _counts(finding, knowledge)
    if counts is None:
        return "not assessed", "no table of hotspots with counts, or the protein change is not known"
    at_residue, same = counts
    fits = at_residue > 0 and 0 < same < SAME_CHANGE
    return ("met" if fits else "not met"), f"{at_residue} samples at the residue, {same} with this change"


def _critical_site(finding: Finding) -> tuple[State, str]:
    if "TERT_promoter" in finding.rules or "MET_exon14" in finding.rules:
        return "met", finding.rules[0].replace("_", " ")
    if finding.codon is None:
        return "not assessed", "the residue is not known"
    place = (finding.gene, finding.codon)
    if place in hotspot_codons() and (_is_missense(finding) or not finding.consequences):
        return "met", f"residue {finding.codon} is among the package's hotspots"
    in_exon = any(g == place[0] and first <= place[1] <= last for (g, _), (first, last) in exon_codons().items())
    if in_exon and finding.certainty == "in-frame":
        return "met", "in-frame change in an exon of known activating changes"
    return "not met", "not at a listed hotspot residue"


def _length_change(finding: Finding) -> tuple[State, str]:
    role = gene_roles().get(finding.gene, "")
    if "stop_lost" in finding.consequences and role == "suppressor":
        return "met", f"stop lost in the tumour suppressor {finding.gene}"
    if finding.in_frame and role in ("oncogene", "suppressor") and not TRUNCATING & set(finding.consequences):
        return "met", f"in-frame change of length in {finding.gene} ({role})"
    return "not met", "no in-frame change of length, no stop lost"


def _other_at_residue(finding: Finding, knowledge: Knowledge) -> tuple[State, str]:
    if not _is_missense(finding) or not finding.change:
        return "not met", "no missense change"
    other = knowledge.residues.get((finding.gene, canonical_change(finding.change)[:-1]))
    if other and other[0] != canonical_change(finding.change):
        return "met", f"{finding.gene} {other[0]} at the same residue stands in {other[1]}"
    return "not met", "no other missense change of this residue in a strong statement"


def _predicted(finding: Finding, effect: str) -> tuple[State, str]:
    if finding.predicted is None:
        return "not assessed", "no two predictions that agree are in the file"
    return ("met" if finding.predicted == effect else "not met"), f"predictions agree: {finding.predicted}"


def _absent_from_population(finding: Finding) -> tuple[State, str]:
    if not finding.frequency_given:
        return "not assessed", "no population frequencies are in the file"
    if not finding.frequency:
        return "met", "absent from the population frequencies given"
    return "not met", f"population frequency {finding.frequency:.2g}"


def _frequent(finding: Finding, above: float, to: float | None) -> tuple[State, str]:
    if not finding.frequency_given:
        return "not assessed", "no population frequencies are in the file"
    frequency = finding.frequency or 0.0
    fits = frequency > above and (to is None or frequency <= to)
    return ("met" if fits else "not met"), f"population frequency {frequency:.2g}"


def _silent(finding: Finding) -> tuple[State, str]:
    if not finding.consequences:
        return "not assessed", "the effect on the protein is not known"
    return "not met", "not silent"


def _is_missense(finding: Finding) -> bool:
    change = finding.change or ""
    return len(change) > 2 and change[0].isalpha() and change[1:-1].isdigit() and change[-1].isalpha()
