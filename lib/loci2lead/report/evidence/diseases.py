"""From a source's disease (name, DOID, NCIt or OncoTree id) to OncoTree codes and to conditions it implies."""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from loci2lead.config.oncotree import OncoTree
from loci2lead.report.evidence.statement import Scope

TABLE = Path(str(files("loci2lead") / "resources" / "evidence" / "diseases.tsv"))
_SCOPES: dict[str, Scope] = {"*": "any", "solid": "solid"}
HAEMATOLOGICAL = ("LYMPH", "MYELOID")


@dataclass(frozen=True)
class Disease:
    """Where a statement applies: codes, or any tumour (`scope` "any", "solid"), and the receptors it implies."""

    oncotree: tuple[str, ...] = ()
    scope: Scope = "listed"
    conditions: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _table() -> dict[str, Disease]:
    table: dict[str, Disease] = {}
    with TABLE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            conditions = tuple(filter(None, (c.strip() for c in row["conditions"].split(";"))))
            scope = _SCOPES.get(row["oncotree"], "listed")
            codes = tuple(row["oncotree"].split(";")) if scope == "listed" else ()
            disease = Disease(codes, scope, conditions)
            table[row["disease"]] = disease
            if row["ids"].startswith("DOID:"):
                table[_doid(row["ids"])] = disease
    return table


def _doid(text: str) -> str:
    """Return a DOID without leading zeros, since releases differ (0050861, 50861)."""
    return "doid:" + text.upper().removeprefix("DOID:").lstrip("0")


def map_disease(name: str, tree: OncoTree, *, doid: str = "", code: str = "") -> Disease:
    """Return the tumour types of a disease; one without codes where no mapping is known.

    The name goes before the ids: in the sources it has been the more careful of the two.
    """
    table = _table()
    code = code.removeprefix("oncotree:").strip()
    bare = re.sub(r"\s*\(.*\)$", "", name.strip()).casefold()
    for key in (name.strip().casefold(), bare, _doid(doid) if doid not in ("", "NA") else "", code.casefold()):
        if key and key in table:
            return table[key]
    for text in (code, name, f"DOID:{doid}" if doid.isdigit() else doid):
        found = tree.resolve(text) if text else None
        if found:
            return Disease((found,))
    return Disease()
