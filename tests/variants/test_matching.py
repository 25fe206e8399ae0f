"""Comparison of calls with truth: the same sequences agree however they are written, and genotypes count."""

import numpy as np
import pytest

from loci2lead.variants.matching import compare, make_units, repeat_context

#           0         1         2         3         4         5
REFERENCE = "ACGTTGCATCAAAAAAGCTCACACACATTGCGGATCCATGATAGATAGATACCGTAGGCTTA"


def fetch(start: int, end: int) -> str:
    return REFERENCE[max(start, 0) : end]


def units(records: list[tuple]) -> list:
    found = [u for position, alleles, genotype in records for u in make_units(position, alleles, genotype, fetch)]
    return sorted(found, key=lambda u: (u.position, u.end))


SAME = {
    "MNP against SNPs": ([(3, ("TTG", "CTA"), (0, 1))], [(3, ("T", "C"), (0, 1)), (5, ("G", "A"), (0, 1))]),
    "insertion at either end of a run": ([(9, ("C", "CA"), (0, 1))], [(15, ("A", "AA"), (0, 1))]),
    "deletion at either end of a repeat": ([(18, ("TCA", "T"), (1, 1))], [(24, ("ACA", "A"), (1, 1))]),
    "untrimmed alleles": ([(28, ("T", "TGG"), (0, 1))], [(25, ("CATT", "CATTGG"), (0, 1))]),
    "split multi-allelic": (
        [(9, ("CA", "C", "CAA"), (1, 2))],
        [(9, ("CA", "C"), (0, 1)), (9, ("C", "CA"), (0, 1))],
    ),
    "a substitution next to a deletion as one record": (
        [(33, ("A", "G"), (0, 1)), (34, ("TC", "T"), (0, 1))],
        [(33, ("ATC", "GT"), (0, 1))],
    ),
    "haploid against homozygous": ([(33, ("A", "G"), (1,))], [(33, ("A", "G"), (1, 1))]),
    "phase does not matter": ([(33, ("A", "G"), (1, 0))], [(33, ("A", "G"), (0, 1))]),
    "insertion of a repeat's unit in the middle": ([(38, ("T", "TGATA"), (0, 1))], [(42, ("A", "AGATA"), (0, 1))]),
}
DIFFERENT = {
    "heterozygous against homozygous": ([(33, ("A", "G"), (0, 1))], [(33, ("A", "G"), (1, 1))]),
    "another base": ([(33, ("A", "G"), (0, 1))], [(33, ("A", "C"), (0, 1))]),
    "another length": ([(9, ("C", "CA"), (0, 1))], [(9, ("C", "CAA"), (0, 1))]),
    "half of a multi-allelic": ([(9, ("CA", "C", "CAA"), (1, 2))], [(9, ("CA", "C"), (0, 1))]),
    "another place": ([(33, ("A", "G"), (0, 1))], [(40, ("A", "G"), (0, 1))]),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_sequences_agree(name: str) -> None:
    truth, calls = map(units, SAME[name])
    for one, other in ((truth, calls), (calls, truth)):
        result = compare(one, other, fetch)
        assert not result.truth_missed
        assert not result.calls_extra
        assert len(result.truth_matched) == len(one)


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_sequences_do_not(name: str) -> None:
    truth, calls = map(units, DIFFERENT[name])
    result = compare(truth, calls, fetch)
    assert len(result.truth_missed) == len(truth)
    assert len(result.calls_extra) == len(calls)


def test_a_wrong_call_beside_a_right_one_costs_only_itself() -> None:
    truth = units([(9, ("C", "CA"), (0, 1)), (33, ("A", "G"), (0, 1))])
    calls = units([(15, ("A", "AA"), (0, 1)), (20, ("A", "T"), (0, 1)), (33, ("A", "G"), (0, 1))])
    result = compare(truth, calls, fetch)
    assert not result.truth_missed
    assert [calls[i].position for i in result.calls_extra] == [20]


def test_reference_genotypes_are_no_units() -> None:
    assert make_units(33, ("A", "G"), (0, 0), fetch) == []
    assert make_units(9, ("C", "CA"), (0, 0), fetch) == []


def test_random_respellings_agree(rng: np.random.Generator) -> None:
    text = "".join(rng.choice(list("ACGT"), 400))
    text = text[:150] + "CACACACACACACA" + text[150:250] + "AAAAAAAAAA" + text[250:]

    def own(start: int, end: int) -> str:
        return text[max(start, 0) : end]

    for _ in range(60):
        start = int(rng.integers(20, 380))
        length = int(rng.integers(1, 5))
        position, ref = start, text[start : start + length + 1]
        shifted = position
        while text[shifted + 1] == text[shifted + length + 1] and shifted + length + 1 < len(text) - 1:
            shifted += 1
        other = (shifted, (text[shifted : shifted + length + 1], text[shifted]), (0, 1))
        truth = make_units(position, (ref, ref[0]), (0, 1), own)
        calls = make_units(*other, own)
        result = compare(truth, calls, own)
        assert not result.truth_missed
        assert not result.calls_extra


@pytest.mark.parametrize(
    ("position", "context"), [(10, "homopolymer"), (20, "tandem_repeat"), (3, "other"), (33, "other")]
)
def test_context(position: int, context: str) -> None:
    assert repeat_context(fetch, position) == context
