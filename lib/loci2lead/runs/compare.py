"""Two results of the same step: the same bytes, the same within a tolerance, or different."""

import csv
import gzip
import json
import math
import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any

# Networks in single precision differ between kinds of CPU by about 1e-5; outputs are rounded to 4 decimals.
RELATIVE, ABSOLUTE = 1e-3, 2e-3
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
# Pages and indexes are made from the tables beside them, which are compared.
DERIVED = {".html", ".pdf", ".tbi", ".csi", ".bai", ".png", ".svg"}


class Verdict(StrEnum):
    """How a file compares with the one of the crate."""

    EQUAL = "bytes equal"
    CLOSE = "equal within tolerance"
    DERIVED = "made from files that are compared"
    DIFFERENT = "different"


def compare_values(one: Path, other: Path) -> Verdict:
    """Return how the contents of two files of different bytes compare: numbers by tolerance, all else exactly."""
    if one.suffix in DERIVED:
        return Verdict.DERIVED
    try:
        same = all(_same_line(a, b) for a, b in zip_longest(_lines(one), _lines(other)))
    except (OSError, UnicodeDecodeError, ValueError):
        return Verdict.DIFFERENT
    return Verdict.CLOSE if same else Verdict.DIFFERENT


def _lines(path: Path) -> Iterable[str]:
    """Return the content as lines of text, whatever the format; provenance is left out, since it names no result."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        return ["\t".join(table.column_names), *("\t".join(map(str, row.values())) for row in table.to_pylist())]
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as handle:
            return [line for line in handle if not line.startswith("##loci2lead=")]
    if path.suffix == ".json":
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return json.dumps(content, indent=1, sort_keys=True).splitlines()
    with path.open(encoding="utf-8", newline="") as handle:
        return ["\t".join(row) for row in csv.reader(handle, delimiter="\t")]


def _same_line(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return False
    if one == other:
        return True
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(a == b or _close(a, b) for a, b in pairs)


def _close(one: str, other: str) -> bool:
    """Return whether two numbers are within the tolerance; whole ones (positions, genotypes, counts) must be equal."""
    if not (set(one) & set(".eE") and set(other) & set(".eE")):
        return False
    return math.isclose(float(one), float(other), rel_tol=RELATIVE, abs_tol=ABSOLUTE)
