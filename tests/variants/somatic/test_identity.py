"""Pair checks on drawn counts: same person, another person, loss of chromosomes, swap, leak, foreign DNA."""

import numpy as np
import pytest

from loci2lead.errors import InputError
from loci2lead.variants.somatic.identity import check_pair, refuse_mismatch
from loci2lead.variants.somatic.substitutions import excess_rates
from loci2lead.variants.somatic.survey import Survey

DEPTH, SITES = 60, 400
REFERENCE, ALT = 0, 2


def drawn(shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return counts (sites × 4) with these shares of the alternate base."""
    alternate = rng.binomial(DEPTH, np.clip(shares, 0.001, 0.999))
    counts = np.zeros((len(shares), 4), np.int32)
    counts[:, ALT], counts[:, REFERENCE] = alternate, DEPTH - alternate
    return counts


def person(rng: np.random.Generator) -> np.ndarray:
    """Return a person's shares at SITES common sites."""
    return rng.binomial(2, 0.5, SITES) / 2


def survey_of(tumour: np.ndarray, normal: np.ndarray, rng: np.random.Generator) -> Survey:
    return Survey(np.full(len(tumour), REFERENCE, np.uint8), (drawn(tumour, rng), drawn(normal, rng)))


def test_one_person_matches(rng: np.random.Generator) -> None:
    own = person(rng)
    check = check_pair(survey_of(own, own, rng))
    assert check.same_person
    assert check.opposite == 0
    assert not check.warnings()
    refuse_mismatch(check, "T", "N")


def test_another_person_is_refused_and_both_are_named(rng: np.random.Generator) -> None:
    check = check_pair(survey_of(person(rng), person(rng), rng))
    assert check.same_person is False
    with pytest.raises(InputError, match="not of the same person") as error:
        refuse_mismatch(check, "T7", "N3")
    assert "T7 and N3" in str(error.value)
    assert "check-samples" in str(error.value)


def test_loss_of_one_copy_everywhere_is_no_mismatch(rng: np.random.Generator) -> None:
    normal = person(rng)
    lost = np.where(normal == 0.5, rng.integers(0, 2, SITES), normal)
    check = check_pair(survey_of(lost, normal, rng))
    assert check.shared is not None and check.shared < 0.85
    assert check.same_person


def test_swapped_samples_are_refused(rng: np.random.Generator) -> None:
    normal = person(rng)
    tumour = np.where((normal == 0) & (rng.random(SITES) < 0.3), 0.25, normal)
    refuse_mismatch(check_pair(survey_of(tumour, normal, rng)), "T", "N")
    with pytest.raises(InputError, match="swapped"):
        refuse_mismatch(check_pair(survey_of(normal, tumour, rng)), "T", "N")


@pytest.mark.parametrize("leak", [0.0, 0.1, 0.2])
def test_tumour_cells_in_the_normal_are_measured(rng: np.random.Generator, leak: float) -> None:
    normal = person(rng)
    own = (normal == 0) & (rng.random(SITES) < 0.5)
    tumour = np.where(own, 0.3, normal)
    check = check_pair(survey_of(tumour, np.where(own, 0.3 * leak, normal), rng))
    assert check.tumour_in_normal == pytest.approx(leak, abs=0.04)
    assert any("tumour's alleles" in w for w in check.warnings()) == (leak > 0.05)


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_foreign_dna_is_measured(rng: np.random.Generator, share: float) -> None:
    own, other = person(rng), person(rng)
    check = check_pair(survey_of((1 - share) * own + share * other, own, rng))
    # Half of the other person's alleles at such places are the reference.
    assert check.foreign_tumour == pytest.approx(share * 0.5 / 0.3, abs=0.05)
    assert any("another person" in w for w in check.warnings()) == (share > 0)


def test_few_sites_leave_identity_open(rng: np.random.Generator) -> None:
    own = person(rng)[:20]
    check = check_pair(survey_of(own, own, rng))
    assert check.same_person is None
    assert "not checked" in check.warnings()[0]
    refuse_mismatch(check, "T", "N")


def test_damage_is_what_exceeds_the_other_substitutions(rng: np.random.Generator) -> None:
    size = 20_000
    reference = rng.integers(0, 4, size).astype(np.uint8)
    rates = np.full((4, 4), 2e-4)
    rates[1, 3] = 3e-3
    counts = np.zeros((size, 4), np.int32)
    for base in range(4):
        counts[:, base] = rng.binomial(60, np.where(reference == base, 0, rates[reference, base]))
    counts[np.arange(size), reference] = 60 - counts.sum(axis=1)
    found = excess_rates(Survey(reference, (counts,)))
    assert found[1, 3] == pytest.approx(2.7e-3, rel=0.25)
    found[1, 3] = 0
    assert found.max() < 2e-4
