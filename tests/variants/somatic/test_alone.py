"""Alleles of a tumour alone that the same molecules show are of one source."""

import numpy as np
import pytest

from loci2lead.variants.somatic.alone import Shown, of_one_source


def shown(position: int, alternate: range, molecules: range) -> Shown:
    return Shown(position, frozenset(alternate), frozenset(molecules) - frozenset(alternate))


def test_the_same_molecules_speak_for_one_source() -> None:
    paralog = shown(100, range(10), range(50))
    assert of_one_source(shown(160, range(10), range(50)), paralog) > 5
    assert of_one_source(shown(160, range(30, 40), range(50)), paralog) == 0, "other molecules"
    assert of_one_source(shown(160, range(25), range(50)), paralog) < 0, "half of them only"


@pytest.mark.parametrize("distance", [0, 401])
def test_alleles_of_one_place_or_far_away_say_nothing(distance: int) -> None:
    paralog = shown(1_000, range(10), range(50))
    assert of_one_source(shown(1_000 + distance, range(10), range(50)), paralog) == 0


def test_independent_alleles_are_hardly_taken_for_one_source(rng: np.random.Generator) -> None:
    gains = []
    for _ in range(200):
        first, second = (frozenset(np.flatnonzero(rng.random(60) < 0.3).tolist()) for _ in range(2))
        everything = frozenset(range(60))
        gains.append(of_one_source(Shown(1, first, everything - first), Shown(90, second, everything - second)))
    assert max(gains) <= 0
