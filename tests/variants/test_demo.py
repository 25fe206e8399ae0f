"""The simulated demo: known codons in frame, sound gene models, variants that are what they are called."""

from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

from loci2lead.io.gff import read_transcripts
from loci2lead.io.vcf import read_annotated
from loci2lead.variants.annotate import annotate
from loci2lead.variants.demo_genome import DemoGenome, gff_lines, known_codons, make_genome
from loci2lead.variants.demo_inputs import expression, targets
from loci2lead.variants.demo_variants import DemoSample, make_samples, place_implants, truth_lines
from loci2lead.variants.hgvs_protein import translate

LENGTHS = {
    "BRAF": 766,
    "KRAS": 188,
    "EGFR": 1210,
    "TP53": 393,
    "BRCA1": 1863,
    "BRCA2": 3418,
    "APC": 2843,
    "PIK3CA": 1068,
}
RESIDUES = [
    *(("BRAF", 600, "V"), ("KRAS", 12, "G"), ("KRAS", 61, "Q"), ("NRAS", 61, "Q"), ("EGFR", 858, "L")),
    *(("EGFR", 790, "T"), ("PIK3CA", 545, "E"), ("PIK3CA", 1047, "H"), ("TP53", 175, "R"), ("TP53", 248, "R")),
    *(("TP53", 273, "R"), ("TP53", 282, "R"), ("ERBB2", 755, "L"), ("ERBB2", 777, "V"), ("PTEN", 130, "R")),
    *(("KIT", 816, "D"), ("KIT", 559, "V"), ("IDH1", 132, "R"), ("SMAD4", 361, "R"), ("BRCA1", 61, "C")),
    *(("BRCA2", 1982, "S"), ("APC", 1450, "R"), ("MET", 1003, "Y"), ("TP53", 249, "R"), ("TP53", 245, "G")),
]


@pytest.fixture(scope="module")
def genome() -> DemoGenome:
    return make_genome(1)


@pytest.fixture(scope="module")
def samples(genome: DemoGenome) -> list[DemoSample]:
    return make_samples(genome, 1)


@pytest.mark.parametrize(("gene", "number", "residue"), RESIDUES)
def test_known_residues_are_in_their_place(genome: DemoGenome, gene: str, number: int, residue: str) -> None:
    mapped = genome.map_of(gene)
    assert translate(mapped.sequence[mapped.coding_start :])[number - 1] == residue


@pytest.mark.parametrize("gene", LENGTHS)
def test_proteins_have_their_real_length(genome: DemoGenome, gene: str) -> None:
    mapped = genome.map_of(gene)
    protein = translate(mapped.sequence[mapped.coding_start :])
    assert protein[0] == "M" and len(protein) == LENGTHS[gene] + 1 and mapped.coding_length == 3 * len(protein)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gene_models_read_back_sound(seed: int, tmp_path: Path) -> None:
    genome = make_genome(seed)
    path = tmp_path / "genes.gff3"
    path.write_text("\n".join(gff_lines(genome)) + "\n")
    found = read_transcripts(path)
    assert {t.gene.strand for t in found} == {1, -1} and all(len(t.cds) >= 4 for t in found)
    assert [(t.gene, t.id, t.exons, t.cds, t.flaw) for t in found] == [
        (t.gene, t.id, t.exons, t.cds, "") for t in genome.transcripts
    ]


def test_introns_have_splice_sites(genome: DemoGenome) -> None:
    for transcript in genome.transcripts:
        bases = genome.sequences[transcript.gene.contig]
        for (_, end), (start, _) in zip(transcript.exons, transcript.exons[1:], strict=False):
            pair = bases[end : end + 2], bases[start - 2 : start]
            assert pair == (("GT", "AG") if transcript.gene.strand > 0 else ("CT", "AC"))


def test_known_codons_lie_within_one_exon(genome: DemoGenome) -> None:
    for transcript in genome.transcripts:
        mapped = genome.map_of(transcript.gene.name)
        for first, bases in known_codons(transcript.gene.name):
            ends = [
                mapped.genomic_base(mapped.parse_position(str(n))) for n in (3 * first - 2, 3 * first - 3 + len(bases))
            ]
            assert mapped.exon_number(ends[0]) == mapped.exon_number(ends[1])


