"""Needed haplotypes: in a long repeat, candidates that slip makes must not explain a true allele away."""

import numpy as np
import pytest

from loci2lead.seeds import generator
from loci2lead.variants.somatic.rivals import needed_haplotypes

SLIP = 6.0


def slipped(lengths: np.ndarray, counts: list[int], rng: np.random.Generator) -> np.ndarray:
    """Return costs of reads under repeats of these lengths: `counts` reads of each length, one in six off by one."""
    shown = np.repeat(lengths, counts)
    shown = shown + np.where(rng.random(len(shown)) < 1 / 6, rng.choice([-1, 1], len(shown)), 0)
    costs = SLIP * np.abs(shown[:, None] - lengths[None])
    return costs - costs.min(axis=1, keepdims=True)


@pytest.mark.parametrize("number", range(8))
def test_only_the_true_length_is_needed(number: int) -> None:
    rng = generator(3, "rivals", number)
    lengths = np.arange(4 + 1)  # the reference and one to four units more
    costs = slipped(lengths, [40, 0, 0, 0, 15], rng)
    needed = needed_haplotypes([(costs, np.ones(len(costs)))])
    assert needed.tolist() == [True, False, False, False, True]


def test_a_second_sample_brings_its_own_haplotypes() -> None:
    rng = generator(3, "rivals", "two")
    lengths = np.arange(0, 9, 4)
    parts = [slipped(lengths, counts, rng) for counts in ([30, 20, 0], [20, 0, 20])]
    weights = [np.ones(len(costs)) for costs in parts]
    assert needed_haplotypes([(parts[0], weights[0])]).tolist() == [True, True, False]
    assert needed_haplotypes(list(zip(parts, weights, strict=True))).all()


def test_one_of_two_spellings_is_enough() -> None:
    costs = np.zeros((40, 3))
    costs[:25, 1:] = 30.0
    costs[25:, 0] = 30.0
    assert needed_haplotypes([(costs, np.ones(40))]).sum() == 2


def test_the_reference_stands_whatever_the_reads_show() -> None:
    costs = np.tile([60.0, 60.0, 0.0], (20, 1))
    assert needed_haplotypes([(costs, np.ones(20))]).tolist() == [True, False, True]
    assert needed_haplotypes([(np.zeros((0, 3)), np.zeros(0))]).tolist() == [True, False, False]
