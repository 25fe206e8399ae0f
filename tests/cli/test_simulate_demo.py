"""simulate-demo: the files that the demo's workflow expects, small, simulated, the same for the same seed."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pysam
import pytest

from loci2lead.variants import demo_inputs

SAMPLES = ("germline-1", "germline-2", "tumour-1")
FILES = {
    *("genome.fa", "genome.fa.fai", "genes.gff3", "targets.bed"),
    *("tumour-1.expression.tsv", "tumour-1.copy_number.tsv"),
    *(f"{s}.{end}" for s in SAMPLES for end in ("bam", "bam.bai", "truth.vcf.gz", "truth.vcf.gz.tbi")),
}


def test_what_is_written(
    tmp_path: Path, run_cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_inputs, "DEPTHS", dict.fromkeys(SAMPLES, 2))
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        code, _, error = run_cli("simulate-demo", "--output", tmp_path / folder, "--seed", seed)
        assert code == 0, error
    assert {p.name for p in (tmp_path / "a").iterdir()} == FILES
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert (tmp_path / "a/genome.fa").read_bytes() != (tmp_path / "c/genome.fa").read_bytes()
    _is_consistent(tmp_path / "a")


def _is_consistent(folder: Path) -> None:
    with pysam.FastaFile(str(folder / "genome.fa")) as fasta:
        assert all(name.startswith("demo") for name in fasta.references) and sum(fasta.lengths) < 300_000
        lengths = dict(zip(fasta.references, fasta.lengths, strict=True))
    for sample in SAMPLES:
        with pysam.AlignmentFile(str(folder / f"{sample}.bam")) as bam:
            assert dict(zip(bam.references, bam.lengths, strict=True)) == lengths
            assert bam.header.to_dict()["RG"][0]["SM"] == sample
        with pysam.VariantFile(str(folder / f"{sample}.truth.vcf.gz")) as truth:
            assert list(truth.header.samples) == [sample] and sum(1 for _ in truth) > 30
    expression = pd.read_csv(folder / "tumour-1.expression.tsv", sep="\t")
    copies = pd.read_csv(folder / "tumour-1.copy_number.tsv", sep="\t")
    assert list(expression.columns) == ["gene", "tpm"] and list(copies.columns) == ["gene", "copies"]
    assert {"BRAF", "TP53", "KRAS"} <= set(expression["gene"]) and (copies["copies"] >= 0).all()
    for name in ("genome.fa", "genes.gff3"):
        assert "simulated" in (folder / name).read_text()[:200]
