"""Microsatellite instability: verdicts on drawn tumours, and on tables whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.simulate import simulate_reads
from loci2lead.variants.somatic.msi import SITES_NEEDED, _against_normal, measure_msi
from loci2lead.variants.somatic.msi_alone import unstable_chances
from tests.variants.drawn_reads import CONTIG, write_fasta

TRACTS, SPACING = 30, 250


def table(lengths: list[list[int]]) -> np.ndarray:
    """Return a tract table of runs of twelve with these counts of −2, −1, 0, +1 and +2 units."""
    rows = np.zeros((len(lengths), 8), np.int64)
    rows[:, 0], rows[:, 1], rows[:, 3:8] = 1, 12, lengths
    rows[:, 2] = rows[:, 3:8].sum(axis=1)
    return rows


def test_equal_lengths_are_stable_and_shifted_ones_are_not() -> None:
    normal = table([[0, 2, 38, 0, 0]] * 4)
    tumour = table([[0, 2, 38, 0, 0], [0, 3, 57, 1, 0], [6, 14, 40, 0, 0], [0, 2, 38, 0, 20]])
    assert _against_normal(tumour, normal).tolist() == [False, False, True, True]


def test_a_germline_allele_is_no_instability() -> None:
    both = table([[0, 20, 20, 0, 0]])
    assert not _against_normal(both, both).any()


def test_slip_and_germline_lengths_are_no_instability_of_a_tumour_alone() -> None:
    slipping, inherited, shifted = [0, 5, 54, 1, 0], [0, 31, 29, 0, 0], [6, 2, 52, 0, 0]
    chances = unstable_chances(table([*[slipping] * 12, inherited, shifted]))
    assert chances[:13].max() < 0.35
    assert chances[13] > 0.8
    assert len(unstable_chances(table([slipping])[:0])) == 0


class DrawnTumour:
    """Reads over TRACTS runs of eleven A; in the tumour cells a share of them is two bases shorter on one copy."""

    def __init__(self, folder: Path, unstable: int, depth: float = 50.0) -> None:
        rng = np.random.default_rng(3)
        parts = ["".join(rng.choice(list("ACGT"), SPACING - 13)) + "G" + "A" * 11 + "C" for _ in range(TRACTS)]
        text = "".join(parts) + "".join(rng.choice(list("ACGT"), SPACING))
        self.reference = Reference(write_fasta(folder / "ref.fa", {CONTIG: text}))
        starts = [SPACING * (i + 1) - 13 for i in range(unstable)]
        clone = [Variant(CONTIG, p, "GAA", "G") for p in starts]
        cells = [Haplotype(0.25, ()), Haplotype(0.5, ()), Haplotype(0.25, clone)]
        tumour = simulate_reads({CONTIG: text}, cells, folder / "t.bam", depth=depth, seed=1)
        normal = simulate_reads({CONTIG: text}, [Haplotype(1.0, ())], folder / "n.bam", depth=depth, seed=2)
        self.tumour, self.normal = Alignments(tumour, self.reference), Alignments(normal, self.reference)


@pytest.mark.parametrize(("unstable", "status"), [(0, "stable"), (15, "high")])
def test_tumours_are_told_apart(tmp_path: Path, unstable: int, status: str) -> None:
    drawn = DrawnTumour(tmp_path, unstable)
    found = measure_msi(drawn.tumour, drawn.normal, drawn.reference, None)
    assert found.status == status
    assert found.sites >= SITES_NEEDED
    assert abs(found.unstable - unstable) <= 4
    alone = measure_msi(drawn.tumour, None, drawn.reference, None)
    assert alone.mode == "tumour_alone"
    assert (alone.unstable > 6) == (unstable > 0)


def test_too_little_is_not_determined_and_says_why(tmp_path: Path) -> None:
    drawn = DrawnTumour(tmp_path, 0, depth=12)
    found = measure_msi(drawn.tumour, drawn.normal, drawn.reference, None).plain()
    assert found["status"] == "not_determined"
    assert str(SITES_NEEDED) in found["reason"]
    nowhere = measure_msi(drawn.tumour, None, drawn.reference, Intervals({CONTIG: [(0, 50)]})).plain()
    assert nowhere["score"] is None and nowhere["status"] == "not_determined"
