"""Repeated compounds against a dictionary, with everything in memory and with buckets on disk."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from loci2lead.molecules import duplicates
from loci2lead.molecules.duplicates import find_repeats


def marked_by_a_dictionary(keys: list[str | None], ids: list[str], codes: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    marked = []
    for key, name, code in zip(keys, ids, codes, strict=True):
        again = key is not None and key in seen
        marked.append(";".join(filter(None, (code, f"duplicate_of:{seen[key]}"))) if again else code)
        if key is not None:
            seen.setdefault(key, name)
    return marked


@pytest.mark.parametrize("held", [8, 32, 1 << 21])
@pytest.mark.parametrize("distinct", [1, 5, 40, 10_000])
def test_repeats_are_those_of_a_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, distinct: int
) -> None:
    monkeypatch.setattr(duplicates, "HELD_ROWS", held)
    random = np.random.default_rng(distinct)
    keys = [None if random.random() < 0.1 else f"k{random.integers(distinct)}" for _ in range(100)]
    ids = [f"row-{i}" for i in range(100)]
    codes = ["" if random.random() < 0.7 else "neutralised" for _ in range(100)]
    table = pa.table({"key": pa.array(keys, pa.string()), "id": ids, "codes": codes})
    blocks = [table.slice(start, 8) for start in range(0, 100, 8)]
    repeats = find_repeats(((block["key"], block["id"]) for block in blocks), tmp_path)
    found = [repeats.mark(block, 8 * i) for i, block in enumerate(blocks)]
    assert pa.concat_tables(found)["codes"].to_pylist() == marked_by_a_dictionary(keys, ids, codes)
    assert pa.concat_tables(found).drop_columns("codes").equals(table.drop_columns("codes"))


def test_what_a_killed_run_left_counts_for_nothing(tmp_path: Path) -> None:
    twice = pa.table({"key": ["a", "a"], "id": ["x", "y"], "codes": ["", ""]})
    once = pa.table({"key": ["a", "b"], "id": ["x", "y"], "codes": ["", ""]})
    for table, expected in ((twice, ["", "duplicate_of:x"]), (once, ["", ""])):
        repeats = find_repeats([(table["key"], table["id"])], tmp_path)
        assert repeats.mark(table, 0)["codes"].to_pylist() == expected


def test_an_empty_library(tmp_path: Path) -> None:
    table = pa.table({"codes": pa.array([], pa.string())})
    assert find_repeats([], tmp_path).mark(table, 0).num_rows == 0
