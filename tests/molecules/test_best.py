"""The best rows of a stream: the same for any sharding, ties settled by identity."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from loci2lead.errors import InputError
from loci2lead.molecules.best import HIGH, LOW, Best, Top, parse_top


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "id": [f"m{i}" for i in range(300)],
            "inchikey": [f"K{i % 290:03d}" for i in rng.permutation(300)],
            "codes": ["duplicate_of:m0" if i % 50 == 7 else "" for i in range(300)],
            "herg": rng.integers(0, 40, 300) / 40.0,
        }
    )
    table.loc[::17, "herg"] = np.nan
    table.loc[3, "inchikey"] = None
    return pa.Table.from_pandas(table, preserve_index=False)


@pytest.mark.parametrize("end", [HIGH, LOW])
def test_any_sharding_keeps_the_same_rows(rows: pa.Table, end: str) -> None:
    frame = rows.to_pandas()
    usable = frame[frame["herg"].notna() & frame["inchikey"].notna() & (frame["codes"] == "")]
    expected = usable.sort_values(["herg", "inchikey", "id"], ascending=[end == LOW, True, True])["id"].head(25)
    for size in (1, 7, 100, 300):
        best = Best(Top(25, "herg", end))
        for first in range(0, 300, size):
            best.add(rows.slice(first, size))
        assert best.rows is not None
        assert best.rows["id"].to_pylist() == expected.tolist()


def test_what_the_flags_ask_for() -> None:
    assert parse_top(None, None) is None
    assert parse_top(5, "herg:low") == Top(5, "herg", LOW)
    assert parse_top(5, "qed") == Top(5, "qed", HIGH)
    for count, by in ((5, None), (None, "qed"), (0, "qed"), (5, "qed:middle")):
        with pytest.raises(InputError):
            parse_top(count, by)
