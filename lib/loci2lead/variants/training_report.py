"""What a trained caller shows on data it was not trained on: simulated test libraries and real slices."""

import json
from pathlib import Path
from typing import Any

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals, parse_regions, read_bed
from loci2lead.io.fasta import Reference
from loci2lead.models.files import resolve_model
from loci2lead.provenance import sha256_of
from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.caller import CallSettings
from loci2lead.variants.calling import call_all
from loci2lead.variants.calls_vcf import header, line, open_vcf
from loci2lead.variants.evaluate import KINDS, evaluate, read_units
from loci2lead.variants.features import FEATURES
from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.library import measure_library
from loci2lead.variants.network import NetworkSettings, PileupNetwork
from loci2lead.variants.simulate import Library, Region, simulate_reads
from loci2lead.variants.training import Examples
from loci2lead.variants.training_config import TrainingConfig
from loci2lead.variants.truth_haplotypes import read_haplotypes
from loci2lead.variants.tuning import Tuning

TEST_SLIP = 0.005
SHOWN = ("truth", "tp", "fp", "fn", "precision", "recall", "f1", "f1_interval")


def call_to_vcf(reads: Path, reference: Path, output: Path, model: str, regions: Intervals) -> None:
    """Call on one process and the CPU, as call-variants does, without provenance."""
    genome = Reference(reference)
    library = measure_library(Alignments(reads, genome), genome)
    settings = CallSettings(reads, reference, model, "cpu", 256, "unknown", library, regions, {}, False)
    with open_vcf(output, header(genome.lengths, "TEST", {}, False), genome.lengths) as write:
        for chunk in call_all(settings, 1):
            for record in chunk.records:
                write(line(record))


def judge(calls: Path, truth: Path, confident: Intervals, reference: Path) -> dict[str, Any]:
    """Return the scores of a VCF, shortened for a card."""
    genome = Reference(reference)
    scores, _ = evaluate(read_units(truth, confident, genome), read_units(calls, confident, genome), genome)
    return {kind: {k: scores[kind][k] for k in SHOWN} for kind in KINDS}


def simulated_test(config: TrainingConfig, depth: float, folder: Path) -> tuple[Path, Path, Intervals]:
    """Return a BAM over the test region with default noise, its truth VCF, and where truth is complete."""
    low, high = config.test_region
    region = Region(config.contig, low, high)
    reference = Reference(config.reference)
    bam, truth = folder / f"test-{depth:g}x.bam", folder / "test-truth.vcf.gz"
    copies = read_haplotypes(config.truth, region, generator(config.seed, "haplotypes", "test"))
    if not truth.exists():
        with open_vcf(truth, header(reference.lengths, "TRUTH", {}, False), reference.lengths) as write:
            for text in truth_lines(copies):
                write(text)
    if not bam.exists():
        sequence = {config.contig: reference.fetch(config.contig, 0, reference.lengths[config.contig])}
        haplotypes = [Haplotype(0.5, copies[0]), Haplotype(0.5, copies[1])]
        library = Library(slip_rate=TEST_SLIP)
        seed = derive_seed(config.seed, "test", f"{depth:g}")
        simulate_reads(sequence, haplotypes, bam, depth=depth, seed=seed, regions=[region], library=library)
    return bam, truth, Intervals({config.contig: [(low + 600, high - 600)]})


def truth_lines(copies: tuple[list[Variant], list[Variant]]) -> list[str]:
    """Return two haplotypes as lines of a VCF with phased genotypes."""
    by_site: dict[tuple[int, str], list[str | None]] = {}
    for copy, variants in enumerate(copies):
        for v in variants:
            by_site.setdefault((v.position, v.ref), [None, None])[copy] = v.alt
    contig = next(v.contig for v in (*copies[0], *copies[1]))
    lines = []
    for (position, ref), alts in sorted(by_site.items()):
        names = sorted({a for a in alts if a})
        genotype = "|".join(str(names.index(a) + 1) if a else "0" for a in alts)
        lines.append(f"{contig}\t{position + 1}\t.\t{ref}\t{','.join(names)}\t.\tPASS\t.\tGT\t{genotype}\n")
    return lines


def measure_test(config: TrainingConfig, model: Path, folder: Path) -> dict[str, Any]:
    """Return the scores on simulated test libraries and on the real slices that are present."""
    figures: dict[str, Any] = {"simulated": {}, "real": {}}
    for depth in config.test_depths:
        bam, truth, confident = simulated_test(config, depth, folder)
        calls = folder / "calls.vcf.gz"
        call_to_vcf(bam, config.reference, calls, str(model), confident)
        figures["simulated"][f"{depth:g}x"] = judge(calls, truth, confident, config.reference)
    for part in config.real:
        if not part.reads.exists():
            figures["real"][part.name] = None
            continue
        genome = Reference(part.reference)
        calls = folder / "calls.vcf.gz"
        call_to_vcf(part.reads, part.reference, calls, str(model), parse_regions(part.regions, genome.lengths))
        figures["real"][part.name] = judge(calls, part.truth, read_bed(part.confident), part.reference)
    return json.loads(json.dumps(figures))


def make_card(
    config: TrainingConfig, config_file: Path, examples: Examples, tuned: Tuning, figures: dict[str, Any]
) -> dict[str, Any]:
    """Return the JSON card: what it is for, data and hashes, command, figures and limits."""
    return {
        "name": "variants-germline-v1",
        "purpose": "germline SNPs and short indels from paired short reads; research use only",
        "licence": "Apache-2.0",
        "command": "loci2lead train-caller --config resources/training/variants-germline.yaml --output MODEL.pt",
        "data": {
            "reads": "simulated by loci2lead over real haplotypes with invented repeat alleles; no real read was used",
            "reference_sha256": sha256_of(config.reference),
            "truth_sha256": sha256_of(config.truth),
            "config_sha256": sha256_of(config_file),
            "train_region": [config.contig, *config.train_region],
            "tune_region": [config.contig, *config.tune_region],
            "test_region": [config.contig, *config.test_region],
            "libraries": config.libraries,
            "candidates": len(examples.labels),
            "pileups": len(examples.image_row),
            "network_started_from_sha256": sha256_of(resolve_model(config.start)) if config.start else None,
        },
        "seed": config.seed,
        "parameters": sum(v.numel() for v in PileupNetwork(NetworkSettings(len(FEATURES))).parameters()),
        "tuning": tuned.figures,
        "test": figures,
        "limits": [
            "short reads of germline diploids only: not tumours, long reads or pooled samples",
            "trained on simulated reads; simulated figures have the advantage of the same simulator",
            "the two real slices were looked at: features of mapping quality, clips and fragment length were dropped "
            "after a first model refused true indels of NA12878, so their figures are no untouched test",
            "NA12878's confident region is HG002's: precision there is approximate",
            "no whole-genome comparison with other callers was made",
        ],
    }
