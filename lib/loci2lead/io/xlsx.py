"""The first sheet of an Excel workbook as a table of texts, read with the standard library alone.

A workbook is a zip of XML files. Only what data releases need is read: numbers, texts and shared texts. A date
stays the number that Excel stores; formulas give the value last computed.
"""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from loci2lead.errors import InputError

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_xlsx(path: str | Path) -> pd.DataFrame:
    """Return the first sheet, its first row as the column names, every cell as text, empty cells as None.

    Raises InputError where the file is no workbook or its first sheet is empty.
    """
    try:
        with zipfile.ZipFile(path) as book:
            texts = _shared_texts(book)
            rows = _rows(book, texts)
    except (zipfile.BadZipFile, KeyError, IndexError, ElementTree.ParseError) as error:
        raise InputError(
            "The workbook cannot be read",
            file=path,
            found=error,
            expected="an .xlsx file with its data on the first sheet",
            remedy="save the sheet as .csv",
        ) from error
    if not rows:
        raise InputError("The first sheet is empty", file=path)
    width = max(len(row) for row in rows)
    header = [str(name) if name is not None else f"column {i + 1}" for i, name in enumerate(rows[0])]
    header += [f"column {i + 1}" for i in range(len(header), width)]
    return pd.DataFrame([row + [None] * (width - len(row)) for row in rows[1:]], columns=header, dtype=object)


def _shared_texts(book: zipfile.ZipFile) -> list[str]:
    if TEXTS not in book.namelist():
        return []
    with book.open(TEXTS) as handle:
        root = ElementTree.parse(handle).getroot()
    return ["".join(t.text or "" for t in item.iter(f"{NAMESPACE}t")) for item in root.iter(f"{NAMESPACE}si")]


def _rows(book: zipfile.ZipFile, texts: list[str]) -> list[list[str | None]]:
    """Return the rows that hold anything; read one at a time, for a release has hundreds of thousands."""
    rows = []
    with book.open(SHEET) as handle:
        for _, element in ElementTree.iterparse(handle):
            if element.tag != f"{NAMESPACE}row":
                continue
            row: list[str | None] = []
            for place, cell in enumerate(element.iter(f"{NAMESPACE}c")):
                column = _column(cell.get("r"), place)
                row += [None] * (column - len(row))
                row.append(_value(cell, texts))
            if any(value is not None for value in row):
                rows.append(row)
            element.clear()
    return rows


def _column(reference: str | None, place: int) -> int:
    """Return the 0-based column of a cell reference such as AB12; without one, the cell's place in its row."""
    letters = re.match("[A-Z]+", reference or "")
    if letters is None:
        return place
    column = 0
    for letter in letters.group():
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1


def _value(cell: ElementTree.Element, texts: list[str]) -> str | None:
    if cell.get("t") == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{NAMESPACE}t")) or None
    value = cell.find(f"{NAMESPACE}v")
    if value is None or value.text is None:
        return None
    return texts[int(value.text)] if cell.get("t") == "s" else value.text
