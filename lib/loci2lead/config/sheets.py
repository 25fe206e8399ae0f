"""samples.tsv and libraries.tsv: read, checked as a whole, and reported with all their problems at once.

No pandas here: Snakemake reads the sheets at every start.
"""

import csv
import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from loci2lead.config.oncotree import OncoTree, load_oncotree
from loci2lead.config.pseudonyms import EXPECTED, REMEDY, problem_with
from loci2lead.errors import ConfigError

SAMPLE_COLUMNS = (
    *("patient", "sample", "type", "reads", "fastq_1", "fastq_2", "variants", "build", "sex", "oncotree"),
    *("reference", "expression", "copy_number", "targets"),
    *("er", "pr", "her2", "mmr_ihc", "pdl1", "prior_therapies", "line", "stage"),
    *("consent_somatic", "consent_germline", "consent_secondary", "consent_research"),
    *("germline_model", "simulated"),
)
FILE_COLUMNS = ("reads", "fastq_1", "fastq_2", "variants", "reference", "expression", "copy_number", "targets")
LIBRARY_COLUMNS = ("library", "path", "smiles_column", "id_column")
WORDS = {
    "type": ("germline", "tumor", "normal"),
    "build": ("GRCh37", "GRCh38", "demo"),
    "sex": ("female", "male", "unknown"),
    "er": ("positive", "negative", "unknown"),
    "pr": ("positive", "negative", "unknown"),
    "her2": ("positive", "negative", "low", "unknown"),
    "mmr_ihc": ("deficient", "proficient", "unknown"),
}
FLAGS = (
    *("consent_somatic", "consent_germline", "consent_secondary", "consent_research"),
    *("germline_model", "simulated"),
)
_STAGE = re.compile(r"(?i)(0|I{1,3}|IV|[1-4])[ABC]?[0-9]?")


@dataclass(frozen=True)
class SampleRow:
    """One row of samples.tsv. "" for a file that is not given; None for an unknown clinical value.

    `germline_model` accepts the germline model for a tumour's reads; consents are False unless "yes".
    `prior_therapies` is () where it is known that there were none ("none" in the sheet).
    """

    patient: str
    sample: str
    type: Literal["germline", "tumor", "normal"]
    build: Literal["GRCh37", "GRCh38", "demo"]
    reads: str = ""
    fastq_1: str = ""
    fastq_2: str = ""
    variants: str = ""
    reference: str = ""
    expression: str = ""
    copy_number: str = ""
    targets: str = ""
    sex: str | None = None
    oncotree: str | None = None
    er: str | None = None
    pr: str | None = None
    her2: str | None = None
    mmr_ihc: str | None = None
    pdl1: str | float | None = None
    prior_therapies: tuple[str, ...] | None = None
    line: int | None = None
    stage: str | None = None
    consent_somatic: bool = False
    consent_germline: bool = False
    consent_secondary: bool = False
    consent_research: bool = False
    germline_model: bool = False
    simulated: bool = False

    @property
    def source(self) -> Literal["reads", "variants"]:
        """Return whether the sample came as reads (BAM, CRAM, FASTQ) or as variants."""
        return "variants" if self.variants else "reads"


