"""Tumour types as words: tissue, and the finer types that cell-line catalogues know.

A sample is described by a set of words such as tissue:lung and tcga:LUAD. Words that the training lines do
not have are ignored.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table

TABLES = Path(str(files("loci2lead") / "resources" / "tables"))
LINE_COLUMNS = {
    "tissue": "tissue",
    "ccle_type": "ccle",
    "histology": "histology",
    "gdsc_tissue": "gdsc",
    "gdsc_tcga": "tcga",
}


def words_of_line(row: Mapping[str, object]) -> frozenset[str]:
    """Return the words of one row of a lines table (columns as in `LINE_COLUMNS`; empty cells give none)."""
    return frozenset(
        f"{prefix}:{row[column]}"
        for column, prefix in LINE_COLUMNS.items()
        if isinstance(row.get(column), str) and row[column] not in {"", "UNCLASSIFIED", "other"}
    )


@cache
def _tissues() -> pd.DataFrame:
    return read_table(TABLES / "oncotree_tissue.tsv", columns=("oncotree", "tissue"), dtype=str, comment="#").fillna("")


@cache
def _fine_words() -> dict[str, frozenset[str]]:
    table = read_table(TABLES / "oncotree_subtypes.tsv", columns=("oncotree", "words"), dtype=str, comment="#")
    return {code: frozenset(words.split()) for code, words in zip(table["oncotree"], table["words"], strict=True)}


def tissue_of(oncotree: str) -> str:
    """Return the tissue of an OncoTree code, "" where it has none. Raises InputError for an unknown code."""
    table = _tissues()
    hit = table[table["oncotree"].str.upper() == oncotree.upper()]
    if hit.empty:
        raise InputError(
            "Unknown OncoTree code", found=oncotree, remedy="use a code of oncotree.mskcc.org, such as LUAD"
        )
    return str(hit["tissue"].iloc[0])


def words_of_code(oncotree: str) -> frozenset[str]:
    """Return the words of an OncoTree code: its tissue, and finer types where the lines have them."""
    tissue = tissue_of(oncotree)
    return _fine_words().get(oncotree.upper(), frozenset()) | ({f"tissue:{tissue}"} if tissue else frozenset())
