"""Call somatic small variants of a tumour, with its normal or alone.

Reads sorted, indexed BAM or CRAM; writes a bgzipped, indexed VCF with one record per allele: posteriors of
somatic, germline and artefact in INFO, GT GQ DP AD VAF PL with the interval of VAF per sample, and FILTER
PASS (somatic), LowQual, Germline, Artefact, or RefCall for a site of --force-sites where the allele is not.
Without a normal, --population-frequencies and --panel-of-normals tell germline alleles apart; without those as
well, germline alleles stand among those that pass, and header and INFO say so. A normal of another person,
or one that looks exchanged with the tumour, stops the run.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from loci2lead.errors import InputError

if TYPE_CHECKING:
    from loci2lead.variants.somatic.caller import SomaticSettings
    from loci2lead.variants.somatic.identity import PairCheck


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--tumor", type=Path, required=True, help="sorted, indexed BAM or CRAM of the tumour")
    parser.add_argument("--normal", type=Path, help="the same of a normal sample of this patient")
    parser.add_argument("--reference", type=Path, required=True, help="the FASTA the reads were aligned to")
    parser.add_argument("--output", type=Path, required=True, help="VCF to write (.vcf.gz)")
    parser.add_argument("--regions", help="chr, chr:start-end (1-based; several joined by commas) or a BED file")
    parser.add_argument("--force-sites", type=Path, help="VCF of sites to print whatever is there")
    parser.add_argument("--population-frequencies", type=Path, help="indexed VCF with INFO/AF, for a tumour alone")
    parser.add_argument("--panel-of-normals", type=Path, help="indexed VCF of sites seen in normal samples")
    parser.add_argument("--sample-name", help="name of the tumour in the VCF (default: the reads' SM)")
    parser.add_argument("--normal-name", help="name of the normal in the VCF (default: the reads' SM)")
    parser.add_argument(
        "--model", default="variants-somatic-v1", help="name of a shipped model, a .pt file, or `likelihoods` for none"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--allow-mismatch", action="store_true", help="call also where the pair does not match")
    parser.add_argument("--threads", type=int, default=1, help="processes (results do not depend on it)")
    parser.add_argument("--shard", metavar="K/N", help="only part K of N; gather-calls joins them to the same bytes")


def run(
    *,
    tumor: Path,
    reference: Path,
    output: Path,
    normal: Path | None = None,
    regions: str | None = None,
    force_sites: Path | None = None,
    population_frequencies: Path | None = None,
    panel_of_normals: Path | None = None,
    sample_name: str | None = None,
    normal_name: str | None = None,
    model: str = "variants-somatic-v1",
    device: str = "auto",
    allow_mismatch: bool = False,
    threads: int = 1,
    shard: str | None = None,
) -> None:
    """Call, and write the VCF."""
    from loci2lead.io.bed import parse_regions
    from loci2lead.io.fasta import Reference
    from loci2lead.models.files import resolve_model
    from loci2lead.provenance import sha256_of
    from loci2lead.variants.forced import read_sites
    from loci2lead.variants.shards import Shard
    from loci2lead.variants.somatic.prepare import SomaticInputs, prepare
    from loci2lead.variants.somatic.scorer import LIKELIHOODS

    if not output.name.endswith(".vcf.gz"):
        raise InputError("The output is a compressed VCF", found=output.name, expected="a name that ends with .vcf.gz")
    part = Shard.parse(shard)
    weights = resolve_model(model) if model != LIKELIHOODS else None
    genome = Reference(reference)
    inputs = SomaticInputs(tumor, normal, reference, population_frequencies, panel_of_normals, sample_name, normal_name)
    wanted = parse_regions(regions, genome.lengths)
    sites = read_sites(force_sites, genome) if force_sites else {}
    ready = prepare(inputs, genome, wanted, sites, str(weights or LIKELIHOODS), device, part, allow_mismatch)
    given = regions if regions is None or not Path(regions).is_file() else sha256_of(regions)
    provenance = _provenance(ready.settings, weights, force_sites, given, ready.check)
    _write(ready.settings, threads, output, ready.names, genome.lengths, provenance)


def _provenance(
    settings: "SomaticSettings",
    weights: Path | None,
    force_sites: Path | None,
    regions: str | None,
    check: "PairCheck | None",
) -> dict:
    """Return what the header says of inputs, model and parameters."""
    from loci2lead.provenance import describe
    from loci2lead.variants import RESULTS_VERSION

    return describe(
        "call-somatic",
        results_version=RESULTS_VERSION,
        inputs={
            "reference": settings.reference,
            "force_sites": force_sites,
            "population_frequencies": settings.frequencies,
            "panel_of_normals": settings.panel,
        },
        models={"caller": weights},
        parameters={
            "regions": regions,
            "pair": check.plain if check else None,
            "tumour_fingerprint": settings.tumour_library.fingerprint,
            "normal_fingerprint": settings.normal_library.fingerprint if settings.normal_library else None,
        },
    )


def _write(
    settings: "SomaticSettings",
    threads: int,
    output: Path,
    names: tuple[str, str | None],
    lengths: dict[str, int],
    provenance: dict,
) -> None:
    """Write the VCF as chunks come."""
    from loci2lead.variants.calls_vcf import open_vcf
    from loci2lead.variants.somatic.caller import call_all
    from loci2lead.variants.somatic.records import header

    head = header(lengths, names, settings.germline, provenance, settings.frequencies is not None)
    with open_vcf(output, head, lengths) as write:
        for records in call_all(settings, threads):
            for record in records:
                write(record.line())


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