def test_the_same_seed_gives_the_same_and_another_seed_another(genome: DemoGenome) -> None:
    assert make_genome(1).sequences == genome.sequences
    assert make_genome(2).sequences != genome.sequences
    assert make_samples(genome, 1) == make_samples(genome, 1) != make_samples(genome, 2)


def test_haplotypes_fit_the_genome_and_do_not_overlap(genome: DemoGenome, samples: list[DemoSample]) -> None:
    for sample in samples:
        assert sum(h.weight for h in sample.haplotypes) == pytest.approx(1.0)
        for haplotype in sample.haplotypes:
            last: dict[str, int] = {}
            for variant in haplotype.variants:
                bases = genome.sequences[variant.contig]
                assert bases[variant.position :].startswith(variant.ref) and variant.ref != variant.alt
                assert variant.position >= last.get(variant.contig, 0)
                last[variant.contig] = variant.position + len(variant.ref)


def test_the_tumour_is_its_germline_and_more(samples: list[DemoSample]) -> None:
    germline, other, tumour = samples
    background = {v for h in germline.haplotypes for v in h.variants}
    everything = {v for h in tumour.haplotypes for v in h.variants}
    assert everything == background | tumour.somatic and not background & tumour.somatic
    assert background != {v for h in other.haplotypes for v in h.variants}
    for variant in tumour.somatic:  # seen often enough for a caller of germline variants
        assert sum(h.weight for h in tumour.haplotypes if variant in h.variants) >= 0.25


@pytest.mark.parametrize("name", ["germline-1", "germline-2", "tumour-1"])
def test_variants_are_what_they_are_called(
    genome: DemoGenome, samples: list[DemoSample], tmp_path: Path, name: str
) -> None:
    """Implanted variants get their known protein name; drawn ones change no protein."""
    sample = next(s for s in samples if s.name == name)
    (tmp_path / "genes.gff3").write_text("\n".join(gff_lines(genome)) + "\n")
    (tmp_path / "genome.fa").write_text("".join(f">{c}\n{b}\n" for c, b in genome.sequences.items()))
    (tmp_path / "truth.vcf").write_text("\n".join(truth_lines(genome, sample)) + "\n")
    annotate(tmp_path / "truth.vcf", tmp_path / "genes.gff3", tmp_path / "a.vcf", reference=tmp_path / "genome.fa")
    harmless = {"synonymous_variant", "intron_variant", "upstream_gene_variant"}
    harmless |= {"5_prime_UTR_variant", "3_prime_UTR_variant"}
    found = read_annotated(tmp_path / "a.vcf")
    changed = {(v.gene, str(v.hgvs_p)) for v in found if set(v.consequences) - harmless - {"splice_region_variant"}}
    expected = {(i.gene, i.protein) for i in place_implants(genome) if i.sample == name}
    assert len(changed) == len(expected)
    for gene, protein in expected:
        assert any(g == gene and p.startswith(protein.removesuffix("fs")) for g, p in changed)
    assert sum(v.consequences == ("synonymous_variant",) for v in found) >= 5


def test_targets_hold_every_coding_base(genome: DemoGenome) -> None:
    regions = targets(genome)
    assert regions == sorted(regions)
    for transcript in genome.transcripts:
        for start, end in transcript.cds:
            assert any(c == transcript.gene.contig and s <= start and end <= e for c, s, e in regions)


def test_expression_is_tpm_and_each_gene_is_drawn_by_its_name() -> None:
    table = expression([f"G{i}" for i in range(500)], 3)
    assert (table["tpm"] >= 0).all() and table["tpm"].sum() <= 1e6 and table["tpm"].max() > 25


@pytest.mark.slow
def test_reads_carry_the_variants(tmp_path: Path, run_cli: Callable[..., tuple[int, str, str]]) -> None:
    code, _, error = run_cli("simulate-demo", "--output", tmp_path, "--seed", 1)
    assert code == 0, error
    place = next(i.variant for i in place_implants(make_genome(1)) if i.gene == "BRAF")
    with pysam.AlignmentFile(str(tmp_path / "tumour-1.bam")) as bam:
        counts = bam.count_coverage(place.contig, place.position, place.position + 1)
    depth = {base: count[0] for base, count in zip("ACGT", counts, strict=True)}
    assert sum(depth.values()) > 40 and 0.15 < depth[place.alt] / sum(depth.values()) < 0.45
