"""Intervals and regions: merging, covering, overlapping, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from loci2lead.errors import InputError
from loci2lead.io.bed import Intervals, parse_regions, read_bed

LENGTHS = {"chr1": 1_000, "chr2": 500, "HLA-A*01:01": 300}


def test_merges_and_answers_like_a_mask(rng: np.random.Generator) -> None:
    parts = [(int(s), int(s) + int(n)) for s, n in zip(rng.integers(0, 900, 30), rng.integers(1, 30, 30), strict=True)]
    mask = np.zeros(1_000, dtype=bool)
    for start, end in parts:
        mask[start:end] = True
    intervals = Intervals({"chr1": parts})
    assert intervals.total() == mask.sum()
    for start in range(0, 980, 7):
        for length in (0, 1, 5, 20):
            inside = mask[start : start + max(length, 1)].all()
            assert intervals.covers("chr1", start, start + length) == inside
        cut = intervals.overlapping("chr1", start, start + 20)
        assert sum(e - s for s, e in cut) == mask[start : start + 20].sum()
    assert not intervals.covers("chr9", 1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, [("chr1", 0, 1000), ("chr2", 0, 500), ("HLA-A*01:01", 0, 300)]),
        ("chr2", [("chr2", 0, 500)]),
        ("chr1:1-10", [("chr1", 0, 10)]),
        ("chr1:1,00-9,00", [("chr1", 99, 900)]),
        ("chr1:900-5000", [("chr1", 899, 1000)]),
        ("chr2:5-9,chr1:1-3", [("chr1", 0, 3), ("chr2", 4, 9)]),
        ("HLA-A*01:01", [("HLA-A*01:01", 0, 300)]),
    ],
)
def test_regions_as_text(text: str | None, expected: list) -> None:
    assert list(parse_regions(text, LENGTHS)) == expected


@pytest.mark.parametrize("text", ["chr9", "chr1:10-5", "chr1:0-5", "chr1:2000-3000", "", "chr9:1-5"])
def test_regions_that_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_regions(text, LENGTHS)


def test_bed_file_and_its_bad_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.bed"
    path.write_text("# comment\ntrack name=x\nchr1\t10\t20\tname\nchr1\t15\t30\nchr2\t5\t5\n")
    assert list(read_bed(path)) == [("chr1", 10, 30)]
    assert list(parse_regions(str(path), LENGTHS)) == [("chr1", 10, 30)]
    for line in ("chr1 10 20", "chr1\t20\t10", "chr1\tx\t20", "chr1\t10"):
        path.write_text(line + "\n")
        with pytest.raises(InputError, match="line 1"):
            read_bed(path)
    path.write_text("")
    with pytest.raises(InputError, match="No region"):
        parse_regions(str(path), LENGTHS)
