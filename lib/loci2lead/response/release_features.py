"""DepMap's omics of cell lines as a folder of features, named and scaled like the response model's own.

Reads the public release's files as they are: OmicsExpression*TPMLogp1*.csv (log2(TPM + 1)), OmicsCNGene.csv
(log2(relative copies + 1); OmicsCNGeneWGS.csv holds relative copies), OmicsSomaticMutations.csv and Model.csv.
Any but Model.csv may be missing. Only genes that the shipped response model reads are kept.
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead import provenance
from loci2lead.errors import InputError
from loci2lead.io.tables import read_table, write_parquet, write_text_table
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.response.genes import DRIVERS, resolve
from loci2lead.response.subtypes import tissue_of, words_of_code

log = logging.getLogger(__name__)
RESULTS_VERSION = 1
MODEL = "response-gdsc-v1"
MIN_LINES = 20  # fewer lines give no usual level of a gene's expression
HIGHEST_LOG_TPM = 20.0
ID_COLUMNS = ("ModelID", "SequencingID", "ModelConditionID", "IsDefaultEntryForModel", "IsDefaultEntryForMC")
SILENT = re.compile("silent|synonymous", re.IGNORECASE)
KINDS = {"expression": "Expression", "copies": "OmicsCNGene", "mutations": "SomaticMutations", "lines": "Model"}


def import_features(paths: Sequence[Path], output: Path) -> None:
    """Write expr_census706, cn_census706, mut_census706, hotspot_mut2369 (.parquet) and lines.csv.gz to a folder.

    Raises InputError where Model.csv or every omics file is missing, and for counts or TPM without logarithm.
    """
    files = _by_kind(paths)
    genes = _genes()
    tables: dict[str, pd.DataFrame] = {}
    if "expression" in files:
        tables["expr_census706"] = _z_scores(_matrix(files["expression"], genes), files["expression"])
    if "copies" in files:
        tables["cn_census706"] = _copies(_matrix(files["copies"], genes), files["copies"])
    if "mutations" in files:
        tables["mut_census706"], tables["hotspot_mut2369"] = _mutations(files["mutations"], genes)
    lines = _lines(files["lines"])
    known = set(lines["line"])
    output.mkdir(parents=True, exist_ok=True)
    described = provenance.describe(
        "import-response",
        results_version=RESULTS_VERSION,
        inputs=dict(files),
        parameters={"release": "depmap"},
        models={"genes": load_checkpoint(MODEL).path},
    )
    for name, table in tables.items():
        kept = table[table.index.isin(known)]
        if len(kept) < len(table):
            log.warning("%s: %d lines are not in Model.csv and were left out", name, len(table) - len(kept))
        write_parquet(output / f"{name}.parquet", kept.rename_axis("line").reset_index(), described)
        log.info("%s: %d lines x %d genes", name, *kept.shape)
    write_text_table(output / "lines.csv.gz", lines)


def _by_kind(paths: Sequence[Path]) -> dict[str, Path]:
    files = [f for p in paths for f in (sorted(p.glob("*.csv*")) if p.is_dir() else [p])]
    found: dict[str, Path] = {}
    for kind, word in KINDS.items():
        own = [f for f in files if (f.name.split(".")[0] == word if kind == "lines" else word in f.name)]
        if len(own) > 1:
            raise InputError("Two files of one kind", record=kind, found=", ".join(f.name for f in own))
        found |= {kind: own[0]} if own else {}
    if "lines" not in found or len(found) < 2:
        raise InputError(
            "Not a DepMap release",
            found=", ".join(f.name for f in files) or "no file",
            expected="Model.csv and one or more of Omics*Expression*.csv, OmicsCNGene*.csv, OmicsSomaticMutations.csv",
        )
    return found


def _genes() -> list[str]:
    names = load_checkpoint(MODEL).settings["scaler_names"]
    return sorted({g for block in ("expr", "cn", "all") for g in names.get(block, [])} | set(DRIVERS))


def _matrix(path: Path, genes: Sequence[str]) -> pd.DataFrame:
    """Return lines x genes: the default profile of each line, columns "SYMBOL (Entrez id)" cut to the symbol."""
    header = read_table(path, nrows=0).columns.astype(str)
    symbols = {c: c.split(" (")[0] for c in header if c not in ID_COLUMNS}
    renamed, _ = resolve([s for s in symbols.values() if s not in set(genes)], genes)
    symbols = {c: renamed.get(s, s) for c, s in symbols.items()}
    wanted = {c: s for c, s in symbols.items() if s in set(genes)}
    if not wanted:
        raise InputError("No known gene among the columns", file=path, expected="columns such as TP53 (7157)")
    identifier = "ModelID" if "ModelID" in header else header[0]
    table = read_table(path, usecols=[c for c in header if c in wanted or c in ID_COLUMNS or c == identifier])
    if "IsDefaultEntryForModel" in table:
        table = table[table["IsDefaultEntryForModel"].astype(str).str.lower().isin(["yes", "true", "1"])]
    table = table.set_index(table[identifier].astype(str))
    repeated = table.index[table.index.duplicated()].unique()
    if len(repeated):
        raise InputError("Lines are listed twice", file=path, record=", ".join(repeated[:5]))
    values = table[list(wanted)].rename(columns=wanted)
    return values.loc[:, ~values.columns.duplicated()].astype("float32")


def _z_scores(values: pd.DataFrame, path: Path) -> pd.DataFrame:
    numbers = values.to_numpy(float)
    finite = numbers[np.isfinite(numbers)]
    if not len(finite) or finite.min() < 0 or finite.max() > HIGHEST_LOG_TPM:
        raise InputError(
            "Expression is not log2(TPM + 1)",
            file=path,
            found=f"{finite.min():.3g} to {finite.max():.3g}" if len(finite) else "no number",
            expected=f"0 to {HIGHEST_LOG_TPM:g}",
            remedy="use the release's TPMLogp1 file",
        )
    if len(values) < MIN_LINES:
        raise InputError("Too few lines to scale expression", file=path, found=len(values), expected=MIN_LINES)
    spread = values.std(axis=0, ddof=0)
    return ((values - values.mean(axis=0)) / spread.where(spread > 1e-6)).dropna(axis=1, how="all")


def _copies(values: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return copies relative to diploid; the release's own are log2(relative copies + 1), but for WGS files."""
    relative = values if path.name.startswith("OmicsCNGeneWGS") else 2**values - 1
    middle = float(np.nanmedian(relative.to_numpy()))
    if not 0.5 < middle < 1.7:
        raise InputError(
            "Copy numbers are neither log2(relative copies + 1) nor relative",
            file=path,
            found=f"median {middle:.2f} after conversion",
            expected="about 1",
        )
    return relative.clip(lower=0)


