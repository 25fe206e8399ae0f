"""Labels by sequence: alleles written differently from the truth still get their copies."""

import pytest

from loci2lead.variants.candidates import Allele
from loci2lead.variants.labels import label_alleles

REFERENCE = "GATTCGCATGCAGTCAATCGCATTGACGTAAAAAAAACGTTAGCCATCGGATACGTTGCAGGATCCATTGCATG"


def fetch(start: int, end: int) -> str:
    return REFERENCE[start:end]


def allele(position: int, ref: str, alt: str) -> Allele:
    return Allele(position, ref, alt, (position, position + max(len(ref), 1)), 5, 30)


CASES = {
    "alike": ([(29, "A", "")], [(29, "A", "")], [], [1]),
    "both copies": ([(29, "A", "")], [(29, "A", "")], [(29, "A", "")], [2]),
    "two lengths": ([(29, "A", ""), (29, "AA", "")], [(29, "A", "")], [(29, "AA", "")], [1, 1]),
    "false allele": ([(29, "A", "")], [], [], [0]),
    "one deletion seen as two": ([(29, "A", ""), (30, "A", "")], [(29, "AA", "")], [], [1, 1]),
    "a block seen as two SNPs": ([(24, "A", "C"), (25, "C", "G")], [(24, "AC", "CG")], [], [1, 1]),
    "another variant nearby": ([(29, "A", "")], [(20, "C", "T"), (29, "A", "")], [(20, "C", "T")], [1]),
    "truth that no allele spells": ([(29, "A", "")], [(29, "AAA", "")], [], [0]),
}


@pytest.mark.parametrize("name", CASES)
def test_copies(name: str) -> None:
    alleles, first, second, expected = CASES[name]
    assert label_alleles([allele(*a) for a in alleles], (first, second), fetch) == expected
