"""Chromosome copies of a tumour alone: their share of the DNA, the phase of molecules, and what phase tells."""

import numpy as np
import pytest

from loci2lead.variants.somatic.copies import CELLS, LEVELS, Copies, Marker


def marker(on_first: np.ndarray, molecules: np.ndarray, phred: float = 30.0) -> Marker:
    """Return a SNP that molecules of the first copy show (`on_first`) and those of the other do not."""
    margin = np.where(on_first, phred, -phred)
    return Marker(molecules.astype(np.int32), margin, int(on_first.sum()), int((~on_first).sum()))


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.5), (0.8, 0.8), (0.1, 0.9)])
def test_level_follows_the_share_of_inherited_snps(rng: np.random.Generator, share: float, expected: float) -> None:
    markers = []
    for _ in range(12):
        alternate = int(rng.binomial(60, share if rng.random() < 0.5 else 1 - share))
        markers.append(Marker(np.zeros(0, np.int32), np.zeros(0), alternate, 60 - alternate))
    markers += [Marker(np.zeros(0, np.int32), np.zeros(0), 60, 0)] * 6
    level = Copies.of(markers, 1).level
    assert level.sum() == pytest.approx(1.0)
    assert (level * LEVELS).sum() == pytest.approx(expected, abs=0.03)


def test_without_markers_balance_is_likeliest_and_nothing_is_phased() -> None:
    copies = Copies.of([], 5)
    assert LEVELS[copies.level.argmax()] == 0.5
    assert not copies.sides(np.arange(5, dtype=np.int32)).any()


def test_markers_that_share_molecules_are_one_block(rng: np.random.Generator) -> None:
    first = rng.random(60) < 0.5
    one, other, far = np.arange(0, 40), np.arange(20, 60), np.arange(60, 100)
    swapped = marker(~first[other], other)
    copies = Copies.of([marker(first[one], one), swapped, marker(rng.random(40) < 0.5, far)], 100)
    side = copies.side[:60]
    assert ((side > 0) == first).all() or ((side < 0) == first).all(), "both SNPs put a molecule on the same copy"
    assert len(set(copies.block[:60].tolist())) == 1 and copies.block[60] not in copies.block[:60]


def test_markers_that_contradict_each_other_are_not_joined(rng: np.random.Generator) -> None:
    molecules = np.arange(40)
    copies = Copies.of([marker(molecules % 2 == 0, molecules), marker(molecules % 4 < 2, molecules)], 40)
    assert copies.block.max() == 1, "the second opens a block of its own"


def explained(alternate: int, other: int, away: int, phased: bool) -> float:
    """Return log10 of somatic over germline for an allele on some reads of one copy and none of the other's."""
    reads = alternate + other + away
    molecules = np.arange(reads, dtype=np.int32)
    copies = Copies.of([marker(molecules < alternate + other, molecules)], reads)
    margin = np.where(molecules < alternate, 30.0, -30.0)
    side = copies.sides(molecules) if phased else np.zeros(reads)
    germline, somatic = copies.explain(margin, np.ones(reads), side)
    return somatic - germline


def test_phase_tells_what_the_share_does_not() -> None:
    # A third of the reads: on all of a copy's, or on six of ten.
    assert abs(explained(24, 8, 32, phased=False)) < 1.5
    assert explained(24, 8, 32, phased=True) > 1.5 + explained(24, 8, 32, phased=False)
    assert explained(32, 0, 32, phased=True) < explained(32, 0, 32, phased=False) - 0.5


def test_likelihoods_agree_with_their_definition(rng: np.random.Generator) -> None:
    copies = Copies(np.where(LEVELS == 0.5, 1.0, 0.0), np.zeros(0, np.int64), np.zeros(0))
    margin, weight, side = rng.normal(0, 15, 30), rng.choice([0.5, 1.0], 30), rng.choice([-12.0, 0.0, 12.0], 30)
    gain = 10 ** (margin / 10) - 1

    def chance(on: np.ndarray, share: float) -> float:
        return float(np.prod((1 + share * on * gain) ** weight))

    on = [1 / (1 + 10 ** (-turn * side / 10)) for turn in (1, -1)]
    some = np.mean([chance(o, s) for o in on for s in CELLS])
    het = np.mean([chance(o, 1.0) for o in on])
    everywhere = np.ones(30)
    moved = np.mean([chance(everywhere, s) for s in CELLS])
    germline, somatic = copies.explain(margin, weight, side)
    assert somatic == pytest.approx(np.log10(some), abs=1e-6)
    parts = 0.65 * 0.99 * het + 0.35 * 0.99 * chance(everywhere, 0.985) + 0.01 * moved
    assert germline == pytest.approx(np.log10(parts), abs=1e-6)


def test_many_reads_do_not_overflow() -> None:
    margin = np.full(4_000, 40.0)
    germline, somatic = Copies.of([], 0).explain(margin, np.ones(4_000), np.zeros(4_000))
    assert germline > 10_000 and np.isfinite(somatic) and germline > somatic
