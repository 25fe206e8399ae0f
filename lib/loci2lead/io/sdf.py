"""SD files: structures with their data fields, read one by one; a broken record never stops the file."""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.rdBase import BlockLogs

from loci2lead.io.atomic import atomic_path


@dataclass(frozen=True)
class SdfRecord:
    """One record: SMILES ("" where RDKit cannot read the structure), title line and data fields as text."""

    smiles: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)


def read_sdf(path: Path) -> Iterator[SdfRecord]:
    """Yield every record of a .sdf or .sdf.gz file in order, the unreadable ones with an empty SMILES.

    RDKit's messages are kept quiet: they may spell out a structure.
    """
    with _open(path) as handle, BlockLogs():
        for mol in Chem.ForwardSDMolSupplier(handle):
            if mol is None:
                yield SdfRecord("", "")
                continue
            title = mol.GetProp("_Name").strip() if mol.HasProp("_Name") else ""
            fields = {name: str(mol.GetProp(name)) for name in mol.GetPropNames()}
            yield SdfRecord(Chem.MolToSmiles(mol), title, fields)


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def write_sdf(path: str | Path, rows: Iterable[Mapping[str, Any]], *, smiles: str, title: str) -> int:
    """Write rows as an SD file with 2D coordinates, whole or not at all; return the number written.

    `smiles` and `title` name the keys of the structure and of the title line; every other value that is not
    None becomes a data field. Rows whose structure does not parse are left out (they have no drawing).
    """
    written = 0
    with atomic_path(path) as temporary, BlockLogs(), temporary.open("w", encoding="utf-8", newline="\n") as handle:
        writer = Chem.SDWriter(handle)
        for row in rows:
            mol = Chem.MolFromSmiles(str(row[smiles]))
            if mol is None:
                continue
            rdDepictor.Compute2DCoords(mol)
            mol.SetProp("_Name", str(row[title]))
            for key, value in row.items():
                if value is not None and key not in {smiles, title}:
                    mol.SetProp(key, str(value))
            writer.write(mol)
            written += 1
        writer.close()
    return written
