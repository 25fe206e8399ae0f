"""Structural alerts by RDKit's own catalogues: PAINS, BRENK and NIH."""

from functools import cache

from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

CATALOGUES = ("PAINS", "BRENK", "NIH")


def alerts_of(mol: Chem.Mol) -> str:
    """Return the alerts a molecule raises as `SET:name` joined by semicolons, sets in their order, names sorted.

    PAINS: Baell and Holloway 2010 (assay interference); BRENK: Brenk 2008 (unwanted groups); NIH: Jadhav 2010
    and Doveston 2015 (reactive or annoying groups). An alert is a reason to look, not a verdict.
    """
    found = []
    for name, catalogue in _catalogues():
        found += sorted({f"{name}:{match.GetDescription()}" for match in catalogue.GetMatches(mol)})
    return ";".join(found)


@cache
def _catalogues() -> list[tuple[str, FilterCatalog]]:
    catalogues = []
    for name in CATALOGUES:
        parameters = FilterCatalogParams()
        parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
        catalogues.append((name, FilterCatalog(parameters)))
    return catalogues
