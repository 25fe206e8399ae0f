"""SMILES text and .smi files."""

import gzip
from pathlib import Path

import pytest

from loci2lead.io.smiles import read_smi, split_smiles_text


@pytest.mark.parametrize(
    ("text", "smiles", "name", "codes"),
    [
        ("CCO", "CCO", "", ()),
        ("  CCO  ", "CCO", "", ()),
        ("CCO ethanol", "CCO", "ethanol", ("name_split",)),
        ("c1ccccc1\tbenzene ring", "c1ccccc1", "benzene ring", ("name_split",)),
        ("CCO |$;;OH$|", "CCO", "", ("extension_ignored",)),
        ("CCO |$;;OH$| ethanol", "CCO", "ethanol", ("extension_ignored", "name_split")),
        ("", "", "", ()),
        (" \t", "", "", ()),
    ],
)
def test_text_is_taken_apart(text: str, smiles: str, name: str, codes: tuple[str, ...]) -> None:
    split = split_smiles_text(text)
    assert (split.smiles, split.name, split.codes) == (smiles, name, codes)


@pytest.mark.parametrize("packed", [False, True])
def test_lines_become_records(tmp_path: Path, packed: bool) -> None:
    content = "SMILES name\nCCO ethanol\n\nC1CC1\r\nCC |$a$| labelled\n\n\n"
    path = tmp_path / ("x.smi.gz" if packed else "x.smi")
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    assert list(read_smi(path)) == [("CCO", "ethanol"), ("", ""), ("C1CC1", ""), ("CC |$a$|", "labelled")]


def test_a_first_line_that_is_a_structure_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "x.smi"
    path.write_text("CCO\nCC\n")
    assert [smiles for smiles, _ in read_smi(path)] == ["CCO", "CC"]


def test_bytes_that_are_no_text_stay_in_their_record(tmp_path: Path) -> None:
    path = tmp_path / "x.smi"
    path.write_bytes(b"CC\xff\xfe\nCCO\n")
    (broken, _), (fine, _) = read_smi(path)
    assert not broken.isascii()
    assert fine == "CCO"
