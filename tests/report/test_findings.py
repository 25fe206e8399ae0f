"""Findings: names of residues, how sure their meaning is, and what belongs to which exon."""

import pytest

from loci2lead.io.vcf import AnnotatedVariant
from loci2lead.report.evidence.resources import exon_codons, hotspot_codons
from loci2lead.report.patient.checklist import ForcedSite, sight_of
from loci2lead.report.patient.findings import copy_findings, exon_number, indel_share, passed, small_findings
from loci2lead.report.patient.protein import change_of, same_change, short_change

# Coding changes as the literature writes them: (gene, c. position, reference, alternative, protein change).
KNOWN = [
    ("BRAF", 1799, "T", "A", "V600E"),
    ("KRAS", 35, "G", "A", "G12D"),
    ("KRAS", 34, "G", "T", "G12C"),
    ("KRAS", 38, "G", "A", "G13D"),
    ("KRAS", 436, "G", "A", "A146T"),
    ("NRAS", 181, "C", "A", "Q61K"),
    ("NRAS", 182, "A", "G", "Q61R"),
    ("PIK3CA", 1624, "G", "A", "E542K"),
    ("PIK3CA", 1633, "G", "A", "E545K"),
    ("PIK3CA", 3140, "A", "G", "H1047R"),
    ("EGFR", 2369, "C", "T", "T790M"),
    ("EGFR", 2573, "T", "G", "L858R"),
    ("EGFR", 2155, "G", "A", "G719S"),
    ("IDH1", 395, "G", "A", "R132H"),
    ("TP53", 524, "G", "A", "R175H"),
    ("TP53", 743, "G", "A", "R248Q"),
    ("TP53", 818, "G", "A", "R273H"),
    ("TP53", 814, "G", "A", "V272M"),
    ("KIT", 2447, "A", "T", "D816V"),
    ("PDGFRA", 2525, "A", "T", "D842V"),
    ("AKT1", 49, "G", "A", "E17K"),
    ("ESR1", 1610, "A", "C", "Y537S"),
    ("ESR1", 1613, "A", "G", "D538G"),
    ("CTNNB1", 134, "C", "T", "S45F"),
    ("ERBB2", 929, "C", "T", "S310F"),
    ("JAK2", 1849, "G", "T", "V617F"),
    ("POLE", 857, "C", "G", "P286R"),
    ("RET", 2753, "T", "C", "M918T"),
]
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def variant(**fields: object) -> AnnotatedVariant:
    base = {"contig": "1", "position": 9, "ref": "A", "alt": "T", "gene": "BRAF", "codon": 600}
    return AnnotatedVariant(**(base | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hgvs_p", "short"),
    [
        ("p.Val600Glu", "V600E"),
        ("p.(Val600Glu)", "V600E"),
        ("p.V600E", "V600E"),
        ("p.Glu746_Ala750del", "E746_A750del"),
        ("p.Arg1450Ter", "R1450*"),
        ("p.Trp288CysfsTer12", "W288Cfs*12"),
        ("p.Met1?", "M1?"),
        ("p.Met1Ile", "M1?"),
        ("p.Met1000Ile", "M1000I"),
    ],
)
def test_protein_changes_have_one_short_form(hgvs_p: str, short: str) -> None:
    assert short_change(hgvs_p) == short


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("V600E", "v600e", True),
        ("R1450*", "R1450X", True),
        ("W288Cfs*12", "W288fs", True),
        ("E746_A750del", "E746_A750delELREA", True),
        ("V600E", "V600K", False),
        ("G12D", "G13D", False),
    ],
)
def test_changes_are_compared_beyond_their_spelling(one: str, other: str, same: bool) -> None:
    assert same_change(one, other) is same