@dataclass(frozen=True)
class LibraryRow:
    """One row of libraries.tsv; "" where a column's name is not given."""

    library: str
    path: str
    smiles_column: str = ""
    id_column: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a sheet: the place in words, what was found, what was expected, how to mend it."""

    place: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: found {self.found}; expected {self.expected}"


@dataclass
class _Row:
    """The cells of one row, and the problems found in them so far."""

    number: int
    cells: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    def get(self, column: str) -> str:
        return self.cells.get(column, "")

    def report(self, column: str, found: str, expected: str, remedy: str = "") -> None:
        self.problems.append(Problem(f"row {self.number}, column {column}", found, expected, remedy))


def read_samples(path: str | Path, *, oncotree_table: str | Path | None = None) -> list[SampleRow]:
    """Read samples.tsv. Raises ConfigError that lists every problem with its row and column."""
    tree = load_oncotree(oncotree_table)
    rows, problems = _read_rows(Path(path), SAMPLE_COLUMNS, required=("patient", "sample", "type", "build"))
    parsed = [_sample_row(row, tree) for row in rows]
    problems += [problem for row in rows for problem in row.problems] + _duplicates(rows, "sample")
    _raise_if(problems, Path(path))
    return [SampleRow(**values) for values in parsed]


def read_libraries(path: str | Path) -> list[LibraryRow]:
    """Read libraries.tsv. Raises ConfigError that lists every problem with its row and column."""
    rows, problems = _read_rows(Path(path), LIBRARY_COLUMNS, required=("library", "path"))
    for row in rows:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", row.get("library")):
            row.report("library", repr(row.get("library")), "letters, digits, '-', '_' or '.'")
        if not row.get("path"):
            row.report("path", "nothing", "the file of the library")
    problems += [problem for row in rows for problem in row.problems] + _duplicates(rows, "library")
    _raise_if(problems, Path(path))
    return [LibraryRow(**{c: row.get(c) for c in LIBRARY_COLUMNS}) for row in rows]


def missing_files(rows: list[SampleRow] | list[LibraryRow], sheet: str | Path) -> None:
    """Raise ConfigError that lists every file of the rows that is not there, before any long job."""
    columns = (*FILE_COLUMNS, "path")
    problems = [
        Problem(f"row {number}, column {column}", getattr(row, column), "a file that exists", "check the path")
        for number, row in enumerate(rows, start=1)
        for column in columns
        if getattr(row, column, "") and not Path(getattr(row, column)).exists()
    ]
    _raise_if(problems, Path(sheet))


def _read_rows(path: Path, columns: tuple[str, ...], required: tuple[str, ...]) -> tuple[list[_Row], list[Problem]]:
    if not path.is_file():
        raise ConfigError("The sheet was not found", file=path, remedy="check the path")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError("The sheet is not UTF-8 text", file=path, found=error) from error
    table = list(csv.reader((x for x in lines if x.strip() and not x.startswith("#")), delimiter="\t"))
    if len(table) < 2:
        raise ConfigError("The sheet is empty", file=path, expected=f"a header ({', '.join(columns)}) and rows")
    header = [name.strip() for name in table[0]]
    problems = list(_header_problems(header, columns, required))
    rows = []
    for number, cells in enumerate(table[1:], start=1):
        row = _Row(number, {name: cell.strip() for name, cell in zip(header, cells, strict=False)})
        if len(cells) > len(header):
            row.problems.append(
                Problem(f"row {number}", f"{len(cells)} cells", f"{len(header)}, as in the header, tab separated")
            )
        rows.append(row)
    return rows, problems


def _header_problems(header: list[str], columns: tuple[str, ...], required: tuple[str, ...]) -> Iterator[Problem]:
    for name in header:
        if name not in columns:
            close = difflib.get_close_matches(name, columns, n=1)
            remedy = f"did you mean {close[0]}?" if close else "remove the column"
            expected = f"a known column ({remedy})"
            yield Problem(f"header, column {name!r}", "an unknown column", expected, remedy)
        if header.count(name) > 1:
            yield Problem(f"header, column {name}", "the same column twice", "each column once")
    for name in required:
        if name not in header:
            found = ", ".join(header) if len(header) > 1 else f"{header[0]!r} alone: is the sheet tab separated?"
            yield Problem(f"header, column {name}", f"no such column among {found}", f"the column {name}")


def _sample_row(row: _Row, tree: OncoTree) -> dict[str, Any]:
    values: dict[str, Any] = {"patient": row.get("patient"), "sample": row.get("sample")}
    for column in ("patient", "sample"):
        found = problem_with(row.get(column), needs_digit=column == "patient") if row.get(column) else "nothing"
        if found:
            row.report(column, found, EXPECTED, REMEDY)
    for column in WORDS:
        values[column] = _word(row, column)
    for column in FLAGS:
        values[column] = _flag(row, column)
    for column in FILE_COLUMNS:
        values[column] = row.get(column)
    _check_sources(row)
    values["oncotree"] = _tumour_type(row, tree)
    parsers: dict[str, Callable[[_Row], Any]] = {
        "pdl1": _pdl1,
        "prior_therapies": _therapies,
        "line": _line,
        "stage": _stage,
    }
    return values | {column: parse(row) for column, parse in parsers.items()}


def _word(row: _Row, column: str) -> str | None:
    text, allowed = row.get(column), WORDS[column]
    if text in allowed and text != "unknown":
        return text
    if text == "unknown" and "unknown" in allowed:
        return None
    if text or column in ("type", "build"):
        empty = "" if column in ("type", "build") else ", or empty for unknown"
        row.report(column, repr(text) if text else "nothing", "one of " + ", ".join(allowed) + empty)
    return None


def _flag(row: _Row, column: str) -> bool:
    text = row.get(column)
    if text not in ("yes", "no", ""):
        row.report(column, repr(text), "yes or no (empty means no)")
    return text == "yes"


def _check_sources(row: _Row) -> None:
    given = [name for name in ("reads", "fastq_1", "variants") if row.get(name)]
    if len(given) != 1:
        found = " and ".join(given) if given else "none of them"
        row.report("reads, fastq_1 + fastq_2 or variants", found, "exactly one source of the sample")
    if bool(row.get("fastq_1")) != bool(row.get("fastq_2")):
        lacking = "fastq_2" if row.get("fastq_1") else "fastq_1"
        row.report(lacking, "nothing", "both files of the read pairs")


def _tumour_type(row: _Row, tree: OncoTree) -> str | None:
    text = row.get("oncotree")
    if not text:
        if row.get("type") == "tumor":
            row.report("oncotree", "nothing", "the tumour's OncoTree code, such as COAD")
        return None
    code = tree.resolve(text)
    if code is None:
        close = ", ".join(tree.nearest(text)) or "none is close"
        remedy = "use the nearest code, or point oncotree_table to the full OncoTree"
        row.report("oncotree", repr(text), f"an OncoTree code, name, NCIt or DOID; nearest: {close}", remedy)
    return code


def _pdl1(row: _Row) -> str | float | None:
    text = row.get("pdl1")
    if text in ("", "unknown"):
        return None
    if text in ("positive", "negative"):
        return text
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        row.report("pdl1", repr(text), "a score of 0 to 100, positive, negative, or empty for unknown")
        return None
    return value


def _therapies(row: _Row) -> tuple[str, ...] | None:
    text = row.get("prior_therapies")
    if text in ("", "unknown"):
        return None
    if text == "none":
        return ()
    return tuple(part.strip().lower() for part in re.split(r"[;,+]", text) if part.strip())


def _line(row: _Row) -> int | None:
    text = row.get("line")
    if text in ("", "unknown"):
        return None
    if not re.fullmatch(r"[1-9]\d?", text):
        row.report("line", repr(text), "the number of the line of therapy now to be chosen (1, 2, ...), or empty")
        return None
    return int(text)


def _stage(row: _Row) -> str | None:
    text = row.get("stage")
    if text in ("", "unknown"):
        return None
    if not _STAGE.fullmatch(text):
        row.report("stage", repr(text), "0, I, II, III or IV, with A, B or C where known, or empty")
        return None
    return text.upper()


def _duplicates(rows: list[_Row], column: str) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for row in rows:
        name = row.get(column)
        if name and name in first:
            place = f"row {row.number}, column {column}"
            problems.append(Problem(place, f"the same {column} as in row {first[name]}", f"each {column} once"))
        first.setdefault(name, row.number)
    return problems


def _raise_if(problems: list[Problem], file: Path) -> None:
    if not problems:
        return
    if len(problems) == 1:
        one = problems[0]
        raise ConfigError(
            "A problem in the sheet",
            file=file,
            record=one.place,
            found=one.found,
            expected=one.expected,
            remedy=one.remedy or None,
        )
    listing = "\n".join(f"  {problem}" for problem in problems)
    remedies = dict.fromkeys(p.remedy for p in problems if p.remedy)
    raise ConfigError(
        f"{len(problems)} problems in the sheet:\n{listing}", file=file, remedy="; ".join(remedies) or None
    )
