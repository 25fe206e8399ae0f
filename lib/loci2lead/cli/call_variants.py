"""Call germline small variants from aligned reads with a CNN on pileups.

Reads a sorted, indexed BAM or CRAM; writes a bgzipped, indexed VCF with GT GQ DP AD VAF PL and FILTER
PASS, LowQual (a substitution, but not surely) or RefCall (a candidate judged to be the reference).
"""

import argparse
import logging
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from loci2lead.errors import InputError

if TYPE_CHECKING:
    from loci2lead.variants.caller import CallSettings

LONG_READS = (
    "Reads of %.0f bases: the model learnt from short reads. Of long reads HiFi alone was tried, on one slice of "
    "100 kb; calls from nanopore reads are not to be trusted"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--reads", type=Path, required=True, help="sorted, indexed BAM or CRAM")
    parser.add_argument("--reference", type=Path, required=True, help="the FASTA the reads were aligned to")
    parser.add_argument("--output", type=Path, required=True, help="VCF to write (.vcf.gz)")
    parser.add_argument("--gvcf", type=Path, help="also write a gVCF with reference blocks (.g.vcf.gz)")
    parser.add_argument("--regions", help="chr, chr:start-end (1-based; several joined by commas) or a BED file")
    parser.add_argument("--force-sites", type=Path, help="VCF of sites to print whatever is there")
    parser.add_argument("--sample-name", help="name in the VCF (default: the reads' SM)")
    parser.add_argument("--sex", choices=("unknown", "female", "male"), default="unknown", help="for X and Y")
    parser.add_argument("--model", default="variants-germline-v1", help="name of a shipped model, or a .pt file")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="processes (results do not depend on it)")
    parser.add_argument("--shard", metavar="K/N", help="only part K of N; gather-calls joins them to the same bytes")
    parser.add_argument("--batch", type=int, default=256, help="pileups gathered before the network runs")


def run(
    *,
    reads: Path,
    reference: Path,
    output: Path,
    gvcf: Path | None = None,
    regions: str | None = None,
    force_sites: Path | None = None,
    sample_name: str | None = None,
    sex: str = "unknown",
    model: str = "variants-germline-v1",
    device: str = "auto",
    threads: int = 1,
    batch: int = 256,
    shard: str | None = None,
) -> None:
    """Call, and write the VCF (and gVCF)."""
    from loci2lead.io.alignments import Alignments
    from loci2lead.io.bed import parse_regions
    from loci2lead.io.fasta import Reference
    from loci2lead.models.files import resolve_model
    from loci2lead.provenance import describe, sha256_of
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.caller import CallSettings
    from loci2lead.variants.features import LONGEST_TRAINED
    from loci2lead.variants.forced import read_sites
    from loci2lead.variants.library import measure_library
    from loci2lead.variants.sex import infer_sex
    from loci2lead.variants.shards import Shard

    log = logging.getLogger(__name__)
    for path in (output, gvcf):
        if path is not None:
            _check_output(path)
    part = Shard.parse(shard)
    weights = resolve_model(model)
    genome = Reference(reference)
    alignments = Alignments(reads, genome)
    evidence = infer_sex(alignments)
    if evidence.contradicts(sex):
        log.warning("Depth on X (%.2f of the autosomes') and Y (%.2f) speaks for %s, not %s: is the sample swapped?",
                    evidence.x, evidence.y, evidence.inferred, sex)  # fmt: skip
    wanted = parse_regions(regions, genome.lengths)
    forced = read_sites(force_sites, genome) if force_sites else {}
    library = measure_library(alignments, genome)
    if library.read_length > 2 * LONGEST_TRAINED:
        log.warning(LONG_READS, library.read_length)
    settings = CallSettings(
        reads, reference, str(weights), device, batch, sex, library, wanted, forced, gvcf is not None, shard=part
    )
    given = regions if regions is None or not Path(regions).is_file() else sha256_of(regions)
    provenance = describe(
        "call-variants",
        results_version=RESULTS_VERSION,
        inputs={"reference": reference, "force_sites": force_sites},
        models={"caller": weights},
        parameters={"regions": given, "sex": sex, "reads_fingerprint": library.fingerprint},
    )
    _write(settings, threads, output, gvcf, sample_name or alignments.sample, genome.lengths, provenance)


def _check_output(path: Path) -> None:
    if not path.name.endswith(".vcf.gz"):
        raise InputError("The output is a compressed VCF", found=path.name, expected="a name that ends with .vcf.gz")


def _write(
    settings: "CallSettings",
    threads: int,
    output: Path,
    gvcf: Path | None,
    sample: str,
    lengths: dict[str, int],
    provenance: dict,
) -> None:
    """Write the VCF as chunks come; the gVCF merges records and reference blocks by position."""
    from loci2lead.variants.calling import call_all
    from loci2lead.variants.calls_vcf import header, line, open_vcf

    with ExitStack() as stack:
        write = stack.enter_context(open_vcf(output, header(lengths, sample, provenance, False), lengths))
        write_all = None
        if gvcf is not None:
            write_all = stack.enter_context(open_vcf(gvcf, header(lengths, sample, provenance, True), lengths))
        for chunk in call_all(settings, threads):
            texts = [(r.position, line(r)) for r in chunk.records]
            for _, text in texts:
                write(text)
            if write_all is not None:
                texts += [(int(text.split("\t", 2)[1]) - 1, text) for text in chunk.blocks]
                for _, text in sorted(texts, key=lambda t: t[0]):
                    write_all(text)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
