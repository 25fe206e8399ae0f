"""Records: genotypes over all alleles of a site, haploid ones, spelling, counts, filters."""

import numpy as np
import pytest

from loci2lead.variants.calls_vcf import line
from loci2lead.variants.candidates import Allele
from loci2lead.variants.genotypes import make_records
from loci2lead.variants.loci import Locus
from loci2lead.variants.ploidy import Ploidy

REFERENCE = np.array([0, 1, 2, 3] * 30, dtype=np.uint8)


def allele(ref: str, alt: str, position: int = 20) -> Allele:
    return Allele(position, ref, alt, (position, position + max(len(ref), 1)), 10, 30)


def locus(alleles: list[Allele], best: list[int]) -> Locus:
    """Return a locus whose reads favour haplotype 0 (reference) or that of an allele (1, 2, ...) by 30."""
    count = len(alleles)
    haplotypes = np.concatenate([np.zeros((1, count), bool), np.eye(count, dtype=bool)])
    costs = np.full((len(best), count + 1), 30.0)
    costs[np.arange(len(best)), best] = 0
    return Locus(tuple(alleles), np.arange(len(best)), costs[:, 1:] == 0, costs, haplotypes, np.zeros((count, 3)))


def records(alleles: list[Allele], chances: list, best: list[int], copies: int = 2) -> list:
    return make_records("c", locus(alleles, best), np.array(chances, float), copies, REFERENCE, 0)


def test_heterozygous_snp() -> None:
    (record,) = records([allele("A", "G")], [[0.001, 0.998, 0.001]], [0] * 12 + [1] * 10)
    assert (record.position, record.ref, record.alts, record.genotype) == (20, "A", ("G",), (0, 1))
    assert record.counts == (12, 10)
    assert record.likelihoods[1] == 0
    assert record.likelihoods[0] == pytest.approx(30, abs=1)
    assert record.filter == "PASS"
    fields = line(record).rstrip("\n").split("\t")
    assert fields[1] == "21"
    assert fields[9].split(":")[:5] == ["0/1", "27", "22", "12,10", "0.4545"]


def test_two_alternates_become_one_record_with_one_of_each() -> None:
    alleles = [allele("A", ""), allele("", "CC"), allele("AC", "")]
    chances = [[0.01, 0.98, 0.01], [0.01, 0.98, 0.01], [0.97, 0.02, 0.01]]
    (record,) = records(alleles, chances, [1] * 10 + [2] * 9)
    assert (record.position, record.ref, record.alts, record.genotype) == (19, "TA", ("T", "TCCA"), (1, 2))
    assert record.counts == (0, 10, 9)
    assert len(record.likelihoods) == 6
    assert record.likelihoods[4] == 0


def test_copies_cannot_exceed_two() -> None:
    chances = [[0.0, 0.1, 0.9], [0.0, 0.8, 0.2]]
    (record,) = records([allele("A", "G"), allele("A", "T")], chances, [1] * 10 + [2] * 9)
    assert sum(g > 0 for g in record.genotype) == 2


def test_snp_and_indel_at_one_place_stay_apart() -> None:
    made = records([allele("A", "G"), allele("A", "")], [[0, 1, 0], [0, 1, 0]], [1] * 5 + [2] * 5)
    assert sorted((r.position, r.ref, r.alts) for r in made) == [(19, "TA", ("T",)), (20, "A", ("G",))]


def test_reference_and_doubtful_calls_are_marked() -> None:
    (reference,) = records([allele("A", "G")], [[0.99, 0.01, 0]], [0] * 20 + [1] * 2)
    assert (reference.filter, reference.genotype) == ("RefCall", (0, 0))
    (doubtful,) = records([allele("A", "G")], [[0.45, 0.55, 0]], [0] * 20 + [1] * 4)
    assert (doubtful.filter, doubtful.genotype) == ("LowQual", (0, 1))
    (likely,) = records([allele("A", "")], [[0.45, 0.55, 0]], [0] * 20 + [1] * 4)
    assert (likely.filter, likely.genotype) == ("PASS", (0, 1)), "an indel that is likelier than not"


def test_haploid_genotypes_have_one_allele_and_two_likelihoods() -> None:
    (record,) = records([allele("A", "G")], [[0.1, 0.6, 0.3]], [1] * 12, copies=1)
    assert record.genotype == (1,)
    assert len(record.likelihoods) == 2
    assert line(record).split("\t")[9].startswith("1:")


@pytest.mark.parametrize(
    ("sex", "contig", "position", "copies"),
    [
        ("male", "chrX", 50_000_000, 1),
        ("male", "X", 100_000, 2),
        ("male", "chrX", 100_000, 2),
        ("male", "chrX", 155_800_000, 2),
        ("male", "Y", 10_000_000, 1),
        ("female", "Y", 10_000_000, 0),
        ("female", "chrX", 50_000_000, 2),
        ("unknown", "chrX", 50_000_000, 2),
        ("unknown", "chrM", 100, 1),
        ("male", "chr20", 100, 2),
    ],
)
def test_ploidy(sex: str, contig: str, position: int, copies: int) -> None:
    lengths = {"chrX": 156_040_895, "X": 155_270_560, "Y": 59_373_566, "chrY": 57_227_415, "chr20": 64_444_167}
    assert Ploidy(sex, lengths).copies(contig, position) == copies
