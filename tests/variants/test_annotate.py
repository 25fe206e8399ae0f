"""The annotation of whole VCFs on the demo's simulated genome: what is written, refused, renamed and kept."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pysam
import pytest

from loci2lead.errors import InputError
from loci2lead.io.so_terms import severity
from loci2lead.io.vcf import AnnotatedVariant, read_annotated
from loci2lead.variants.annotate import annotate
from loci2lead.variants.annotate_effects import own_terms
from loci2lead.variants.demo_genome import DemoGenome, gff_lines, make_genome
from loci2lead.variants.hgvs import shift, trim
from loci2lead.variants.hgvs_protein import protein_change

HEADER = """##fileformat=VCFv4.2
##INFO=<ID=TVAF,Number=1,Type=Float,Description="Fraction">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">"""


@pytest.fixture(scope="module")
def genome() -> DemoGenome:
    return make_genome(7)


@pytest.fixture(scope="module")
def files(genome: DemoGenome, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return gene models and FASTA of the simulated genome."""
    folder = tmp_path_factory.mktemp("genome")
    (folder / "genes.gff3").write_text("\n".join(gff_lines(genome)) + "\n")
    (folder / "genome.fa").write_text("".join(f">{c}\n{bases}\n" for c, bases in genome.sequences.items()))
    return folder / "genes.gff3", folder / "genome.fa"


def write_vcf(path: Path, rows: list[str], samples: str = "", header: str = HEADER) -> Path:
    """Write a VCF; rows are columns joined by blanks."""
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    columns += ["FORMAT", *samples.split()] if samples else []
    lines = [header, "\t".join(columns), *("\t".join(row.split(" ")) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def codon_place(genome: DemoGenome, gene: str, codon: int, offset: int) -> tuple[str, int, str]:
    """Return contig, 1-based position and reference base of one base of a codon."""
    mapped = genome.map_of(gene)
    base = mapped.genomic_base(mapped.parse_position(str(3 * codon - 2 + offset)))
    contig = mapped.transcript.gene.contig
    return contig, base + 1, genome.sequences[contig][base]


def v600e(genome: DemoGenome) -> str:
    contig, position, ref = codon_place(genome, "BRAF", 600, 1)
    assert ref == "A"  # BRAF lies on the minus strand
    return f"{contig} {position} . A T 50 PASS TVAF=0.3"


def run(path: Path, files: tuple[Path, Path], **options: object) -> list[AnnotatedVariant]:
    output = path.parent / "out" / "annotated.vcf.gz"
    annotate(path, files[0], output, **{"reference": files[1], **options})  # type: ignore[arg-type]
    return read_annotated(output)


def rejected(path: Path) -> list[dict[str, str]]:
    with (path.parent / "out" / "annotated.rejected.tsv").open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_braf_v600e_is_braf_v600e(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    (variant,) = run(write_vcf(tmp_path / "a.vcf", [v600e(genome)]), files)
    assert (variant.gene, variant.hgvs_c, variant.hgvs_p) == ("BRAF", "c.1799T>A", "p.Val600Glu")
    assert variant.consequences == ("missense_variant",) and variant.codon == 600
    assert variant.vaf == pytest.approx(0.3) and variant.genotype is None


def test_without_a_fasta_only_what_the_position_says(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path
) -> None:
    (variant,) = run(write_vcf(tmp_path / "a.vcf", [v600e(genome)]), files, reference=None)
    assert (variant.gene, variant.codon, variant.transcript) == ("BRAF", 600, "DEMOT00001.1")
    assert variant.exon is not None and variant.exon.endswith("/12")
    assert variant.consequences == () and variant.hgvs_c is None and variant.hgvs_p is None


@pytest.mark.parametrize("with_fasta", [True, False])
def test_tert_promoter_by_rule(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, with_fasta: bool) -> None:
    mapped = genome.map_of("TERT")
    rows = []
    for position in ("-124", "-146", "-100"):
        base = mapped.genomic_base(mapped.parse_position(position))
        ref = genome.sequences["demo2"][base]
        rows.append((base, f"demo2 {base + 1} . {ref} {'A' if ref != 'A' else 'C'} . PASS TVAF=0.4"))
    path = write_vcf(tmp_path / "a.vcf", [row for _, row in sorted(rows)])
    found = {v.position: v for v in run(path, files, **({} if with_fasta else {"reference": None}))}
    first, second, other = (found[base] for base, _ in rows)
    assert first.rules == second.rules == ("TERT_promoter",) and other.rules == ()
    if with_fasta:
        assert (first.hgvs_c, second.hgvs_c) == ("c.-124C>T", "c.-146C>T")
        assert first.consequences[0] in {"upstream_gene_variant", "5_prime_UTR_variant"}


def test_met_exon14_skipping_by_rule(tmp_path: Path, files: tuple[Path, Path], genome: DemoGenome) -> None:
    from loci2lead.io.gff import Gene, Transcript
    from loci2lead.variants.annotate_rules import MET_EXON14_LENGTH, rules_for
    from loci2lead.variants.hgvs import Edit
    from loci2lead.variants.transcripts import TranscriptMap

    starts = [1000 * i for i in range(1, 16)]
    for strand in (1, -1):
        exons = [(s, s + MET_EXON14_LENGTH) for s in starts]
        gene = Gene("MET", "G", "c", exons[0][0], exons[-1][1], strand, "protein_coding")
        mapped = TranscriptMap(Transcript(gene, "T", tuple(exons), tuple(exons)))
        start, end = exons[13] if strand > 0 else exons[1]
        donor, acceptor = (end, start - 1) if strand > 0 else (start - 1, end)
        last = donor - strand
        for base in (donor, donor + strand, donor + 2 * strand, last, acceptor, acceptor - strand):
            assert "MET_exon14" in rules_for(Edit(base, base + 1, "G", "A"), mapped)
        for base in (donor + 3 * strand, acceptor - 2 * strand, (start + end) // 2):
            assert "MET_exon14" not in rules_for(Edit(base, base + 1, "G", "A"), mapped)
        tract = acceptor - 15 * strand
        assert "MET_exon14" in rules_for(Edit(tract, tract + 1, "C", ""), mapped)


def test_spelling_does_not_matter(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, rng: np.random.Generator
) -> None:
    """Left-most, right-most and padded spellings of one indel give the same record."""
    mapped = genome.map_of("EGFR")
    contig = mapped.transcript.gene.contig
    bases = genome.sequences[contig]
    rows = []
    for number in range(40):
        start = int(rng.integers(*mapped.transcript.exons[1]))
        size = int(rng.integers(2, 6))
        deleted = trim(start, bases[start : start + size], bases[start])
        edit = deleted if number % 2 else trim(start, bases[start], bases[start : start + size])
        for moved in (shift(edit, mapped._fetch, 1), shift(edit, mapped._fetch, -1), edit):
            low, high = moved.start - 2, moved.end + 1
            ref = bases[low:high]
            rows.append((low, f"{contig} {low + 1} e{number} {ref} {ref[:2]}{moved.alt}{ref[-1]} . PASS TVAF=0.5"))
    found = run(write_vcf(tmp_path / "a.vcf", [row for _, row in sorted(rows)]), files)
    with pysam.VariantFile(str(tmp_path / "out" / "annotated.vcf.gz")) as source:
        ids = [record.id for record in source]
    by_edit: dict[str, set[AnnotatedVariant]] = {}
    for name, variant in zip(ids, found, strict=True):
        by_edit.setdefault(str(name), set()).add(variant)
    assert len(by_edit) == 40 and all(len(spellings) == 1 for spellings in by_edit.values())


def test_annotating_twice_is_annotating_once(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    path = write_vcf(tmp_path / "a.vcf", [v600e(genome), _mnv(genome)])
    once = run(path, files)
    twice = run(tmp_path / "out" / "annotated.vcf.gz", files)
    lines = []
    for name in ("out/annotated.vcf.gz", "out/out/annotated.vcf.gz"):
        with gzip.open(tmp_path / name, "rt") as handle:
            lines.append([line for line in handle if not line.startswith("##loci2lead")])
    assert once == twice and lines[0] == lines[1]


def _mnv(genome: DemoGenome) -> str:
    contig, position, _ = codon_place(genome, "KRAS", 12, 1)
    ref = genome.sequences[contig][position - 1 : position + 1]
    return f"{contig} {position} . {ref} {'AA' if ref != 'AA' else 'GG'} . PASS TVAF=0.2"


BAD = [
    ("demo1 0 . A T . . .", "malformed_record"),
    ("demo1 x . A T . . .", "malformed_record"),
    ("demo1 99999999999 . A T . . .", "malformed_record"),
    ("demo<1 10 . A T . . .", "malformed_record"),
    ("demo1 10 . A T . low,bad .", "malformed_record"),
    ("demo1 10 . A T . . <X=1", "malformed_record"),
    ("demo1 10 . A T . .", "malformed_record"),
    ("demo1 10 . R T . . .", "bad_bases"),
    ("demo1 10 . A R . . .", "bad_bases"),
    ("demo1 10 . A <DEL> . . .", "symbolic_allele"),
    ("demo1 10 . A * . . .", "symbolic_allele"),
    ("demo1 10 . N]demo2:5] A . . .", "bad_bases"),
]


BAD_VALUES = [
    "GT:AD 0/1:x,4",
    "GT:AD abc:6,4",
    "GT:AD 0/1:6,4:7",
    "GT:VAF 0/1:high",
    "GT:VAF 0/1:0.3,",
]
GOOD_VALUES = [
    "HGMD-X 1",
    "GT:AD 0/1:6",
    "GT:VAF 0|1:1e-3",
    "GT:VAF .:nan",
    "GT:AD ./.:.",
    "GT 1",
    "GT:AD:VAF 0/1",
    "GT 0/1/1",
]


@pytest.mark.parametrize("values", BAD_VALUES)
def test_values_that_htslib_stops_at_are_set_aside(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, values: str
) -> None:
    header = HEADER + '\n##FORMAT=<ID=VAF,Number=A,Type=Float,Description="x">'
    rows = [f"{v600e(genome)} {values}", f"{v600e(genome)} GT:AD 0/1:6,4"]
    path = write_vcf(tmp_path / "a.vcf", rows, samples="S", header=header)
    for reference in (None, files[1]):
        assert [v.alt_depth for v in run(path, files, reference=reference)] == [4]
        assert [(r["row"], r["code"]) for r in rejected(path)] == [("0", "malformed_record")]


@pytest.mark.parametrize("values", GOOD_VALUES)
def test_unusual_values_pass(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, values: str) -> None:
    header = HEADER + '\n##FORMAT=<ID=VAF,Number=A,Type=Float,Description="x">'
    path = write_vcf(tmp_path / "a.vcf", [f"{v600e(genome)} {values}"], samples="S", header=header)
    assert len(run(path, files)) == 1 and rejected(path) == []


def test_a_field_too_short_to_be_split_is_dropped(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    row = v600e(genome).replace(" A T ", " A C,T ") + " GT:AD 1/2:1,10"
    found = run(write_vcf(tmp_path / "a.vcf", [row], samples="S"), files)
    assert [v.alt_depth for v in found] == [None, None]


@pytest.mark.parametrize(("row", "code"), BAD, ids=[f"{code}-{i}" for i, (_, code) in enumerate(BAD)])
def test_a_bad_record_is_set_aside_and_the_others_go_on(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, row: str, code: str
) -> None:
    path = write_vcf(tmp_path / "a.vcf", [row, v600e(genome)])
    assert [v.hgvs_p for v in run(path, files)] == ["p.Val600Glu"]
    assert [(r["row"], r["code"]) for r in rejected(path)] == [("0", code)]


def test_a_reference_mismatch_is_set_aside(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    row = v600e(genome)
    path = write_vcf(tmp_path / "a.vcf", [row.replace(" A T ", " C T "), row])
    assert len(run(path, files)) == 1
    assert [(r["row"], r["code"]) for r in rejected(path)] == [("0", "reference_mismatch")]


def test_mostly_mismatches_mean_another_build(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    bases = genome.sequences["demo1"]
    rows = [f"demo1 {p + 1} . {'A' if bases[p] != 'A' else 'C'} G . . ." for p in range(100, 120)]
    with pytest.raises(InputError, match="different genome builds"):
        run(write_vcf(tmp_path / "a.vcf", rows), files)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_other_contig_lengths_mean_another_build(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = write_vcf(tmp_path / "a.vcf", [], header=HEADER + "\n##contig=<ID=demo1,length=5>")
    with pytest.raises(InputError, match="different genome builds"):
        run(path, files)


def test_gene_models_of_another_build(files: tuple[Path, Path], tmp_path: Path) -> None:
    genes = tmp_path / "genes.gff3"
    genes.write_text("##gff-version 3\n#!genome-build GRCh37.p13\n" + files[0].read_text().split("\n", 4)[4])
    path = write_vcf(tmp_path / "a.vcf", ["20 10 . A T . . ."], header=HEADER + "\n##contig=<ID=20,length=64444167>")
    with pytest.raises(InputError, match="gene models are of different genome builds"):
        run(path, (genes, files[1]), reference=None)


def test_no_common_contig(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = write_vcf(tmp_path / "a.vcf", ["chr7 10 . A T . . ."])
    with pytest.raises(InputError, match="share no contig"):
        run(path, files)
    with pytest.raises(InputError, match="share no contig"):
        run(path, files, reference=None)


def test_contig_styles_are_reconciled_and_kept(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    renamed = tmp_path / "genes.gff3"
    renamed.write_text(files[0].read_text().replace("demo", "chrdemo"))
    (variant,) = run(write_vcf(tmp_path / "a.vcf", [f"chr{v600e(genome)}"]), (renamed, files[1]))
    assert (variant.contig, variant.hgvs_p) == ("chrdemo1", "p.Val600Glu")


def test_several_samples_must_be_chosen_from(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    row = f"{v600e(genome)} GT:AD 0/0:30,0 0/1:20,10"
    path = write_vcf(tmp_path / "a.vcf", [row], samples="left right")
    with pytest.raises(InputError, match="left, right"):
        run(path, files)
    with pytest.raises(InputError, match="not in the VCF"):
        run(path, files, sample="X")
    (variant,) = run(path, files, sample="right", sample_name="case-1")
    assert (variant.genotype, variant.depth, variant.alt_depth) == ("0/1", 30, 10)
    with pysam.VariantFile(str(tmp_path / "out" / "annotated.vcf.gz")) as source:
        assert list(source.header.samples) == ["case-1"]


def test_the_header_keeps_nothing_that_identifies(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    secrets = """##source=/home/jane/run.sh
##commandline="call --in /data/JaneDoe.bam"
##SAMPLE=<ID=TCGA-A6-2686-01A,Description="Jane">
##fileDate=20240229
##INFO=<ID=X,Number=1,Type=String,Description="from /home/jane/x.txt of TCGA-A6-2686">"""
    path = write_vcf(
        tmp_path / "a.vcf",
        [f"{v600e(genome)};X=1 GT 0/1"],
        samples="TCGA-A6-2686-01A",
        header=HEADER + "\n" + secrets,
    )
    run(path, files, sample_name="case-1")
    with gzip.open(tmp_path / "out" / "annotated.vcf.gz", "rt") as handle:
        text = handle.read()
    for secret in ("TCGA", "jane", "Jane", "20240229", str(tmp_path)):
        assert secret not in text
    provenance = next(line for line in text.splitlines() if line.startswith("##loci2lead="))
    record = json.loads(provenance.split("=", 1)[1])
    assert record["subcommand"] == "annotate-variants" and set(record["inputs"]) == {"variants", "genes", "reference"}


def test_alternatives_are_split_with_their_depths(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    row = v600e(genome).replace(" A T ", " A C,T ") + " GT:AD 1/2:1,10,20"
    found = run(write_vcf(tmp_path / "a.vcf", [row], samples="S"), files)
    assert {v.hgvs_p: v.alt_depth for v in found} == {"p.Val600Gly": 10, "p.Val600Glu": 20}


def test_unsorted_records_come_out_sorted(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    rows = [_mnv(genome), v600e(genome)]
    found = run(write_vcf(tmp_path / "a.vcf", rows), files)
    assert [v.gene for v in found] == ["BRAF", "KRAS"]


def test_nothing_to_annotate_is_a_valid_output(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert run(write_vcf(tmp_path / "a.vcf", []), files) == []
    assert rejected(tmp_path / "a.vcf") == []


def test_sites_without_alternative_pass_through(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    row = v600e(genome).replace(" A T ", " A . ")
    path = write_vcf(tmp_path / "a.vcf", [row, v600e(genome)])
    assert len(run(path, files)) == 1
    with pysam.VariantFile(str(tmp_path / "out" / "annotated.vcf.gz")) as source:
        assert sorted(record.alts or () for record in source) == [(), ("T",)]


PHASES = [
    ("0|1:7 0|1:7", "p.Val600Lys", True),
    ("1|0:7 1|0:7", "p.Val600Lys", True),
    ("0|1:7 1|0:7", None, False),
    ("0|1:7 0|1:8", None, False),
    ("0|1:. 0|1:.", None, False),
    ("0/1:7 0/1:7", None, False),
]


@pytest.mark.parametrize(
    ("calls", "proteins"),
    [
        ("0/1:. 1/1:.", {"p.Val600Lys", "p.Val600Glu"}),
        ("0|1:7 1/1:.", {"p.Val600Lys", "p.Val600Glu"}),
        ("1/1:. 0/1:.", {"p.Val600Met", "p.Val600Lys"}),
        ("1/1:. 1|1:.", {"p.Val600Lys"}),
    ],
)
def test_a_homozygous_neighbour_lies_on_every_haplotype(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, calls: str, proteins: set[str]
) -> None:
    """The heterozygous one is never without it, the homozygous one is also alone."""
    rows = []
    for offset, call in zip((0, 1), calls.split(), strict=True):
        contig, position, ref = codon_place(genome, "BRAF", 600, offset)
        rows.append((position, f"{contig} {position} . {ref} T . PASS . GT:PS {call}"))
    path = write_vcf(tmp_path / "a.vcf", [row for _, row in sorted(rows)], samples="S")
    assert {v.hgvs_p for v in run(path, files)} == proteins


@pytest.mark.parametrize(("phase", "protein", "joined"), PHASES, ids=[p for p, *_ in PHASES])
def test_neighbours_are_joined_only_where_ps_says_so(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, phase: str, protein: str | None, joined: bool
) -> None:
    """GTG to AAG by two substitutions: V600K together, V600M and V600E apart."""
    rows = []
    for offset, alt, call in zip((0, 1), ("T", "T"), phase.split(), strict=True):
        contig, position, ref = codon_place(genome, "BRAF", 600, offset)
        rows.append((position, f"{contig} {position} . {ref} {alt} . PASS . GT:PS {call}"))
    path = write_vcf(tmp_path / "a.vcf", [row for _, row in sorted(rows)], samples="S")
    found = run(path, files)
    assert {v.hgvs_p for v in found} == ({protein} if joined else {"p.Val600Met", "p.Val600Glu"})
    assert all(("joined_in_phase" in v.flags) == joined for v in found)
    if joined:
        assert {v.hgvs_c for v in found} == {"c.1798_1799delinsAA"}


def test_codons_of_another_isoform_are_marked(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    """The demo's BRAF under the name of ESR1 has 766 residues where the clinic counts 595."""
    renamed = tmp_path / "genes.gff3"
    renamed.write_text(files[0].read_text().replace("Name=BRAF;", "Name=ESR1;"))
    path = write_vcf(tmp_path / "a.vcf", [v600e(genome), _mnv(genome)])
    found = run(path, (renamed, files[1]))
    assert [(v.gene, v.codon, v.flags) for v in found] == [("ESR1", 600, ("other_numbering",)), ("KRAS", 12, ())]


def test_first_and_last_base_of_a_codon_are_joined_across_the_middle(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path
) -> None:
    rows = []
    for offset, alt in ((0, "T"), (2, "G")):  # GTG to ATC on the minus strand's gene
        contig, position, ref = codon_place(genome, "BRAF", 600, offset)
        rows.append((position, f"{contig} {position} . {ref} {alt} . PASS . GT:PS 0|1:9"))
    found = run(write_vcf(tmp_path / "a.vcf", [row for _, row in sorted(rows)], samples="S"), files)
    assert {(v.hgvs_p, v.hgvs_c) for v in found} == {("p.Val600Ile", "c.1798_1800delinsATC")}


def test_a_soft_masked_fasta_reads_the_same(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    fasta = tmp_path / "soft.fa"
    fasta.write_text("".join(f">{c}\n{bases.lower()}\n" for c, bases in genome.sequences.items()))
    path = write_vcf(tmp_path / "a.vcf", [v600e(genome), _mnv(genome)])
    assert run(path, (files[0], fasta)) == run(path, files)


def test_csq_and_our_own_reading_agree(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path, rng: np.random.Generator
) -> None:
    """bcftools csq and our protein names are two roads to one consequence, for drawn coding substitutions."""
    rows = []
    for transcript in genome.transcripts:
        bases = genome.sequences[transcript.gene.contig]
        for start, end in transcript.cds:
            for position in rng.integers(start + 3, end - 3, size=6):
                ref = bases[position]
                rows.append((transcript.gene.contig, int(position), ref, "A" if ref != "A" else "G"))
    rows = sorted(set(rows))
    lines = [f"{c} {p + 1} . {r} {a} . PASS TVAF=0.5" for c, p, r, a in rows]
    found = run(write_vcf(tmp_path / "a.vcf", lines), files)
    assert len(found) == len(rows) > 500
    maps = {transcript.gene.name: genome.map_of(transcript.gene.name) for transcript in genome.transcripts}
    for variant in found:
        mapped = maps[variant.gene or ""]
        edit = trim(variant.position, variant.ref, variant.alt)
        own = own_terms(edit, mapped, protein_change(edit, mapped))
        assert severity(own) == severity(variant.consequences), variant


def test_same_bytes_again(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    path = write_vcf(tmp_path / "a.vcf", [v600e(genome)])
    run(path, files)
    first = (tmp_path / "out" / "annotated.vcf.gz").read_bytes()
    run(path, files)
    assert (tmp_path / "out" / "annotated.vcf.gz").read_bytes() == first


def test_transcripts_without_a_sound_frame_name_the_gene_only(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """A wrong phase in one gene's lines stops neither csq nor the annotation of the others."""
    lines = files[0].read_text().splitlines()
    broken = [
        line.replace("\t0\tParent=transcript:DEMOT00001", "\t1\tParent=transcript:DEMOT00001")
        if "\tCDS\t" in line
        else line
        for line in lines
    ]
    genes = tmp_path / "broken.gff3"
    genes.write_text("\n".join(broken) + "\n")
    found = run(write_vcf(tmp_path / "a.vcf", [v600e(genome), _mnv(genome)]), (genes, files[1]))
    assert [(v.gene, v.codon is None, v.hgvs_p is None) for v in found] == [
        ("BRAF", True, True),
        ("KRAS", False, False),
    ]


def test_the_fasta_gets_no_index_written_beside_it(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path
) -> None:
    run(write_vcf(tmp_path / "a.vcf", [v600e(genome)]), files)
    assert sorted(p.name for p in files[1].parent.iterdir()) == ["genes.gff3", "genome.fa"]


def test_other_bases_than_acgt_in_the_fasta_leave_the_consequence_open(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path
) -> None:
    fasta = tmp_path / "masked.fa"
    fasta.write_text("".join(f">{c}\n{'N' * len(bases)}\n" for c, bases in genome.sequences.items()))
    (variant,) = run(write_vcf(tmp_path / "a.vcf", [v600e(genome)]), (files[0], fasta))
    assert (variant.gene, variant.codon, variant.consequences) == ("BRAF", 600, ())


def test_gene_models_of_another_genome_of_the_same_shape(files: tuple[Path, Path], tmp_path: Path) -> None:
    """Contig names and lengths fit, but start and stop codons do not."""
    other = make_genome(8)
    rows = [f"{c} {p + 1} . {bases[p]} {'A' if bases[p] != 'A' else 'C'} . . ." for c, bases in other.sequences.items()
            for p in range(0, len(bases), 400)]  # fmt: skip
    fasta = tmp_path / "other.fa"
    fasta.write_text("".join(f">{c}\n{bases}\n" for c, bases in other.sequences.items()))
    with pytest.raises(InputError, match="of different genomes"):
        run(write_vcf(tmp_path / "a.vcf", rows), (files[0], fasta))


def test_a_stop_inside_the_reading_frame_claims_no_protein_change(
    genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """As in the genes of selenoproteins, whose TGA is read on: before it and behind it nothing is claimed."""
    contig, position, _ = codon_place(genome, "BRAF", 500, 0)
    bases = genome.sequences[contig]
    fasta = tmp_path / "read_on.fa"  # BRAF lies on the minus strand: TCA is TGA there
    edited = bases[: position - 3] + "TCA" + bases[position:]
    fasta.write_text("".join(f">{c}\n{edited if c == contig else b}\n" for c, b in genome.sequences.items()))
    (variant,) = run(write_vcf(tmp_path / "a.vcf", [v600e(genome)]), (files[0], fasta))
    assert (variant.gene, variant.codon, variant.hgvs_p) == ("BRAF", 600, None)


BAD_FILES = [
    ("", "Not a VCF"),
    ("hello\n", "Not a VCF"),
    ("##fileformat=VCFv4.2\n", "Not a VCF"),
    ("##fileformat=VCFv4.2\n#CHROM\tPOS\n", "Not a VCF"),
    ("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tS\n", "Not a VCF"),
]


@pytest.mark.parametrize(("text", "message"), BAD_FILES)
def test_what_is_no_vcf_is_refused(files: tuple[Path, Path], tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        run(path, files)


def test_missing_and_broken_files(genome: DemoGenome, files: tuple[Path, Path], tmp_path: Path) -> None:
    path = write_vcf(tmp_path / "a.vcf", [v600e(genome)])
    with pytest.raises(InputError, match="VCF not found"):
        run(tmp_path / "no.vcf", files)
    with pytest.raises(InputError, match="FASTA not found"):
        run(path, files, reference=tmp_path / "no.fa")
    with pytest.raises(InputError, match="GFF3 not found"):
        run(path, (tmp_path / "no.gff3", files[1]))
    cut = tmp_path / "cut.vcf.gz"
    cut.write_bytes(gzip.compress(path.read_bytes())[:-20])
    with pytest.raises(InputError, match="cannot be read"):
        run(cut, files)
