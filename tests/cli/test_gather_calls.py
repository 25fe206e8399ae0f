"""Sharded calling: the joined parts are the bytes of one job, for any number of shards, BAM or CRAM."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam
import pytest

from loci2lead.io.read_density import WINDOW, ReadDensity, read_density
from loci2lead.variants import calling, shards
from tests.variants.drawn_reads import CONTIG, DrawnSample

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DrawnSample:
    return DrawnSample(tmp_path_factory.mktemp("drawn"), length=23_000)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CHUNKS_PER_BLOCK", 1)  # so that a drawn genome has several


def records(path: Path) -> list[str]:
    with gzip.open(path, "rt") as handle:
        return [line for line in handle if not line.startswith("#")]


def phase_set_at(path: Path, position: int) -> str | None:
    """Return PS of the first record with one from `position` on."""
    found = (line.rstrip().split("\t") for line in records(path) if int(line.split("\t")[1]) > position)
    return next((columns[9].split(":")[-1] for columns in found if columns[8].endswith(":PS")), None)


def call(run_cli: Run, sample: DrawnSample, folder: Path, *options: object) -> tuple[Path, Path]:
    outputs = folder / "x.vcf.gz", folder / "x.g.vcf.gz"
    flags = ("--reads", sample.bam, "--reference", sample.reference, "--output", outputs[0], "--gvcf", outputs[1])
    code, _, err = run_cli("call-variants", *flags, *options)
    assert code == 0, err
    return outputs


@pytest.mark.parametrize("count", [2, 5])
def test_parts_join_to_the_bytes_of_one_job(run_cli: Run, sample: DrawnSample, tmp_path: Path, count: int) -> None:
    whole = call(run_cli, sample, tmp_path)
    parts = [call(run_cli, sample, tmp_path / str(k), "--shard", f"{k}/{count}") for k in range(1, count + 1)]
    joined = tmp_path / "joined.vcf.gz", tmp_path / "joined.g.vcf.gz"
    code, _, err = run_cli(
        *("gather-calls", "--parts", *(part[0] for part in parts), "--output", joined[0]),
        *("--gvcf-parts", *(part[1] for part in parts), "--gvcf", joined[1]),
    )
    assert code == 0, err
    for one, other in zip(whole, joined, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert Path(f"{one}.tbi").read_bytes() == Path(f"{other}.tbi").read_bytes()
    assert sum(bool(records(part[0])) for part in parts) > 1, "more than one part has work"
    assert phase_set_at(whole[0], 9_500) == phase_set_at(whole[0], 10_000) is not None, "sets go on across chunks"


def test_parts_of_different_samples_are_refused(run_cli: Run, sample: DrawnSample, tmp_path: Path) -> None:
    one, _ = call(run_cli, sample, tmp_path / "1", "--shard", "1/2")
    two, _ = call(run_cli, sample, tmp_path / "2", "--shard", "2/2", "--sample-name", "P02")
    code, _, err = run_cli("gather-calls", "--parts", one, two, "--output", tmp_path / "x.vcf.gz")
    assert code == 2 and "do not belong together" in err
    content = one.read_bytes()
    one.write_bytes(content[: len(content) // 2])
    code, _, err = run_cli("gather-calls", "--parts", one, "--output", tmp_path / "x.vcf.gz")
    assert code == 2 and "damaged" in err
    assert not (tmp_path / "x.vcf.gz").exists()


@pytest.mark.parametrize("text", ["0/3", "4/3", "2", "a/b"])
def test_a_wrong_shard_is_refused(run_cli: Run, sample: DrawnSample, tmp_path: Path, text: str) -> None:
    flags = ("--reads", sample.bam, "--reference", sample.reference, "--output", tmp_path / "x.vcf.gz")
    code, _, err = run_cli("call-variants", *flags, "--shard", text)
    assert code == 2 and "3/16" in err


def uneven_bam(folder: Path) -> Path:
    """Write reads of which nine tenths lie in the last tenth of a contig of twenty windows."""
    rng = np.random.default_rng(3)
    length = 20 * WINDOW
    starts = np.sort(
        np.concatenate([rng.integers(0, length - 200, 2_000), rng.integers(18 * WINDOW, length - 200, 18_000)])
    )
    path = folder / "uneven.bam"
    with pysam.AlignmentFile(str(path), "wb", reference_names=[CONTIG], reference_lengths=[length]) as bam:
        for number, start in enumerate(starts):
            read = pysam.AlignedSegment(bam.header)
            read.query_name, read.flag, read.reference_id, read.reference_start = f"r{number}", 0, 0, int(start)
            read.query_sequence = "".join(rng.choice(list("ACGT"), 100))
            read.cigarstring, read.mapping_quality = "100M", 60
            read.query_qualities = pysam.qualitystring_to_array("I" * 100)
            bam.write(read)
    pysam.index(str(path))
    return path


def test_the_index_tells_where_the_reads_are(tmp_path: Path) -> None:
    density = read_density(uneven_bam(tmp_path), [CONTIG])
    crowded = density.weight(CONTIG, 18 * WINDOW, 20 * WINDOW)
    assert crowded > 5 * density.weight(CONTIG, 0, 18 * WINDOW)
    assert density.weight("absent", 0, 100) == 1


def test_few_reads_are_not_worth_a_process() -> None:
    tasks = [(CONTIG, [0]), (CONTIG, [4 * WINDOW]), (CONTIG, [8 * WINDOW])]
    sizes = np.arange(12) * shards.WORTH_A_PROCESS  # one process's worth of bytes per window
    crowded, thin = ReadDensity({CONTIG: sizes}), ReadDensity({CONTIG: sizes // 100})
    assert shards.worthwhile(8, tasks, WINDOW, crowded) == 3, "no more than there are tasks"
    assert shards.worthwhile(2, tasks, WINDOW, crowded) == 2
    assert shards.worthwhile(8, tasks, WINDOW, thin) == 0
    assert shards.worthwhile(8, tasks, WINDOW, ReadDensity({})) == 3, "without an index nothing is known"
