"""Trap cases: a tumour written by hand, its context, and what page one must and must not say.

Each case names where its expectation comes from. Evidence: the package's demonstration table and safety rules.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.report.evidence.sources import EvidenceFiles, load_evidence
from loci2lead.report.patient.build import build_report
from loci2lead.report.patient.inputs import read_inputs
from loci2lead.report.patient.page_one import MOST_WORDS, as_plain
from loci2lead.report.patient.settings import Settings
from tests.report.builders import Call, indel_rich, write_context, write_profile, write_vcf

BRAF = Call("BRAF", "p.Val600Glu", vaf=0.315)
PIK3CA = Call("PIK3CA", "p.His1047Arg", vaf=0.42)
EXOME = dict.fromkeys(("KRAS", "NRAS", "BRAF", "EGFR", "PIK3CA", "PTEN", "AKT1", "ESR1", "BRCA1", "BRCA2", "KIT"), True)


@dataclass(frozen=True)
class Trap:
    """A case: calls and context, sentences that page one must hold, sentences it must not hold, the source."""

    name: str
    source: str
    calls: list[Call]
    context: dict[str, Any]
    says: list[str]
    never: list[str] = field(default_factory=list)
    covered: dict[str, bool | None] = field(default_factory=lambda: dict(EXOME))
    copies: dict[str, float] = field(default_factory=dict)


TRAPS = [
    Trap(
        "BRAF V600E in colorectal cancer: the regimen, not dabrafenib + trametinib",
        "FDA label of Tafinlar, Limitations of Use; BEACON (PMID 31566309)",
        [BRAF],
        {"oncotree": "COAD"},
        [
            "BRAF V600E",
            "VAF 0.315",
            "encorafenib + cetuximab: after prior therapy (line not given)",
            "encorafenib + cetuximab + fluorouracil + leucovorin + oxaliplatin",
            "Not offered: dabrafenib + trametinib",
            "MSI not determined; order MMR IHC or MSI testing",
            "resistance to cetuximab, panitumumab as the only targeted drug",
        ],
    ),
    Trap(
        "BRAF V600E in melanoma: dabrafenib + trametinib is offered",
        "FDA approval 2014-01-08",
        [BRAF],
        {"oncotree": "SKCM"},
        ["dabrafenib + trametinib", "Tier: I-A"],
        ["Not offered", "encorafenib + cetuximab"],
    ),
    Trap(
        "PIK3CA in breast cancer, receptors unknown",
        "SOLAR-1 (PMID 31091374); label of Piqray",
        [PIK3CA],
        {"oncotree": "BRCA"},
        ["alpelisib + fulvestrant", "conditions unknown: HER2, ER, PR", "order: HER2 IHC or ISH, ER IHC, PR IHC"],
        ["conditions not met"],
    ),
    Trap(
        "PIK3CA in HER2-positive breast cancer",
        "label of Piqray: HER2-negative",
        [PIK3CA],
        {"oncotree": "IDC", "her2": "positive"},
        ["conditions not met: HER2 positive: alpelisib + fulvestrant"],
        ["conditions unknown", "supports sensitivity:"],
    ),
    Trap(
        "PIK3CA in HR-positive, HER2-negative breast cancer after endocrine therapy",
        "SOLAR-1",
        [PIK3CA],
        {"oncotree": "BRCA", "her2": "negative", "er": "positive", "line": 2},
        ["alpelisib + fulvestrant: after prior therapy", "Tier: I-A"],
        ["conditions unknown", "conditions not met"],
    ),
    Trap(
        "PIK3CA: receptors negative",
        "label of Piqray: HR-positive",
        [PIK3CA],
        {"oncotree": "BRCA", "her2": "negative", "er": "negative", "pr": "negative"},
        ["conditions not met: ER negative, PR negative: alpelisib + fulvestrant"],
    ),
    Trap(
        "the line of therapy does not fit",
        "label of Braftovi: after prior therapy",
        [BRAF],
        {"oncotree": "COAD", "line": 1},
        ["conditions not met: line of therapy: encorafenib + cetuximab"],
        ["(line not given)"],
    ),
    Trap(
        "a passenger BRCA2 frameshift in an indel-rich tumour brings no PARP inhibitor",
        "MTB practice; users.md (b)",
        [*indel_rich(), Call("BRCA2", "p.Thr3033fs", "frameshift_variant", ref="CA", alt="C")],
        {"oncotree": "PRAD"},
        ["probable passengers", "indels"],
        ["olaparib"],
    ),
    Trap(
        "the same BRCA2 frameshift in a tumour with few indels does",
        "PROfound (PMID 32343890)",
        [Call("BRCA2", "p.Thr3033fs", "frameshift_variant", ref="CA", alt="C")],
        {"oncotree": "PRAD", "line": 2},
        ["olaparib", "Tier: I-A"],
        ["passenger"],
    ),
    Trap(
        "an NTRK2 missense is no NTRK fusion",
        "PCGR issue 37 (gene-level over-matching)",
        [Call("NTRK2", "p.Arg434Trp", vaf=0.48)],
        {"oncotree": "COAD"},
        ["NTRK1, NTRK2, NTRK3 fusion: not tested"],
        ["larotrectinib", "NTRK2 R434W"],
    ),
    Trap(
        "a VUS in ALK is no ALK mutation",
        "PCGR issue 37",
        [Call("ALK", "p.Ala100Thr")],
        {"oncotree": "LUAD"},
        ["ALK, ROS1, RET, NTRK fusion: not tested"],
        ["alectinib", "ALK A100T"],
    ),
    Trap(
        "KRAS G12D spoils anti-EGFR in colorectal cancer",
        "FDA label of Erbitux; PMID 24024839",
        [Call("KRAS", "p.Gly12Asp")],
        {"oncotree": "READ"},
        ["KRAS G12D: resistance to cetuximab, panitumumab"],
        ["sotorasib", "adagrasib"],
    ),
    Trap(
        "KRAS A146T counts as RAS-mutant",
        "PMID 24024839 (extended RAS)",
        [Call("KRAS", "p.Ala146Thr")],
        {"oncotree": "COAD"},
        ["KRAS A146T: resistance to cetuximab, panitumumab", "KRAS exons 2, 3, 4: found"],
    ),
    Trap(
        "EGFR T790M after a first-line inhibitor",
        "AURA3 (PMID 27959700); PMID 15728811",
        [Call("EGFR", "p.Leu858Arg"), Call("EGFR", "p.Thr790Met", vaf=0.12)],
        {"oncotree": "LUAD", "line": 2, "prior_therapies": ["erlotinib"]},
        ["EGFR T790M: resistance to erlotinib, gefitinib", "osimertinib: after prior therapy"],
    ),
    Trap(
        "a low-VAF hotspot is shown with its fraction",
        "issue 7",
        [Call("BRAF", "p.Val600Glu", vaf=0.021, depth=900)],
        {"oncotree": "COAD"},
        ["BRAF V600E", "VAF 0.021"],
    ),
    Trap(
        "an unassessable gene is never negative",
        "issue 7 (wild-type label with an unassessable exon)",
        [BRAF],
        {"oncotree": "COAD"},
        ["NRAS exons 2, 3, 4: not assessable: NRAS not covered", "KRAS exons 2, 3, 4: not found"],
        ["NRAS exons 2, 3, 4: not found"],
        covered=EXOME | {"NRAS": False},
    ),
    Trap(
        "without any knowledge of coverage nothing is absent",
        "users.md (negatives)",
        [BRAF],
        {"oncotree": "COAD"},
        ["KRAS exons 2, 3, 4: not assessable: none reported, but coverage of KRAS is unknown"],
        ["not found"],
        covered={},
    ),
    Trap(
        "mismatch-repair deficient: first-line immunotherapy above BRAF",
        "KEYNOTE-177 (PMID 33264544)",
        [BRAF],
        {"oncotree": "COAD", "mmr_ihc": "deficient"},
        ["Mismatch repair deficient", "pembrolizumab: first line (line not given)", "encorafenib + cetuximab"],
        ["MSI not determined"],
    ),
    Trap(
        "an indel-rich tumour without MSI testing gets a hint, no determination",
        "issue 2",
        [*indel_rich(), BRAF],
        {"oncotree": "COAD"},
        [
            "MSI not determined; order MMR IHC or MSI testing",
            "Looks mismatch-repair deficient",
            "A hint, not a determination",
        ],
        ["pembrolizumab"],
    ),
    Trap(
        "a tumour's reads through the germline model print no negative",
        "design.md; issue 2",
        [BRAF],
        {"oncotree": "COAD", "source": "reads", "germline_model_accepted": True},
        ["germline and somatic not separated", "BRAF V600E", "KRAS exons 2, 3, 4: no statement"],
        ["not found", "Looks mismatch-repair deficient"],
    ),
    Trap(
        "failed quality control removes negatives, not positives",
        "issue 7",
        [Call("BRAF", "p.Val600Glu", vaf=0.5, depth=6)],
        {"oncotree": "COAD"},
        ["Quality control failed", "BRAF V600E", "encorafenib + cetuximab", "KRAS exons 2, 3, 4: not assessable"],
        ["not found"],
    ),
    Trap(
        "no consent, no finding",
        "issue 7 (empty = no)",
        [BRAF],
        {"oncotree": "COAD", "consent_somatic": False},
        ["Findings withheld"],
        ["BRAF", "encorafenib"],
    ),
    Trap(
        "a possibly inherited BRCA1 variant is flagged with consent",
        "ESMO PMWG; users.md (b)",
        [Call("BRCA1", "p.Gln1756fs", "frameshift_variant", vaf=0.51, ref="A", alt="AC")],
        {"oncotree": "HGSOC", "consent_germline": True},
        ["possibly inherited", "olaparib"],
    ),
    Trap(
        "and not without",
        "issue 7 (consent gates)",
        [Call("BRCA1", "p.Gln1756fs", "frameshift_variant", vaf=0.51, ref="A", alt="AC")],
        {"oncotree": "HGSOC"},
        ["olaparib"],
        ["inherited", "ermline"],
    ),
    Trap(
        "EGFR exon 19 deletion, in the long spelling",
        "FLAURA (PMID 29151359)",
        [Call("EGFR", "p.Glu746_Ala750del", "inframe_deletion", ref="AGGAATTAAGAGAAGC", alt="A", codon=746)],
        {"oncotree": "LUAD", "line": 1},
        ["osimertinib: first line", "EGFR exons 18 to 21: found"],
    ),
    Trap(
        "an EGFR exon 20 insertion is no exon 19 deletion",
        "FLAURA excluded them",
        [Call("EGFR", "p.Ala767_Val769dup", "inframe_insertion", ref="A", alt="ACCAGCGTGG", codon=770)],
        {"oncotree": "LUAD"},
        ["EGFR exons 18 to 21: found"],
        ["osimertinib"],
    ),
    Trap(
        "PDGFRA D842V in GIST: avapritinib, not imatinib",
        "NAVIGATOR (PMID 32615108); PMID 15928335",
        [Call("PDGFRA", "p.Asp842Val")],
        {"oncotree": "GIST"},
        ["avapritinib", "PDGFRA D842V: resistance to imatinib"],
    ),
    Trap(
        "ERBB2 amplification only from a copy-number table",
        "brief: never from variants",
        [],
        {"oncotree": "BRCA"},
        ["ERBB2 amplification: found", "trastuzumab"],
        copies={"ERBB2": 6.0},
    ),
    Trap(
        "a variant that the caller filtered is no finding",
        "VCF 4.2: FILTER",
        [Call("BRAF", "p.Val600Glu", filters="LowQual")],
        {"oncotree": "COAD"},
        ["BRAF V600E: not found"],
        ["encorafenib"],
    ),
    Trap(
        "a forced site without other reads says how sure its absence is",
        "rule of three",
        [Call("BRAF", "", "", vaf=0.0, depth=412, codon=600, filters="RefCall", genotype="0/0")],
        {"oncotree": "COAD"},
        ["BRAF V600E: not found (0 of 412 reads, VAF below 0.01 (95 %))"],
        covered={},
    ),
    Trap(
        "without a reference genome V600E is named by its codon",
        "issue 2 (T001 has no FASTA); RefSeq NM_004333 codon 600 GTG",
        [Call("BRAF", "", "", codon=600, cds=1799, strand="-1", ref="A", alt="T", vaf=0.315)],
        {"oncotree": "COAD"},
        ["BRAF V600E", "encorafenib + cetuximab", "No reference genome"],
    ),
    Trap(
        "and another base there is another residue",
        "genetic code: GTG>GGG is V600G",
        [Call("BRAF", "", "", codon=600, cds=1799, strand="-1", ref="A", alt="C")],
        {"oncotree": "COAD"},
        ["MSI not determined"],
        ["encorafenib", "V600E: found"],
    ),
]


TREE = load_oncotree()
SOURCES = load_evidence(EvidenceFiles(demo=True), TREE)


def page_of(trap: Trap, folder: Path) -> dict[str, Any]:
    write_vcf(folder / "annotated.vcf.gz", trap.calls)
    write_context(folder / "context.json", **trap.context)
    write_profile(folder / "profile.parquet", trap.covered, trap.copies)
    inputs = read_inputs(folder, "S1", TREE)
    return as_plain(build_report(inputs, SOURCES, Settings(), TREE).page)


def words_of(page: dict[str, Any]) -> str:
    lines = [*page["alerts"], *page["markers"]]
    for finding in page["findings"]:
        lines += [finding["label"], finding["vaf"], f"Tier: {finding['tier']}", finding["lead"]]
        lines += [*finding["regimens"], *finding["notes"]]
    lines += page["warnings"]
    lines += [f"{line['item']}: {line['words']}" for line in page["checklist"]]
    return "\n".join([*lines, *page["notes"]])


def test_there_are_enough_traps_each_with_the_source_of_its_expectation() -> None:
    assert len({trap.name for trap in TRAPS}) == len(TRAPS) >= 25
    assert all(trap.source and trap.says for trap in TRAPS)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_page_one_of_a_trap(trap: Trap, tmp_path: Path) -> None:
    page = page_of(trap, tmp_path)
    text = words_of(page)
    for sentence in trap.says:
        assert sentence in text
    for sentence in trap.never:
        assert sentence not in text
    assert 0 < page["words"] <= MOST_WORDS
    assert trap.source


def test_immunotherapy_stands_above_the_mutation(tmp_path: Path) -> None:
    trap = next(t for t in TRAPS if t.name.startswith("mismatch-repair deficient"))
    text = words_of(page_of(trap, tmp_path))
    assert text.index("pembrolizumab: first line") < text.index("encorafenib + cetuximab")
