"""Resources of other people's alleles: looked up however they are spelled, and refused where they will not do."""

from pathlib import Path

import numpy as np
import pysam
import pytest

from loci2lead.errors import InputError
from loci2lead.io.fasta import Reference
from loci2lead.variants.somatic.population import KnownAlleles, germline_odds, split_origins
from tests.variants.drawn_reads import CONTIG, draw_sequence, write_fasta

TEXT = draw_sequence(4_000)


def resource(folder: Path, rows: list[tuple[int, str, str, str]], contig: str = CONTIG, indexed: bool = True) -> Path:
    path = folder / "known.vcf"
    head = [
        "##fileformat=VCFv4.2",
        f"##contig=<ID={contig},length={len(TEXT)}>",
        '##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    body = [f"{contig}\t{p + 1}\t.\t{r}\t{a}\t.\t.\t{info}" for p, r, a, info in rows]
    path.write_text("\n".join([*head, *body]) + "\n")
    target = folder / "known.vcf.gz"
    pysam.tabix_compress(str(path), str(target), force=True)
    if indexed:
        pysam.tabix_index(str(target), preset="vcf", force=True)
    return target


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    return Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: TEXT}))


def test_spellings_of_one_deletion_are_one_allele(reference: Reference, tmp_path: Path) -> None:
    # The run of twelve A after the G at 2000, its last base deleted, and the same leftmost.
    right = resource(tmp_path, [(2_011, "AA", "A", "AF=0.25")])
    found = KnownAlleles(right, reference, True).between(CONTIG, 1_990, 2_020)
    assert found == {(2_001, "A", ""): 0.25}


def test_alleles_of_a_site_have_their_own_frequencies(reference: Reference, tmp_path: Path) -> None:
    base = TEXT[100]
    first, second = [b for b in "ACGT" if b != base][:2]
    path = resource(tmp_path, [(100, base, f"{first},{second}", "AF=0.1,0.002"), (300, TEXT[300], "*", "AF=0.5")])
    found = KnownAlleles(path, reference, True).between(CONTIG, 0, 400)
    assert found == pytest.approx({(100, base, first): 0.1, (100, base, second): 0.002})
    assert KnownAlleles(path, reference, False).between(CONTIG, 101, 400) == {}


def test_names_with_and_without_chr_are_one_contig(reference: Reference, tmp_path: Path) -> None:
    base = TEXT[100]
    alt = next(b for b in "ACGT" if b != base)
    path = resource(tmp_path, [(100, base, alt, "AF=0.1")], contig=CONTIG.removeprefix("chr"))
    assert KnownAlleles(path, reference, True).between(CONTIG, 0, 400)


@pytest.mark.parametrize(
    ("kind", "said"), [("no index", "tabix"), ("no AF", "INFO/AF"), ("other contigs", "no contig"), ("missing", "path")]
)
def test_a_resource_that_will_not_do_is_named(reference: Reference, tmp_path: Path, kind: str, said: str) -> None:
    contig = "chrQ" if kind == "other contigs" else CONTIG
    path = resource(tmp_path, [(100, TEXT[100], "ACGT"[TEXT[100] == "A"], ".")], contig, kind != "no index")
    if kind == "no AF":
        text = (tmp_path / "known.vcf").read_text().replace("ID=AF", "ID=XF")
        (tmp_path / "known.vcf").write_text(text)
        pysam.tabix_compress(str(tmp_path / "known.vcf"), str(path), force=True)
        pysam.tabix_index(str(path), preset="vcf", force=True)
    if kind == "missing":
        path = tmp_path / "none.vcf.gz"
    with pytest.raises(InputError, match=said):
        KnownAlleles(path, reference, True)


def test_odds_grow_with_frequency() -> None:
    odds = [germline_odds(f) for f in (None, 1e-6, 1e-4, 1e-2, 0.5)]
    assert odds == sorted(odds)
    assert germline_odds(0.3) > 4


def test_noise_stays_noise_and_the_rest_is_split(rng: np.random.Generator) -> None:
    chances = rng.dirichlet(np.ones(3), 20)
    split = split_origins(chances, np.zeros(20), np.zeros(20), np.linspace(-3, 3, 20), np.zeros(20, bool))
    assert split.sum(axis=1) == pytest.approx(1.0)
    assert split[:, 0] == pytest.approx(chances[:, 0])
    share = split[:, 1] / (1 - split[:, 0])
    assert (np.diff(share) > 0).all()
    assert share[0] == pytest.approx(1e-3, rel=0.01)


def test_an_allele_of_the_panel_is_hardly_somatic_and_more_likely_noise_than_without() -> None:
    chances = np.array([[0.2, 0.1, 0.7]] * 2)
    without, listed = split_origins(chances, np.zeros(2), np.full(2, 5.0), np.zeros(2), np.array([False, True]))
    assert without[2] > 0.79 and listed[2] < 0.05
    assert listed[0] > 0.9
