"""Response tables: line, drug and ln(IC50 in µM) of one or more screens, as one matrix per drug of the panel."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.response.compounds import Drug, excluded, identify, modalities, read_drugs, same_drug

log = logging.getLogger(__name__)
PREFERRED_MAIN = "GDSC2"
HIGHEST_PLAUSIBLE_MEDIAN = 6.0  # ln(µM): 400 µM; screens dose up to 10..100 µM, so a higher median means nM
MIN_LINES_PER_DRUG = 20


@dataclass(frozen=True)
class Panel:
    """What is learned: `y` (lines x drugs), ln(IC50 in µM), NaN where not measured.

    Each drug appears once, with the values of its home study: the main study where it was tested there,
    otherwise the next study that tested it. Studies are never averaged: laboratories agree too little.
    """

    lines: list[str]
    drugs: list[Drug]
    y: NDArray[np.float64]
    counts: dict[str, int] = field(default_factory=dict)

    def restrict(self, lines: Sequence[str]) -> "Panel":
        """Return the panel on these lines, in their order, without drugs that lost too many lines."""
        at = {line: i for i, line in enumerate(self.lines)}
        y = self.y[[at[line] for line in lines]]
        keep = np.isfinite(y).sum(0) >= MIN_LINES_PER_DRUG
        drugs = [d for d, k in zip(self.drugs, keep, strict=True) if k]
        return Panel(list(lines), drugs, y[:, keep], self.counts)


def study_name(path: str | Path) -> str:
    """Return the study a response file belongs to: response_gdsc2.parquet is GDSC2."""
    stem = Path(path).name.split(".")[0]
    return stem.removeprefix("response_").upper()


def read_panel(
    paths: Sequence[str | Path],
    drug_tables: Sequence[str | Path] = (),
    exclude_lines: set[str] | None = None,
    exclude_drugs: set[str] | None = None,
    main_study: str | None = None,
) -> Panel:
    """Read response tables (columns line, drug, ln_ic50; optional drug_id) into one panel.

    Tables of import-response also name their study and each drug's structure, targets and pathway; a drug table
    wins over these.

    Raises InputError for empty tables, IC50 in other units, and exclusion lists that leave nothing.
    Repeated measurements of one line and drug within a study are averaged.
    """
    tables: dict[str, pd.DataFrame] = {}
    for path in paths:
        table = _read_one(path)
        study = str(table["study"].iloc[0]).upper() if "study" in table else study_name(path)
        tables[study] = pd.concat([tables[study], table]) if study in tables else table
    order = sorted(tables, key=lambda s: s != (main_study or PREFERRED_MAIN).upper())
    counts = {"pairs_read": sum(map(len, tables.values())), "pairs_repeated": 0, "pairs_excluded": 0}
    columns: list[pd.Series] = []
    drugs: list[Drug] = []
    for study in order:
        table = tables[study]
        dropped = table["line"].isin(exclude_lines or set())
        counts["pairs_excluded"] += int(dropped.sum())
        catalogue = _own_catalogue(table) | _catalogue(study, drug_tables)
        for drug, rows in _by_drug(table[~dropped], catalogue, study):
            if excluded(drug, exclude_drugs or set()):
                counts["pairs_excluded"] += len(rows)
                continue
            if any(same_drug(drug, other) for other in drugs):
                continue
            counts["pairs_repeated"] += int(rows["line"].duplicated().sum())
            drugs.append(drug)
            columns.append(rows.groupby("line")["ln_ic50"].mean())
    if not columns:
        raise InputError("No response is left to learn from", remedy="check the exclusion lists")
    matrix = pd.concat(columns, axis=1).sort_index()
    log.info("responses: %d lines, %d drugs, %s", *matrix.shape, counts)
    return Panel([str(i) for i in matrix.index], drugs, matrix.to_numpy(float), counts)


def _read_one(path: str | Path) -> pd.DataFrame:
    table = read_table(path)
    missing = {"line", "drug", "ln_ic50"} - set(table.columns)
    if missing:
        raise InputError(
            "Not a response table",
            file=path,
            record=", ".join(sorted(missing)),
            found=", ".join(map(str, table.columns)),
            expected="columns line, drug, ln_ic50 = ln(IC50 in µM), optionally drug_id",
            remedy="convert IC50 to ln(µM) and name the columns so"
            if "ic50" in " ".join(map(str, table.columns)).lower()
            else None,
        )
    table = table.dropna(subset=["line", "drug", "ln_ic50"]).astype({"line": str, "drug": str, "ln_ic50": float})
    if table.empty:
        raise InputError("The response table is empty", file=path)
    check_unit(table["ln_ic50"].to_numpy(), path)
    if "drug_id" not in table.columns:
        table["drug_id"] = table["drug"]
    return table.astype({"drug_id": str})


def check_unit(values: NDArray[np.float64], file: str | Path) -> None:
    """Raise InputError where ln_ic50 cannot be ln(IC50 in µM): nM, or IC50 without the logarithm."""
    median = float(np.median(values))
    never_negative = len(values) > 50 and float(values.min()) >= 0
    if never_negative and float(np.quantile(values, 0.95)) > 15:
        raise InputError(
            "ln_ic50 looks like IC50 without the logarithm",
            file=file,
            found=f"median {median:.3g}, none negative",
            expected="ln(IC50 in µM)",
            remedy="take the natural logarithm of µM",
        )
    if median > HIGHEST_PLAUSIBLE_MEDIAN:
        raise InputError(
            "ln_ic50 looks like nM, not µM",
            file=file,
            found=f"median {median:.2f}",
            expected="ln(IC50 in µM), median about 0 to 4",
            remedy="subtract ln(1000) = 6.91",
        )


def _own_catalogue(table: pd.DataFrame) -> dict[tuple[str, str], Drug]:
    """Return the drugs that a response table describes itself, by (study's own id, compound)."""
    if not {"name", "smiles"} <= set(table.columns):
        return {}
    words = ["name", "smiles", "targets", "pathway"]
    own = table.drop_duplicates(["drug_id", "drug"]).reindex(columns=["drug_id", "drug", *words]).fillna("")
    known = modalities()
    return {
        (row["drug_id"], row["drug"]): identify(
            Drug(row["name"], "", row["drug"], row["smiles"], row["targets"], row["pathway"]), known
        )
        for row in own.astype(str).to_dict("records")
    }


def _catalogue(study: str, drug_tables: Sequence[str | Path]) -> dict[tuple[str, str], Drug]:
    """Return a study's drugs by (study's own id, compound) and by ("", compound)."""
    found: dict[tuple[str, str], Drug] = {}
    for path in drug_tables:
        table = read_table(path, dtype=str).fillna("")
        own = table[table["study"].str.upper() == study] if "study" in table.columns else table
        ids = own["study_drug"] if "study_drug" in own.columns else own[own.columns[0]]
        entries = read_drugs(path, study if "study" in table.columns else None)
        for identifier, drug in zip(ids, entries, strict=True):
            found[identifier, drug.compound] = drug
            found.setdefault(("", drug.compound), drug)
    return found


def _by_drug(
    table: pd.DataFrame, catalogue: dict[tuple[str, str], Drug], study: str
) -> list[tuple[Drug, pd.DataFrame]]:
    """Split a study's rows by drug: several ids of one compound under one name are one drug."""
    known = modalities()
    groups: dict[tuple[str, str], list[pd.DataFrame]] = {}
    drugs: dict[tuple[str, str], Drug] = {}
    for names, rows in table.groupby(["drug", "drug_id"], sort=True):
        compound, identifier = (str(name) for name in names)
        drug = catalogue.get((identifier, compound)) or catalogue.get(("", compound))
        drug = drug or identify(Drug(identifier, "", compound), known)
        drug = Drug(drug.name, drug.key, compound, drug.smiles, drug.targets, drug.pathway, drug.modality, study)
        drugs.setdefault((compound, drug.key), drug)
        groups.setdefault((compound, drug.key), []).append(rows)
    return [(drugs[k], pd.concat(groups[k])) for k in sorted(groups)]
