"""call-somatic from the command line: right calls, the same bytes however it is run, and clear errors."""

import gzip
from pathlib import Path

import pysam
import pytest

from loci2lead.variants.somatic import caller, scorer
from tests.variants.drawn_reads import CONTIG, draw_sequence, write_bam, write_fasta
from tests.variants.somatic.drawn_pair import PURITY, DrawnPair, write_known


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> DrawnPair:
    return DrawnPair(tmp_path_factory.mktemp("pair"), length=23_000)


def records(path: Path) -> list[str]:
    with gzip.open(path, "rt") as handle:
        return [line.rstrip("\n") for line in handle if not line.startswith("#")]


def call(run_cli, pair: DrawnPair, output: Path, *options: object) -> list[str]:
    code, _, err = run_cli(
        *("call-somatic", "--tumor", pair.tumour, "--normal", pair.normal, "--reference", pair.reference),
        *("--output", output, *options),
    )
    assert code == 0, err
    assert Path(f"{output}.tbi").exists()
    return records(output)


def passing(lines: list[str]) -> set[tuple[int, str, str]]:
    fields = [line.split("\t") for line in lines]
    return {(int(f[1]) - 1, f[3], f[4]) for f in fields if f[6] == "PASS"}


def test_finds_the_tumours_own_variants_and_no_other(run_cli, pair: DrawnPair, tmp_path: Path) -> None:
    lines = call(run_cli, pair, tmp_path / "calls.vcf.gz")
    expected = {(v.position, v.ref, v.alt) for v in pair.somatic}
    found = passing(lines)
    assert len(expected) > 25
    assert len(expected - found) <= 1
    assert not found - expected
    germline = {(v.position, v.ref, v.alt) for copy in pair.germline for v in copy if len(v.ref) == len(v.alt)}
    judged = {(int(f[1]) - 1, f[3], f[4]) for f in (line.split("\t") for line in lines) if f[6] == "Germline"}
    assert len(germline - judged) <= 2


def test_a_record_says_how_sure_and_how_much(run_cli, pair: DrawnPair, tmp_path: Path) -> None:
    output = tmp_path / "calls.vcf.gz"
    call(run_cli, pair, output)
    with pysam.VariantFile(str(output)) as vcf:
        assert list(vcf.header.samples) == ["T", "N"]
        shares = []
        for record in vcf:
            assert sum(record.info[k] for k in ("P_SOMATIC", "P_GERMLINE", "P_ARTEFACT")) == pytest.approx(1, abs=1e-4)
            if "PASS" in record.filter:
                tumour, normal = record.samples["T"], record.samples["N"]
                assert tumour["GT"] == (0, 1)
                assert normal["GT"] == (0, 0)
                assert tumour["VAF_LOW"][0] < tumour["VAF"][0] < tumour["VAF_HIGH"][0]
                assert sum(tumour["AD"]) <= tumour["DP"]
                shares.append(tumour["VAF"][0])
    assert sum(shares) / len(shares) == pytest.approx(PURITY / 2, abs=0.05)


def test_regions_and_threads_cannot_change_a_record(run_cli, pair: DrawnPair, tmp_path: Path) -> None:
    whole = call(run_cli, pair, tmp_path / "whole.vcf.gz")
    parts = []
    for number, (low, high) in enumerate([(1, 7_000), (7_001, 23_000)]):
        parts += call(run_cli, pair, tmp_path / f"{number}.vcf.gz", "--regions", f"{CONTIG}:{low}-{high}")
    assert parts == whole
    again = tmp_path / "again.vcf.gz"
    call(run_cli, pair, again)
    assert again.read_bytes() == (tmp_path / "whole.vcf.gz").read_bytes()


