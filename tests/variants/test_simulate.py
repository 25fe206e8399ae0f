"""The simulator: the same bytes for a seed, the depth, allele shares, slips and errors it was asked for."""

from pathlib import Path

import numpy as np
import pysam
import pytest

from loci2lead.errors import InputError
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.library_design import Decoy, Library, Region, SystematicSite
from loci2lead.variants.sequencing import SequencerProfile
from loci2lead.variants.simulate import simulate_reads
from loci2lead.variants.training_data import draw_profile
from tests.variants.drawn_reads import CONTIG, draw_sequence, other_base, spread_variants

SEQUENCE = draw_sequence(12_000)
CLEAN = SequencerProfile(error_scale=0.0)


def simulate(path: Path, haplotypes: list[Haplotype], **options) -> pysam.AlignmentFile:
    options = {"depth": 40.0, "seed": 4, **options}
    return pysam.AlignmentFile(str(simulate_reads({CONTIG: SEQUENCE}, haplotypes, path, **options)))


def base_share(bam: pysam.AlignmentFile, position: int, base: str) -> float:
    counts = np.array(bam.count_coverage(CONTIG, position, position + 1, quality_threshold=0))[:, 0]
    return counts["ACGT".index(base)] / counts.sum()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    haplotypes = [Haplotype(0.5, copy) for copy in spread_variants(SEQUENCE)]
    for name in ("a", "b", "c"):
        simulate(tmp_path / f"{name}.bam", haplotypes, seed=5 if name == "c" else 4)
    a, b, c = ((tmp_path / f"{name}.bam").read_bytes() for name in "abc")
    assert a == b
    assert a != c
    assert "PG" not in pysam.AlignmentFile(str(tmp_path / "a.bam")).header.to_dict()


def test_depth_pairs_and_order(tmp_path: Path) -> None:
    bam = simulate(tmp_path / "x.bam", [Haplotype(1.0)], sample_name="P7")
    reads = list(bam)
    assert sum(r.query_length for r in reads) / len(SEQUENCE) == pytest.approx(40, rel=0.1)
    assert [r.reference_start for r in reads] == sorted(r.reference_start for r in reads)
    assert bam.header.to_dict()["RG"][0]["SM"] == "P7"
    first = next(r for r in reads if r.is_read1)
    mate = bam.mate(first)
    assert mate.query_name == first.query_name
    assert mate.template_length == -first.template_length
    fragments = [r.template_length for r in reads if r.template_length > 0]
    assert np.mean(fragments) == pytest.approx(400, rel=0.05)


@pytest.mark.parametrize(("weights", "share"), [((0.5, 0.5), 0.5), ((0.8, 0.2), 0.2), ((3, 1), 0.25), ((0, 1), 1.0)])
def test_allele_share_follows_the_weights(tmp_path: Path, weights: tuple, share: float) -> None:
    alt = other_base(SEQUENCE[6000])
    variant = Variant(CONTIG, 6000, SEQUENCE[6000], alt)
    haplotypes = [Haplotype(weights[0]), Haplotype(weights[1], [variant])]
    bam = simulate(tmp_path / "x.bam", haplotypes, depth=250.0, library=Library(profile=CLEAN, slip_rate=0))
    assert base_share(bam, 6000, alt) == pytest.approx(share, abs=0.09)


def test_without_errors_and_slips_every_read_spells_its_haplotype(tmp_path: Path) -> None:
    copies = spread_variants(SEQUENCE)
    texts = []
    for copy in copies:
        text, shift = SEQUENCE, 0
        for v in copy:
            at = v.position + shift
            text = text[:at] + v.alt + text[at + len(v.ref) :]
            shift += len(v.alt) - len(v.ref)
        texts.append(text)
    library = Library(profile=CLEAN, slip_rate=0)
    for read in simulate(tmp_path / "x.bam", [Haplotype(0.5, c) for c in copies], library=library):
        assert any(read.query_sequence in text for text in texts)


