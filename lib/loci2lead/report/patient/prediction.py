"""Predicted response: what may be shown, and the reason where nothing may."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from loci2lead.report.patient.context import Context

MOST_SHOWN = 25


@dataclass(frozen=True)
class Predictions:
    """Rows as plain values. Numbers are None, with `reason`, where a number may not be shown."""

    rows: tuple[dict[str, Any], ...]
    withheld: str

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Return the rows that carry a number."""
        return [row for row in self.rows if row["reason"] == ""]


def predictions_of(table: pd.DataFrame | None, context: Context) -> Predictions | None:
    """Return the predictions of a sample, the highest percentile in its tissue first; None without a table.

    Failed quality control and a tumour that is not one withhold all of them.
    """
    if table is None or table.empty:
        return None
    withheld = ""
    if context.qc_failed:
        withheld = f"quality control failed ({context.qc_failed})"
    elif context.type != "tumor":
        withheld = "the sample is not a tumour"
    elif not context.may_show_findings:
        withheld = "the consent that this sample needs is not recorded"
    rows = [_row(record, withheld) for record in table.to_dict("records")]
    rows.sort(key=lambda r: (r["reason"] != "", -(r["percentile_in_tissue"] or 0.0), str(r["drug"])))
    return Predictions(tuple(rows), withheld)


def _row(record: dict[Any, Any], withheld: str) -> dict[str, Any]:
    note = _text(record.get("note"))
    in_domain = record.get("in_domain")
    known = not pd.isna(in_domain)
    reason = withheld or note
    if not reason and not (known and bool(in_domain)):
        reason = "not predicted: the sample is unlike the cell lines that the model learned from"
    if not reason and _number(record.get("ln_ic50")) is None:
        reason = "not predicted: no number was given"
    keep = reason == ""
    numbers = (
        "ln_ic50",
        "lower_90",
        "upper_90",
        "percentile_in_tissue",
        "percentile_overall",
        "delta_from_tissue_mean",
    )
    row: dict[str, Any] = {"drug": _text(record.get("drug")), "drug_key": _text(record.get("drug_key"))}
    row |= {name: _number(record.get(name)) if keep else None for name in numbers}
    row["drug_reliability"] = _number(record.get("drug_reliability"))
    row["in_domain"] = bool(in_domain) if known else None
    row["modalities"] = _text(record.get("modalities"))
    row["top_genes"] = _text(record.get("top_genes")).replace(":", " ").replace(";", "; ") if keep else ""
    row["reason"] = reason
    return row


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), 4)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)
