"""Oncogenicity points: examples worked out by hand from the procedure of ClinGen, CGC and VICC (Horak 2022)."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.errors import InputError
from loci2lead.report.evidence.resources import HotspotCounts, functional_studies, read_hotspot_counts
from loci2lead.report.evidence.sources import EvidenceFiles, load_evidence
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.oncogenicity import POINTS, Knowledge, class_of, knowledge_of, oncogenicity

COUNTS = {
    ("BRAF", 600): HotspotCounts(897, {"E": 833, "K": 24, "R": 4}),
    ("BRAF", 594): HotspotCounts(40, {"G": 12, "N": 20, "E": 3}),
    ("EGFR", 746): HotspotCounts(120, {"E746_A750del": 90}),
    ("MADE1", 10): HotspotCounts(40, {"C": 12, "S": 3}),
}
NONE = Knowledge()
COUNTED = Knowledge(counts=COUNTS)


@dataclass(frozen=True)
class Example:
    """A finding, what is known, and the codes that are met by hand."""

    finding: dict[str, object]
    known: Knowledge
    met: set[str]
    classification: str
    note: str = field(default="")


EXAMPLES = [
    # BRAF V600E, absent from the population and predicted damaging: the paper's own sum of 10, oncogenic.
    Example(
        {"gene": "BRAF", "change": "V600E", "codon": 600, "certainty": "hotspot", "frequency_given": True}
        | {"predicted": "damaging", "consequences": ("missense_variant",)},
        COUNTED,
        {"OS2", "OS3", "OP1", "OP4"},
        "oncogenic",
    ),
    # The same without frequencies and predictions: 8.
    Example(
        {"gene": "BRAF", "change": "V600E", "codon": 600, "certainty": "hotspot"},
        COUNTED,
        {"OS2", "OS3"},
        "likely oncogenic",
    ),
    # V600R: at a residue with 50 samples and more, but only 4 with this change: OP3; the residue is critical: OM1.
    Example(
        {"gene": "BRAF", "change": "V600R", "codon": 600, "certainty": "hotspot"},
        COUNTED,
        {"OM1", "OP3"},
        "uncertain significance",
    ),
    # Fewer than 50 samples at the residue, 12 with the change, residue not among ours: OM3.
    Example({"gene": "MADE1", "change": "R10C", "codon": 10}, COUNTED, {"OM3"}, "uncertain significance"),
    # The residue is also among ours (D594): OM1 rules OM3 out.
    Example({"gene": "BRAF", "change": "D594G", "codon": 594}, COUNTED, {"OM1"}, "uncertain significance"),
    # A stop in APC: null variant of a suppressor; 8.
    Example(
        {"gene": "APC", "change": "R1450*", "codon": 1450, "certainty": "truncating", "consequences": ("stop_gained",)},
        NONE,
        {"OVS1"},
        "likely oncogenic",
    ),
    # The same, absent from the population and predicted damaging: 10.
    Example(
        {"gene": "APC", "change": "R1450*", "codon": 1450, "certainty": "truncating", "consequences": ("stop_gained",)}
        | {"frequency_given": True, "predicted": "damaging"},
        NONE,
        {"OVS1", "OP1", "OP4"},
        "oncogenic",
    ),
    # A frameshift of a suppressor in an indel-rich tumour: nothing is given.
    Example(
        {
            "gene": "BRCA2",
            "change": "T3033fs",
            "codon": 3033,
            "certainty": "probable passenger",
            "ref": "CA",
            "alt": "C",
        }
        | {"consequences": ("frameshift_variant",)},
        NONE,
        set(),
        "uncertain significance",
    ),
    # EGFR exon 19 deletion: studied (OS2), counted (OS3), length changed in an oncogene (OM2): 10.
    Example(
        {"gene": "EGFR", "change": "E746_A750del", "codon": 746, "certainty": "in-frame", "ref": "A" * 16, "alt": "A"}
        | {"consequences": ("inframe_deletion",)},
        COUNTED,
        {"OS2", "OS3", "OM2"},
        "oncogenic",
    ),
    # KIT exon 11 in-frame without counts: critical exon (OM1) and length (OM2): 4.
    Example(
        {"gene": "KIT", "change": "V560del", "codon": 560, "certainty": "in-frame", "ref": "AGTT", "alt": "A"}
        | {"consequences": ("inframe_deletion",)},
        NONE,
        {"OM1", "OM2"},
        "uncertain significance",
    ),
    # 7 % of a population: -8.
    Example(
        {"gene": "MADE1", "change": "A5T", "codon": 5, "frequency": 0.07, "frequency_given": True}
        | {"consequences": ("missense_variant",)},
        NONE,
        {"SBVS1"},
        "benign",
    ),
    # 2 % and predicted tolerated: -5.
    Example(
        {"gene": "MADE1", "change": "A5T", "codon": 5, "frequency": 0.02, "frequency_given": True}
        | {"predicted": "tolerated", "consequences": ("missense_variant",)},
        NONE,
        {"SBS1", "SBP1"},
        "likely benign",
    ),
    # 0.5 %: neither absent nor frequent.
    Example(
        {"gene": "MADE1", "change": "A5T", "codon": 5, "frequency": 0.005, "frequency_given": True},
        NONE,
        set(),
        "uncertain significance",
    ),
    # Another missense of the residue is established: OM4.
    Example(
        {"gene": "MADE1", "change": "R10S", "codon": 10, "consequences": ("missense_variant",)},
        Knowledge(residues={("MADE1", "R10"): ("R10C", "own:1")}),
        {"OM4"},
        "uncertain significance",
    ),
    # The same change is established: OS1, and no OM1, OM4 besides.
    Example(
        {"gene": "BRAF", "change": "V600K", "codon": 600, "certainty": "hotspot"},
        Knowledge(established={("BRAF", "V600K"): "own:1"}, residues={("BRAF", "V600"): ("V600E", "own:2")}),
        {"OS1"},
        "uncertain significance",
    ),
    # TERT promoter: a critical site of no residue.
    Example(
        {"gene": "TERT", "certainty": "hotspot", "rules": ("TERT_promoter",)}, NONE, {"OM1"}, "uncertain significance"
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.finding['gene']}-{e.finding.get('change')}")
def test_codes_points_and_class_are_those_worked_out_by_hand(example: Example) -> None:
    fields = {"certainty": "uncertain", "ref": "A", "alt": "T"} | example.finding
    judged = oncogenicity(Finding(id="F1", kind="small", **fields), example.known)  # type: ignore[arg-type]
    assert judged is not None
    assert {code.name for code in judged.named("met")} == example.met
    assert judged.points == sum(POINTS[name] for name in example.met)
    assert judged.classification == example.classification
    assert [code.name for code in judged.codes] == list(POINTS)
    assert all(code.reason for code in judged.codes)


def test_what_the_input_lacks_is_not_assessed() -> None:
    finding = Finding("F1", "small", "MADE1", "uncertain", change="A5T", codon=5, ref="G", alt="A")
    judged = oncogenicity(finding, NONE)
    assert judged is not None
    lacking = {code.name for code in judged.named("not assessed")}
    assert {"OS2", "OS3", "OM3", "OP1", "OP2", "OP3", "OP4", "SBVS1", "SBS1", "SBS2", "SBP1"} <= lacking


def test_copy_numbers_and_fusions_are_left_out() -> None:
    assert oncogenicity(Finding("F1", "fusion", "ALK", "fusion", partner="EML4"), NONE) is None


def test_thresholds() -> None:
    classes = [class_of(points) for points in (10, 9, 6, 5, 0, -1, -6, -7)]
    likely, uncertain, benign = ["likely oncogenic"] * 2, ["uncertain significance"] * 2, ["likely benign"] * 2
    assert classes == ["oncogenic", *likely, *uncertain, *benign, "benign"]


def test_strong_statements_establish_a_change_and_weak_ones_do_not(tmp_path: Path) -> None:
    columns = ["source_id", "biomarker", "drugs", "direction", "significance", "level", "disease", "oncotree"]
    rows = [
        ["1", "BRAF V600E", "x", "supports", "sensitivity", "approval", "Melanoma", "SKCM"],
        ["2", "KRAS G12C", "x", "supports", "sensitivity", "B", "Lung", "LUAD"],
        ["3", "NOT EGFR T790M AND EGFR L858R", "x", "supports", "sensitivity", "A", "Lung", "LUAD"],
    ]
    (tmp_path / "own.tsv").write_text("\n".join("\t".join(row) for row in [columns, *rows]) + "\n")
    sources = load_evidence(EvidenceFiles(own=(tmp_path / "own.tsv",)), load_oncotree(None))
    known = knowledge_of([s for source in sources if source.name == "own table" for s in source.statements])
    assert set(known.established) == {("BRAF", "V600E"), ("EGFR", "L858R")}


def test_counts_are_read_from_the_public_columns(tmp_path: Path) -> None:
    table = tmp_path / "hotspots.tsv"
    table.write_text(
        "hugo_symbol\tresidue\tvariant_amino_acid\ttumor_count\n"
        "BRAF\tV600\tE:833|K:24\t897\nBRAF\tV600\tE:509\t545\nEGFR\t745-759\tE746_A750del:90|L747_P753delinsS:20\t150\n"
    )
    counts = read_hotspot_counts(table)
    assert counts is not None
    assert counts["BRAF", 600] == HotspotCounts(897, {"E": 833, "K": 24})
    assert counts["EGFR", 747].by_change["L747_P753delinsS"] == 20
    table.write_text("hugo_symbol\tresidue\nBRAF\tV600\n")
    assert read_hotspot_counts(table) is None
    with pytest.raises(InputError, match="not found"):
        read_hotspot_counts(tmp_path / "absent.tsv")


def test_every_functional_study_is_cited() -> None:
    assert len(functional_studies()) > 20
    assert all("PMID" in study.citation for study in functional_studies().values())
