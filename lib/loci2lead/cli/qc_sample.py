"""Write the quality page of one sample: depth, callable share, calls, slip, damage, contamination, sex, identity.

Beside the page (.html, works offline) go the same figures as .json and, for MultiQC, as <stem>_mqc.json.
With --same-patient the reads are checked against germline calls of the same person: a swap is an error.
"""

import argparse
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--reads", type=Path, required=True, help="sorted, indexed BAM or CRAM")
    parser.add_argument("--reference", type=Path, required=True, help="the FASTA the reads were aligned to")
    parser.add_argument("--variants", type=Path, required=True, help="the sample's calls (VCF)")
    parser.add_argument("--regions", type=Path, help="BED of targets; a fourth column names genes")
    parser.add_argument("--same-patient", type=Path, nargs="*", default=[], help="germline VCFs of the same person")
    parser.add_argument("--sample-name", help="name on the page (default: the reads' SM)")
    parser.add_argument(
        "--sex", choices=("unknown", "female", "male"), default="unknown", help="as known of the person"
    )
    parser.add_argument("--output", type=Path, required=True, help="page to write (.html)")


def run(
    *,
    reads: Path,
    reference: Path,
    variants: Path,
    output: Path,
    regions: Path | None = None,
    same_patient: list[Path] | None = None,
    sample_name: str | None = None,
    sex: str = "unknown",
) -> None:
    """Measure reads and calls, write page and figures, then stop where the reads are someone else's."""
    from loci2lead.errors import InputError
    from loci2lead.io.alignments import Alignments
    from loci2lead.io.atomic import write_json, write_text
    from loci2lead.io.fasta import Reference
    from loci2lead.provenance import describe
    from loci2lead.report.quality import multiqc, page
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.library import measure_library
    from loci2lead.variants.sample_quality import sample_quality

    if output.suffix != ".html":
        raise InputError("The quality page is HTML", found=output.name, expected="a name that ends with .html")
    genome = Reference(reference)
    alignments = Alignments(reads, genome)
    library = measure_library(alignments, genome)
    others = list(same_patient or [])
    figures: dict[str, Any] = sample_quality(alignments, genome, library, variants, regions, others, sex)
    figures["sample"] = sample_name or alignments.sample
    figures["provenance"] = describe(
        "qc-sample",
        results_version=RESULTS_VERSION,
        inputs={
            **{"reference": reference, "variants": variants, "regions": regions},
            **{f"same_patient_{i}": path for i, path in enumerate(others, start=1)},
        },
        parameters={"sex": sex, "reads_fingerprint": library.fingerprint},
    )
    write_text(output, page(figures))
    write_json(output.with_suffix(".json"), figures)
    write_json(output.with_name(f"{output.stem}_mqc.json"), multiqc(figures))
    swapped = [i for i in figures["identity"] if i["verdict"] == "different"]
    if swapped:
        raise InputError(
            "The reads are not of the person whose germline calls were given: samples may be swapped",
            file=reads,
            found=f"{swapped[0]['lacking']} of {swapped[0]['sites']} homozygous sites lack the allele",
            expected="at most 5 %",
            remedy=f"check which patient the sample sheet gives {figures['sample']}",
        )


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
