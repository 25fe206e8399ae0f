"""Structural alerts by RDKit's own catalogues: PAINS, BRENK and NIH.

Their 765 patterns would take longer than all models together, so `smarts_screen` first tells which of them a
molecule could hold at all. The answer is that of RDKit's catalogues, four times sooner.
"""

import csv
import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from rdkit import Chem, RDConfig
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogEntry, FilterCatalogParams

from loci2lead.molecules.smarts_screen import Features, SmartsScreen, features_of

SETS = ("PAINS", "BRENK", "NIH")
PAINS_FILE = Path(RDConfig.RDDataDir) / "Pains" / "wehi_pains.csv"
PICKLED_MOLECULE = b"\xef\xbe\xad\xde"  # the first bytes of an RDKit molecule in binary
Matcher = Callable[[Chem.Mol], bool]


def alerts_of(mol: Chem.Mol, features: Features | None = None) -> str:
    """Return the alerts a molecule raises as `SET:name` joined by semicolons, sets in their order, names sorted.

    PAINS: Baell and Holloway 2010 (assay interference); BRENK: Brenk 2008 (unwanted groups); NIH: Jadhav 2010
    and Doveston 2015 (reactive or annoying groups). An alert is a reason to look, not a verdict. `features` are
    those of smarts_screen, if they are known already.
    """
    names, matchers, screen = _patterns()
    possible = screen.possible(features if features is not None else features_of(mol))
    found = {names[i] for i in possible if matchers[i](mol)}
    return ";".join(f"{SETS[place]}:{name}" for place, name in sorted(found))


def catalogue_matches(catalogue: str, mol: Chem.Mol) -> list[str]:
    """Return the sorted names of the alerts of one of RDKit's catalogues, without any shortcut."""
    return sorted({match.GetDescription() for match in _catalogue(catalogue).GetMatches(mol)})


@cache
def _patterns() -> tuple[list[tuple[int, str]], list[Matcher], SmartsScreen]:
    """Return every pattern's set and name, its matcher, and the screen of all."""
    names: list[tuple[int, str]] = []
    matchers: list[Matcher] = []
    patterns: list[Chem.Mol] = []
    for place, catalogue in enumerate(SETS):
        if catalogue == "PAINS" and PAINS_FILE.exists():  # the entries of the catalogue lack merged hydrogens
            for name, pattern in _pains():
                names.append((place, name))
                matchers.append(partial(Chem.Mol.HasSubstructMatch, query=pattern))
                patterns.append(pattern)
            continue
        entries = _catalogue(catalogue)
        for entry in (entries.GetEntryWithIdx(i) for i in range(entries.GetNumEntries())):
            names.append((place, entry.GetDescription()))
            matchers.append(entry.HasFilterMatch)
            patterns.append(_pattern_of(entry))
    return names, matchers, SmartsScreen(patterns)


def _pains() -> list[tuple[str, Chem.Mol]]:
    with PAINS_FILE.open(encoding="utf-8", newline="") as handle:
        return [
            (re.sub(r"^<regId=|>$|\"", "", identifier), Chem.MergeQueryHs(Chem.MolFromSmarts(smarts)))
            for smarts, identifier in csv.reader(handle)
        ]


def _pattern_of(entry: FilterCatalogEntry) -> Chem.Mol:
    """Return the pattern of a catalogue's entry, or an empty one, which rules nothing out.

    RDKit gives it to no one but writes it into the entry's serialised form.
    """
    content = entry.Serialize()
    at = content.find(PICKLED_MOLECULE)
    return Chem.Mol(content[at:]) if at >= 0 else Chem.Mol()


@cache
def _catalogue(name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(parameters)
