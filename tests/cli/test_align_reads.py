"""align-reads on reads simulated from a small genome, with every aligner that is installed."""

import gzip
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import numpy as np
import pysam
import pytest

from loci2lead.variants.haplotypes import Haplotype
from loci2lead.variants.simulate import simulate_reads

NAMES = ("bwa-mem2", "bwa", "minimap2", "mappy")


def installed(name: str) -> bool:
    return find_spec("mappy") is not None if name == "mappy" else which(name) is not None


each_aligner = pytest.mark.parametrize(
    "aligner",
    [pytest.param(n, marks=pytest.mark.skipif(not installed(n), reason=f"{n} is not installed")) for n in NAMES],
)
any_aligner = pytest.mark.skipif(not any(map(installed, NAMES)), reason="no aligner is installed: apt install bwa")


@pytest.fixture(scope="module")
def sequenced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with genome.fa, truth.bam and its reads as R1.fastq.gz and R2.fastq.gz."""
    folder = tmp_path_factory.mktemp("sequenced")
    rng = np.random.default_rng(5)
    genome = {name: "".join(rng.choice(list("ACGT"), size)) for name, size in (("chr1", 12_000), ("chr2", 6_000))}
    (folder / "genome.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in genome.items()))
    simulate_reads(genome, [Haplotype(1.0)], folder / "truth.bam", depth=12, seed=1)
    pysam.sort("-n", "-o", str(folder / "named.bam"), str(folder / "truth.bam"))
    files = [folder / "R1.fastq.gz", folder / "R2.fastq.gz"]
    pysam.fastq("-N", "-1", str(files[0]), "-2", str(files[1]), "-s", "/dev/null", str(folder / "named.bam"))
    return folder


def positions(bam: Path) -> dict[tuple[str, bool], tuple[str, int, bool]]:
    with pysam.AlignmentFile(str(bam)) as file:
        return {
            (r.query_name, r.is_read1): (r.reference_name, r.reference_start, r.is_reverse)
            for r in file
            if not r.is_secondary and not r.is_supplementary
        }


def flags(folder: Path, output: Path, **more: object) -> list[object]:
    given = {"reference": folder / "genome.fa", "output": output, "sample-name": "P001"} | more
    options = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]
    return ["align-reads", "--fastq", folder / "R1.fastq.gz", folder / "R2.fastq.gz", *options]


@each_aligner
def test_reads_return_to_where_they_came_from(run_cli: Callable, sequenced: Path, tmp_path: Path, aligner: str) -> None:
    code, _, err = run_cli(*flags(sequenced, tmp_path / "x.bam", aligner=aligner))
    assert code == 0, err
    truth, found = positions(sequenced / "truth.bam"), positions(tmp_path / "x.bam")
    assert found.keys() == truth.keys() and len(found) > 1_000
    assert np.mean([found[key] == truth[key] for key in truth]) > 0.98
    with pysam.AlignmentFile(str(tmp_path / "x.bam")) as bam:
        header = bam.header.to_dict()
        assert bam.has_index() and header["HD"]["SO"] == "coordinate"
        assert all(r.get_tag("RG") == "lane-1" and r.has_tag("MC") for r in bam if not r.mate_is_unmapped)
    made = json.loads(header["CO"][0].removeprefix("loci2lead="))
    assert made["parameters"]["aligner"] == aligner and made["parameters"]["aligner_version"][0].isdigit()
    assert str(tmp_path) not in str(header) and str(sequenced) not in str(header)


@each_aligner
def test_threads_change_no_byte(run_cli: Callable, sequenced: Path, tmp_path: Path, aligner: str) -> None:
    outputs = [tmp_path / f"{threads}.bam" for threads in (1, 2, 3)]
    for threads, output in enumerate(outputs, start=1):
        assert run_cli(*flags(sequenced, output, aligner=aligner, threads=threads))[0] == 0
    for suffix in ("", ".bai"):
        assert len({Path(f"{output}{suffix}").read_bytes() for output in outputs}) == 1


@any_aligner
def test_second_lane_of_the_same_fragments_is_all_duplicates(
    run_cli: Callable, sequenced: Path, tmp_path: Path
) -> None:
    for mate in (1, 2):
        text = gzip.decompress((sequenced / f"R{mate}.fastq.gz").read_bytes()).decode()
        (tmp_path / f"again{mate}.fastq").write_text(text.replace("@chr", "@again-chr"))
    lanes = ["--fastq", tmp_path / "again1.fastq", tmp_path / "again2.fastq"]
    code, _, err = run_cli(*flags(sequenced, tmp_path / "x.bam"), *lanes)
    assert code == 0, err
    with pysam.AlignmentFile(str(tmp_path / "x.bam")) as bam:
        reads = [r for r in bam if not r.is_secondary and not r.is_supplementary]
    assert {r.get_tag("RG") for r in reads} == {"lane-1", "lane-2"}
    duplicated = sum(r.is_duplicate for r in reads)
    assert duplicated == pytest.approx(len(reads) / 2, rel=0.02)


@any_aligner
@pytest.mark.skipif(which("fastp") is None, reason="fastp is not installed: apt install fastp")
def test_fastp_cuts_adapters_and_says_so(run_cli: Callable, sequenced: Path, tmp_path: Path) -> None:
    adapter = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA"
    texts = [gzip.decompress((sequenced / f"R{mate}.fastq.gz").read_bytes()).decode().splitlines() for mate in (1, 2)]
    for i in range(1, len(texts[0]), 4):  # fragments of 60 bases, read from both ends into the adapter
        fragment = texts[0][i][:60]
        ends = fragment, fragment[::-1].translate(str.maketrans("ACGT", "TGCA"))
        for lines, end in zip(texts, ends, strict=True):
            lines[i] = (end + adapter * 5)[: len(lines[i])]
    for mate, lines in enumerate(texts, start=1):
        (tmp_path / f"R{mate}.fastq").write_text("\n".join(lines) + "\n")
    for name, trim in (("plain", "none"), ("cut", "fastp")):
        code, _, err = run_cli(
            *("align-reads", "--fastq", tmp_path / "R1.fastq", tmp_path / "R2.fastq", "--trim", trim),
            *("--reference", sequenced / "genome.fa", "--output", tmp_path / f"{name}.bam", "--aligner", "auto"),
        )
        assert code == 0, err
    lengths = {}
    for name in ("plain", "cut"):
        with pysam.AlignmentFile(str(tmp_path / f"{name}.bam")) as bam:
            lengths[name] = np.mean([read.query_length for read in bam if not read.flag & 0x900])
            made = json.loads(bam.header.to_dict()["CO"][0].removeprefix("loci2lead="))
        assert ("fastp_version" in made["parameters"]) == (name == "cut")
    assert lengths["cut"] < 0.7 * lengths["plain"]
    assert not list(tmp_path.glob(".tmp-*"))


@any_aligner
def test_trimming_without_fastp_says_what_to_install(
    run_cli: Callable, sequenced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loci2lead.variants import trimming

    monkeypatch.setattr(trimming.shutil, "which", lambda name: None if name == "fastp" else which(name))
    code, _, err = run_cli(*flags(sequenced, tmp_path / "x.bam", trim="fastp"))
    assert code == 2 and "apt install fastp" in err


@any_aligner
def test_index_beside_the_reference_is_used_and_none_is_left_there(
    run_cli: Callable, sequenced: Path, tmp_path: Path
) -> None:
    before = {p.name for p in sequenced.iterdir()} | {"genome.fa.fai"}
    assert run_cli(*flags(sequenced, tmp_path / "x.bam"))[0] == 0
    assert {p.name for p in sequenced.iterdir()} == before


@any_aligner
@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        ({"reference": "absent.fa"}, ["absent.fa", "not found"]),
        ({"output": "x.cram"}, ["must end in .bam"]),
        ({"threads": "0"}, ["threads", "1 or more"]),
        ({"sample_name": "Jane-Doe"}, ["name is refused", "not repeated here"]),
    ],
)
def test_bad_input_ends_with_two(
    run_cli: Callable, sequenced: Path, tmp_path: Path, change: dict[str, str], fragments: list[str]
) -> None:
    code, _, err = run_cli(*flags(sequenced, **({"output": tmp_path / "x.bam"} | change)))
    assert code == 2
    for fragment in fragments:
        assert fragment in err
    assert not list(tmp_path.iterdir())


@any_aligner
def test_swapped_and_repeated_files_stop_before_the_aligner(run_cli: Callable, sequenced: Path, tmp_path: Path) -> None:
    first, second = sequenced / "R1.fastq.gz", sequenced / "R2.fastq.gz"
    common = ["--reference", sequenced / "genome.fa", "--output", tmp_path / "x.bam"]
    code, _, err = run_cli("align-reads", "--fastq", second, first, *common)
    assert code == 2 and "swapped" in err
    code, _, err = run_cli("align-reads", "--fastq", first, second, "--fastq", first, second, *common)
    assert code == 2 and "given twice" in err
    assert not list(tmp_path.iterdir())


@any_aligner
@pytest.mark.data
def test_real_reads_return_to_where_another_aligner_put_them(run_cli: Callable, data_dir: Path, tmp_path: Path) -> None:
    slice_dir = data_dir / "variants" / "hg002_b37_chr20_nist30x_10M"
    start, end = 9_990_000, 10_110_000
    with pysam.FastaFile(str(slice_dir / "ref.b37.chr20.masked.fa.gz")) as fasta:
        bases = fasta.fetch("20", start, end).strip("N")
        start = fasta.fetch("20", start, end).index(bases[:100]) + start
    (tmp_path / "genome.fa").write_text(f">20\n{bases}\n")
    source = next(slice_dir.glob("*.bam"))
    kept = whole_pairs(source, tmp_path / "named.bam")
    files = [tmp_path / "R1.fastq.gz", tmp_path / "R2.fastq.gz"]
    pysam.fastq("-N", "-1", str(files[0]), "-2", str(files[1]), "-s", "/dev/null", str(tmp_path / "named.bam"))
    code, _, err = run_cli(*flags(tmp_path, tmp_path / "x.bam"))
    assert code == 0, err
    found = positions(tmp_path / "x.bam")
    sure = {key: where for key, (where, quality) in kept.items() if quality >= 30}
    same = [found[key][1] + start == where[1] and found[key][2] == where[2] for key, where in sure.items()]
    assert len(same) > 15_000 and np.mean(same) > 0.98


def whole_pairs(source: Path, output: Path) -> dict[tuple[str, bool], tuple[tuple[str, int, bool], int]]:
    """Write the pairs of which both mates map inside the slice, by name; return where they map and how surely."""
    with pysam.AlignmentFile(str(source)) as bam:
        reads = [r for r in bam if not r.flag & 0xF0C]
        header = bam.header
    names = [r.query_name for r in reads]
    paired = {name for name, count in zip(*np.unique(names, return_counts=True), strict=True) if count == 2}
    reads = sorted((r for r in reads if r.query_name in paired), key=lambda r: (r.query_name, r.is_read2))
    with pysam.AlignmentFile(str(output), "wb", header=header) as bam:
        for read in reads:
            bam.write(read)
    return {
        (r.query_name, r.is_read1): ((r.reference_name, r.reference_start, r.is_reverse), r.mapping_quality)
        for r in reads
    }
