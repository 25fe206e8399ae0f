"""What each endpoint is: the shipped table of names, units, assays, data sets and licences."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

CLASSIFICATION = "classification"
REGRESSION = "regression"
TABLE = "endpoints.tsv"


@dataclass(frozen=True)
class Endpoint:
    """One row of the endpoint table.

    `direction` says what a chemist wants of the value: lower, higher or neither. `commercial` is yes, no or
    unknown; `ranking` says whether a ranking may use it.
    """

    name: str
    task: str
    unit: str
    direction: str
    assay: str
    dataset: str
    licence: str
    commercial: str
    ranking: bool


@cache
def endpoint_table() -> dict[str, Endpoint]:
    """Return the shipped endpoint table by name, in its order."""
    text = (files("loci2lead") / "resources" / "tables" / TABLE).read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {
        row["name"]: Endpoint(
            **{key: row[key] for key in ("name", "task", "unit", "direction", "assay", "dataset", "licence")},
            commercial=row["commercial"],
            ranking=row["ranking"] == "yes",
        )
        for row in rows
    }
