"""Signatures: contexts, mixtures drawn from known shares, and honest refusals."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from loci2lead.cli import main
from loci2lead.errors import InputError
from loci2lead.seeds import generator
from loci2lead.variants.signatures import CONTEXTS, context_of, fit_signatures, read_signatures

NAMES = [f"S{i}" for i in range(1, 13)]


def drawn_matrix() -> np.ndarray:
    """Return twelve spiky signatures, each drawn."""
    draws = generator(5, "matrix").gamma(0.15, size=(96, 12)) + 1e-6
    return draws / draws.sum(axis=0)


CASES = [
    ("ACA", "A", "A[C>A]A"),
    ("TGT", "T", "A[C>A]A"),  # the other strand of the same change
    ("CTG", "C", "C[T>C]G"),
    ("CAG", "G", "C[T>C]G"),
    ("ANA", "A", None),
    ("CG", "A", None),
]


@pytest.mark.parametrize(("bases", "alt", "expected"), CASES)
def test_contexts_are_told_from_the_pyrimidine(bases: str, alt: str, expected: str | None) -> None:
    assert context_of(bases, alt) == expected


def test_there_are_96_contexts() -> None:
    assert len(set(CONTEXTS)) == 96


@pytest.mark.parametrize("seed", range(5))
def test_known_mixtures_are_found_with_their_shares_inside_the_interval(seed: int) -> None:
    matrix = drawn_matrix()
    truth = {0: 0.6, 4: 0.3, 7: 0.1}
    probabilities = sum(share * matrix[:, i] for i, share in truth.items())
    counts = generator(seed, "draw").multinomial(2000, probabilities)
    fit = fit_signatures(dict(zip(CONTEXTS, map(int, counts), strict=True)), NAMES, matrix, resamplings=60)
    found = {e.name: e for e in fit.exposures}
    assert [e.name for e in fit.exposures][:3] == ["S1", "S5", "S8"]
    for index, share in truth.items():
        exposure = found[NAMES[index]]
        assert exposure.lower - 0.03 <= share <= exposure.upper + 0.03
        assert exposure.kept > 0.9
    assert fit.cosine > 0.97 and sum(e.share for e in fit.exposures) == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_fit() -> None:
    matrix = drawn_matrix()
    counts = Counter(dict(zip(CONTEXTS, generator(1, "c").integers(0, 9, 96).tolist(), strict=True)))
    assert fit_signatures(counts, NAMES, matrix, resamplings=20) == fit_signatures(
        counts, NAMES, matrix, resamplings=20
    )


def write_inputs(folder: Path, mutations: int) -> list[str]:
    """Write a genome of ACA with C>A at `mutations` places, and a table in which S1 is nothing but A[C>A]A."""
    (folder / "genome.fa").write_text(">c1\n" + "TACAT" * 200 + "\n")
    rows = [f"c1\t{5 * i + 3}\t.\tC\tA\t.\tPASS\tTVAF=0.3" for i in range(mutations)]
    head = ["##fileformat=VCFv4.2", "##contig=<ID=c1,length=1000>"]
    head += ['##INFO=<ID=TVAF,Number=A,Type=Float,Description="x">', "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    (folder / "calls.vcf").write_text("\n".join([*head, *rows]) + "\n")
    lines = ["Type\tS1\tS2"]
    lines += [f"{c}\t{int(c == 'A[C>A]A')}\t{0 if c == 'A[C>A]A' else 1 / 95}" for c in CONTEXTS]
    (folder / "sbs.tsv").write_text("\n".join(lines) + "\n")
    names = {"--variants": "calls.vcf", "--reference": "genome.fa", "--signatures": "sbs.tsv", "--output": "out.json"}
    return ["fit-signatures", *(part for flag, name in names.items() for part in (flag, str(folder / name)))]


def test_from_vcf_to_json(tmp_path: Path) -> None:
    assert main(write_inputs(tmp_path, 80)) == 0
    content = json.loads((tmp_path / "out.json").read_text())
    assert (content["status"], content["mutations"], content["cosine"]) == ("fitted", 80, 1.0)
    assert [s["signature"] for s in content["signatures"]] == ["S1"]


def test_too_few_substitutions_are_not_fitted(tmp_path: Path) -> None:
    assert main(write_inputs(tmp_path, 12)) == 0
    content = json.loads((tmp_path / "out.json").read_text())
    assert content["status"] == "not_fitted" and content["reason"] == "12 substitutions in known contexts, 50 needed"


def test_another_genome_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = write_inputs(tmp_path, 80)
    (tmp_path / "genome.fa").write_text(">c1\n" + "TATAT" * 200 + "\n")
    assert main(arguments) == 2 and "different genome builds" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("edit", "words"),
    [(("A[C>A]A", "A[C>A]X"), "96 rows"), (("\t1\t", "\tone\t"), "numbers"), (("\t1\t", "\t9\t"), "no probabilities")],
)
def test_other_tables_of_signatures_are_refused(tmp_path: Path, edit: tuple[str, str], words: str) -> None:
    write_inputs(tmp_path, 1)
    table = tmp_path / "sbs.tsv"
    table.write_text(table.read_text().replace(*edit))
    with pytest.raises(InputError, match=words):
        read_signatures(table)
