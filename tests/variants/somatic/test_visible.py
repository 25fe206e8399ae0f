"""The smallest share that would have been seen, against the binomial distribution."""

from itertools import pairwise

import pytest
from scipy.stats import binom

from loci2lead.variants.somatic.visible import FEWEST_READS, FEWEST_READS_OF_INDEL, LEAST_SHARE, smallest_share


@pytest.mark.parametrize("depth", [5, 20, 60, 200, 412, 5_000])
def test_enough_reads_show_it_with_95_per_cent(depth: int) -> None:
    needed = max(FEWEST_READS, -(-int(LEAST_SHARE * depth * 1000) // 1000))
    least = smallest_share(depth)
    assert binom.sf(needed - 1, depth, least) == pytest.approx(0.95, abs=1e-3)


def test_deeper_never_sees_less_while_reads_decide() -> None:
    shares = [smallest_share(depth) for depth in range(FEWEST_READS, 190)]
    assert all(later <= earlier for earlier, later in pairwise(shares))


@pytest.mark.parametrize("depth", [20, 100])
def test_indels_need_more_reads(depth: int) -> None:
    assert binom.sf(FEWEST_READS_OF_INDEL - 1, depth, smallest_share(depth, True)) == pytest.approx(0.95, abs=1e-3)
    assert smallest_share(depth, True) > smallest_share(depth)


def test_too_few_reads_see_nothing() -> None:
    assert smallest_share(FEWEST_READS - 1) == 1.0
