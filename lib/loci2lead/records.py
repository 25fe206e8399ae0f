"""Records and columns that cross stages: the contract of every table, with units and meaning.

Columns may be added, never renamed or dropped. Unknown is null, never 0.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column: its name, pandas dtype, unit ("" where it has none) and meaning in a sentence."""

    name: str
    dtype: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Rejection:
    """A record of the input that could not be used.

    `row` is the 0-based data row (or record number) of the input, `code` a short word from a closed list,
    `reason` a sentence for people.
    """

    row: int
    id: str
    code: str
    reason: str


REJECTED_COLUMNS = ("row", "id", "code", "reason")

PROFILE_COLUMNS = (
    Column("sample", "string", "", "pseudonym of the sample"),
    Column("oncotree", "string", "", "OncoTree code of the tumour"),
    Column("gene", "string", "", "HGNC symbol"),
    Column(
        "mutation_state",
        "string",
        "",
        "none, hotspot, truncating, missense, inframe or other; null where the gene was not covered",
    ),
    Column("copies_relative", "Float64", "1 = diploid", "copy number relative to diploid; null if not measured"),
    Column("log2_tpm", "Float64", "log2(TPM + 1)", "expression; null if not measured"),
    Column("covered", "boolean", "", "whether the assay could see a mutation here; null if unknown"),
)

RESPONSE_COLUMNS = (
    Column("sample", "string", "", "pseudonym of the sample"),
    Column("drug", "string", "", "name of the drug"),
    Column("drug_key", "string", "", "full InChIKey, or NAME-<name> for a drug without a structure"),
    Column("ln_ic50", "Float64", "ln(µM)", "predicted ln(IC50); null where nothing may be said"),
    Column("lower_90", "Float64", "ln(µM)", "lower end of the 90 % conformal interval"),
    Column("upper_90", "Float64", "ln(µM)", "upper end of the 90 % conformal interval"),
    Column("percentile_in_tissue", "Float64", "0..100", "share of training lines of the tissue that respond less"),
    Column("percentile_overall", "Float64", "0..100", "share of all training lines that respond less"),
    Column("delta_from_tissue_mean", "Float64", "ln(µM)", "prediction minus the tissue's mean for the drug"),
    Column("drug_reliability", "Float64", "correlation", "strict per-drug correlation on unseen cell lines"),
    Column("in_domain", "boolean", "", "whether the sample resembles the training lines"),
    Column("modalities", "string", "", "what the prediction could use: mutation, copy_number, expression, tissue"),
    Column("top_genes", "string", "", "largest contributions, as GENE:+0.42 joined by semicolons (ln µM)"),
    Column("note", "string", "", "why the number is to be left out, in words; empty where it may be shown"),
)

SCREEN_COLUMNS = (
    Column("id", "string", "", "the library's identifier, or row-<n>"),
    Column("smiles", "string", "", "structure as given"),
    Column("canonical_smiles", "string", "", "structure that was scored, after standardising"),
    Column("inchikey", "string", "", "full InChIKey of the scored structure"),
    Column("status", "string", "", "accepted, flagged or rejected"),
    Column("codes", "string", "", "reason codes joined by semicolons"),
)


def names(columns: tuple[Column, ...]) -> list[str]:
    """Return the names of a table's columns in order."""
    return [column.name for column in columns]
