"""Read-backed phase: sets agree with the haplotypes the reads came from, whatever regions are asked for."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pysam
import pytest

from loci2lead.variants.caller import CalledChunk
from loci2lead.variants.candidates import Allele
from loci2lead.variants.genotypes import Record
from loci2lead.variants.loci import Locus
from loci2lead.variants.phase_sets import joined
from loci2lead.variants.phasing import Borders, PhaseSets, find_sets
from tests.variants.drawn_reads import CONTIG, DrawnSample

NOBODY = np.zeros(0, np.int32)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DrawnSample:
    return DrawnSample(tmp_path_factory.mktemp("drawn"), length=9_000)


def call(run_cli, sample: DrawnSample, output: Path, *options: object) -> list[str]:
    code, _, err = run_cli(
        "call-variants", "--reads", sample.bam, "--reference", sample.reference, "--output", output, *options
    )
    assert code == 0, err
    with pysam.VariantFile(str(output)) as vcf:
        return [str(record) for record in vcf]


def test_sets_agree_with_the_haplotypes(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    call(run_cli, sample, tmp_path / "x.vcf.gz")
    carried = [{(v.position, v.alt) for v in copy if len(v.ref) == len(v.alt) == 1} for copy in sample.copies]
    sets: dict[int, list[int]] = {}
    hets = 0
    with pysam.VariantFile(str(tmp_path / "x.vcf.gz")) as vcf:
        for record in vcf:
            genotype = record.samples[0]
            if genotype["GT"] not in ((0, 1), (1, 0)) or len(record.ref) > 1 or len(record.alts[0]) > 1:
                continue
            hets += 1
            if genotype.phased:
                first = (record.start, record.alts[0]) in carried[0]
                sets.setdefault(genotype["PS"], []).append(int(first == (genotype["GT"] == (1, 0))))
    assert hets > 15 and sum(map(len, sets.values())) > 0.9 * hets
    # Within a set all genotypes are turned alike.
    assert all(len(set(turns)) == 1 for turns in sets.values())
    assert max(map(len, sets.values())) >= 4


def test_regions_do_not_change_phase(run_cli, sample: DrawnSample, tmp_path: Path) -> None:
    whole = call(run_cli, sample, tmp_path / "x.vcf.gz")
    part = call(run_cli, sample, tmp_path / "y.vcf.gz", "--regions", f"{CONTIG}:2500-4500")
    assert part and set(part) <= set(whole)


def locus(position: int, read: list[int], alt: list[int], copies: int = 1) -> tuple[Record, Locus]:
    """Return a heterozygous SNP over the given reads, of which `alt` clearly show the alternate base."""
    costs = np.array([[30.0, 0.0] if r in alt else [0.0, 30.0] for r in read])
    haplotypes = np.array([[False], [True]])
    place = Locus(
        (Allele(position, "A", "C", (position, position + 1), len(alt), len(read)),),
        np.array(read), np.zeros((len(read), 1), bool), costs, haplotypes, np.zeros((1, 3)),
    )  # fmt: skip
    genotype = (0, 1) if copies == 1 else (1, 1)
    record = Record("c", position, "A", ("C",), 50, "PASS", genotype, 50, len(read), (1, 1), (0, 0, 0), kept=(0,))
    return record, place


def phased(*loci: tuple[Record, Locus], pair: list[int] | None = None) -> list[tuple[tuple[int, ...], int | None]]:
    chunk = chunk_of(0, loci, Borders(np.array(pair or range(20), np.int32), NOBODY, NOBODY))
    return outcome(joined(iter([chunk]), alone))


def chunk_of(start: int, loci: Sequence[tuple[Record, Locus]], borders: Borders) -> CalledChunk:
    records = [record for record, _ in loci]
    return CalledChunk("c", start, records, [], find_sets(records, [place for _, place in loci], borders))


def alone(contig: str, start: int) -> PhaseSets:
    raise AssertionError(f"{start} was asked for")


def outcome(chunks: Iterable[CalledChunk]) -> list[tuple[tuple[int, ...], int | None]]:
    return [(record.genotype, record.phase_set) for chunk in chunks for record in chunk.records]


def test_cis_trans_and_what_lies_between() -> None:
    first, cis, trans = (
        locus(10, [0, 1, 2, 3], [0, 1]),
        locus(20, [0, 1, 2, 3], [0, 1]),
        locus(30, [0, 1, 2, 3], [2, 3]),
    )
    homozygous = locus(15, [0, 1, 2, 3], [0, 1, 2, 3], copies=2)
    assert phased(first, homozygous, cis, trans) == [((0, 1), 11), ((1, 1), None), ((0, 1), 11), ((1, 0), 11)]


def test_one_molecule_or_a_split_vote_links_nothing() -> None:
    assert phased(locus(10, [0, 1], [0]), locus(20, [1, 2], [2])) == [((0, 1), None)] * 2
    torn = locus(20, [0, 1, 2, 3], [0, 2])
    assert phased(locus(10, [0, 1, 2, 3], [0, 1]), torn) == [((0, 1), None)] * 2
    # Reads 0 and 1 are mates: one molecule.
    pair = [0, 0, 1, 2]
    assert phased(locus(10, [0, 1], [0, 1]), locus(20, [0, 1], [0, 1]), pair=pair) == [((0, 1), None)] * 2


def test_mates_link_what_no_single_read_spans() -> None:
    pair = [0, 1, 2, 0, 1, 2]
    assert phased(locus(10, [0, 1, 2], [0]), locus(400, [3, 4, 5], [3]), pair=pair) == [((0, 1), 11), ((0, 1), 11)]


def test_sets_go_on_across_borders_under_the_name_of_the_first() -> None:
    """Three chunks of one call each; reads 1 and 2 of a chunk are reads 5 and 4 of the next, told by their order."""
    everyone = np.arange(8, dtype=np.int32)
    left, right = np.array([5, 4], np.int32), np.array([1, 2], np.int32)
    chunks = [
        chunk_of(0, [locus(9_990, [1, 2], [1])], Borders(everyone, NOBODY, right)),
        chunk_of(10_000, [locus(10_010, [1, 2, 4, 5], [1, 4])], Borders(everyone, left, right)),
        chunk_of(20_000, [locus(20_010, [4, 5], [5])], Borders(everyone, left, NOBODY)),
    ]
    whole = [((0, 1), 9_991), ((1, 0), 9_991), ((1, 0), 9_991)]
    assert outcome(joined(iter(chunks), alone)) == whole
    by_start = {chunk.start: chunk.sets for chunk in chunks}
    for number, chunk in enumerate(chunks):
        part = joined(iter([chunk]), lambda contig, start: by_start[start])
        assert outcome(part) == whole[number : number + 1], "each by itself is called what it is called together"


def test_one_molecule_over_the_border_joins_nothing() -> None:
    everyone = np.arange(4, dtype=np.int32)
    border = np.array([1], np.int32)
    chunks = [
        chunk_of(0, [locus(9_980, [1, 2], [1]), locus(9_990, [1, 2], [1])], Borders(everyone, NOBODY, border)),
        chunk_of(10_000, [locus(10_010, [1], [1])], Borders(everyone, border, NOBODY)),
    ]
    assert outcome(joined(iter(chunks), alone)) == [((0, 1), 9_981), ((0, 1), 9_981), ((0, 1), None)]


def test_codons_are_read_right(run_cli, tmp_path: Path) -> None:
    """Two neighbouring SNVs on one copy carry the same PS and side, which annotation joins."""
    from loci2lead.variants.haplotypes import Haplotype, Variant
    from loci2lead.variants.simulate import simulate_reads
    from tests.variants.drawn_reads import draw_sequence, other_base, write_fasta

    text = draw_sequence(3_500)
    cis = [Variant(CONTIG, p, text[p], other_base(text[p])) for p in (1500, 1501)]
    write_fasta(tmp_path / "ref.fa", {CONTIG: text})
    haplotypes = [Haplotype(0.5, cis), Haplotype(0.5, [])]
    bam = simulate_reads({CONTIG: text}, haplotypes, tmp_path / "x.bam", depth=40, seed=2)
    output = tmp_path / "x.vcf.gz"
    assert run_cli("call-variants", "--reads", bam, "--reference", tmp_path / "ref.fa", "--output", output)[0] == 0
    with pysam.VariantFile(str(output)) as vcf:
        found = [
            (r.pos, r.samples[0]["GT"], r.samples[0]["PS"], r.samples[0].phased) for r in vcf if r.pos in (1501, 1502)
        ]
    assert found == [(1501, (0, 1), 1501, True), (1502, (0, 1), 1501, True)]
