"""A small drawn study: lines whose response follows one mutated gene, one expressed gene and the tissue."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.response.genes import DRIVERS

GENES = [*DRIVERS[:24], "AKT3", "PAX3", "ETV4", "ETV5", "CDH10", "CDH11"]
TISSUES = ("lung", "blood", "breast", "skin")
CODES = {"lung": "LUAD", "blood": "SCLC", "breast": "BRCA", "skin": "SKCM"}
SMILES = {
    "Drugone": "CCO", "Drugtwo": "CCN", "Drugthree": "CCC(=O)O", "Cetuximab": "C=C1N(CCCCCC(=O)O)c2ccccc2C1(C)C",
    "Tamoxifen": "CCC(=C(c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1", "Drugsix": "c1ccccc1O", "Drugseven": "CCOC(=O)C",
}  # fmt: skip


@dataclass(frozen=True)
class Study:
    """Folder of features and the path of its response table."""

    folder: Path
    responses: Path
    lines: list[str]


def draw_study(folder: Path, lines: int = 96, seed: int = 5) -> Study:
    """Write a features folder, lines.csv.gz, drugs.csv.gz and a response table."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    names = [f"L{i:03d}" for i in range(lines)]
    index = pd.Index(names, name="line")
    tissue = np.array([TISSUES[i % len(TISSUES)] for i in range(lines)])
    expr = rng.standard_normal((lines, len(GENES)))
    hot = (rng.random((lines, len(GENES))) < 0.2).astype("int8")
    copies = np.exp2(rng.normal(0, 0.3, (lines, len(GENES)))).clip(0.63, 3.29)
    _wide(folder / "expr_census706.parquet", expr.astype("float32"), index)
    _wide(folder / "cn_census706.parquet", copies.astype("float32"), index)
    _wide(folder / "mut_census706.parquet", hot, index)
    _wide(folder / "hotspot_mut2369.parquet", hot, index)
    meta = pd.DataFrame({"line": names, "tissue": tissue, "ccle_type": tissue, "msi": 0.0})
    meta.to_csv(folder / "lines.csv.gz", index=False)
    drugs = pd.DataFrame(
        {
            "study": "GDSC2",
            "study_drug": list(SMILES),
            "name": list(SMILES),
            "targets": ["BRAF", "BRAF", "EGFR", "EGFR", "ESR1", "", "EGFR"],
            "pathway": ["ERK MAPK signaling"] * 2
            + ["EGFR signaling"] * 2
            + ["Hormone-related", "Other", "EGFR signaling"],
            "smiles": list(SMILES.values()),
            "drug": [f"KEY{j}" for j in range(len(SMILES))],
        }
    )
    drugs.to_csv(folder / "drugs.csv.gz", index=False)
    braf, akt3 = GENES.index("BRAF"), GENES.index("AKT3")
    rows = []
    for j, name in enumerate(SMILES):
        level = 1.0 + 0.2 * j
        effect = -2.0 * hot[:, braf] * (j < 2) + 0.8 * expr[:, akt3] * (j % 2) + 0.5 * (tissue == "blood")
        y = level + effect + 0.3 * rng.standard_normal(lines)
        rows += [(line, name, f"KEY{j}", value) for line, value in zip(names, y, strict=True) if rng.random() < 0.95]
    table = pd.DataFrame(rows, columns=["line", "drug_id", "drug", "ln_ic50"])
    table.to_parquet(folder / "response_gdsc2.parquet", index=False)
    return Study(folder, folder / "response_gdsc2.parquet", names)


def _wide(path: Path, values: np.ndarray, index: pd.Index) -> None:
    pd.DataFrame(values, index=index, columns=GENES).to_parquet(path)


def draw_profile(path: Path, sample: str = "T1", oncotree: str = "LUAD", **changes: object) -> Path:
    """Write a tumour's profile over `GENES`; `changes` replace whole columns."""
    table = pd.DataFrame(
        {
            "sample": sample,
            "oncotree": oncotree,
            "gene": GENES,
            "mutation_state": "none",
            "copies_relative": 1.0,
            "log2_tpm": None,
            "covered": True,
        }
    )
    table.loc[table["gene"] == "BRAF", "mutation_state"] = "hotspot"
    for column, value in changes.items():
        table[column] = value
    table.astype({"log2_tpm": "Float64", "copies_relative": "Float64", "covered": "boolean"}).to_parquet(
        path, index=False
    )
    return path
