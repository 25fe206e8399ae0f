"""samples.tsv and libraries.tsv: read, checked as a whole, and reported with all their problems at once.

No pandas here: Snakemake reads the sheets at every start.
"""

import csv
import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loci2lead.config import cells
from loci2lead.config.cells import Problem, Row
from loci2lead.config.oncotree import OncoTree, load_oncotree
from loci2lead.config.pseudonyms import EXPECTED, REMEDY, REMEDY_PATH, identifier_in, problem_with, problem_with_path
from loci2lead.errors import ConfigError

SAMPLE_COLUMNS = (
    *("patient", "sample", "type", "reads", "fastq_1", "fastq_2", "variants", "build", "sex", "oncotree"),
    *("reference", "expression", "copy_number", "fusions", "targets"),
    *("er", "pr", "her2", "mmr_ihc", "msi", "pdl1", "prior_therapies", "line", "stage"),
    *("consent_somatic", "consent_germline", "consent_secondary", "consent_research"),
    *("germline_model", "simulated"),
)
FILE_COLUMNS = (
    *("reads", "fastq_1", "fastq_2", "variants", "reference"),
    *("expression", "copy_number", "fusions", "targets"),
)
REMEDY_OF_CELLS = "correct the cell; config/README.md describes every column"
LIBRARY_COLUMNS = ("library", "path", "smiles_column", "id_column", "simulated")


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
    fusions: str = ""
    targets: str = ""
    sex: str | None = None
    oncotree: str | None = None
    er: str | None = None
    pr: str | None = None
    her2: str | None = None
    mmr_ihc: str | None = None
    msi: str | None = None
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
    """One row of libraries.tsv; "" where a column's name is not given; `simulated` marks its pages."""

    library: str
    path: str
    smiles_column: str = ""
    id_column: str = ""
    simulated: bool = False


def read_samples(
    path: str | Path, *, oncotree_table: str | Path | None = None, accession_patterns: Sequence[str] = ()
) -> list[SampleRow]:
    """Read samples.tsv. Raises ConfigError that lists every problem with its row and column.

    `accession_patterns` are regular expressions of a site's own accession numbers, refused like other identifiers.
    """
    tree = load_oncotree(oncotree_table)
    accessions = _compiled(accession_patterns)
    rows, problems = _read_rows(Path(path), SAMPLE_COLUMNS, required=("patient", "sample", "type", "build"))
    parsed = [_sample_row(row, tree) for row in rows]
    for row in rows:
        _check_names(row, accessions)
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
    parsed: list[dict[str, Any]] = [
        {c: row.get(c) for c in LIBRARY_COLUMNS} | {"simulated": cells.flag(row, "simulated")} for row in rows
    ]
    problems += [problem for row in rows for problem in row.problems] + _duplicates(rows, "library")
    _raise_if(problems, Path(path))
    return [LibraryRow(**values) for values in parsed]


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


def _read_rows(path: Path, columns: tuple[str, ...], required: tuple[str, ...]) -> tuple[list[Row], list[Problem]]:
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
    for number, texts in enumerate(table[1:], start=1):
        row = Row(number, {name: cell.strip() for name, cell in zip(header, texts, strict=False)})
        if len(texts) > len(header):
            row.problems.append(
                Problem(f"row {number}", f"{len(texts)} cells", f"{len(header)}, as in the header, tab separated")
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


def _sample_row(row: Row, tree: OncoTree) -> dict[str, Any]:
    values: dict[str, Any] = {"patient": row.get("patient"), "sample": row.get("sample")}
    for column in ("patient", "sample"):
        found = problem_with(row.get(column), needs_digit=column == "patient") if row.get(column) else "nothing"
        if found:
            row.report(column, found, EXPECTED, REMEDY)
    for column in cells.WORDS:
        values[column] = cells.word(row, column)
    for column in cells.FLAGS:
        values[column] = cells.flag(row, column)
    for column in FILE_COLUMNS:
        values[column] = row.get(column)
    cells.check_sources(row)
    values["oncotree"] = cells.tumour_type(row, tree)
    parsers: dict[str, Callable[[Row], Any]] = {
        "pdl1": cells.pdl1,
        "prior_therapies": cells.therapies,
        "line": cells.line,
        "stage": cells.stage,
    }
    return values | {column: parse(row) for column, parse in parsers.items()}


def _check_names(row: Row, accessions: Sequence[re.Pattern[str]]) -> None:
    """Note where a file's path or any cell names someone: both end in logs and in the workflow's records."""
    for column in FILE_COLUMNS:
        for path in filter(None, row.get(column).split(";")):
            found = problem_with_path(path)
            if found:
                row.report(column, found, "a path without identifiers", REMEDY_PATH)
    kind = identifier_in(row.get("prior_therapies"))
    if kind:
        row.report("prior_therapies", f"what looks like {kind} (not repeated here)", "names of drugs", "")
    for column in ("patient", "sample", *FILE_COLUMNS):
        if any(pattern.search(row.get(column)) for pattern in accessions):
            found = "what looks like an accession number of your site (not repeated here)"
            row.report(column, found, "no accession number", REMEDY)


def _compiled(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    try:
        return [re.compile(pattern) for pattern in patterns]
    except re.error as error:
        raise ConfigError(
            "Not a regular expression",
            record="privacy.accession_patterns",
            found=error,
            expected=r"such as S\d{2}-\d{5}",
        ) from error


def _duplicates(rows: list[Row], column: str) -> list[Problem]:
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
            remedy=one.remedy or REMEDY_OF_CELLS,
        )
    listing = "\n".join(f"  {problem}" for problem in problems)
    remedies = dict.fromkeys(p.remedy for p in problems if p.remedy)
    raise ConfigError(
        f"{len(problems)} problems in the sheet:\n{listing}", file=file, remedy="; ".join(remedies) or REMEDY_OF_CELLS
    )
