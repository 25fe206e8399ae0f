"""Evidence files as rows of text, with a check of their columns. Plain or gzipped, tab separated."""

import csv
import gzip
import re
from collections.abc import Iterable
from pathlib import Path

from loci2lead.errors import InputError

csv.field_size_limit(1 << 24)


def read_rows(path: str | Path, what: str, required: Iterable[str]) -> list[dict[str, str]]:
    """Return the rows of a TSV. Raises InputError, listing found and expected columns, for another table."""
    path = Path(path)
    if not path.is_file():
        raise InputError("The evidence file was not found", file=path, remedy="check the path")
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, delimiter="\t")
            columns = list(reader.fieldnames or [])
            rows = [{k: (v or "") for k, v in row.items() if k} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error, EOFError) as error:
        raise InputError("The evidence file cannot be read", file=path, found=error) from error
    required = list(required)
    missing = [name for name in required if name not in columns]
    if missing:
        raise InputError(
            f"Not {what}: columns are missing",
            file=path,
            record=", ".join(missing),
            found=", ".join(columns[:40]) or "no header",
            expected=", ".join(required),
            remedy="check that the right file is given to the right option",
        )
    return rows


def date_in_name(path: str | Path) -> str:
    """Return an ISO date (or year-month) that stands in a file's name, or ""."""
    name = Path(path).name
    iso = re.search(r"(20\d\d)-(\d\d)(?:-(\d\d))?", name)
    if iso:
        return "-".join(part for part in iso.groups() if part)
    words = re.search(r"(\d\d)-([A-Z][a-z]{2})-(20\d\d)", name)  # CIViC: 01-May-2018-ClinicalEvidenceSummaries.tsv
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    if words and words[2] in months:
        return f"{words[3]}-{months.index(words[2]) + 1:02d}-{words[1]}"
    return ""
