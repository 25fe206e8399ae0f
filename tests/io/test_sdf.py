"""SD files, read and written."""

import gzip
from pathlib import Path

import pytest

from loci2lead.io.sdf import read_sdf, write_sdf

ROWS = [
    {"name": "ethanol", "structure": "CCO", "score": 0.25, "empty": None},
    {"name": "nonsense", "structure": "C1CC", "score": 0.5, "empty": None},
    {"name": "pyridine", "structure": "c1ccncc1", "score": 0.75, "empty": None},
]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "x.sdf"
    assert write_sdf(path, ROWS, smiles="structure", title="name") == 2
    records = list(read_sdf(path))
    assert [(r.title, r.smiles, dict(r.fields)) for r in records] == [
        ("ethanol", "CCO", {"score": "0.25"}),
        ("pyridine", "c1ccncc1", {"score": "0.75"}),
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_a_broken_record_keeps_its_place(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "x.sdf"
    write_sdf(path, [ROWS[0], ROWS[2]], smiles="structure", title="name")
    good, other = path.read_text().split("$$$$\n")[:2]
    broken = good.replace(" O ", " Qq", 1)
    content = f"{good}$$$$\n{broken}$$$$\n{other}$$$$\n"
    if packed:
        path = tmp_path / "x.sdf.gz"
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content)
    assert [(r.title, bool(r.smiles)) for r in read_sdf(path)] == [("ethanol", True), ("", False), ("pyridine", True)]
