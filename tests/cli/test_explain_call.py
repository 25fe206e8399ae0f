"""explain-call: a call, a place without a candidate, reasons that fit reads made to fit them, and wrong sites."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.report.browser import assert_accessible
from tests.variants.drawn_reads import CONTIG, DrawnSample, draw_sequence, other_base, write_bam, write_fasta

SEQUENCE = draw_sequence(4_000)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DrawnSample:
    return DrawnSample(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def explain(run_cli, tmp_path: Path):
    def run(reads: Path, reference: Path, site: str, name: str = "out.json", *options: str):
        code, _, err = run_cli(
            *("explain-call", "--reads", reads, "--reference", reference, "--site", site),
            *("--output", tmp_path / name, *options),
        )
        assert code == 0, err
        text = (tmp_path / name).read_text()
        return json.loads(text) if name.endswith("json") else text

    return run


def test_an_indel_shows_records_haplotypes_reads_and_slip(explain, sample: DrawnSample) -> None:
    found = explain(sample.bam, sample.reference, f"{CONTIG}:2001")
    (locus,) = found["loci"]
    assert {a["allele"] for a in locus["alleles"]} >= {"2002:A>-", "2002:->A"}
    assert locus["records"][0]["genotype"] == "1/2"
    reasons = " ".join(r for a in locus["alleles"] for r in a["reasons"])
    assert "slips" in reasons and "runs of 12" in reasons
    assert len(locus["reads"]) > 10 and all(len(r["support"]) == len(locus["alleles"]) for r in locus["reads"])
    for allele in locus["alleles"]:
        assert sum(allele["after_haplotypes"]) == pytest.approx(1, abs=0.001)
        assert allele["contributions"].keys() >= {"likelihoods", "strand"}
    assert found["provenance"]["subcommand"] == "explain-call"


def test_the_call_is_the_one_call_variants_makes(explain, sample: DrawnSample, run_cli, tmp_path: Path) -> None:
    import pysam

    calls = tmp_path / "calls.vcf.gz"
    assert run_cli("call-variants", "--reads", sample.bam, "--reference", sample.reference, "--output", calls)[0] == 0
    with pysam.VariantFile(str(calls)) as vcf:
        wanted = [r for r in vcf if r.pos in (1001, 1501)]
    for record in wanted:
        (locus,) = explain(sample.bam, sample.reference, f"{CONTIG}:{record.pos}")["loci"]
        own = next(r for r in locus["records"] if r["position"] == record.pos)
        assert (own["ref"], own["alt"], own["gq"]) == (record.ref, ",".join(record.alts), record.samples[0]["GQ"])


def test_a_place_without_candidate_says_what_the_reads_show(explain, sample: DrawnSample) -> None:
    found = explain(sample.bam, sample.reference, f"{CONTIG}:700")
    assert found["loci"] == [] and sum(found["pileup"]["bases"].values()) > 5
    page = explain(sample.bam, sample.reference, f"{CONTIG}:700", "out.html")
    assert "No candidate here" in page


def test_the_page_holds_the_call_and_asks_for_nothing_outside(explain, sample: DrawnSample) -> None:
    page = explain(sample.bam, sample.reference, f"{CONTIG}:1001", "out.html")
    assert "1002:-&gt;GATTC" in page and "Haplotypes that were weighed" in page
    assert "http:" not in page and "https:" not in page


def reads_with(position: int, count: int, total: int, starts, flag=lambda i: 16 * (i % 2)) -> list[dict]:
    """Return reads of 100 bases, the first `count` with another base at `position`, begun at starts(i)."""
    reads = []
    for i in range(total):
        start = starts(i)
        bases = SEQUENCE[start : start + 100]
        at = position - start
        if i < count:
            bases = bases[:at] + other_base(bases[at]) + bases[at + 1 :]
        reads.append({"start": start, "cigar": "100M", "bases": bases, "flag": flag(i), "name": f"r{i}"})
    return reads


@pytest.mark.parametrize(
    ("reads", "words"),
    [
        (reads_with(1200, 8, 30, lambda i: 1198 + i % 3 - 1 if i < 8 else 1120 + i), "all end within 3 bp"),
        (reads_with(1200, 10, 30, lambda i: 1110 + 2 * i, lambda i: 0 if i < 10 else 16 * (i % 2)), "forward strand"),
        (reads_with(1200, 3, 6, lambda i: 1120 + 10 * i), "Only 6 reads lie here"),
    ],
    ids=["read ends", "strand", "few reads"],
)
def test_reasons_name_what_was_wrong_with_the_reads(explain, tmp_path: Path, reads: list[dict], words: str) -> None:
    reference = write_fasta(tmp_path / "ref.fa", {CONTIG: SEQUENCE})
    found = explain(write_bam(tmp_path / "x.bam", SEQUENCE, reads), reference, f"{CONTIG}:1201")
    assert words in " ".join(found["loci"][0]["alleles"][0]["reasons"])


@pytest.mark.parametrize("site", ["chrT", "chrT:x", "chrT:0", "chrT:99999", "chrZ:5"])
def test_a_wrong_site_is_named(run_cli, sample: DrawnSample, tmp_path: Path, site: str) -> None:
    code, _, err = run_cli(
        *("explain-call", "--reads", sample.bam, "--reference", sample.reference),
        *("--site", site, "--output", tmp_path / "x.json"),
    )
    assert code == 2 and site in err


def test_groups_of_features_are_disjoint_and_known() -> None:
    from loci2lead.variants.explain import GROUPS
    from loci2lead.variants.features import FEATURES

    names = np.concatenate([list(g) for g in GROUPS.values()])
    assert len(set(names)) == len(names) and set(names) <= set(FEATURES)


@pytest.mark.slow
def test_the_page_has_no_violation_and_no_overflow(explain, sample: DrawnSample, tmp_path: Path) -> None:
    explain(sample.bam, sample.reference, f"{CONTIG}:2001", "out.html")
    assert_accessible(tmp_path / "out.html", tmp_path)
