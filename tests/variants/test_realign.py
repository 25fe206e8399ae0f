"""Reads against haplotypes: the kernel against a plain dynamic programme, and costs that mean something."""

import numpy as np
import pytest

from loci2lead.io.alignments import base_codes
from loci2lead.io.read_block import ReadBlock
from loci2lead.variants.genotyping import bound_costs, coherent_chances, copy_costs, pair_costs, read_weights
from loci2lead.variants.realign import (
    GAP_EXTEND,
    GAP_OPEN,
    MATCH_COST,
    MISMATCH_COST,
    gap_costs,
    score_reads,
    slip_tables,
)
from loci2lead.variants.rows import Rows
from loci2lead.variants.slips import SlipModel

SLIPS = SlipModel((-3.0, -4.0, -5.0), (0.4, 0.4, 0.4), (0.6, 0.6, 0.6))
TABLE = slip_tables(SLIPS)


def score(reads: list[tuple[str, int]], haplotypes: list[str], quality: int = 30, band: int = 12) -> np.ndarray:
    """Return the costs of reads (text, haplotype offset of the first base) under haplotypes."""
    codes = base_codes("".join(text for text, _ in reads))
    ends = np.cumsum([len(text) for text, _ in reads])
    empty = np.zeros(0, np.int64)
    block = ReadBlock(
        *(empty,) * 2, empty.astype(np.int32), empty.astype(np.uint8), empty.astype(np.int32),
        empty, codes, np.full(len(codes), quality, np.uint8), empty, empty.astype(np.uint8), empty.astype(np.int32),
    )  # fmt: skip
    none = np.zeros((len(reads), 1), np.uint8)
    starts = np.array([c for _, c in reads], np.int64)
    rows = Rows(0, np.arange(len(reads)), none, none, none, ends - [len(t) for t, _ in reads], ends, starts)
    joined = base_codes("".join(haplotypes))
    bounds = np.cumsum([len(h) for h in haplotypes])
    return score_reads(rows, block, joined, bounds, TABLE, band, MATCH_COST, MISMATCH_COST)


def slow_cost(read: str, haplotype: str, quality: int = 30) -> float:
    """Return the least cost over all alignments by recursion over (read, haplotype, state) tables."""
    costs = gap_costs(base_codes(haplotype), TABLE)
    n, m = len(read), len(haplotype)
    match = np.full((n, m), 1e9)
    insert, delete = match.copy(), match.copy()
    for i in range(n):
        for j in range(m):
            own = MATCH_COST[quality] if read[i] == haplotype[j] else MISMATCH_COST[quality]
            before = (
                0 if i == 0 else (min(match[i - 1, j - 1], insert[i - 1, j - 1], delete[i - 1, j - 1]) if j else 1e9)
            )
            match[i, j] = before + own
            if i:
                insert[i, j] = min(match[i - 1, j] + costs[1, j + 1], insert[i - 1, j] + GAP_EXTEND) + 0.1
            if j:
                delete[i, j] = min(match[i, j - 1] + costs[0, j], delete[i, j - 1] + GAP_EXTEND)
    return float(min(match[-1].min(), insert[-1].min()))


def test_agrees_with_the_plain_programme(rng: np.random.Generator) -> None:
    for _ in range(25):
        haplotype = "".join(rng.choice(list("ACGT"), 20)) + "A" * 9 + "".join(rng.choice(list("ACGT"), 20))
        start = int(rng.integers(0, 8))
        read = list(haplotype[start : start + 36])
        for _ in range(int(rng.integers(0, 3))):
            at = int(rng.integers(5, 30))
            read[at] = str(rng.choice(list("ACGT")))
        if rng.random() < 0.5:
            del read[20 - start + 2]
        if rng.random() < 0.3:
            read.insert(12, "G")
        text = "".join(read)
        assert score([(text, start)], [haplotype], band=60)[0, 0] == pytest.approx(slow_cost(text, haplotype), abs=1e-3)


