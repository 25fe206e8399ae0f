"""Workbooks are read as tables of text."""

from pathlib import Path

import pytest

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.io.xlsx import read_xlsx
from tests.response.drawn_releases import write_xlsx


@pytest.mark.parametrize("shared", [True, False])
def test_empty_cells_keep_their_place(tmp_path: Path, shared: bool) -> None:
    rows = [["a", "b", "c"], ["x & y", "", "1.5"], ["", "", ""], ["", "z", ""]]
    table = read_xlsx(write_xlsx(tmp_path / "t.xlsx", rows, shared))
    assert table.to_dict("list") == {"a": ["x & y", None], "b": [None, "z"], "c": ["1.5", None]}


def test_columns_beyond_z(tmp_path: Path) -> None:
    rows = [[f"h{i}" for i in range(60)], [*[""] * 59, "last"]]
    assert read_table(write_xlsx(tmp_path / "t.xlsx", rows))["h59"][0] == "last"


@pytest.mark.parametrize("rows", [[], [["", ""]]])
def test_an_empty_sheet(tmp_path: Path, rows: list[list[str]]) -> None:
    with pytest.raises(InputError, match="first sheet is empty"):
        read_xlsx(write_xlsx(tmp_path / "t.xlsx", rows))
