"""The OncoTree: tumour types by code, name, NCIt or DOID, and which type lies under which.

The package ships a small table of common codes, written for loci2lead; a user may point to the full
OncoTree (https://oncotree.mskcc.org, CC-BY 4.0) as a TSV with the columns code (or oncotree_code), name,
parent, ncit and doid.
"""

import csv
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

from loci2lead.errors import InputError

SHIPPED = Path(str(files("loci2lead") / "resources" / "evidence" / "oncotree.tsv"))


@dataclass(frozen=True)
class TumourType:
    """One node: OncoTree code, name, code of the parent ("" at the root), NCIt and DOID ids ("" if none)."""

    code: str
    name: str
    parent: str
    ncit: str
    doid: str


@dataclass(frozen=True)
class OncoTree:
    """Tumour types by code."""

    nodes: dict[str, TumourType]

    def resolve(self, text: str) -> str | None:
        """Return the code for a code, name, NCIt id (C4349) or DOID (DOID:234 or 234), in any case; or None."""
        return self._spellings.get(text.strip().casefold())

    def nearest(self, text: str, count: int = 3) -> list[str]:
        """Return the closest known tumour types as "CODE (name)", for messages."""
        labels = {node.code.casefold(): node for node in self.nodes.values()}
        labels |= {node.name.casefold(): node for node in self.nodes.values()}
        close = difflib.get_close_matches(text.strip().casefold(), labels, n=count * 2, cutoff=0.5)
        found = dict.fromkeys(f"{labels[key].code} ({labels[key].name})" for key in close)
        return list(found)[:count]

    def name(self, code: str) -> str:
        """Return the name of a code, or the code itself where it is unknown."""
        return self.nodes[code].name if code in self.nodes else code

    def lineage(self, code: str) -> Iterator[str]:
        """Yield the code and its ancestors up to the root."""
        seen: set[str] = set()
        while code and code not in seen:
            yield code
            seen.add(code)
            code = self.nodes[code].parent if code in self.nodes else ""

    def is_within(self, code: str, ancestor: str) -> bool:
        """Tell whether `code` is `ancestor` or lies under it."""
        return ancestor in self.lineage(code)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        spellings: dict[str, str] = {}
        for node in self.nodes.values():
            number = node.doid.removeprefix("DOID:")
            for key in (node.doid, number, node.ncit, f"ncit:{node.ncit}" if node.ncit else "", node.name):
                if key:
                    spellings.setdefault(key.casefold(), node.code)
        return spellings | {code.casefold(): code for code in self.nodes}


@lru_cache(maxsize=4)
def load_oncotree(table: str | Path | None = None) -> OncoTree:
    """Read the shipped table, or the full one at `table` joined with it. Raises InputError if unreadable."""
    shipped = _read(SHIPPED)
    return OncoTree(shipped | _read(Path(table)) if table else shipped)


def _read(path: Path) -> dict[str, TumourType]:
    if not path.is_file():
        raise InputError("File not found", file=path, remedy="check the path of the OncoTree table")
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle, delimiter="\t")
        columns = reader.fieldnames or []
        code = "code" if "code" in columns else "oncotree_code"
        missing = {code, "name", "parent"} - set(columns)
        if missing:
            raise InputError(
                "Not an OncoTree table",
                file=path,
                found=", ".join(columns),
                expected="tab-separated columns code (or oncotree_code), name, parent; optionally ncit, doid",
            )
        rows = [row for row in reader if row[code]]
    return {
        row[code]: TumourType(row[code], row["name"], row["parent"] or "", row.get("ncit") or "", row.get("doid") or "")
        for row in rows
    }
