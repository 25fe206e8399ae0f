"""A small drawn scores table in the shape of screen-library's, for tests of ranking and of the screen report."""

from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem

from loci2lead import provenance
from loci2lead.io.tables import write_parquet, write_rejected
from loci2lead.records import Rejection

SMILES = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(=O)Nc1ccc(O)cc1",
    "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "O=C(O)c1ccccc1O",
    "CCN(CC)CCNC(=O)c1ccc(N)cc1",
    "Clc1ccccc1C1=NCc2nncn2-c2ccccc21",
    "CCCCCC",
    "C[C@H](N)C(=O)O",
    "O=[N+]([O-])c1ccccc1",
    "c1ccc2ccccc2c1",
    "CC(=O)Nc1ccc(OC)cc1",
)
CLASSES = ("NR-AR", "SR-p53", "herg", "CT_TOX")


def drawn_scores(seed: int = 1) -> pd.DataFrame:
    """Return 14 rows: 10 accepted, 2 flagged (one out of domain), 1 duplicate of the first, 1 rejected."""
    rng = np.random.default_rng(seed)
    rows = [_row(f"mol-{i}", smiles, rng) for i, smiles in enumerate(SMILES)]
    rows[9] |= {"status": "flagged", "codes": "unusual_element", "in_domain": False}
    rows[10] |= {"status": "flagged", "codes": "parent_fragment;metal"}
    rows.append(rows[0] | {"id": "again", "codes": "duplicate_of:mol-0"})
    rows.append({"id": "bad", "smiles": "C1CC", "status": "rejected", "codes": "invalid_smiles"})
    return pd.DataFrame(rows).convert_dtypes()


def _row(name: str, smiles: str, rng: np.random.Generator) -> dict[str, object]:
    mol = Chem.MolFromSmiles(smiles)
    row = {
        "id": name,
        "smiles": smiles,
        "canonical_smiles": Chem.MolToSmiles(mol),
        "inchikey": Chem.MolToInchiKey(mol),
        "status": "accepted",
        "codes": "",
    }
    for endpoint in CLASSES:
        row[endpoint] = round(rng.beta(1, 3), 4)
        row[f"{endpoint}_std"] = round(rng.uniform(0, 0.1), 4)
        row[f"{endpoint}_set"] = ("0", "1", "0|1")[rng.integers(3)]
        row[f"{endpoint}_pct_approved"] = round(rng.uniform(0, 100), 1)
    low = round(rng.normal(2.0, 0.3), 4)
    row |= {"ld50_zhu": low + 0.5, "ld50_zhu_std": 0.2, "ld50_zhu_low": low, "ld50_zhu_high": low + 1.0}
    row |= {"in_domain": True, "nearest_training": round(rng.uniform(0.3, 1), 4)}
    row |= {"alerts": "BRENK:nitro_group;NIH:nitro" if "N+" in smiles else "", "mw": 80.0 + 10 * len(smiles)}
    row |= {"logp": round(rng.normal(2, 1), 3), "tpsa": 50.0, "hbd": 1.0, "hba": 3.0, "rotatable": 3.0}
    return row | {"qed": round(rng.uniform(0.3, 0.9), 3), "sa_score": round(rng.uniform(1, 4), 3)}


def write_scores(folder: Path, table: pd.DataFrame) -> Path:
    """Write the table and its rejected rows as screen-library does; return the path of scores.parquet."""
    path = folder / "scores.parquet"
    write_parquet(path, table, provenance.describe("screen-library", results_version=1, inputs={}))
    bad = table[table["status"] == "rejected"]
    reason = "the structure is not valid SMILES"
    write_rejected(path, [Rejection(int(i), name, "invalid_smiles", reason) for i, name in bad["id"].items()])
    return path