@pytest.mark.parametrize("count", [2, 3])
def test_shards_join_to_the_bytes_of_one_job(
    run_cli, pair: DrawnPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(caller, "CHUNKS_PER_BLOCK", 1)  # so that a drawn genome has several
    call(run_cli, pair, tmp_path / "whole.vcf.gz")
    parts = [tmp_path / f"{k}.vcf.gz" for k in range(1, count + 1)]
    lines = [call(run_cli, pair, part, "--shard", f"{k}/{count}") for k, part in enumerate(parts, 1)]
    assert sum(map(bool, lines)) > 1, "more than one part has work"
    code, _, err = run_cli("gather-calls", "--parts", *parts, "--output", tmp_path / "joined.vcf.gz")
    assert code == 0, err
    for name in ("{}.vcf.gz", "{}.vcf.gz.tbi"):
        assert (tmp_path / name.format("joined")).read_bytes() == (tmp_path / name.format("whole")).read_bytes()


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_size_of_micro_batches_cannot_change_a_decision(
    run_cli, pair: DrawnPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    whole = call(run_cli, pair, tmp_path / "whole.vcf.gz")
    monkeypatch.setattr(scorer, "MICRO_BATCH", size)
    other = call(run_cli, pair, tmp_path / "other.vcf.gz")
    assert [line.split("\t")[:7] for line in other] == [line.split("\t")[:7] for line in whole]


@pytest.mark.slow
def test_threads_cannot_change_a_byte(run_cli, tmp_path: Path) -> None:
    pair = DrawnPair(tmp_path, length=410_000, depth=20)
    for threads in (1, 3):
        call(run_cli, pair, tmp_path / f"{threads}.vcf.gz", "--threads", threads)
    assert (tmp_path / "1.vcf.gz").read_bytes() == (tmp_path / "3.vcf.gz").read_bytes()


def test_forced_sites_say_what_would_have_been_seen(run_cli, pair: DrawnPair, tmp_path: Path) -> None:
    here, absent = pair.somatic[4], 5_050
    base = pair.sequence[absent]
    alt = "ACGT"[("ACGT".index(base) + 1) % 4]
    sites = tmp_path / "sites.vcf"
    sites.write_text(
        f"##fileformat=VCFv4.2\n##contig=<ID={CONTIG}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        f"{CONTIG}\t{absent + 1}\t.\t{base}\t{alt}\t.\t.\t.\n"
        f"{CONTIG}\t{here.position + 1}\t.\t{here.ref}\t{here.alt}\t.\t.\t.\n"
    )
    output = tmp_path / "forced.vcf.gz"
    plain = call(run_cli, pair, tmp_path / "plain.vcf.gz")
    lines = call(run_cli, pair, output, "--force-sites", sites)
    assert {line for line in lines if "FORCED" not in line} <= set(plain)
    with pysam.VariantFile(str(output)) as vcf:
        forced = {r.start: r for r in vcf if "FORCED" in r.info}
    assert set(forced) == {absent, here.position}
    assert forced[here.position].filter.keys() == ["PASS"]
    missing = forced[absent]
    assert missing.filter.keys() == ["RefCall"]
    assert missing.samples["T"]["GT"] == (0, 0)
    depth, least = missing.samples["T"]["DP"], missing.samples["T"]["MINVAF"]
    assert depth > 30
    # Five reads with 95 % confidence: nine are expected.
    assert 8 / depth < least < 10 / depth


def test_a_tumour_alone_says_that_germline_stands_in_it(run_cli, pair: DrawnPair, tmp_path: Path) -> None:
    output = tmp_path / "alone.vcf.gz"
    code, _, err = run_cli("call-somatic", "--tumor", pair.tumour, "--reference", pair.reference, "--output", output)
    assert code == 0, err
    with gzip.open(output, "rt") as handle:
        text = handle.read()
    assert "##loci2lead_germline=not_removed" in text
    assert "loci2lead_normal_sample" not in text
    assert all("GERMLINE_NOT_REMOVED" in line for line in text.splitlines() if line.split("\t")[6:7] == ["PASS"])


def test_a_tumour_alone_with_frequencies_keeps_somatic_and_few_unlisted_germline_alleles(
    run_cli, pair: DrawnPair, tmp_path: Path
) -> None:
    inherited = sorted({(v.position, v.ref, v.alt) for copy in pair.germline for v in copy if len(v.ref) == len(v.alt)})
    unlisted = set(inherited[::8])
    known = write_known(tmp_path / "af.vcf", set(inherited) - unlisted, len(pair.sequence))
    output = tmp_path / "alone.vcf.gz"
    options = ("--population-frequencies", known, "--reference", pair.reference, "--output", output)
    code, _, err = run_cli("call-somatic", "--tumor", pair.tumour, *options)
    assert code == 0, err
    found = passing(records(output))
    own = {(v.position, v.ref, v.alt) for v in pair.somatic if v not in pair.indels}
    assert len(own - found) <= 0.15 * len(own)
    assert not found & (set(inherited) - unlisted)
    assert len(found & unlisted) <= 0.3 * len(unlisted)
    part = tmp_path / "part.vcf.gz"
    code, _, err = run_cli(
        "call-somatic", "--tumor", pair.tumour, *options[:-1], part, "--regions", f"{CONTIG}:5001-6000"
    )
    assert code == 0, err
    whole = [line for line in records(output) if 5_000 < int(line.split("\t")[1]) <= 6_000]
    assert len(whole) > 4 and records(part) == whole, "what is learned of the copies does not depend on regions"


@pytest.mark.parametrize("kind", ["no reads", "reads of one strand", "empty normal", "contig of length 1"])
def test_odd_input_gives_a_valid_vcf(run_cli, tmp_path: Path, kind: str) -> None:
    sequence = "A" if kind == "contig of length 1" else draw_sequence(4_000)
    reference = write_fasta(tmp_path / "ref.fa", {CONTIG: sequence})
    reads = [
        {"start": 850 + i % 40, "cigar": "100M", "bases": sequence[850 + i % 40 : 950 + i % 40]} for i in range(20)
    ]
    nothing = kind in {"no reads", "contig of length 1"}
    tumour = write_bam(tmp_path / "t.bam", sequence, [] if nothing else reads)
    normal = write_bam(tmp_path / "n.bam", sequence, [] if nothing or kind == "empty normal" else reads)
    known = write_known(tmp_path / "af.vcf", [(0, "A", "C")], len(sequence))
    output = tmp_path / "calls.vcf.gz"
    for other in (("--normal", normal), ("--population-frequencies", known), ()):
        code, _, err = run_cli("call-somatic", "--tumor", tumour, *other, "--reference", reference, "--output", output)
        assert code == 0, err
        with pysam.VariantFile(str(output)) as vcf:
            assert len(vcf.header.samples) == 1 + ("--normal" in other)
            assert not list(vcf.fetch(CONTIG))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--tumor": "none.bam"}, "none.bam"),
        ({"--normal": "none.bam"}, "none.bam"),
        ({"--reference": "none.fa"}, "none.fa"),
        ({"--regions": "chr99:1-10"}, "chr99"),
        ({"--output": "calls.txt"}, ".vcf.gz"),
        ({"--force-sites": "none.vcf"}, "none.vcf"),
    ],
)
def test_wrong_input_is_named(run_cli, pair: DrawnPair, tmp_path: Path, changed: dict, said: str) -> None:
    options = {"--tumor": pair.tumour, "--normal": pair.normal, "--reference": pair.reference}
    options |= {"--output": tmp_path / "calls.vcf.gz", **changed}
    code, _, err = run_cli("call-somatic", *(x for both in options.items() for x in both))
    assert code == 2
    assert said in err
    assert not list(tmp_path.glob("*.vcf.gz*"))
