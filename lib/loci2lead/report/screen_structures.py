"""Drawings of molecules as deterministic SVG."""

import re
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from loci2lead.report.figures import Figure, from_svg


def structure(name: str, smiles: str, label: str, width: int = 260, height: int = 190) -> Figure:
    """Return the 2D structure of a SMILES; `label` names the molecule in the alt text.

    Same orientation for the same molecule (canonical), letters as paths, transparent ground.
    """
    molecule = Chem.MolFromSmiles(smiles)
    rdDepictor.Compute2DCoords(molecule, canonOrient=True)
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.clearBackground = False
    options.padding = 0.06
    options.fixedBondLength = 28
    options.bondLineWidth = 1
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
    drawer.FinishDrawing()
    return from_svg(name, _lean(drawer.GetDrawingText()), title=f"Structure of {label}", description=f"SMILES {smiles}")


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
