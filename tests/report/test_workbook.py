"""The XLSX: every table, readable by other programs, the same bytes every time, text never read as a formula."""

import zipfile
from pathlib import Path
from xml.etree import ElementTree

from loci2lead.report.patient.workbook import LONGEST_TEXT, write_workbook
from loci2lead.report.render import RESEARCH_USE

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROWS = [
    {"name": "=1+1", "share": 0.25, "seen": True, "left": None},
    {"name": "x" * 40_000, "share": None, "seen": False, "left": "http://example.org"},
]


def write(path: Path) -> Path:
    sheets = {"Some": (("name", "share", "seen", "left"), ROWS), "Empty": (("a", "b"), [])}
    write_workbook(path, sheets, title="A title", notes=["A note"], provenance={"software": "loci2lead"})
    return path


def cells(path: Path, sheet: int) -> list[list[str]]:
    """Return a sheet's cells as text, read without the library that wrote them."""
    with zipfile.ZipFile(path) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        strings = ["".join(t.text or "" for t in item.iter(f"{SPREADSHEET}t")) for item in shared]
        tree = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml"))
    rows = []
    for row in tree.iter(f"{SPREADSHEET}row"):
        values = [(c.get("t"), c.findtext(f"{SPREADSHEET}v") or "") for c in row]
        rows.append([strings[int(v)] if kind == "s" else v for kind, v in values])
    return rows


def test_values_survive_and_every_sheet_begins_with_the_banner(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx")
    banner, header, first, second = cells(path, 2)
    assert banner == [RESEARCH_USE] and header == ["name", "share", "seen", "left"]
    assert first == ["=1+1", "0.25", "yes"]
    assert len(second[0]) == LONGEST_TEXT and second[0].endswith("…") and second[2] == "http://example.org"
    assert cells(path, 1)[0] == cells(path, 3)[0] == [RESEARCH_USE]


def test_no_formula_no_link_and_no_clock_is_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "<f>" not in text and "hyperlink" not in text
    assert text.count("1980-01-01T00:00:00Z") == 2


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "a.xlsx").read_bytes() == write(tmp_path / "b.xlsx").read_bytes()