@pytest.mark.parametrize(("gene", "position", "ref", "alt", "change"), KNOWN, ids=lambda x: str(x))
@pytest.mark.parametrize("strand", [1, -1])
def test_without_a_reference_hotspots_are_named_by_their_codon(
    gene: str, position: int, ref: str, alt: str, change: str, strand: int
) -> None:
    if strand < 0:
        ref, alt = ref.translate(COMPLEMENT), alt.translate(COMPLEMENT)
    v = variant(gene=gene, ref=ref, alt=alt, codon=(position + 2) // 3, cds_position=position, strand=strand)
    assert change_of(v) == (change, True)


def test_a_reference_base_that_does_not_fit_the_codon_names_nothing() -> None:
    v = variant(ref="C", alt="T", cds_position=1799, strand=1)
    assert change_of(v) == (None, False)
    assert change_of(variant(cds_position=None, strand=1)) == (None, False)


def test_the_hotspot_table_agrees_with_the_genetic_code() -> None:
    assert len(hotspot_codons()) > 80
    assert all(len(codon) == 3 and set(codon) <= set("ACGT") for codon in hotspot_codons().values())
    assert all(first < last for first, last in exon_codons().values())


DELETED = {"ref": "AT", "alt": "A", "codon": 9}
SHIFT = DELETED | {"consequences": ("frameshift_variant",)}
SHORTER = {"gene": "EGFR", "ref": "A" * 16, "alt": "A", "consequences": ("inframe_deletion",)}
DONOR = {"gene": "MET", "codon": None, "consequences": ("splice_donor_variant",)}
MISSENSE = {"consequences": ("missense_variant",)}


@pytest.mark.parametrize(
    ("fields", "rich", "certainty"),
    [
        (MISSENSE | {"hgvs_p": "p.Val600Glu"}, False, "hotspot"),
        (MISSENSE | {"hgvs_p": "p.Ala9Thr", "codon": 9}, False, "uncertain"),
        (SHIFT | {"gene": "PTEN"}, False, "truncating"),
        (SHIFT | {"gene": "PTEN"}, True, "probable passenger"),
        (SHIFT | {"gene": "KRAS"}, False, "uncertain"),
        (DELETED | {"gene": "PTEN"}, False, "truncating"),
        ({"gene": "PTEN", "codon": 9, "consequences": ("stop_gained",)}, True, "truncating"),
        (SHORTER | {"codon": 746}, False, "in-frame"),
        (SHORTER | {"codon": 100}, False, "uncertain"),
        ({"gene": "MET", "codon": None, "rules": ("MET_exon14",)}, False, "hotspot"),
        (DONOR | {"hgvs_c": "c.3028+1G>A"}, False, "hotspot"),
        (DONOR | {"hgvs_c": "c.2888-2A>C", "consequences": ("splice_acceptor_variant",)}, False, "hotspot"),
        (DONOR | {"hgvs_c": "c.1200+1G>A"}, False, "uncertain"),
    ],
)
def test_how_sure_a_variant_is(fields: dict[str, object], rich: bool, certainty: str) -> None:
    [finding] = small_findings([variant(**fields)], indel_rich=rich)
    assert finding.certainty == certainty


@pytest.mark.parametrize(
    "fields",
    [
        {"consequences": ("synonymous_variant",)},
        {"consequences": ("intron_variant",), "codon": None},
        {"codon": None},
        {"gene": None},
        {
            "ref": "T",
            "alt": "C",
            "cds_position": 1802,
            "strand": 1,
            "gene": "PTEN",
            "consequences": ("synonymous_variant",),
        },
    ],
)
def test_silent_variants_are_no_findings(fields: dict[str, object]) -> None:
    assert small_findings([variant(**fields)], indel_rich=False) == []


def test_a_silent_hotspot_codon_is_no_finding_even_without_consequences() -> None:
    silent = variant(gene="KRAS", codon=12, ref="T", alt="C", cds_position=36, strand=1)  # GGT > GGC
    assert small_findings([silent], indel_rich=False) == []


def test_filters_and_reference_calls_are_left_out() -> None:
    kept = variant(genotype="0/1")
    calls = [kept, variant(filters=("LowQual",)), variant(filters=("RefCall",)), variant(genotype="0/0")]
    assert passed(calls) == [kept]


def test_exons_go_by_codon_before_the_number_of_a_transcript() -> None:
    [finding] = small_findings([variant(gene="KRAS", codon=12, exon="5/6", hgvs_p="p.Gly12Asp")], indel_rich=False)
    assert exon_number(finding) == 2
    [other] = small_findings([variant(gene="ABC", codon=12, exon="5/6", hgvs_p="p.Gly12Asp")], indel_rich=False)
    assert exon_number(other) == 5


@pytest.mark.parametrize(("copies", "label"), [(3.0, "ERBB2 amplification"), (0.1, "ERBB2 deletion")])
def test_copy_numbers_become_findings_beyond_the_thresholds(copies: float, label: str) -> None:
    [finding] = copy_findings({"ERBB2": copies, "KRAS": 1.0}, start=4)
    assert (finding.label, finding.id) == (label, "F5")


def test_the_share_of_indels() -> None:
    assert indel_share([]) is None
    assert indel_share([variant(), variant(ref="AT")]) == 0.5


def test_what_the_assay_could_see_comes_from_the_records() -> None:
    reference = variant(filters=("RefCall",), depth=400, alt_depth=0, vaf=0.0)
    sight = sight_of([variant(depth=100, vaf=0.3), variant(depth=200, vaf=0.04), reference])
    assert (sight.depth, sight.smallest_vaf) == (200, 0.04)
    assert sight.forced == {("BRAF", 600): ForcedSite(400, 0)}
    assert sight_of([]).words == "depth not given"


def test_a_codon_of_another_isoform_is_no_hotspot() -> None:
    fields = {"hgvs_p": "p.Val600Glu", "consequences": ("missense_variant",)}
    [known] = small_findings([variant(**fields)], indel_rich=False)
    [other] = small_findings([variant(**fields, flags=("other_numbering",))], indel_rich=False)
    assert (known.certainty, known.change, known.codon) == ("hotspot", "V600E", 600)
    assert (other.certainty, other.change, other.codon) == ("uncertain", None, None)
