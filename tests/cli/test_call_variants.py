"""call-variants from the command line: right calls, the same bytes however it is run, and clear errors."""

import gzip
import json
import shutil
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path

import pysam
import pytest

from loci2lead.variants.network_server import Address, served
from loci2lead.variants.scorer import Forward
from tests.variants.drawn_reads import CONTIG, DrawnSample, draw_sequence, write_bam, write_fasta


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DrawnSample:
    return DrawnSample(tmp_path_factory.mktemp("drawn"), length=23_000)


def records(path: Path) -> list[str]:
    with gzip.open(path, "rt") as handle:
        return [line.rstrip("\n") for line in handle if not line.startswith("#")]


def call(run_cli, sample: DrawnSample, output: Path, *options: object) -> list[str]:
    code, _, err = run_cli(
        "call-variants", "--reads", sample.bam, "--reference", sample.reference, "--output", output, *options
    )
    assert code == 0, err
    assert Path(f"{output}.tbi").exists()
    return records(output)


def test_finds_the_drawn_variants(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    output = tmp_path / "calls.vcf.gz"
    lines = call(run_cli, sample, output)
    assert {line.split("\t")[6] for line in lines} <= {"PASS", "LowQual", "RefCall"}
    code, _, err = run_cli(
        *("evaluate-calls", "--truth", sample.truth, "--calls", output, "--confident", sample.confident),
        *("--reference", sample.reference, "--output", tmp_path / "scores.json"),
    )
    assert code == 0, err
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["SNP"]["fn"] + scores["SNP"]["fp"] <= 1
    assert scores["SNP"]["truth"] > 90
    assert scores["INDEL"]["fn"] + scores["INDEL"]["fp"] == 0
    assert scores["INDEL"]["truth"] == 4


def test_two_lengths_of_a_run_are_one_record(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    lines = call(run_cli, sample, tmp_path / "calls.vcf.gz", "--regions", f"{CONTIG}:1990-2020")
    variants = [line.split("\t") for line in lines if "PASS" in line]
    assert [v[1] for v in variants] == ["2001"]
    assert set(variants[0][4].split(",")) == {"G", "GAA"}
    assert variants[0][9][:3] in {"1/2", "1|2", "2|1"}


def test_header_names_contigs_and_provenance(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    output = tmp_path / "calls.vcf.gz"
    call(run_cli, sample, output, "--sample-name", "P01")
    with pysam.VariantFile(str(output)) as vcf:
        assert list(vcf.header.samples) == ["P01"]
        assert list(vcf.header.contigs) == [CONTIG]
        text = next(r.value for r in vcf.header.records if r.key == "loci2lead")
    provenance = json.loads(text)
    assert provenance["subcommand"] == "call-variants"
    assert provenance["models"]["caller"]
    assert str(tmp_path) not in text


@pytest.mark.parametrize("options", [("--batch", 1), ("--batch", 64), ("--batch", 100_000)])
def test_batch_cannot_change_a_byte(run_cli, sample: DrawnSample, tmp_path: Path, options: tuple) -> None:
    first, second = tmp_path / "a.vcf.gz", tmp_path / "b.vcf.gz"
    call(run_cli, sample, first)
    call(run_cli, sample, second, *options)
    assert first.read_bytes() == second.read_bytes()


def test_long_reads_are_warned_of(run_cli, sample: DrawnSample, tmp_path: Path, monkeypatch) -> None:
    from loci2lead.variants import features

    flags = ("--reads", sample.bam, "--reference", sample.reference, "--output", tmp_path / "x.vcf.gz")
    assert "learnt from short reads" not in run_cli("call-variants", *flags)[2]
    monkeypatch.setattr(features, "LONGEST_TRAINED", 20)
    assert "learnt from short reads" in run_cli("call-variants", *flags)[2]


@pytest.mark.slow
def test_threads_cannot_change_a_byte(run_cli, sample: DrawnSample, tmp_path: Path, monkeypatch) -> None:
    from loci2lead.variants import calling, shards

    monkeypatch.setattr(calling, "CHUNKS_PER_BLOCK", 1)
    monkeypatch.setattr(shards, "WORTH_A_PROCESS", 1)
    first, second = tmp_path / "a.vcf.gz", tmp_path / "b.vcf.gz"
    call(run_cli, sample, first, "--gvcf", tmp_path / "a.g.vcf.gz")
    call(run_cli, sample, second, "--threads", 2, "--gvcf", tmp_path / "b.g.vcf.gz")
    assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "a.g.vcf.gz").read_bytes() == (tmp_path / "b.g.vcf.gz").read_bytes()


@pytest.mark.slow
def test_processes_that_share_one_network_change_no_byte(
    run_cli, sample: DrawnSample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a GPU: the network of this process answers two others, which prepare the pileups."""
    from loci2lead.variants import calling, shards

    monkeypatch.setattr(calling, "CHUNKS_PER_BLOCK", 1)
    monkeypatch.setattr(shards, "WORTH_A_PROCESS", 1)
    first, second = tmp_path / "a.vcf.gz", tmp_path / "b.vcf.gz"
    call(run_cli, sample, first)
    asked = []

    def counted(forward: Forward) -> AbstractContextManager[Address]:
        return served(lambda *given: (asked.append(len(given[0])), forward(*given))[1])

    monkeypatch.setattr(calling, "choose_device", lambda _: "cuda")
    monkeypatch.setattr(calling, "served", counted)
    call(run_cli, sample, second, "--threads", 2)
    assert first.read_bytes() == second.read_bytes()
    assert asked, "the other processes asked this one"


def test_regions_tile_without_a_seam(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    whole = call(run_cli, sample, tmp_path / "whole.vcf.gz")
    bounds = [1, 1001, 2005, 9_950, 10_001, 14_321, 23_001]
    parts: list[str] = []
    for number, (low, high) in enumerate(pairwise(bounds)):
        region = f"{CONTIG}:{low}-{high - 1}"
        parts += call(run_cli, sample, tmp_path / f"{number}.vcf.gz", "--regions", region)
    assert sorted(parts) == sorted(whole)


def test_cram_gives_the_same_bytes(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    cram = tmp_path / "reads.cram"
    pysam.view("-C", "-T", str(sample.reference), "-o", str(cram), str(sample.bam), catch_stdout=False)
    pysam.index(str(cram))
    first, second = tmp_path / "a.vcf.gz", tmp_path / "b.vcf.gz"
    call(run_cli, sample, first)
    code, _, err = run_cli("call-variants", "--reads", cram, "--reference", sample.reference, "--output", second)
    assert code == 0, err
    assert first.read_bytes() == second.read_bytes()


def test_gvcf_covers_every_base_once(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    gvcf = tmp_path / "x.g.vcf.gz"
    call(run_cli, sample, tmp_path / "x.vcf.gz", "--gvcf", gvcf)
    covered = 0
    last = 0
    with pysam.VariantFile(str(gvcf)) as vcf:
        for record in vcf:
            assert record.start >= last - 60
            if "<*>" in record.alts:
                assert record.start >= last
                covered += record.stop - record.start
                last = record.stop
            else:
                covered += max(record.stop - max(record.start, last), 0)
                last = max(last, record.stop)
    assert covered == len(sample.sequence)


def test_forced_sites_are_printed_whatever_is_there(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    base = sample.sequence[5050]
    alt = "A" if base != "A" else "C"
    sites = tmp_path / "sites.vcf"
    real = sample.copies[0][0]
    sites.write_text(
        f"##fileformat=VCFv4.2\n##contig=<ID={CONTIG}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        f"{CONTIG}\t{real.position + 1}\t.\t{real.ref}\t{real.alt}\t.\t.\t.\n"
        f"{CONTIG}\t5051\t.\t{base}\t{alt}\t.\t.\t.\n"
    )
    third = next(b for b in "ACGT" if b not in (real.ref, real.alt))
    with sites.open("a") as handle:
        handle.write(f"{CONTIG}\t{real.position + 1}\t.\t{real.ref}\t{third}\t.\t.\t.\n")
    plain = call(run_cli, sample, tmp_path / "plain.vcf.gz")
    lines = call(run_cli, sample, tmp_path / "forced.vcf.gz", "--force-sites", sites)
    forced = [line.split("\t") for line in lines if "FORCED" in line]
    by_allele = {(f[1], f[4]): f for f in forced}
    place = str(real.position + 1)
    assert set(by_allele) == {(place, real.alt), (place, third), ("5051", alt)}
    assert by_allele[place, real.alt][6] == "PASS"
    for absent in (by_allele[place, third], by_allele["5051", alt]):
        assert absent[6] == "RefCall"
        assert "ALT_READS=0" in absent[7]
        limit = float(absent[7].split("VAF_UPPER=")[1])
        depth = int(absent[9].split(":")[2])
        assert limit == pytest.approx(1 - 0.05 ** (1 / depth), abs=1e-3)
    stripped = [line for line in lines if "FORCED" not in line]
    assert set(stripped) <= set(plain)
    assert len(plain) - len(stripped) == 1


def edge_bam(folder: Path, kind: str) -> tuple[Path, Path]:
    """Return reads and reference of an input that is odd but valid."""
    sequence = draw_sequence(4_000)
    if kind == "contig of length 1":
        sequence = "A"
    if kind == "N and IUPAC reference":
        sequence = "N" * 500 + sequence[500:900] + "RYSWKM" * 10 + sequence[960:]
    reference = write_fasta(folder / "ref.fa", {CONTIG: sequence})
    letters = sequence.translate(str.maketrans("NRYSWKM", "AACCAAA"))
    depth = 5_000 if kind == "depth 5000" else 20
    flag = 0x400 if kind == "all duplicates" else 0
    quality = None if kind == "no base qualities" else 35
    reads = [
        {
            "start": 850 + i % 40,
            "cigar": "100M",
            "bases": letters[850 + i % 40 : 950 + i % 40],
            "flag": flag,
            "quality": quality,
        }
        for i in range(depth)
    ]
    if kind in {"no reads", "contig of length 1"}:
        reads = []
    return write_bam(folder / "reads.bam", sequence, reads), reference


@pytest.mark.parametrize(
    "kind",
    [
        *("no reads", "no base qualities", "all duplicates", "depth 5000", "N and IUPAC reference"),
        "contig of length 1",
    ],
)
def test_odd_input_gives_a_valid_vcf(run_cli, tmp_path: Path, kind: str) -> None:
    reads, reference = edge_bam(tmp_path, kind)
    output = tmp_path / "calls.vcf.gz"
    gvcf = tmp_path / "calls.g.vcf.gz"
    code, _, err = run_cli(
        *("call-variants", "--reads", reads, "--reference", reference, "--output", output, "--gvcf", gvcf)
    )
    assert code == 0, err
    for path in (output, gvcf):
        with pysam.VariantFile(str(path)) as vcf:
            assert list(vcf.header.contigs) == [CONTIG]
            assert not any(r.filter.keys() == ["PASS"] for r in vcf.fetch(CONTIG))


def break_input(kind: str, sample: DrawnSample, folder: Path) -> dict[str, object]:
    """Return changed options for a wrong input."""
    copy = folder / "reads.bam"
    shutil.copy(sample.bam, copy)
    shutil.copy(f"{sample.bam}.bai", f"{copy}.bai")
    read = [{"start": 5, "cigar": "50M", "bases": "A" * 50}]
    if kind == "truncated":
        copy.write_bytes(copy.read_bytes()[:-2000])
    if kind == "unindexed":
        Path(f"{copy}.bai").unlink()
    if kind == "unsorted":
        copy = write_bam(folder / "unsorted.bam", sample.sequence, read, order="queryname")
    if kind == "other contigs":
        copy = write_bam(folder / "other.bam", sample.sequence, read, contig="chr99")
    if kind == "other length":
        copy = write_bam(folder / "longer.bam", sample.sequence + "A", read)
    if kind == "damaged":
        content = bytearray(copy.read_bytes())
        content[len(content) // 3 : len(content) // 3 + 400] = bytes(400)
        copy.write_bytes(content)
    if kind == "CRAM of another reference":
        copy = folder / "reads.cram"
        pysam.view("-C", "-T", str(sample.reference), "-o", str(copy), str(sample.bam), catch_stdout=False)
        pysam.index(str(copy))
        other = write_fasta(folder / "other.fa", {CONTIG: draw_sequence(len(sample.sequence), seed=99)})
        return {"--reads": copy, "--reference": other}
    if kind == "text":
        copy.write_text("these are no reads\n")
    changed: dict[str, object] = {"--reads": copy}
    changed |= {
        "missing reads": {"--reads": folder / "none.bam"},
        "missing reference": {"--reference": folder / "none.fa"},
        "unknown region": {"--regions": "chr99:1-10"},
        "empty region": {"--regions": f"{CONTIG}:500-400"},
        "region outside": {"--regions": f"{CONTIG}:900000-900100"},
        "missing weights": {"--model": "variants-of-nobody"},
        "wrong output": {"--output": folder / "calls.txt"},
    }.get(kind, {})
    return changed


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("truncated", "truncated"),
        ("unindexed", "samtools index"),
        ("unsorted", "samtools sort"),
        ("other contigs", "share no contig"),
        ("other length", "another reference"),
        ("text", "reads"),
        ("damaged", "samtools quickcheck"),
        ("CRAM of another reference", "reference"),
        ("missing reads", "none.bam"),
        ("missing reference", "none.fa"),
        ("unknown region", "chr99"),
        ("empty region", "Empty region"),
        ("region outside", "Empty region"),
        ("missing weights", "variants-of-nobody"),
        ("wrong output", ".vcf.gz"),
    ],
)
def test_wrong_input_is_named(run_cli, sample: DrawnSample, tmp_path: Path, kind: str, said: str) -> None:
    options = {"--reads": sample.bam, "--reference": sample.reference, "--output": tmp_path / "calls.vcf.gz"}
    options |= break_input(kind, sample, tmp_path)
    code, _, err = run_cli("call-variants", *(x for pair in options.items() for x in pair))
    assert code == 2
    assert said in err
    assert not list(tmp_path.glob("*.vcf.gz*"))
    assert not list(tmp_path.glob(".tmp-*"))


@pytest.mark.data
def test_few_errors_on_a_real_slice(run_cli, data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "variants" / "hg002_b37_chr20_nist30x_10M"
    reference = folder / "ref.b37.chr20.masked.fa.gz"
    output = tmp_path / "calls.vcf.gz"
    code, _, err = run_cli(
        *("call-variants", "--reads", next(folder.glob("*.bam")), "--reference", reference, "--output", output),
        *("--regions", "20:10000001-10100000"),
    )
    assert code == 0, err
    code, _, err = run_cli(
        *("evaluate-calls", "--truth", folder / "truth.vcf.gz", "--calls", output, "--reference", reference),
        *("--confident", folder / "conf.bed", "--output", tmp_path / "scores.json"),
    )
    assert code == 0, err
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["SNP"]["fn"] + scores["SNP"]["fp"] <= 2
    assert scores["INDEL"]["fn"] + scores["INDEL"]["fp"] <= 3
