"""Pileup images: who gets a row, what a row says, and that images and features do not depend on depth's cap."""

import numpy as np
import pytest

from loci2lead.io.alignments import Alignments
from loci2lead.io.fasta import Reference
from loci2lead.variants.candidates import Gates
from loci2lead.variants.examine import examine
from loci2lead.variants.features import FEATURES, WIDTH, chunk_alleles, locus_features
from loci2lead.variants.library import measure_library
from loci2lead.variants.tensors import CHANNELS, HEIGHT, allele_image, choose_rows
from tests.variants.drawn_reads import CONTIG, DrawnSample


@pytest.mark.parametrize(("supporters", "rest"), [(3, 10), (5, 500), (30, 5), (30, 500), (400, 500), (0, 7), (90, 0)])
def test_supporters_are_kept_while_they_fill_at_most_half(supporters: int, rest: int) -> None:
    margin = np.array([-5.0] * rest + [9.0] * supporters)
    rows = choose_rows(margin, HEIGHT)
    kept = int((margin[rows] > 0).sum())
    assert len(rows) == min(supporters + rest, HEIGHT)
    assert len(set(rows.tolist())) == len(rows)
    assert kept == min(supporters, max(HEIGHT - rest, HEIGHT // 2))
    assert (np.diff((margin[rows] > 0).astype(int)) <= 0).all()


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory):
    sample = DrawnSample(tmp_path_factory.mktemp("drawn"), length=6_000)
    reference = Reference(sample.reference)
    alignments = Alignments(sample.bam, reference)
    library = measure_library(alignments, reference)
    return sample, library, examine(alignments, reference, CONTIG, 0, library, Gates())


def test_the_image_shows_the_reads_of_the_allele(examined) -> None:
    sample, _, chunk = examined
    variant = next(v for v in sample.copies[0] if len(v.ref) == len(v.alt) == 1 and v not in sample.copies[1])
    locus = next(x for x in chunk.loci if x.alleles[0].position == variant.position)
    image = allele_image(chunk, locus, 0)
    assert image.shape == (CHANNELS, HEIGHT, WIDTH)
    centre = image[:, :, WIDTH // 2]
    differs = centre[3] == 255
    assert differs.sum() == min(int(locus.carries[:, 0].sum()), HEIGHT)
    assert set(centre[0][differs].tolist()) == {60 * ("ACGT".index(variant.alt) + 1)}
    assert (centre[5][differs] > 128).all()
    present = centre[2] > 0
    assert set(centre[2][present].tolist()) <= {80, 220}
    assert not image[:, ~image[2].any(axis=1)].any()


def test_features_are_finite_and_bounded(examined) -> None:
    _, library, chunk = examined
    near = chunk_alleles(chunk.loci)
    table = np.concatenate([locus_features(chunk, locus, near, library) for locus in chunk.loci])
    assert table.shape[1] == len(FEATURES)
    assert np.isfinite(table).all()
    assert np.abs(table).max() <= 4
    assert (table.std(axis=0) > 0).sum() > 30
