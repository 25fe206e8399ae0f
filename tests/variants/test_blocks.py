"""Reference blocks and forced sites: qualities and limits against closed forms."""

import numpy as np
import pytest
from scipy.stats import beta

from loci2lead.variants.forced import upper_limit
from loci2lead.variants.reference_blocks import reference_quality


@pytest.mark.parametrize(("alternate", "depth"), [(0, 10), (0, 100), (1, 20), (5, 50), (40, 5_000)])
def test_upper_limit_is_clopper_pearson(alternate: int, depth: int) -> None:
    expected = beta.ppf(0.95, alternate + 1, depth - alternate)
    assert upper_limit(alternate, depth) == pytest.approx(expected, abs=1e-6)


def test_upper_limit_at_the_ends() -> None:
    assert upper_limit(0, 0) == 1.0
    assert upper_limit(7, 7) == 1.0


def test_reference_quality_grows_with_depth_and_falls_with_alternates() -> None:
    quality = reference_quality(np.array([0, 1, 5, 10, 30, 30, 30]), np.array([0, 0, 0, 0, 0, 1, 10]))
    assert quality.tolist() == [0, 0, 15, 30, 50, 50, 0]
    assert (quality % 5 == 0).all()
