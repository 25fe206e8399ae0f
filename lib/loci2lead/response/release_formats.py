"""Published drug screens in the files their owners release: what each column means, and its unit.

Every reader returns one row per row of the release: who the line may be (`depmap_id`, `cosmic_id`, `sanger_id`,
`line_name`), the drug (`drug_id`, `name`, `smiles`, `targets`, `pathway`), `ln_ic50` = ln(IC50 in µM) with inf
where half effect is never reached, -inf where it always is, NaN where the release has no number, the lowest and
highest tested dose (`lowest`, `highest`, ln µM), and `problem`, a reason not to use the row. Headers are those of
the releases named at each reader.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table, require_columns

COLUMNS = (
    "depmap_id", "cosmic_id", "sanger_id", "line_name", "drug_id", "name", "smiles", "targets", "pathway",
    "ln_ic50", "lowest", "highest", "problem",
)  # fmt: skip
PRISM_HIGHEST, PRISM_DILUTION, PRISM_DOSES = 10.0, 4.0, 8  # secondary screen: 8 doses, fourfold, up to 10 µM
CTRP_DILUTION, CTRP_DOSES = 2.0, 16  # CTRP v2: 16 doses, twofold, up to the compound's top concentration
PRISM_SCREENS = ("MTS010", "MTS006", "MTS005", "HTS002")  # newest first, the release's own order of preference


@dataclass(frozen=True)
class Release:
    """A screen: its name as a study, how to read it, whether values beyond the doses are the release's own.

    `extrapolates`: GDSC shrinks its fits over all curves and publishes values beyond the doses as results, so
    they are kept and flagged; the other screens' free fits are cut at the tested range and flagged as censored.
    """

    study: str
    read: Callable[[Sequence[Path]], pd.DataFrame]
    extrapolates: bool
    needs: str


def _framed(rows: int, **columns: object) -> pd.DataFrame:
    table = pd.DataFrame(columns, index=pd.RangeIndex(rows))
    for name in COLUMNS:
        if name not in table:
            table[name] = np.nan if name in {"ln_ic50", "lowest", "highest"} else ""
    texts = [c for c in COLUMNS if c not in {"ln_ic50", "lowest", "highest"}]
    table[texts] = table[texts].fillna("").astype(str)
    return table


def _number(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce")


def _log(column: pd.Series) -> pd.Series:
    """Return ln of positive numbers, NaN for all others."""
    values = _number(column)
    return np.log(values.where(values > 0))


def _only(paths: Sequence[Path], what: str) -> Path:
    if len(paths) != 1:
        raise InputError("This release is one file", found=f"{len(paths)} files", expected=what)
    return paths[0]


def read_gdsc(paths: Sequence[Path]) -> pd.DataFrame:
    """Read GDSC1/GDSC2_fitted_dose_response (releases 8.0 to 8.5, .xlsx or .csv). LN_IC50 is ln(µM)."""
    path = _only(paths, "GDSC2_fitted_dose_response.xlsx, or the same as .csv")
    needed = ("COSMIC_ID", "CELL_LINE_NAME", "DRUG_ID", "DRUG_NAME", "LN_IC50", "MIN_CONC", "MAX_CONC")
    table = read_table(path, columns=needed, dtype=str)
    return _framed(
        len(table),
        cosmic_id=table["COSMIC_ID"],
        sanger_id=table.get("SANGER_MODEL_ID", ""),
        line_name=table["CELL_LINE_NAME"],
        drug_id=table["DRUG_ID"],
        name=table["DRUG_NAME"].fillna("").str.strip(),
        targets=table.get("PUTATIVE_TARGET", ""),
        pathway=table.get("PATHWAY_NAME", ""),
        ln_ic50=_number(table["LN_IC50"]),
        lowest=_log(table["MIN_CONC"]),
        highest=_log(table["MAX_CONC"]),
    )


def read_ccle(paths: Sequence[Path]) -> pd.DataFrame:
    """Read CCLE_NP24.2009_Drug_data (2012, 2015; .csv). IC50 in µM, at the highest dose where not reached."""
    path = _only(paths, "CCLE_NP24.2009_Drug_data_2015.02.24.csv")
    table = read_table(path, columns=("CCLE Cell Line Name", "Compound", "Doses (uM)", "ActArea"), dtype=str)
    ic50 = next((c for c in table.columns if c.replace("\u00b5", "u") in {"IC50 (uM)", "IC50"}), None)
    if ic50 is None:
        require_columns(table, ("IC50 (uM)",), path)
        raise AssertionError
    doses = table["Doses (uM)"].fillna("").str.split(",")
    return _framed(
        len(table),
        line_name=table["CCLE Cell Line Name"],
        drug_id=table["Compound"],
        name=table["Compound"].fillna("").str.strip(),
        targets=table.get("Target", ""),
        ln_ic50=_log(table[ic50]),
        lowest=_log(doses.str[0]),
        highest=_log(doses.str[-1]),
        act_area=_number(table["ActArea"]),
    )


def read_prism(paths: Sequence[Path]) -> pd.DataFrame:
    """Read PRISM's secondary-screen-dose-response-curve-parameters.csv (19Q4, 20Q2). ic50 in µM.

    Lines that failed fingerprinting are refused. Where a compound was screened again on a line, the newer
    screen counts. An empty ic50 means that the curve stays above half viability.
    """
    path = _only(paths, "secondary-screen-dose-response-curve-parameters.csv")
    needed = ("broad_id", "depmap_id", "screen_id", "ic50", "name", "passed_str_profiling")
    table = read_table(path, columns=needed, dtype=str)
    failed = table["passed_str_profiling"].fillna("").str.upper() == "FALSE"
    age = table["screen_id"].map({s: i for i, s in enumerate(PRISM_SCREENS)}).fillna(len(PRISM_SCREENS))
    newest = age.where(~failed).groupby([table["depmap_id"], table["name"]]).transform("min")
    smiles = table["smiles"] if "smiles" in table else pd.Series("", index=table.index)
    return _framed(
        len(table),
        depmap_id=table["depmap_id"],
        line_name=table.get("ccle_name", ""),
        drug_id=table["broad_id"],
        name=table["name"].fillna("").str.strip(),
        smiles=smiles.fillna("").str.split(",").str[0].str.strip(),  # several batches' structures may be listed
        targets=table.get("target", ""),
        ln_ic50=_log(table["ic50"]).fillna(np.inf),
        lowest=float(np.log(PRISM_HIGHEST / PRISM_DILUTION ** (PRISM_DOSES - 1))),
        highest=float(np.log(PRISM_HIGHEST)),
        problem=np.select([failed, age > newest], ["failed_str_profiling", "older_screen"], ""),
    )


def read_ctrp(paths: Sequence[Path]) -> pd.DataFrame:
    """Read CTRP v2: v20.data.curves_post_qc.txt with v20.meta.per_compound, .per_cell_line, .per_experiment.

    The release gives curves, viability(c) = p4 + p3 / (1 + exp(-(log2 c - p1) / p2)), c in µM (Seashore-Ludlow
    2015); the IC50 is where that falls through 0.5.
    """
    curves, compounds, lines, experiments = (
        _part(paths, word) for word in ("curves_post_qc", "per_compound", "per_cell_line", "per_experiment")
    )
    fits = read_table(
        curves,
        columns=("experiment_id", "master_cpd_id", "p1_center", "p2_slope", "p3_total_decline", "p4_baseline"),
        dtype=str,
    )
    runs = read_table(experiments, columns=("experiment_id", "master_ccl_id"), dtype=str)
    names = read_table(lines, columns=("master_ccl_id", "ccl_name"), dtype=str)
    drugs = read_table(compounds, columns=("master_cpd_id", "cpd_name", "top_test_conc_umol", "cpd_smiles"), dtype=str)
    runs = runs.drop_duplicates(["experiment_id", "master_ccl_id"]).drop_duplicates("experiment_id", keep=False)
    line = fits["experiment_id"].map(runs.set_index("experiment_id")["master_ccl_id"])
    drug = drugs.drop_duplicates("master_cpd_id").set_index("master_cpd_id").reindex(fits["master_cpd_id"])
    drug = drug.reset_index(drop=True)
    highest = _log(drug["top_test_conc_umol"])
    target = "gene_symbol_of_protein_target"
    return _framed(
        len(fits),
        line_name=line.map(names.drop_duplicates("master_ccl_id").set_index("master_ccl_id")["ccl_name"]),
        drug_id=fits["master_cpd_id"],
        name=drug["cpd_name"],
        smiles=drug["cpd_smiles"],
        targets=drug[target].str.replace(";", ", ") if target in drug else "",
        ln_ic50=_half_viability(fits),
        lowest=highest - (CTRP_DOSES - 1) * np.log(CTRP_DILUTION),
        highest=highest,
    )


def _part(paths: Sequence[Path], word: str) -> Path:
    found = [p for p in paths if word in p.name]
    if len(found) != 1:
        raise InputError(
            "A file of the CTRP v2 release is missing",
            record=word,
            found=", ".join(p.name for p in paths),
            expected=f"v20.data.curves_post_qc.txt with the three v20.meta files; one named *{word}*",
            remedy="give all four files, or the folder that holds them",
        )
    return found[0]


def _half_viability(fits: pd.DataFrame) -> pd.Series:
    centre, slope, decline, floor = (
        _number(fits[c]) for c in ("p1_center", "p2_slope", "p3_total_decline", "p4_baseline")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(2) * (centre - slope * np.log(decline / (0.5 - floor) - 1))
    never = (floor >= 0.5) | (slope >= 0)
    always = ~never & (decline + floor <= 0.5)
    return found.mask(never, np.inf).mask(always, -np.inf).where(slope.notna() & floor.notna() & decline.notna())


RELEASES: dict[str, Release] = {
    "gdsc1": Release("GDSC1", read_gdsc, True, "GDSC1_fitted_dose_response.xlsx or .csv"),
    "gdsc2": Release("GDSC2", read_gdsc, True, "GDSC2_fitted_dose_response.xlsx or .csv"),
    "ccle": Release("CCLE", read_ccle, False, "CCLE_NP24.2009_Drug_data_2015.02.24.csv"),
    "prism": Release("PRISM", read_prism, False, "secondary-screen-dose-response-curve-parameters.csv"),
    "ctrp2": Release("CTRP2", read_ctrp, False, "v20.data.curves_post_qc.txt and three v20.meta files"),
}
