"""How alike two drugs are: structure, pathway and targets."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.rdBase import BlockLogs

from loci2lead.response.compounds import Drug

Matrix = NDArray[np.float64]
# Chosen among seven mixtures by leave-drug-out on the training tables; targets say most, structure least.
STRUCTURE, PATHWAY, TARGET = 0.5, 0.5, 1.0
OTHER_STUDY = 0.6  # a profile from another laboratory counts for less
SAYS_NOTHING = {"", "Other", "Unclassified"}
WEAK_PATHWAYS = {"Other, kinases": 0.2}
NO_TARGET = {"OTHERS", "NOT DEFINED", "CLASS 1"}
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


def target_words(text: str) -> frozenset[str]:
    """Return the targets named in a catalogue's text, in upper case: "BCL2, BCL-XL" gives BCL2 and BCLXL."""
    text = re.sub(r"\(([^)]*)\)", r",\1", text.upper().replace("BCL-", "BCL"))
    words = (w.strip() for w in re.split(r"[,;/|]", text))
    return frozenset(w for w in words if len(w) > 1 and w not in NO_TARGET)


def drug_kernel(rows: Sequence[Drug], columns: Sequence[Drug]) -> Matrix:
    """Return similarities (rows x columns), about 0 to 2; 2 for a drug with itself."""
    kernel = STRUCTURE * _structure(rows, columns) + PATHWAY * _pathway(rows, columns) + TARGET * _target(rows, columns)
    same_study = np.array([[a.study in {"", b.study} or not b.study for b in columns] for a in rows])
    return kernel * np.where(same_study.reshape(kernel.shape), 1.0, OTHER_STUDY)


def _structure(rows: Sequence[Drug], columns: Sequence[Drug]) -> Matrix:
    a, b = [_fingerprint(d.smiles) for d in rows], [_fingerprint(d.smiles) for d in columns]
    out = np.zeros((len(a), len(b)))
    present = [j for j, f in enumerate(b) if f is not None]
    for i, f in enumerate(a):
        if f is not None and present:
            out[i, present] = DataStructs.BulkTanimotoSimilarity(f, [b[j] for j in present])
    return _one_for_itself(out, rows, columns)


def _fingerprint(smiles: str) -> DataStructs.UIntSparseIntVect | None:
    with BlockLogs():
        mol = Chem.MolFromSmiles(smiles) if smiles else None
    return None if mol is None else _MORGAN.GetCountFingerprint(mol)


def _pathway(rows: Sequence[Drug], columns: Sequence[Drug]) -> Matrix:
    def alike(a: str, b: str) -> float:
        return 0.0 if a in SAYS_NOTHING or a != b else WEAK_PATHWAYS.get(a, 1.0)

    out = np.array([[alike(a.pathway, b.pathway) for b in columns] for a in rows]).reshape(len(rows), len(columns))
    return _one_for_itself(out, rows, columns)


def _target(rows: Sequence[Drug], columns: Sequence[Drug]) -> Matrix:
    a, b = [target_words(d.targets) for d in rows], [target_words(d.targets) for d in columns]
    out = np.array([[len(x & y) / np.sqrt(len(x) * len(y)) if x and y else 0.0 for y in b] for x in a])
    return _one_for_itself(out.reshape(len(a), len(b)), rows, columns)


def _one_for_itself(kernel: Matrix, rows: Sequence[Drug], columns: Sequence[Drug]) -> Matrix:
    """Set 1 where row and column are the same drug: an unknown target is at least its own."""
    for i, a in enumerate(rows):
        for j, b in enumerate(columns):
            if a.key and a.key == b.key and a.study == b.study:
                kernel[i, j] = 1.0
    return kernel
