"""Libraries of every kind become the same rows; what cannot be one is refused with a remedy."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from loci2lead.errors import InputError
from loci2lead.io.libraries import LibraryRow, in_shards, read_library
from loci2lead.io.sdf import write_sdf

IDS = ["a", "b", "c"]
SMILES = ["CCO", "c1ccccc1", "CC(=O)O"]
TABLE = pd.DataFrame({"Compound_ID": IDS, "weight": [1, 2, 3], "SMILES": SMILES})


def written(folder: Path, kind: str) -> Path:
    path = folder / f"library{kind}"
    if kind in {".csv", ".csv.gz"}:
        TABLE.to_csv(path, index=False)
    elif kind in {".tsv", ".txt"}:
        TABLE.to_csv(path, index=False, sep="\t")
    elif kind == ".parquet":
        TABLE.to_parquet(path)
    elif kind == ".sdf":
        rows = [{"s": s, "t": t} for s, t in zip(SMILES, IDS, strict=True)]
        write_sdf(path, rows, smiles="s", title="t")
    else:
        text = "".join(f"{s} {i}\n" for s, i in zip(SMILES, IDS, strict=True)).encode()
        path.write_bytes(gzip.compress(text) if kind.endswith(".gz") else text)
    return path


@pytest.mark.parametrize("kind", [".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".sdf", ".smi", ".smi.gz", ".smiles"])
def test_every_kind_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    expected = [LibraryRow(i, name, s) for i, (name, s) in enumerate(zip(IDS, SMILES, strict=True))]
    assert list(read_library(written(tmp_path, kind))) == expected


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_columns_can_be_named(tmp_path: Path, kind: str) -> None:
    rows = list(read_library(written(tmp_path, kind), "SMILES", "weight"))
    assert [row.id for row in rows] == ["1", "2", "3"]


def test_rows_without_identifier_are_numbered_and_words_for_missing_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('smiles\nCCO\nnan\n""\nNone\n')
    assert [(row.id, row.smiles) for row in read_library(path)] == [
        ("row-0", "CCO"),
        ("row-1", "nan"),
        ("row-2", ""),
        ("row-3", "None"),
    ]


def test_short_and_long_records_keep_their_place(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,smiles\na\nb,CC,extra\nc,CCC\n")
    assert [(row.id, row.smiles) for row in read_library(path)] == [("a", ""), ("b", "CC"), ("c", "CCC")]


@pytest.mark.parametrize(
    ("name", "content", "options", "words"),
    [
        ("x.csv", b"", {}, "empty"),
        ("x.csv", b"id,smiles\n", {}, "empty"),
        ("x.smi", b"\n\n", {}, "empty"),
        ("x.csv", b"id,formula\na,CH4\n", {}, "id, formula"),
        ("x.csv", b"id,smiles\na,C\n", {"smiles_column": "structure"}, "--smiles-column"),
        ("x.csv", b"id,smiles\na,C\n", {"id_column": "key"}, "--id-column"),
        ("x.xlsx", b"PK", {}, "Unknown kind of library"),
        ("x", b"C", {}, "no suffix"),
        ("x.parquet", b"not parquet", {}, "cannot be read"),
        ("x.smi.gz", b"not gzip", {}, "cannot be read"),
    ],
)
def test_what_is_no_library_is_refused(
    tmp_path: Path, name: str, content: bytes, options: dict[str, str], words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        list(read_library(path, **options))


def test_a_missing_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        list(read_library(tmp_path / "none.smi"))


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_shards_hold_every_row_once(size: int) -> None:
    rows = [LibraryRow(i, str(i), "C") for i in range(5)]
    shards = list(in_shards(iter(rows), size))
    assert [row for shard in shards for row in shard] == rows
    assert all(len(shard) == size for shard in shards[:-1])
