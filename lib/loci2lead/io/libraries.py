"""Compound libraries of any usual kind as one stream of rows: .smi, .csv, .tsv, .sdf, .parquet, gzipped or not."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from loci2lead.errors import InputError
from loci2lead.io.smiles import open_text, read_smi

SMILES_NAMES = ("smiles", "canonical_smiles", "smi", "structure", "molecule", "drug")
ID_NAMES = ("id", "compound_id", "molecule_id", "mol_id", "molecule_chembl_id", "drug_id", "name", "title")
SUFFIXES = (".smi", ".smiles", ".csv", ".tsv", ".txt", ".sdf", ".parquet")
csv.field_size_limit(1 << 24)


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """One input row: 0-based number, identifier (row-<n> where the library has none), structure as given."""

    row: int
    id: str
    smiles: str


def read_library(path: Path, smiles_column: str | None = None, id_column: str | None = None) -> Iterator[LibraryRow]:
    """Yield the rows of a library in order, in bounded memory.

    A column that is not named is found by its usual names, whatever their case. Raises InputError for a
    missing file, an unknown suffix, a missing column, an unreadable or an empty library.
    """
    if not path.is_file():
        raise InputError("Library not found", file=path, remedy="check the path")
    records = _records(path, smiles_column, id_column)
    empty = True
    try:
        for row, (smiles, name) in enumerate(records):
            empty = False
            yield LibraryRow(row, name.strip() or f"row-{row}", smiles)
    except (OSError, EOFError, csv.Error, UnicodeError) as error:
        raise InputError("The library cannot be read", file=path, found=error) from error
    if empty:
        raise InputError("The library is empty", file=path, found="no rows", expected="at least one structure")


def in_shards(rows: Iterator[LibraryRow], size: int) -> Iterator[list[LibraryRow]]:
    """Yield lists of `size` consecutive rows; the last may be shorter."""
    while shard := list(islice(rows, size)):
        yield shard


def _records(path: Path, smiles_column: str | None, id_column: str | None) -> Iterator[tuple[str, str]]:
    suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in SUFFIXES:
        raise InputError(
            "Unknown kind of library",
            file=path,
            found=suffix or "no suffix",
            expected=", ".join(SUFFIXES) + " (text forms also with .gz)",
        )
    if suffix in {".smi", ".smiles"}:
        return read_smi(path)
    if suffix == ".sdf":
        return _read_sdf(path, id_column)
    if suffix == ".parquet":
        return _read_parquet(path, smiles_column, id_column)
    return _read_text(path, "," if suffix == ".csv" else "\t", smiles_column, id_column)


def _read_text(
    path: Path, separator: str, smiles_column: str | None, id_column: str | None
) -> Iterator[tuple[str, str]]:
    with open_text(path) as handle:
        reader = csv.reader((line.replace("\0", "") for line in handle), delimiter=separator)
        header = next(reader, None)
        if header is None:
            return
        smiles_at, id_at = _places(path, [h.strip() for h in header], smiles_column, id_column)
        for cells in reader:
            if not cells and len(header) > 1:
                continue  # a blank line is no record where a record needs a separator
            yield _cell(cells, smiles_at), _cell(cells, id_at)


def _read_parquet(path: Path, smiles_column: str | None, id_column: str | None) -> Iterator[tuple[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise InputError("The library cannot be read", file=path, found=error) from error
    with file:
        header = file.schema_arrow.names
        smiles_at, id_at = _places(path, header, smiles_column, id_column)
        wanted = [header[smiles_at], *([header[id_at]] if id_at is not None else [])]
        for batch in file.iter_batches(batch_size=4096, columns=list(dict.fromkeys(wanted))):
            columns = [batch.column(name).to_pylist() for name in wanted]
            for values in zip(*columns, strict=True):
                smiles, name = values[0], values[1] if len(values) > 1 else None
                yield "" if smiles is None else str(smiles), "" if name is None else str(name)


def _read_sdf(path: Path, id_column: str | None) -> Iterator[tuple[str, str]]:
    from loci2lead.io.sdf import read_sdf

    for record in read_sdf(path):
        if id_column is None:
            yield record.smiles, record.title or record.fields.get("id", "")
        elif id_column in record.fields or not record.smiles:
            yield record.smiles, record.fields.get(id_column, "")
        else:
            raise _missing_column(path, id_column, list(record.fields), "--id-column")


def _places(
    path: Path, header: Sequence[str], smiles_column: str | None, id_column: str | None
) -> tuple[int, int | None]:
    smiles_at = _place(path, header, smiles_column, SMILES_NAMES, "--smiles-column")
    if smiles_at is None:
        raise _missing_column(path, "smiles", header, "--smiles-column")
    return smiles_at, _place(path, header, id_column, ID_NAMES, "--id-column")


def _place(path: Path, header: Sequence[str], asked: str | None, usual: Sequence[str], flag: str) -> int | None:
    if asked is not None:
        if asked not in header:
            raise _missing_column(path, asked, header, flag)
        return list(header).index(asked)
    lower = [name.lower() for name in header]
    return next((lower.index(name) for name in usual if name in lower), None)


def _missing_column(path: Path, name: str, header: Sequence[str], flag: str) -> InputError:
    return InputError(
        "A column is missing",
        file=path,
        record=name,
        found=", ".join(header[:30]) or "no columns",
        remedy=f"name one of these columns with {flag}",
    )


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""