def _mutations(path: Path, genes: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return 0/1 tables: any coding mutation, and one at a hotspot. Lines are those with a row in the file."""
    table = read_table(path, columns=("HugoSymbol", "ProteinChange"), dtype=str, low_memory=False)
    line = next((c for c in ("ModelID", "DepMap_ID") if c in table), None)
    hotspot = next((c for c in ("Hotspot", "CosmicHotspot", "isCOSMIChotspot") if c in table), None)
    if line is None or hotspot is None:
        raise InputError("Not a mutation table of DepMap", file=path, expected="ModelID (or DepMap_ID) and Hotspot")
    if "IsDefaultEntryForModel" in table:
        table = table[table["IsDefaultEntryForModel"].fillna("Yes").str.lower().isin(["yes", "true", "1"])]
    kind = next((c for c in ("MolecularConsequence", "VariantInfo") if c in table), None)
    silent = table[kind].fillna("").str.contains(SILENT) if kind else pd.Series(False, index=table.index)
    lines = sorted(table[line].dropna().unique())
    coding = table[table["ProteinChange"].notna() & ~silent].dropna(subset=[line, "HugoSymbol"])
    renamed, _ = resolve(sorted(set(coding["HugoSymbol"]) - set(genes)), genes)
    coding = coding.assign(gene=coding["HugoSymbol"].replace(renamed))
    coding = coding[coding["gene"].isin(genes)]
    at_hotspot = coding[coding[hotspot].fillna("").str.lower().isin(["true", "1", "yes"])]
    return tuple(
        pd.crosstab(rows[line], rows["gene"])
        .clip(upper=1)
        .reindex(index=lines, columns=list(genes), fill_value=0)
        .astype("int8")
        for rows in (coding, at_hotspot)
    )  # type: ignore[return-value]


def _lines(path: Path) -> pd.DataFrame:
    """Return lines.csv of a features folder from Model.csv; tissue and finer types follow from the OncoTree code."""
    table = read_table(path, columns=("ModelID", "OncotreeCode"), dtype=str).drop_duplicates("ModelID")
    rows = []
    for row in table.to_dict("records"):
        code = row["OncotreeCode"] if isinstance(row["OncotreeCode"], str) else ""
        try:
            tissue, words = (tissue_of(code), words_of_code(code)) if code else ("", frozenset())
        except InputError:
            tissue, words = "", frozenset()  # a code of another version of the tree: the type stays unknown
        finer = {kind: word for kind, _, word in (w.partition(":") for w in sorted(words))}
        rows.append(
            {
                "line": row["ModelID"],
                "cosmic_id": row.get("COSMICID"),
                "ccle_name": row.get("CCLEName"),
                "name": row.get("CellLineName"),
                "tissue": tissue,
                "ccle_type": finer.get("ccle", ""),
                "histology": finer.get("histology", ""),
                "gdsc_tissue": finer.get("gdsc", ""),
                "gdsc_tcga": finer.get("tcga", ""),
            }
        )
    return pd.DataFrame(rows)
