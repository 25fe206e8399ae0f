"""Drawings of molecules as deterministic SVG."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from loci2lead.report.figures import Figure, from_svg

KNOWN_SETS = frozenset(FilterCatalogParams.FilterCatalogs.names)
ALERT_COLOUR = (1.0, 0.85, 0.5)  # light Okabe-Ito orange; letters stay readable on it


def structure(
    name: str, smiles: str, label: str, width: int = 260, height: int = 190, alerts: Sequence[str] = ()
) -> Figure:
    """Return the 2D structure of a SMILES; `label` names the molecule in the alt text.

    Same orientation for the same molecule (canonical), letters as paths, transparent ground. The atoms of
    structural alerts (`SET:name`, as screen-library writes them) are marked in orange.
    """
    marked = sorted(alert_atoms(Chem.MolFromSmiles(smiles), alerts))
    words = f"SMILES {smiles}" + (f"; orange: {len(marked)} atoms of structural alerts" if marked else "")
    colours = dict.fromkeys(marked, ALERT_COLOUR)
    return draw(name, smiles, f"Structure of {label}", words, colours, width, height)


def draw(
    name: str,
    smiles: str,
    title: str,
    description: str,
    colours: Mapping[int, tuple[float, float, float]],
    width: int,
    height: int,
) -> Figure:
    """Return the 2D structure of a SMILES with some atoms on coloured ground."""
    molecule = Chem.MolFromSmiles(smiles)
    rdDepictor.Compute2DCoords(molecule, canonOrient=True)
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.clearBackground = False
    options.padding = 0.06
    options.fixedBondLength = 28
    options.bondLineWidth = 1
    bonds = {
        bond.GetIdx(): colours[bond.GetBeginAtomIdx()]
        for bond in molecule.GetBonds()
        if colours.get(bond.GetBeginAtomIdx(), 0) == colours.get(bond.GetEndAtomIdx(), 1)
    }
    rdMolDraw2D.PrepareAndDrawMolecule(
        drawer, molecule, highlightAtoms=sorted(colours), highlightAtomColors=dict(colours),
        highlightBonds=sorted(bonds), highlightBondColors=bonds,
    )  # fmt: skip
    drawer.FinishDrawing()
    return from_svg(name, _lean(drawer.GetDrawingText()), title=title, description=description)


def alert_atoms(molecule: Chem.Mol, alerts: Sequence[str]) -> set[int]:
    """Return the atoms of the alerts named `SET:name`, SET being a catalogue of RDKit's (PAINS, BRENK, NIH, ...)."""
    wanted: dict[str, set[str]] = {}
    for alert in alerts:
        set_name, _, name = alert.partition(":")
        wanted.setdefault(set_name, set()).add(name)
    atoms: set[int] = set()
    for set_name, names in wanted.items():
        for entry in _catalogue(set_name).GetMatches(molecule) if set_name in KNOWN_SETS else []:
            if entry.GetDescription() in names:
                atoms |= {pair[1] for match in entry.GetFilterMatches(molecule) for pair in match.atomPairs}
    return atoms


@cache
def _catalogue(set_name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, set_name))
    return FilterCatalog(parameters)


def _lean(svg: str) -> str:
    """Return the SVG with what only makes it larger gone: class names, defaults, decimals, one path per bond half."""
    svg = re.sub(r" class='[^']*'", "", svg)
    svg = re.sub(r"(\d+\.\d)\d+", r"\1", svg)
    for default in ("fill-rule:evenodd;", "stroke-linecap:butt;", "stroke-linejoin:miter;", ";stroke-opacity:1"):
        svg = svg.replace(default, "")
    svg = re.sub(r"xmlns:rdkit='[^']*'|xml:space='preserve'|baseProfile='full'", "", svg)
    return _joined_paths(svg)


def _joined_paths(svg: str) -> str:
    """Return the SVG with neighbouring paths of one style as one path."""
    pair = re.compile(r"<path d='([^']*)' style='(fill:none;[^']*)' ?/>\s*<path d='([^']*)' style='\2' ?/>")
    while (joined := pair.sub(r"<path d='\1 \3' style='\2'/>", svg)) != svg:
        svg = joined
    return svg
