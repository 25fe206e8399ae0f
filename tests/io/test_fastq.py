"""FASTQ pairs: what is read, and every kind of damage that must stop before an alignment."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from loci2lead.errors import InputError
from loci2lead.io.fastq import Lane, check_pairs, read_pairs


def text(count: int, mate: int, style: str = "slash", quality: str = "I", prefix: str = "r") -> str:
    names = {"slash": f"/{mate}", "casava": f" {mate}:N:0:ACGT", "plain": ""}
    return "".join(f"@{prefix}{i}{names[style]}\nACGTACGT\n+\n{quality * 8}\n" for i in range(count))


@pytest.fixture
def lane(tmp_path: Path) -> Callable[[str | bytes, str | bytes], Lane]:
    def write(first: str | bytes, second: str | bytes) -> Lane:
        for name, content in (("R1.fastq", first), ("R2.fastq", second)):
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return Lane(tmp_path / "R1.fastq", tmp_path / "R2.fastq")

    return write


@pytest.mark.parametrize("style", ["slash", "casava", "plain"])
def test_names_of_every_style_are_mates(lane: Callable[..., Lane], style: str) -> None:
    pairs = list(read_pairs(lane(text(3, 1, style), text(3, 2, style))))
    assert [first.name for first, _ in pairs] == [second.name for _, second in pairs] == ["r0", "r1", "r2"]
    assert pairs[0][0].bases == "ACGTACGT" and pairs[0][0].qualities == "IIIIIIII"


def test_gzipped_and_plain_count_the_same(lane: Callable[..., Lane]) -> None:
    assert check_pairs(lane(text(300, 1), gzip.compress(text(300, 2).encode()))) == 300


whole = gzip.compress(text(5_000, 1).encode())


@pytest.mark.parametrize(
    ("first", "second", "fragments"),
    [
        (text(3, 2), text(3, 1), ["swapped", "exchange"]),
        (text(3, 2, "casava"), text(3, 1, "casava"), ["swapped", "read 1"]),
        (text(3, 1), text(3, 1), ["same mates"]),
        (text(3, 1), text(2, 2), ["different numbers", "R2.fastq", "after read 2"]),
        (text(2, 1), text(3, 2), ["different numbers", "R1.fastq", "after read 2"]),
        (text(3, 1), text(3, 2, prefix="other"), ["not mates", "other0", "r0"]),
        ("", "", ["no reads", "R1.fastq"]),
        ("no fastq at all\n", "nor this\n", ["no reads"]),
        (gzip.compress(b""), gzip.compress(b""), ["no reads"]),
        (whole[: len(whole) // 2], text(5_000, 2), ["R1.fastq", "cut short"]),
        (text(3, 1)[:-5], text(3, 2), ["R1.fastq", "after read 2", "cut short"]),
        (text(3, 1)[: text(3, 1).rindex("+")], text(3, 2), ["R1.fastq", "read 3", "0 qualities"]),
        (text(3, 1, quality="h"), text(3, 2, quality="B"), ["Phred+64", "seqtk"]),
    ],
)
def test_damage_is_named(lane: Callable[..., Lane], first: str, second: str, fragments: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        check_pairs(lane(first, second))
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_missing_and_same_files(tmp_path: Path, lane: Callable[..., Lane]) -> None:
    one = lane(text(1, 1), text(1, 2))
    with pytest.raises(InputError, match="not found"):
        check_pairs(Lane(one.first, tmp_path / "absent.fastq"))
    with pytest.raises(InputError, match="same file"):
        check_pairs(Lane(one.first, one.first))
