"""A tumour's expression table: read, checked to be TPM, and brought to log2(TPM + 1)."""

from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table

GENE_COLUMNS = ("gene", "symbol", "gene_symbol", "hugo_symbol", "gene_name", "targetid", "hgnc_symbol")
WRONG_UNITS = {"log": "logarithms", "count": "read counts", "fpkm": "FPKM", "rpkm": "RPKM", "cpm": "CPM"}
TPM_TOTAL = 1.1e6
"""TPM add up to a million over all transcripts; a table of genes can hold no more (plus rounding)."""

LARGEST_LOG = 25.0
ENOUGH_GENES = 100
"""With this many genes or more, a table whose largest value is below LARGEST_LOG is not in TPM but logarithms,
and one of whole numbers only is counts."""


def read_expression(path: str | Path) -> pd.Series:
    """Return log2(TPM + 1) by gene symbol from a table with a gene and a tpm column.

    Raises InputError for another unit (counts, logarithms, FPKM), negative or missing numbers, a gene given
    twice with different values, or identifiers in place of symbols.
    """
    table = read_table(path, comment="#")
    gene_column, value_column = _columns(table, path)
    genes = table[gene_column].astype(str).str.strip()
    values = pd.to_numeric(table[value_column], errors="coerce").astype(float)
    _check_names(genes, path)
    _check_numbers(genes, values, table[value_column], path)
    _check_unit(values, path)
    frame = pd.DataFrame({"gene": genes, "tpm": values}).drop_duplicates()
    twice = frame["gene"][frame["gene"].duplicated()]
    if len(twice):
        raise InputError(
            "Genes are given more than once with different values",
            file=path,
            record=", ".join(sorted(set(twice))[:5]),
            found=f"{twice.nunique()} genes",
            remedy="keep one row per gene, or add up the TPM of its transcripts",
        )
    return np.log2(frame.set_index("gene")["tpm"] + 1.0).rename("log2_tpm")


def _columns(table: pd.DataFrame, path: str | Path) -> tuple[str, str]:
    by_lower = {str(column).strip().lower(): str(column) for column in table.columns}
    gene = next((by_lower[name] for name in GENE_COLUMNS if name in by_lower), None)
    value = by_lower.get("tpm")
    if gene is not None and value is not None:
        return gene, value
    found = ", ".join(map(str, table.columns[:10]))
    for word, unit in WRONG_UNITS.items():
        if value is None and any(word in name for name in by_lower):
            raise InputError(
                f"The expression is in {unit}, expected TPM",
                file=path,
                found=found,
                expected="columns gene and tpm",
                remedy="export TPM that are not log-transformed",
            )
    raise InputError(
        "The expression table lacks its gene or its TPM column",
        file=path,
        found=found,
        expected="columns gene and tpm",
        remedy="name the columns gene and tpm, tab-separated",
    )


def _check_names(genes: pd.Series, path: str | Path) -> None:
    if genes.empty:
        raise InputError("The expression table holds no genes", file=path, expected="a row per gene")
    ensembl = genes.str.fullmatch(r"ENS[A-Z]*G\d+(\.\d+)?")
    if ensembl.mean() > 0.5:
        raise InputError(
            "The expression table names genes by Ensembl id",
            file=path,
            found=genes[ensembl].iloc[0],
            expected="HGNC symbols such as BRAF",
            remedy="add a column gene with symbols",
        )


def _check_numbers(genes: pd.Series, values: pd.Series, raw: pd.Series, path: str | Path) -> None:
    bad = values.isna() | np.isinf(values)
    if bad.any():
        where = int(bad.to_numpy().argmax())
        raise InputError(
            "A TPM is not a number",
            file=path,
            record=f"gene {genes.iloc[where]}",
            found=raw.iloc[where],
            expected="TPM of 0 or more",
        )
    if (values < 0).any():
        where = int(values.to_numpy().argmin())
        raise InputError(
            "Expression is negative, expected TPM",
            file=path,
            record=f"gene {genes.iloc[where]}",
            found=values.iloc[where],
            expected="TPM of 0 or more; negative values look like logarithms or z-scores",
            remedy="export TPM that are not log-transformed",
        )


def _check_unit(values: pd.Series, path: str | Path) -> None:
    """Refuse tables that cannot be TPM: too large in sum, whole numbers only, or too small throughout."""
    enough = len(values) >= ENOUGH_GENES
    whole = bool((values == values.round()).all()) and values.max() > 0
    looks = None
    if values.sum() > TPM_TOTAL:
        looks = f"a sum of {values.sum():.4g}; read counts?"
    elif enough and whole:
        looks = "whole numbers only; read counts?"
    elif enough and values.max() < LARGEST_LOG:
        looks = f"a largest value of {values.max():.3g}; logarithms?"
    if looks:
        raise InputError(
            "The expression does not look like TPM, expected TPM",
            file=path,
            found=looks,
            expected="TPM, which add up to a million over all genes",
            remedy="export TPM that are not log-transformed",
        )
