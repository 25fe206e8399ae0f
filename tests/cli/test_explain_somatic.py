"""explain-call of a tumour: the posteriors of call-somatic, reads of both samples, reasons for every verdict."""

import json
from pathlib import Path

import pysam
import pytest

from tests.report.browser import assert_accessible
from tests.variants.drawn_reads import CONTIG
from tests.variants.somatic.drawn_pair import DrawnPair, write_known


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> DrawnPair:
    return DrawnPair(tmp_path_factory.mktemp("pair"), length=9_000)


@pytest.fixture
def explain(run_cli, pair: DrawnPair, tmp_path: Path):
    def run(position: int, *options: object, name: str = "out.json"):
        code, _, err = run_cli(
            *("explain-call", "--reads", pair.tumour, "--reference", pair.reference),
            *("--site", f"{CONTIG}:{position}", "--output", tmp_path / name, *options),
        )
        assert code == 0, err
        text = (tmp_path / name).read_text()
        return json.loads(text) if name.endswith("json") else text

    return run


def allele_at(found: dict, ref: str, alt: str) -> dict:
    (own,) = [
        a for locus in found["loci"] for a in locus["alleles"] if (a["record"]["ref"], a["record"]["alt"]) == (ref, alt)
    ]
    return own


def test_the_verdict_is_the_one_call_somatic_gives(explain, run_cli, pair: DrawnPair, tmp_path: Path) -> None:
    calls = tmp_path / "calls.vcf.gz"
    files = ("--tumor", pair.tumour, "--normal", pair.normal, "--reference", pair.reference)
    assert run_cli("call-somatic", *files, "--output", calls)[0] == 0
    with pysam.VariantFile(str(calls)) as vcf:
        records = list(vcf)
    wanted = [next(r for r in records if f in r.filter) for f in ("PASS", "Germline")]
    wanted += [r for r in records if r.pos == pair.indels[1].position + 1 and r.ref == pair.indels[1].ref]
    assert len(wanted) == 3
    for record in wanted:
        found = explain(record.pos, "--normal", pair.normal)
        own = allele_at(found, record.ref, record.alts[0])
        assert own["record"]["filter"] == record.filter.keys()[0]
        chances = own["chances"]["in the end"]
        assert chances["somatic"] == pytest.approx(record.info["P_SOMATIC"], abs=2e-4)
        assert chances["inherited"] == pytest.approx(record.info["P_GERMLINE"], abs=2e-4)
        assert own["normal"]["AD"] == ",".join(map(str, record.samples["N"]["AD"]))


def test_a_somatic_site_shows_both_samples_and_says_why(explain, pair: DrawnPair) -> None:
    site = pair.somatic[-1]
    found = explain(site.position + 1, "--normal", pair.normal)
    (locus,) = found["loci"]
    assert {r["sample"] for r in locus["reads"]} == {"tumour", "normal"}
    assert {h["sample"] for h in locus["haplotypes"]} == {"tumour", "normal"}
    own = allele_at(found, site.ref, site.alt)
    shown = sum(r["support"][0] > 3 for r in locus["reads"] if r["sample"] == "tumour")
    assert shown == int(own["tumour"]["AD"].split(",")[1])
    assert own["log10_likelihoods"]["somatic"] == max(own["log10_likelihoods"].values())
    assert own["contributions"]["shares in tumour and normal"] != 0
    said = " ".join(own["reasons"])
    assert "In the normal 0 of" in said and "a somatic allele is likeliest" in said and "FILTER is PASS" in said
    assert found["provenance"]["parameters"]["normal_fingerprint"]


def test_a_tumour_alone_names_its_copies_and_what_others_carry(explain, pair: DrawnPair, tmp_path: Path) -> None:
    listed = [v for copy in pair.germline for v in copy if len(v.ref) == len(v.alt)]
    frequencies = write_known(tmp_path / "af.vcf", {(v.position, v.ref, v.alt) for v in listed}, 9_000)
    site = pair.somatic[-1]
    options = ("--somatic", "--population-frequencies", frequencies)
    own = allele_at(explain(site.position + 1, *options), site.ref, site.alt)
    assert own["normal"] is None and own["copies"]["log10_prior_odds_of_germline"] < 1
    assert "does not list it" in " ".join(own["reasons"])
    inherited = listed[0]
    own = allele_at(explain(inherited.position + 1, *options), inherited.ref, inherited.alt)
    assert own["record"]["filter"] == "Germline"
    assert "frequency in the population is 0.2" in " ".join(own["reasons"])
    plain = allele_at(explain(site.position + 1, "--somatic"), site.ref, site.alt)
    assert "may be inherited" in " ".join(plain["reasons"])


def test_a_place_without_candidate_and_the_page(explain, pair: DrawnPair) -> None:
    assert explain(4_000, "--normal", pair.normal)["loci"] == []
    assert "No candidate here" in explain(4_000, "--normal", pair.normal, name="none.html")
    page = explain(pair.somatic[-1].position + 1, "--normal", pair.normal, name="out.html")
    assert "Haplotypes that were weighed" in page and "In the normal 0 of" in page
    assert "http:" not in page and "https:" not in page


def test_resources_need_a_tumour(run_cli, pair: DrawnPair, tmp_path: Path) -> None:
    code, _, err = run_cli(
        *("explain-call", "--reads", pair.tumour, "--reference", pair.reference, "--site", f"{CONTIG}:500"),
        *("--panel-of-normals", "x.vcf.gz", "--output", tmp_path / "x.json"),
    )
    assert code == 2 and "--somatic" in err


@pytest.mark.slow
def test_the_page_has_no_violation_and_no_overflow(explain, pair: DrawnPair, tmp_path: Path) -> None:
    explain(pair.somatic[-1].position + 1, "--normal", pair.normal, name="out.html")
    assert_accessible(tmp_path / "out.html", tmp_path)
