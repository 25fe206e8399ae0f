"""Explain the germline call at one site: reads, haplotypes, what moved the model, and the reasons in words.

Also says why nothing was called: how many reads show something else, and how many it takes.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--reads", type=Path, required=True, help="sorted, indexed BAM or CRAM")
    parser.add_argument("--reference", type=Path, required=True, help="the FASTA the reads were aligned to")
    parser.add_argument("--site", required=True, help="chr:position (1-based, as in the VCF)")
    parser.add_argument("--output", type=Path, required=True, help="page (.html) or data (.json) to write")
    parser.add_argument("--sex", choices=("unknown", "female", "male"), default="unknown", help="for X and Y")
    parser.add_argument("--model", default="variants-germline-v1", help="name of a shipped model, or a .pt file")


def run(
    *,
    reads: Path,
    reference: Path,
    site: str,
    output: Path,
    sex: str = "unknown",
    model: str = "variants-germline-v1",
) -> None:
    """Examine the site as call-variants does, and write what was found."""
    from loci2lead.io.alignments import Alignments
    from loci2lead.io.atomic import write_json, write_text
    from loci2lead.io.bed import parse_regions
    from loci2lead.io.fasta import Reference
    from loci2lead.models.files import resolve_model
    from loci2lead.provenance import describe
    from loci2lead.report.render import render_html
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.caller import CallSettings
    from loci2lead.variants.explain import explain
    from loci2lead.variants.library import measure_library

    genome = Reference(reference)
    contig, position = _parse(site, genome.lengths)
    weights = resolve_model(model)
    library = measure_library(Alignments(reads, genome), genome)
    region = parse_regions(f"{contig}:{position + 1}-{position + 1}", genome.lengths)
    settings = CallSettings(reads, reference, str(weights), "cpu", 1, sex, library, region, {}, False)
    found = explain(settings, contig, position)
    found["provenance"] = describe(
        "explain-call",
        results_version=RESULTS_VERSION,
        inputs={"reference": reference},
        models={"caller": weights},
        parameters={"site": found["site"], "sex": sex, "reads_fingerprint": library.fingerprint},
    )
    if output.suffix == ".json":
        write_json(output, found)
    else:
        write_text(output, render_html("explain.html.j2", {"title": f"Call at {found['site']}", **found}))


def _parse(site: str, lengths: dict[str, int]) -> tuple[str, int]:
    """Return contig and 0-based position. Raises InputError for another form, or a place outside the reference."""
    from loci2lead.errors import InputError

    contig, _, place = site.rpartition(":")
    number = place.replace(",", "")
    if not contig or not number.isdigit():
        raise InputError("A site is written chr:position", found=site, remedy="for example --site chr20:5000123")
    if contig not in lengths or not 1 <= int(number) <= lengths[contig]:
        known = f"1 to {lengths[contig]}" if contig in lengths else ", ".join(list(lengths)[:5])
        raise InputError("The site lies outside the reference", found=site, expected=known)
    return contig, int(number) - 1


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
