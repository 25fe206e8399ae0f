"""The cells of a sheet: read one by one into values, with what is wrong noted by row and column."""

import re
from dataclasses import dataclass, field

from loci2lead.config.oncotree import OncoTree
from loci2lead.config.pseudonyms import identifier_in

WORDS = {
    "type": ("germline", "tumor", "normal"),
    "build": ("GRCh37", "GRCh38", "demo"),
    "sex": ("female", "male", "unknown"),
    "er": ("positive", "negative", "unknown"),
    "pr": ("positive", "negative", "unknown"),
    "her2": ("positive", "negative", "low", "unknown"),
    "mmr_ihc": ("deficient", "proficient", "unknown"),
    "msi": ("high", "stable", "unknown"),
}
FLAGS = (
    *("consent_somatic", "consent_germline", "consent_secondary", "consent_research"),
    *("germline_model", "simulated"),
)
_STAGE = re.compile(r"(?i)(0|I{1,3}|IV|[1-4])[ABC]?[0-9]?")


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
class Row:
    """The cells of one row, and the problems found in them so far."""

    number: int
    cells: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    def get(self, column: str) -> str:
        return self.cells.get(column, "")

    def report(self, column: str, found: str, expected: str, remedy: str = "") -> None:
        """Note a problem; a cell that may name a person is not repeated, since messages end in logs."""
        kind = identifier_in(self.get(column))
        if kind and self.get(column) in found:
            found = f"what looks like {kind} (not repeated here)"
        self.problems.append(Problem(f"row {self.number}, column {column}", found, expected, remedy))


def word(row: Row, column: str) -> str | None:
    """Return the cell if it is one of the words of its column, None for unknown."""
    text, allowed = row.get(column), WORDS[column]
    if text in allowed and text != "unknown":
        return text
    if text == "unknown" and "unknown" in allowed:
        return None
    if text or column in ("type", "build"):
        empty = "" if column in ("type", "build") else ", or empty for unknown"
        row.report(column, repr(text) if text else "nothing", "one of " + ", ".join(allowed) + empty)
    return None


def flag(row: Row, column: str) -> bool:
    """Return whether the cell says yes; empty means no."""
    text = row.get(column)
    if text not in ("yes", "no", ""):
        row.report(column, repr(text), "yes or no (empty means no)")
    return text == "yes"


def check_sources(row: Row) -> None:
    """Note where a sample has no source, several, or one file of a pair."""
    given = [name for name in ("reads", "fastq_1", "variants") if row.get(name)]
    if len(given) != 1:
        found = " and ".join(given) if given else "none of them"
        row.report("reads, fastq_1 + fastq_2 or variants", found, "exactly one source of the sample")
    if bool(row.get("fastq_1")) != bool(row.get("fastq_2")):
        lacking = "fastq_2" if row.get("fastq_1") else "fastq_1"
        row.report(lacking, "nothing", "both files of the read pairs")


def tumour_type(row: Row, tree: OncoTree) -> str | None:
    """Return the OncoTree code for a code, name or id; required of tumours."""
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


def pdl1(row: Row) -> str | float | None:
    """Return a PD-L1 score of 0 to 100, "positive", "negative", or None."""
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


def therapies(row: Row) -> tuple[str, ...] | None:
    """Return prior drugs; () for "none", None for unknown."""
    text = row.get("prior_therapies")
    if text in ("", "unknown"):
        return None
    if text == "none":
        return ()
    return tuple(part.strip().lower() for part in re.split(r"[;,+]", text) if part.strip())


def line(row: Row) -> int | None:
    """Return the line of therapy that is to be chosen."""
    text = row.get("line")
    if text in ("", "unknown"):
        return None
    if not re.fullmatch(r"[1-9]\d?", text):
        row.report("line", repr(text), "the number of the line of therapy now to be chosen (1, 2, ...), or empty")
        return None
    return int(text)


def stage(row: Row) -> str | None:
    """Return the stage in capitals."""
    text = row.get("stage")
    if text in ("", "unknown"):
        return None
    if not _STAGE.fullmatch(text):
        row.report("stage", repr(text), "0, I, II, III or IV, with A, B or C where known, or empty")
        return None
    return text.upper()
