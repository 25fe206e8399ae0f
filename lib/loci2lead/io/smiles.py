"""SMILES text: lines of .smi files, and what may stand beside a structure in one cell."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

HEADER_WORDS = frozenset({"smiles", "canonical_smiles", "smi", "structure"})
CXSMILES = re.compile(r"\s+\|[^|]*\|")


@dataclass(frozen=True, slots=True)
class SmilesText:
    """One cell or line taken apart: the structure, the name that followed it, and codes of what was dropped."""

    smiles: str
    name: str
    codes: tuple[str, ...]


def split_smiles_text(text: str) -> SmilesText:
    """Split `SMILES |extension| name` at white space; only the structure is kept as such.

    ChemAxon's extension (CXSMILES) carries labels and query features that no score here uses: it is dropped
    and the code `extension_ignored` says so. A trailing name gives `name_split`.
    """
    codes: list[str] = []
    text, dropped = CXSMILES.subn(" ", text.strip())
    if dropped:
        codes.append("extension_ignored")
    parts = text.split(maxsplit=1)
    name = parts[1].strip() if len(parts) > 1 else ""
    if name:
        codes.append("name_split")
    return SmilesText(parts[0] if parts else "", name, tuple(codes))


def open_text(path: Path) -> TextIO:
    """Open a text file, gzipped or not; bytes that are not UTF-8 become U+FFFD, which no SMILES may hold."""
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def read_smi(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (structure text, identifier or "") per line of a .smi file; a header line is skipped.

    The identifier is what follows the structure. Empty lines inside the file are records too (they will be
    rejected as empty); blank lines at its end are not.
    """
    blank = 0
    with open_text(path) as handle:
        for number, line in enumerate(handle):
            if not line.strip():
                blank += 1
                continue
            if number == 0 and line.split()[0].lower() in HEADER_WORDS:
                continue
            yield from (("", "") for _ in range(blank))
            blank = 0
            yield _split_line(line)


def _split_line(line: str) -> tuple[str, str]:
    split = split_smiles_text(line)
    extension = CXSMILES.search(line)
    return split.smiles + (extension.group() if extension else ""), split.name
