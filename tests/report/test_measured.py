"""Microsatellites, burden and forced sites that earlier stages measured, as the page tells them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.errors import InputError
from loci2lead.io.tables import read_table, write_parquet
from loci2lead.report.evidence.sources import EvidenceFiles, load_evidence
from loci2lead.report.patient.build import Report, build_report
from loci2lead.report.patient.inputs import read_inputs
from loci2lead.report.patient.measured import read_burden, read_microsatellites
from loci2lead.report.patient.settings import Settings
from tests.report.builders import Call, indel_rich, write_context, write_profile, write_vcf

BRAF = Call("BRAF", "p.Val600Glu")
MSI_HIGH = {"status": "high", "score": 0.38, "score_low": 0.3, "score_high": 0.47, "sites": 120, "unstable": 46}
TMB = {"status": "given", "per_mb": 41.2, "per_mb_low": 35.0, "per_mb_high": 48.1, "variants": 1400}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_vcf(tmp_path / "annotated.vcf.gz", [BRAF])
    return tmp_path


def report(folder: Path, **context: Any) -> Report:
    tree = load_oncotree(None)
    write_context(folder / "context.json", **context)
    inputs = read_inputs(folder, "S1", tree)
    return build_report(inputs, load_evidence(EvidenceFiles(demo=True), tree), Settings(), tree)


def test_unstable_microsatellites_put_immunotherapy_first(folder: Path) -> None:
    (folder / "msi.json").write_text(json.dumps(MSI_HIGH))
    made = report(folder)
    text = "\n".join(made.page.markers)
    assert "Microsatellites high (by sequencing: 46 of 120 sites unstable, 95 % interval 30 to 47 %)." in text
    assert "pembrolizumab: first line" in text
    assert [line.words for line in made.checklist if line.item.startswith("MSI")] == ["microsatellites high"]
    assert made.tumour.msi == "high"


STATES = [
    ({"msi": "high"}, None, "high", "Microsatellites high (as given)."),
    ({"msi": "stable"}, None, "stable", "Microsatellites stable (as given)."),
    ({"msi": "stable"}, MSI_HIGH, None, "the sources disagree"),
    ({"mmr_ihc": "proficient"}, MSI_HIGH, "high", "The two disagree"),
    (
        {},
        {"status": "not_determined", "reason": "depth 12, 30 needed"},
        None,
        "MSI not determined (depth 12, 30 needed)",
    ),
]


@pytest.mark.parametrize(("context", "measured", "state", "words"), STATES)
def test_what_is_known_and_what_disagrees(
    folder: Path, context: dict[str, str], measured: dict[str, Any] | None, state: str | None, words: str
) -> None:
    if measured:
        (folder / "msi.json").write_text(json.dumps(measured))
    made = report(folder, **context)
    assert words in made.page.markers[0] and made.tumour.msi == state


def test_disagreement_meets_no_statement(folder: Path) -> None:
    (folder / "msi.json").write_text(json.dumps(MSI_HIGH))
    made = report(folder, mmr_ihc="proficient")
    states = {m.state for m in made.matches if m.finding in ("MSI", "MMR") and m.statement.brings_benefit}
    assert "met" not in states


@pytest.mark.parametrize(
    ("share", "status"), [("12.5", "high"), ("10", "high"), ("9.9", "not determined"), ("2.9", "stable")]
)
def test_msisensor_is_read_with_its_own_line(tmp_path: Path, share: str, status: str) -> None:
    table = tmp_path / "msi.tsv"
    table.write_text(f"Total_Number_of_Sites\tNumber_of_Somatic_Sites\t%\n640\t80\t{share}\n")
    assert read_microsatellites(table).status == status


def test_a_measured_burden_is_taken_with_its_denominator(folder: Path) -> None:
    (folder / "tmb.json").write_text(json.dumps(TMB | {"denominator_mb": 34}))
    made = report(folder)
    assert "TMB 41.2 per Mb (95 % interval 35.0 to 48.1; 1400 mutations over 34 Mb)." in made.page.markers
    assert made.tumour.tmb == 41.2


def test_a_refused_burden_stays_refused(folder: Path) -> None:
    (folder / "tmb.json").write_text(json.dumps({"status": "not_given", "reason": "germline not removed"}))
    assert "TMB not determined: germline not removed." in report(folder).page.markers


def test_the_denominator_comes_from_the_covered_bed(folder: Path) -> None:
    write_profile(folder / "profile.parquet", {"BRAF": True})
    table = read_table(folder / "profile.parquet")
    write_parquet(folder / "profile.parquet", table, {"parameters": {"covered_coding_mb": 0.5}})
    (sentence,) = [line for line in report(folder).page.markers if line.startswith("TMB")]
    # One coding mutation: Byar's limits of a Poisson count of 1 are 0.01 and 5.57, over 0.5 Mb.
    assert sentence == (
        "TMB 2.0 per Mb (95 % interval 0.0 to 11.1; 1 coding mutations over 0.5 Mb). "
        "Less than 1 Mb was assayed: unreliable."
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("msi.json", "{", "cannot be read"),
        ("msi.json", "[]", "not an object"),
        ("msi.json", '{"status": "maybe"}', "high, stable or not_determined"),
        ("tmb.json", '{"status": "given", "per_mb": "many"}', "per_mb"),
        ("msi.tsv", "a\tb\n1\t2\n", "columns are missing"),
        ("msi.tsv", "Total_Number_of_Sites\t%\nmany\t2\n", "cannot be read"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        (read_burden if name == "tmb.json" else read_microsatellites)(tmp_path / name)


def forced_vcf(folder: Path, sites: list[tuple[str, int, int, str]]) -> None:
    """Write forced reference records: gene, codon, depth and the smallest fraction that would have been seen."""
    calls = [
        Call(gene, codon=codon, consequence="missense_variant", depth=depth, vaf=0.0, filters="RefCall", genotype="0/0")
        for gene, codon, depth, _ in sites
    ]
    path = write_vcf(folder / "annotated.vcf.gz", calls)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    smallest = iter(value for *_, value in sites)
    lines = [
        line.replace(":VAF\t", ":VAF:MINVAF\t") + f":{next(smallest)}" if line.startswith("chr1\t") else line
        for line in lines
    ]
    lines.insert(1, '##FORMAT=<ID=MINVAF,Number=1,Type=Float,Description="smallest fraction seen with 95 %">')
    path.unlink()
    path.with_suffix("").write_text("\n".join(lines) + "\n")


def test_a_forced_site_says_how_deep_and_how_small(folder: Path) -> None:
    forced_vcf(folder, [("BRAF", 600, 412, "0.02"), ("BRAF", 600, 420, "0.01")])
    words = {line.item: line.words for line in report(folder).checklist}
    assert words["BRAF V600E"] == "not found (depth 412, would see ≥ 2 %)"


def test_forced_sites_within_exons_do_not_stand_for_the_exons(folder: Path) -> None:
    forced_vcf(folder, [("KRAS", 12, 300, "0.03"), ("KRAS", 61, 500, "0.01"), ("KRAS", 200, 9, "0.5")])
    words = {line.item: (line.status, line.words) for line in report(folder).checklist}
    status, text = words["KRAS exons 2, 3, 4"]
    assert status == "not assessable" and "not found at 2 hotspot codons: depth 300, would see ≥ 3 %" in text
    write_profile(folder / "profile.parquet", {"KRAS": True})
    words = {line.item: (line.status, line.words) for line in report(folder).checklist}
    assert words["KRAS exons 2, 3, 4"] == ("not found", "not found (at 2 hotspot codons: depth 300, would see ≥ 3 %)")


SIGNATURES: dict[str, Any] = {"status": "fitted", "mutations": 812, "cosine": 0.98}
SIGNATURES["signatures"] = [{"signature": "SBS6", "share": 0.7, "share_low": 0.6, "share_high": 0.8, "kept": 1.0}]


def test_signatures_are_shown_with_interval_and_proposed_cause(folder: Path) -> None:
    (folder / "signatures.json").write_text(json.dumps(SIGNATURES))
    rows, words = report(folder).signatures
    assert rows[0]["proposed_cause"] == "mismatch repair deficiency" and words.startswith("812 substitutions")
    (folder / "signatures.json").write_text(json.dumps({"status": "not_fitted", "reason": "12 substitutions"}))
    assert report(folder).signatures == ((), "Mutational signatures not fitted: 12 substitutions.")
    assert report(folder, consent_somatic=False).signatures == ((), "")
    (folder / "signatures.json").write_text('{"status": "fitted", "signatures": [{}]}')
    with pytest.raises(InputError, match="Not a fit"):
        report(folder)


def test_inherited_variants_give_no_hint_no_burden_and_say_so(folder: Path) -> None:
    path = write_vcf(folder / "annotated.vcf.gz", indel_rich(60))
    assert "Looks mismatch-repair deficient" in report(folder).page.markers[0]
    text = gzip.decompress(path.read_bytes()).decode().replace("\tCSQ=", "\tGERMLINE_NOT_REMOVED;CSQ=")
    path.unlink()
    flag = '##INFO=<ID=GERMLINE_NOT_REMOVED,Number=0,Type=Flag,Description="x">\n#CHROM'
    path.with_suffix("").write_text(text.replace("#CHROM", flag))
    page = report(folder).page
    assert "Looks mismatch-repair deficient" not in page.markers[0]
    assert "TMB not determined: germline variants were not removed." in page.markers
    assert any(note.startswith("Germline not removed") for note in page.notes)
