"""Several subcommands in one process: the same bytes as apart, and one failure does not stop the others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.variants.drawn_reads import DrawnSample

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DrawnSample:
    return DrawnSample(tmp_path_factory.mktemp("drawn"))


def commands(sample: DrawnSample, folder: Path) -> list[str]:
    """Return a call and the page of its quality."""
    folder.mkdir()
    calls = folder / "calls.vcf.gz"
    given = f"--reads {sample.bam} --reference {sample.reference}"
    page = folder / "quality.html"
    return [f"call-variants {given} --output {calls}", f"qc-sample {given} --variants {calls} --output {page}"]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_the_bytes_of_separate_runs(run_cli: Run, sample: DrawnSample, tmp_path: Path) -> None:
    for command in commands(sample, tmp_path / "apart"):
        assert run_cli(*command.split())[0] == 0
    code, _, err = run_cli("run-several", " && ".join(commands(sample, tmp_path / "together")))
    assert code == 0, err
    together = contents(tmp_path / "together")
    assert len(together) == 5
    assert together == contents(tmp_path / "apart")


def test_a_failure_ends_its_chain_only(run_cli: Run, sample: DrawnSample, tmp_path: Path) -> None:
    bad, good = (" && ".join(commands(sample, tmp_path / name)) for name in ("bad", "good"))
    code, _, err = run_cli("run-several", bad.replace(str(sample.bam), "missing.bam"), good)
    assert code == 1
    assert "missing.bam" in err
    assert "chain 1: loci2lead call-variants --reads missing.bam" in err
    assert "chain 2" not in err
    assert contents(tmp_path / "bad") == {}
    assert len(contents(tmp_path / "good")) == 5


@pytest.mark.parametrize("chain", ["", "doctor &&", "doctor && && doctor", 'doctor "', "run-several doctor"])
def test_a_chain_that_cannot_be_read(run_cli: Run, chain: str) -> None:
    code, _, err = run_cli("run-several", chain)
    assert code == 2
    assert "A chain cannot be read" in err
