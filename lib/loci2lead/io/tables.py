"""Tables that carry their provenance: Parquet, CSV and TSV (gzipped or not)."""

import gzip
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path
from loci2lead.io.xlsx import read_xlsx
from loci2lead.provenance import PROVENANCE_KEY, to_json
from loci2lead.records import REJECTED_COLUMNS, Rejection

TEXT_TABLES = frozenset({".csv", ".tsv", ".txt", ".cns", ".seg"})
"""Tables as text: comma separated in .csv, by tabs in the others (.cns and .seg are copy-number segments)."""


def read_table(path: str | Path, *, columns: Iterable[str] = (), **options: Any) -> pd.DataFrame:
    """Read a table by its suffix and check that `columns` are there.

    Accepts .parquet, .csv, .tsv and .txt (tab separated), the text forms also with .gz, and the first sheet of
    .xlsx (every cell as text). `options` go to pandas' text reader. Raises InputError for a missing, unreadable
    or incomplete file.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("File not found", file=path, remedy="check the path")
    suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    try:
        if suffix == ".parquet":
            table = pq.read_table(path).to_pandas()
        elif suffix in TEXT_TABLES:
            options.setdefault("sep", "," if suffix == ".csv" else "\t")
            table = pd.read_csv(path, **options)
        elif suffix == ".xlsx":
            table = read_xlsx(path)
        else:
            raise InputError(
                "Unknown kind of table",
                file=path,
                found=suffix or "no suffix",
                expected=".parquet, .csv, .tsv, .xlsx",
            )
    except (
        pa.ArrowInvalid,
        pd.errors.ParserError,
        pd.errors.EmptyDataError,
        UnicodeDecodeError,
        OSError,
    ) as error:
        raise InputError("The table cannot be read", file=path, found=error) from error
    require_columns(table, columns, path)
    return table


def require_columns(table: pd.DataFrame, columns: Iterable[str], file: str | Path) -> None:
    """Raise InputError naming the columns of `columns` that `table` lacks."""
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise InputError(
            "Columns are missing",
            file=file,
            record=", ".join(missing),
            found=", ".join(map(str, table.columns[:30])),
            remedy="add or rename the columns",
        )


def write_parquet(path: str | Path, table: pd.DataFrame, provenance: Mapping[str, Any]) -> None:
    """Write a Parquet file whose schema metadata holds `provenance`, whole or not at all."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    metadata = dict(arrow.schema.metadata or {})
    metadata[PROVENANCE_KEY.encode()] = to_json(provenance).encode()
    with atomic_path(path) as temporary:
        pq.write_table(arrow.replace_schema_metadata(metadata), temporary, compression="zstd")


def read_provenance(path: str | Path) -> dict[str, Any]:
    """Return the provenance of a Parquet file, or an empty dict where it carries none."""
    metadata = pq.read_schema(path).metadata or {}
    return json.loads(metadata.get(PROVENANCE_KEY.encode(), b"{}"))


def write_text_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write .csv or .tsv (by suffix, also .gz), unknown as an empty cell, the same bytes for the same table."""
    path = Path(path)
    separator = "," if ".csv" in path.suffixes else "\t"
    text = table.to_csv(index=False, sep=separator, lineterminator="\n").encode()
    if path.suffix == ".gz":
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as handle:
            handle.write(text)
        text = buffer.getvalue()
    with atomic_path(path) as temporary:
        temporary.write_bytes(text)


def rejected_path(output: str | Path) -> Path:
    """Return `<output stem>.rejected.tsv` beside `output` (scores.parquet, x.vcf.gz → scores, x)."""
    output = Path(output)
    stem = output.name
    for suffix in reversed(output.suffixes):
        if suffix.lower() in {".gz", ".parquet", ".vcf", ".csv", ".tsv", ".sdf", ".smi", ".json"}:
            stem = stem.removesuffix(suffix)
    return output.with_name(f"{stem}.rejected.tsv")


def write_rejected(output: str | Path, rejections: Iterable[Rejection]) -> None:
    """Write the records that `output` could not hold; the file is written even when there are none."""
    table = pd.DataFrame([r.__dict__ for r in rejections], columns=list(REJECTED_COLUMNS))
    write_text_table(rejected_path(output), table)
