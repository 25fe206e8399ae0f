"""qc-sample: figures of drawn samples that were made to show them, the page, MultiQC, and a swap that stops the run."""

import json
from pathlib import Path

import numpy as np
import pytest

from loci2lead.io.alignments import Alignments
from loci2lead.io.fasta import Reference
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.quality import error_figures, measure
from loci2lead.variants.quality_calls import contamination, read_called
from loci2lead.variants.sex import infer_sex
from loci2lead.variants.simulate import Region, simulate_reads
from tests.report.browser import assert_accessible
from tests.variants.drawn_reads import (
    CONTIG,
    DrawnSample,
    draw_sequence,
    other_base,
    write_bam,
    write_fasta,
    write_truth,
)

CONTIGS = {"chr1": 60_000, "chrX": 30_000, "chrY": 20_000}
SEQUENCES = {name: draw_sequence(length, seed) for seed, (name, length) in enumerate(CONTIGS.items())}


def snps(seed: int, homozygous: float) -> tuple[list[Variant], list[Variant]]:
    """Return two copies of a person with SNPs every 250 bases of chr1, a share of them homozygous."""
    rng, text = np.random.default_rng(seed), SEQUENCES["chr1"]
    copies: tuple[list[Variant], list[Variant]] = ([], [])
    for position in range(300, len(text) - 300, 250):
        if rng.random() < 0.5:
            continue
        variant = Variant("chr1", position, text[position], other_base(text[position]))
        both = rng.random() < homozygous
        for copy in (0, 1) if both else (int(rng.integers(2)),):
            copies[copy].append(variant)
    return copies


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a reference, two people's calls, and reads of a man who is the first of them."""
    path = tmp_path_factory.mktemp("qc")
    write_fasta(path / "ref.fa", SEQUENCES)
    people = [snps(1, 0.6), snps(2, 0.6)]
    for name, copies in zip(("own", "other"), people, strict=True):
        write_truth(path / f"{name}.vcf.gz", copies, CONTIGS)
    sexes = [Region("chr1", 0, CONTIGS["chr1"]), Region("chrX", 0, 15_000), Region("chrY", 0, 10_000)]
    haplotypes = [Haplotype(0.5, c) for c in people[0]]
    simulate_reads(SEQUENCES, haplotypes, path / "reads.bam", depth=24, seed=1, regions=sexes, sample_name="S1")
    return path


def run_qc(run_cli, folder: Path, output: Path, *options: object) -> tuple[int, str, dict]:
    code, _, err = run_cli(
        *("qc-sample", "--reads", folder / "reads.bam", "--reference", folder / "ref.fa"),
        *("--variants", folder / "own.vcf.gz", "--output", output, *options),
    )
    return code, err, json.loads(output.with_suffix(".json").read_text())


def test_figures_page_and_multiqc(run_cli, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "t.bed").write_text("chr1\t1000\t2000\tBRAF\nchr1\t5000\t5500\tBRAF\nchrX\t20000\t21000\tKRAS\n")
    options = ("--regions", tmp_path / "t.bed", "--same-patient", folder / "own.vcf.gz", "--sex", "male")
    code, err, found = run_qc(run_cli, folder, tmp_path / "q.html", *options)
    assert code == 0, err
    assert found["measured"] == {"windows": 3, "bases": 2_500, "complete": True}
    genes = {g["gene"]: g for g in found["genes"]}
    assert genes["BRAF"]["bases"] == 1_500 and genes["BRAF"]["callable"] > 0.97
    assert genes["KRAS"]["callable"] == 0 and found["genes"][0]["gene"] == "KRAS"
    assert 20 < genes["BRAF"]["mean_depth"] < 28
    assert found["calls"]["ti_tv"] is None and found["calls"]["snps"] > 80
    assert found["identity"][0]["verdict"] == "same"
    assert (found["sex"]["inferred"], found["sex"]["given"]) == ("male", "male")
    assert any("callable" in w or "10 reads" in w for w in found["warnings"])
    page = (tmp_path / "q.html").read_text()
    assert "KRAS" in page and "http:" not in page.replace("http://www.w3.org", "") and "https:" not in page
    content = json.loads((tmp_path / "q_mqc.json").read_text())
    assert content["plot_type"] == "generalstats" and content["data"]["S1"]["snps"] == found["calls"]["snps"]


def test_a_swap_stops_the_run_and_a_wrong_sex_is_said(run_cli, folder: Path, tmp_path: Path) -> None:
    options = ("--same-patient", folder / "own.vcf.gz", folder / "other.vcf.gz", "--sex", "female")
    code, err, found = run_qc(run_cli, folder, tmp_path / "q.html", *options)
    assert code == 2 and "swapped" in err and "S1" in err
    assert [i["verdict"] for i in found["identity"]] == ["same", "different"]
    assert any("speaks for male, not female" in w for w in found["warnings"])