def test_slips_come_at_the_asked_rate(tmp_path: Path) -> None:
    library = Library(profile=CLEAN, slip_rate=0.05)
    bam = simulate(tmp_path / "x.bam", [Haplotype(1.0)], depth=600.0, library=library)
    run = SEQUENCE[1995:2020]
    changed = spanning = 0
    for read in bam.fetch(CONTIG, 1990, 2025):
        if read.reference_start > 1990 or read.reference_end < 2025:
            continue
        spanning += 1
        changed += run not in read.query_sequence
    expected = 0.05 * 1.5**3
    assert changed / spanning == pytest.approx(expected, rel=0.3)


def test_errors_follow_the_qualities(tmp_path: Path) -> None:
    bam = simulate(tmp_path / "x.bam", [Haplotype(1.0)], depth=200.0, slip_rate=0)
    claimed = seen = 0.0
    for read in bam:
        if read.cigarstring != f"{read.query_length}M":
            continue
        expected = SEQUENCE[read.reference_start : read.reference_end]
        seen += sum(a != b for a, b in zip(read.query_sequence, expected, strict=True))
        claimed += float((10 ** (np.array(read.query_qualities) / -10)).sum())
    assert seen / claimed == pytest.approx(1.0, rel=0.1)


def test_drawn_qualities_differ_in_level_and_shape(rng: np.random.Generator) -> None:
    profiles = [draw_profile(rng) for _ in range(60)]
    drawn = [profile.qualities(300, 100, rng) for profile in profiles]
    assert all(set(np.unique(q)) <= set(profile.bins) for q, profile in zip(drawn, profiles, strict=True))
    means = [q[:, 10:].mean() for q in drawn]
    assert min(means) < 28 and max(means) > 38, "as low as recalibrated libraries, as high as the best machines"
    best = max(drawn, key=lambda q: (q == q.max()).mean())
    assert (best == best.max()).mean() > 0.8


def test_a_warm_up_lowers_the_first_cycles(rng: np.random.Generator) -> None:
    plain, warm = (SequencerProfile(warm_up=w, spread=0.1, bad_reads=0).qualities(500, 60, rng) for w in (0.0, 9.0))
    assert warm[:, 0].mean() < plain[:, 0].mean() - 4
    assert abs(warm[:, 30:].mean() - plain[:, 30:].mean()) < 0.5


def test_systematic_sites_and_decoys_show(tmp_path: Path) -> None:
    wrong = other_base(SEQUENCE[5000])
    paralog = Variant(CONTIG, 8000, SEQUENCE[8000], other_base(SEQUENCE[8000]))
    library = Library(
        profile=CLEAN,
        decoys=[Decoy(Region(CONTIG, 7500, 8500), [paralog], share=1.0, confident=0.0)],
        systematic=[SystematicSite(CONTIG, 5000, wrong, 0.5, True)],
    )
    bam = simulate(tmp_path / "x.bam", [Haplotype(1.0)], depth=200.0, library=library)
    reverse = [r for r in bam.fetch(CONTIG, 5000, 5001) if r.is_reverse]
    shown = [r.query_sequence[5000 - r.reference_start] == wrong for r in reverse if len(r.cigartuples) == 1]
    assert np.mean(shown) == pytest.approx(0.5, abs=0.12)
    assert base_share(bam, 5000, wrong) < 0.35
    assert base_share(bam, 8000, paralog.alt) == pytest.approx(0.5, abs=0.1)
    low = [r.mapping_quality < 60 for r in bam.fetch(CONTIG, 8000, 8001)]
    assert 0.3 < np.mean(low) < 0.7


def test_no_read_over_n(tmp_path: Path) -> None:
    text = SEQUENCE[:5000] + "N" * 300 + SEQUENCE[5300:]
    bam = pysam.AlignmentFile(
        str(simulate_reads({CONTIG: text}, [Haplotype(1.0)], tmp_path / "x.bam", depth=20, seed=1))
    )
    assert not any("N" in r.query_sequence for r in bam)


@pytest.mark.parametrize(
    "variants",
    [
        [Variant(CONTIG, 100, "X", "A")],
        [Variant(CONTIG, 100, SEQUENCE[100:103], "N"), Variant(CONTIG, 102, SEQUENCE[102], "N")],
    ],
)
def test_variants_that_do_not_fit_are_refused(tmp_path: Path, variants: list[Variant]) -> None:
    with pytest.raises(InputError):
        simulate(tmp_path / "x.bam", [Haplotype(1.0, variants)])
    assert not list(tmp_path.iterdir())
