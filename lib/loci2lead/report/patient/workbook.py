"""The report's tables as one XLSX workbook, the same bytes every time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from loci2lead.io.atomic import atomic_path
from loci2lead.provenance import to_json
from loci2lead.report.render import RESEARCH_USE

# Excel's own limits: longer text, or more rows, would make it offer to "repair" the file.
LONGEST_TEXT = 32_767
_FIRST_ROW = 3
_WIDEST, _NARROWEST = 60, 9
# Dates inside the file come from no clock: this one is the oldest that zip archives know.
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


def write_workbook(
    path: str | Path,
    sheets: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]],
    *,
    title: str,
    notes: Sequence[str],
    provenance: Mapping[str, Any],
) -> None:
    """Write one sheet per table (columns, rows), led by a sheet "About" with the notes and the provenance.

    Every sheet begins with the research-use banner, on screen and in print. Text is never read as a formula.
    """
    import xlsxwriter

    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "comments": RESEARCH_USE, "created": _EPOCH.replace(tzinfo=None)})
    banner = book.add_format({"bold": True, "font_color": "#7a2e00"})
    head = book.add_format({"bold": True, "bg_color": "#f3f4f6", "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    about = _sheet(book, "About", banner)
    about.set_column(0, 0, 110, wrapped)
    for number, line in enumerate([title, *notes, f"Provenance: {to_json(provenance)}"]):
        about.write_string(_FIRST_ROW - 1 + number, 0, line[:LONGEST_TEXT])
    for name, (columns, rows) in sheets.items():
        sheet = _sheet(book, name, banner)
        for place, column in enumerate(columns):
            sheet.write_string(_FIRST_ROW - 1, place, column, head)
            sheet.set_column(place, place, _width(column, rows))
        for offset, row in enumerate(rows):
            for place, column in enumerate(columns):
                _write(sheet, _FIRST_ROW + offset, place, row.get(column))
        sheet.freeze_panes(_FIRST_ROW, 1)
        if rows:
            sheet.autofilter(_FIRST_ROW - 1, 0, _FIRST_ROW + len(rows) - 1, len(columns) - 1)
    book.close()
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def _sheet(book: Any, name: str, banner: Any) -> Any:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, RESEARCH_USE, banner)
    sheet.set_landscape()
    sheet.set_header(f"&C&B{RESEARCH_USE[:200]}")
    return sheet


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        text = " ".join(str(value).split())
        sheet.write_string(row, column, text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…")


def _width(column: str, rows: Sequence[Mapping[str, Any]]) -> int:
    longest = max((len(str(row.get(column) or "")) for row in rows[:200]), default=0)
    return min(_WIDEST, max(_NARROWEST, len(column) + 2, longest + 1))