def test_too_little_to_judge_is_null_and_never_a_crash(run_cli, tmp_path: Path) -> None:
    text = draw_sequence(4_000)
    write_fasta(tmp_path / "ref.fa", {CONTIG: text})
    write_bam(tmp_path / "reads.bam", text, [])
    write_truth(tmp_path / "own.vcf.gz", ([], []), {CONTIG: len(text)})
    code, err, found = run_qc(run_cli, tmp_path, tmp_path / "q.html", "--same-patient", tmp_path / "own.vcf.gz")
    assert code == 0, err
    assert found["depth"]["median"] in (None, 0) and found["contamination"]["estimate"] is None
    assert found["identity"][0]["verdict"] == "unclear" and found["calls"]["het_hom"] is None


@pytest.mark.parametrize("foreign", [0.0, 0.1])
def test_contamination_is_of_the_right_size(tmp_path: Path, folder: Path, foreign: float) -> None:
    own, other = snps(1, 0.6), snps(7, 0.6)
    haplotypes = [Haplotype((1 - foreign) / 2, c) for c in own] + [Haplotype(foreign / 2, c) for c in other]
    bam = simulate_reads(
        SEQUENCES, haplotypes, tmp_path / "x.bam", depth=60, seed=4, regions=[Region("chr1", 0, 60_000)]
    )
    reference = Reference(folder / "ref.fa")
    called = []
    with_reads = Alignments(bam, reference)
    from dataclasses import replace

    from loci2lead.io.alignments import base_codes
    from loci2lead.variants.scan import scan

    for c in read_called(folder / "own.vcf.gz"):
        found = scan(with_reads.read("chr1", c.position, c.position + 1), base_codes(c.ref), c.position)
        counts = found.bases[0]
        called.append(replace(c, counts=(int(counts[base_codes(c.ref)[0]]), int(counts[base_codes(c.alts[0])[0]]))))
    estimate = contamination(called, 0.001)["estimate"]
    # Strangers drawn here lack an allele oftener (about .6) than real ones do (.33).
    assert estimate == pytest.approx(foreign * 0.6 / 0.33, abs=0.06)


def test_damage_shows_as_c_to_t(tmp_path: Path) -> None:
    text, rng = draw_sequence(4_000), np.random.default_rng(2)
    reads = []
    for i in range(600):
        start = int(rng.integers(0, 3_900))
        bases = np.array(list(text[start : start + 100]))
        wrong = rng.random(100) < 0.004
        bases[wrong] = [other_base(b) for b in bases[wrong]]
        damaged = (rng.random(100) < 0.02) & (bases == "C")
        bases[damaged] = "T"
        reads.append({"start": start, "cigar": "100M", "bases": "".join(bases), "name": f"r{i}"})
    reference = Reference(write_fasta(tmp_path / "ref.fa", {CONTIG: text}))
    alignments = Alignments(write_bam(tmp_path / "x.bam", text, reads), reference)
    found = error_figures(measure(alignments, reference, [(CONTIG, 0, 4_000)]))
    assert found["rates"]["C>T"] > 3 * found["rates"]["A>G"] and found["c_to_t_excess"] > 2


@pytest.mark.parametrize(("x", "y", "sex"), [(2, 0, "female"), (1, 1, "male"), (2, 1, "unknown")])
def test_sex_from_depth(tmp_path: Path, folder: Path, x: int, y: int, sex: str) -> None:
    regions = [Region("chr1", 0, 60_000), *[Region("chrX", 0, 30_000)] * 1, *([Region("chrY", 0, 20_000)] if y else [])]
    parts = []
    reference = Reference(folder / "ref.fa")
    bam = tmp_path / "x.bam"
    # One haplotype at half the depth on X and Y stands for one copy.
    for number, region in enumerate(regions):
        depth = 20 if region.contig == "chr1" else 10 * (x if region.contig == "chrX" else y)
        parts.append(
            simulate_reads(
                SEQUENCES, [Haplotype(1, [])], tmp_path / f"{number}.bam", depth=depth, seed=1, regions=[region]
            )
        )
    import pysam

    pysam.merge("-f", str(bam), *map(str, parts))
    pysam.index(str(bam))
    evidence = infer_sex(Alignments(bam, reference))
    assert evidence.inferred == sex
    assert evidence.contradicts("male") == (sex == "female") and not evidence.contradicts("unknown")


def test_no_reads_on_sex_chromosomes_says_nothing(tmp_path: Path) -> None:
    sample = DrawnSample(tmp_path, length=3_500, depth=5)
    assert infer_sex(Alignments(sample.bam, Reference(sample.reference))).inferred == "unknown"


def test_another_ending_is_refused(run_cli, folder: Path, tmp_path: Path) -> None:
    code, _, err = run_cli(
        *("qc-sample", "--reads", folder / "reads.bam", "--reference", folder / "ref.fa"),
        *("--variants", folder / "own.vcf.gz", "--output", tmp_path / "q.pdf"),
    )
    assert code == 2 and ".html" in err


@pytest.mark.slow
def test_the_page_has_no_violation_and_no_overflow(run_cli, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "t.bed").write_text("chr1\t1000\t2000\tBRAF\nchrX\t20000\t21000\tKRAS\n")
    assert run_qc(run_cli, folder, tmp_path / "q.html", "--regions", tmp_path / "t.bed", "--sex", "male")[0] == 0
    assert_accessible(tmp_path / "q.html", tmp_path)
