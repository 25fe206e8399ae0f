"""report-efficiency on drawn benchmark files: what was asked, what was used, what is proposed."""

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
HEADER = "s\tmax_rss\tcpu_time\trule_name\tthreads\tresources\n"


def benchmark(folder: Path, rule: str, job: str, *, peak: float, asked: int, threads: int = 1, cpu: float = 10) -> None:
    path = folder / rule / f"{job}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADER}10.0\t{peak}\t{cpu}\t{rule}\t{threads}\t{{'mem_mb': {asked}, 'tmpdir': '/tmp'}}\n")


def test_a_greedy_rule_is_named_with_a_proposal(run_cli: Run, tmp_path: Path) -> None:
    benchmark(tmp_path, "annotate_variants", "a", peak=180, asked=2400)
    benchmark(tmp_path, "annotate_variants", "b", peak=100, asked=2400)
    benchmark(tmp_path, "call_variants", "a", peak=1000, asked=1900, threads=4, cpu=12)
    output = tmp_path / "use.tsv"
    code, out, err = run_cli("report-efficiency", "--benchmarks", tmp_path, "--output", output)
    assert code == 0, err
    assert "annotate_variants asks for 11.11 times its peak: memory(300) would do" in out
    assert "call_variants asks" not in out
    rows = [dict(zip(*pair, strict=True)) for pair in _rows(output)]
    assert rows[0]["jobs"] == "2" and rows[0]["peak_mb"] == "180" and rows[0]["asked_mb"] == "2000"
    assert rows[1]["asked_to_peak"] == "1.5" and rows[1]["propose_threads"] == "1"


def _rows(path: Path) -> list[tuple[list[str], list[str]]]:
    header, *rows = (line.split("\t") for line in path.read_text().splitlines())
    return [(header, row) for row in rows]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "No benchmark files"),
        ("s\tmax_rss\n1\t2\n", "--benchmark-extended"),
        (HEADER + "x\t\t\t\t\t{\n", "malformed"),
    ],
)
def test_what_cannot_be_read_is_told(run_cli: Run, tmp_path: Path, content: str, words: str) -> None:
    if content:
        (tmp_path / "x.tsv").write_text(content)
    code, _, err = run_cli("report-efficiency", "--benchmarks", tmp_path)
    assert code == 2 and words in err