def test_a_slip_costs_what_the_library_says() -> None:
    left, right = "GATTCGCATGCAGTCAATCG", "CGTTAGCCATCGGATACGTT"
    long, short = left + "A" * 9 + right, left + "A" * 8 + right
    costs = score([(long, 0), (short, 0)], [long, short])
    shorter, longer = SLIPS.costs(np.array([9, 8]), np.array([1, 1]))
    perfect = costs[0, 0]
    assert costs[1, 0] - costs[1, 1] == pytest.approx(shorter[0], abs=0.2)
    assert costs[0, 1] - perfect == pytest.approx(longer[1], abs=0.3)
    assert shorter[0] < GAP_OPEN


def test_outside_repeats_an_indel_costs_the_gap() -> None:
    haplotype = "GATTCGCATGCAGTCTATCGCGTTAGCCATCGGATACGTT"
    read = haplotype[:20] + haplotype[21:]
    costs = score([(read, 0), (haplotype, 0)], [haplotype])
    assert costs[0, 0] - costs[1, 0] == pytest.approx(GAP_OPEN, abs=1)


def test_mates_count_as_one_molecule() -> None:
    assert read_weights(np.array([3, 5, 3, 9], dtype=np.int32)).tolist() == [0.5, 1.0, 0.5, 1.0]


def test_mapping_quality_bounds_what_a_read_can_say() -> None:
    bounded = bound_costs(np.array([[0, 90], [5, 90]], np.float32), np.array([60, 12], np.uint8))
    assert bounded.tolist() == [[0, 40], [0, 12]]


def slow_pairs(costs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    chance = 10 ** (-costs / 10)
    n = costs.shape[1]
    out = np.zeros((n, n))
    for a in range(n):
        for b in range(a, n):
            out[a, b] = -10 * (weights * np.log10((chance[:, a] + chance[:, b]) / 2)).sum()
    return out


def test_pairs_and_copies(rng: np.random.Generator) -> None:
    costs, weights = rng.uniform(0, 40, (30, 4)), rng.choice([0.5, 1.0], 30)
    assert np.allclose(pair_costs(costs, weights), slow_pairs(costs, weights))


@pytest.mark.parametrize(
    ("support", "copies"),
    [((20, 0, 0), (0, 0)), ((10, 10, 0), (1, 0)), ((0, 20, 0), (2, 0)), ((0, 10, 10), (1, 1)), ((0, 0, 20), (0, 2))],
)
def test_copies_of_two_alleles_are_judged_together(support: tuple, copies: tuple) -> None:
    costs = np.concatenate([np.tile(np.where(np.arange(3) == k, 0.0, 30.0), (n, 1)) for k, n in enumerate(support)])
    haplotypes = np.array([[False, False], [True, False], [False, True]])
    found = copy_costs(pair_costs(costs, np.ones(len(costs))), haplotypes, np.array([35.0, 35.0]))
    assert tuple(found.argmin(axis=1)) == copies
    assert (np.sort(found, axis=1)[:, 1] > 10).all()


def test_two_spellings_of_one_haplotype_are_not_both_called() -> None:
    haplotypes = np.array([[False, False, False], [True, False, False], [False, True, True]])
    found = coherent_chances(np.array([[0.1, 0.9, 0], [0.3, 0.7, 0], [0.6, 0.4, 0]]), haplotypes)
    assert found.sum(axis=1) == pytest.approx(1)
    assert found[1] == pytest.approx(found[2])
    both = 0.9 * 0.7 * 0.4
    only_first = 0.9 * 0.3 * 0.6
    only_second = 0.1 * 0.7 * 0.4
    neither = 0.1 * 0.3 * 0.6
    assert found[0, 1] == pytest.approx((both + only_first) / (both + only_first + only_second + neither))


def test_one_allele_keeps_its_chances() -> None:
    chances = np.array([[0.2, 0.5, 0.3]])
    assert np.array_equal(coherent_chances(chances, np.array([[False], [True]])), chances)
