"""Slip rates measured without truth: they find what the simulator put in, variants or not."""

from pathlib import Path

import numpy as np
import pytest

from loci2lead.io.alignments import Alignments
from loci2lead.io.fasta import Reference
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.library import measure_library
from loci2lead.variants.repeats import find_repeats
from loci2lead.variants.simulate import simulate_reads
from loci2lead.variants.slips import fit_slips
from tests.variants.drawn_reads import CONTIG, write_fasta


def repeat_genome(rng: np.random.Generator) -> tuple[str, list[Variant]]:
    """Return 60 kb with a run of 6 to 13 A every 400 bases, a fifth of them with a heterozygous deletion."""
    text, variants = "", []
    while len(text) < 60_000:
        text += "".join(rng.choice(list("ACGT"), 400)) + "G" + "A" * int(rng.integers(6, 14)) + "C"
        run = text[:-1].rstrip("A")
        if rng.random() < 0.2:
            variants.append(Variant(CONTIG, len(run) - 1, "GA", "G"))
    return text, variants


@pytest.mark.parametrize("rate", [0.0005, 0.01, 0.08])
def test_finds_the_rate_of_the_library(tmp_path: Path, rng: np.random.Generator, rate: float) -> None:
    text, variants = repeat_genome(rng)
    reference = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: text}))
    haplotypes = [Haplotype(0.5), Haplotype(0.5, variants)]
    bam = simulate_reads({CONTIG: text}, haplotypes, tmp_path / "x.bam", depth=40, seed=2, slip_rate=rate)
    library = measure_library(Alignments(bam, reference), reference)
    found = library.slips.rate(np.array([9, 12]), np.array([1, 1]))
    assert found[0] == pytest.approx(rate, rel=0.6)
    assert found[1] > found[0]
    assert 0.5 < library.slips.shorter[0] < 0.8 or rate < 0.001
    assert library.depth == pytest.approx(40, rel=0.2)


def test_without_reads_the_prior_stands() -> None:
    slips = fit_slips([])
    rates = slips.rate(np.array([4, 9, 15]), np.array([1, 1, 1]))
    assert (np.diff(rates) > 0).all()
    shorter, longer = slips.costs(np.array([9]), np.array([1]))
    assert 15 < shorter[0] < longer[0] < 35


def slow_repeats(text: str) -> set[tuple[int, int, int]]:
    """Return tracts by looking at every start and unit."""
    found = set()
    for unit in range(1, 5):
        for start in range(len(text)):
            if start and start + unit - 1 < len(text) and text[start - 1] == text[start + unit - 1]:
                continue
            end = start + unit
            while end < len(text) and text[end] == text[end - unit]:
                end += 1
            motif = text[start : start + unit]
            simple = any(unit % k == 0 and motif == motif[:k] * (unit // k) for k in (1, 2) if k < unit)
            if not simple and end - start >= (4 if unit == 1 else 3 * unit):
                found.add((start, end, unit))
    return found


def test_repeats_agree_with_a_slow_search(rng: np.random.Generator) -> None:
    for _ in range(20):
        text = "".join(rng.choice(list("ACGT"), 300, p=[0.55, 0.25, 0.1, 0.1]))
        repeats = find_repeats(np.frombuffer(text.encode(), np.uint8))
        assert set(
            zip(repeats.start.tolist(), repeats.end.tolist(), repeats.unit.tolist(), strict=True)
        ) == slow_repeats(text)
