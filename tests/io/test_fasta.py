"""Reference FASTA: cut to the contig, capitals, IUPAC as N, clear errors."""

import gzip
from pathlib import Path

import pytest

from loci2lead.errors import InputError
from loci2lead.io.fasta import Reference


def test_fetch_is_cut_to_the_contig_and_knows_only_acgtn(tmp_path: Path) -> None:
    path = tmp_path / "ref.fa"
    path.write_text(">a\nacgtRYKM\nNN-ACGT\n>b\nG\n")
    reference = Reference(path)
    assert reference.lengths == {"a": 15, "b": 1}
    assert reference.fetch("a", -5, 8) == "ACGTNNNN"
    assert reference.fetch("a", 10, 100) == "NACGT"
    assert reference.fetch("b", 0, 1) == "G"
    assert reference.fetch("b", 1, 1) == ""


@pytest.mark.parametrize("kind", ["missing", "empty", "gzip"])
def test_unusable_references_are_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("ref.fa.gz" if kind == "gzip" else "ref.fa")
    if kind == "empty":
        path.write_text("")
    if kind == "gzip":
        path.write_bytes(gzip.compress(b">a\nACGT\n"))
    with pytest.raises(InputError, match=path.name):
        Reference(path)
