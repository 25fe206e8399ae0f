"""Likelihoods of an allele's origin: against brute force, and in the order that the reads demand."""

import numpy as np
import pytest

from loci2lead.variants.somatic.likelihoods import HYPOTHESES, SHARES, Evidence, mixture, origins
from loci2lead.variants.somatic.posterior import log_chances


def reads(alternate: int, other: int, phred: float = 30.0, sides: float = 0.5) -> Evidence:
    """Return evidence of reads that clearly show the allele or clearly do not; `sides` of the first are reverse."""
    margin = np.array([phred] * alternate + [-phred] * other)
    reverse = np.arange(alternate + other) % 2 == 0
    if sides != 0.5:
        reverse[:alternate] = np.arange(alternate) < sides * alternate
    second = np.arange(alternate + other) % 4 < 2
    return Evidence(margin, np.ones(len(margin)), np.stack([reverse, reverse ^ second]))


def likeliest(tumour: Evidence, normal: Evidence | None) -> str:
    return HYPOTHESES[int(np.argmax(origins(tumour, normal)))]


def test_mixture_agrees_with_its_definition(rng: np.random.Generator) -> None:
    margin, weight = rng.normal(0, 15, 40), rng.choice([0.5, 1.0], 40)
    for share, found in zip(SHARES, mixture(margin, weight, SHARES), strict=True):
        expected = np.sum(weight * np.log10(share * 10 ** (margin / 10) + 1 - share))
        assert found == pytest.approx(expected, abs=1e-9)


def test_mixture_peaks_at_the_share_of_the_reads() -> None:
    evidence = reads(12, 48)
    best = SHARES[int(np.argmax(mixture(evidence.margin, evidence.weight, SHARES)))]
    assert best == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize(
    ("tumour", "normal", "expected"),
    [
        ((12, 48), (0, 40), "somatic"),
        ((30, 30), (0, 40), "somatic"),
        ((30, 30), (20, 20), "germline"),
        ((60, 0), (20, 20), "germline"),
        ((5, 55), (20, 20), "germline"),
        ((6, 54), (4, 36), "artefact"),
        ((30, 30), (1, 60), "somatic"),
    ],
)
def test_origin_follows_the_reads(tumour: tuple[int, int], normal: tuple[int, int], expected: str) -> None:
    assert likeliest(reads(*tumour), reads(*normal)) == expected


def test_reads_of_one_strand_speak_for_an_error() -> None:
    one_sided = reads(8, 52, sides=1.0)
    found = origins(one_sided, reads(0, 40))
    both = origins(reads(8, 52), reads(0, 40))
    assert both[3] - both[1] > found[3] - found[1] + 1.5


def test_more_reads_of_the_allele_are_never_less_somatic() -> None:
    chances = [log_chances(origins(reads(k, 60 - k), reads(0, 40)), np.array([False]))[0, 2] for k in range(2, 20)]
    assert (np.diff(chances) >= -1e-9).all()
    assert chances[0] < np.log10(0.05) and chances[-1] > np.log10(0.99)


def test_chances_sum_to_one(rng: np.random.Generator) -> None:
    logs = log_chances(rng.normal(0, 20, (50, 4)), rng.random(50) < 0.5)
    assert (10.0**logs).sum(axis=1) == pytest.approx(1.0, abs=1e-9)
    assert (logs >= -32).all()


def test_no_reads_leave_the_prior() -> None:
    nothing = Evidence(np.zeros(0), np.zeros(0), np.zeros((2, 0), bool))
    assert origins(nothing, nothing) == pytest.approx(0.0, abs=1e-5)
