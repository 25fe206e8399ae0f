"""Judge microsatellite instability of a tumour from its reads, against its normal or alone.

Writes JSON: status (high, stable, not_determined), the share of unstable microsatellites with its 95 % interval,
and how many sites with how many reads were needed. Alone, slip, germline lengths and changed lengths are fitted to
the sample together, and the count is the expected number of unstable sites: the cut is higher than against a normal.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--tumor", type=Path, required=True, help="sorted, indexed BAM or CRAM of the tumour")
    parser.add_argument("--normal", type=Path, help="the same of a normal sample of this patient")
    parser.add_argument("--reference", type=Path, required=True, help="the FASTA the reads were aligned to")
    parser.add_argument("--regions", help="regions or BED to look in (default: windows spread over what is covered)")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")


def run(*, tumor: Path, reference: Path, output: Path, normal: Path | None = None, regions: str | None = None) -> None:
    """Measure, and write the JSON."""
    from loci2lead.io.alignments import Alignments
    from loci2lead.io.atomic import write_json
    from loci2lead.io.bed import parse_regions
    from loci2lead.io.fasta import Reference
    from loci2lead.provenance import describe, sha256_of
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.somatic.msi import measure_msi

    genome = Reference(reference)
    own = Alignments(tumor, genome)
    other = Alignments(normal, genome) if normal is not None else None
    wanted = parse_regions(regions, genome.lengths) if regions is not None else None
    found = measure_msi(own, other, genome, wanted)
    given = regions if regions is None or not Path(regions).is_file() else sha256_of(regions)
    provenance = describe(
        "msi", results_version=RESULTS_VERSION, inputs={"reference": reference}, parameters={"regions": given}
    )
    write_json(output, {**found.plain(), "provenance": provenance})


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
