"""Explain the call at one site: reads, haplotypes, what moved the model, and the reasons in words.

Also says why nothing was called: how many reads show something else, and how many it takes. With --normal, or with
--somatic for a tumour alone, the reads are a tumour's and the call is that of call-somatic.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loci2lead.io.fasta import Reference


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--reads", type=Path, required=True, help="sorted, indexed BAM or CRAM")
    parser.add_argument("--reference", type=Path, required=True, help="the FASTA the reads were aligned to")
    parser.add_argument("--site", required=True, help="chr:position (1-based, as in the VCF)")
    parser.add_argument("--output", type=Path, required=True, help="page (.html) or data (.json) to write")
    parser.add_argument("--sex", choices=("unknown", "female", "male"), default="unknown", help="for X and Y")
    parser.add_argument("--somatic", action="store_true", help="the reads are those of a tumour alone")
    parser.add_argument("--normal", type=Path, help="the reads are a tumour's, and this is the patient's normal sample")
    parser.add_argument("--population-frequencies", type=Path, help="as for call-somatic, for a tumour alone")
    parser.add_argument("--panel-of-normals", type=Path, help="as for call-somatic")
    parser.add_argument("--allow-mismatch", action="store_true", help="explain also where the pair does not match")
    parser.add_argument(
        "--model", help="name of a shipped model, or a .pt file (default: the shipped one for the call)"
    )


def run(
    *,
    reads: Path,
    reference: Path,
    site: str,
    output: Path,
    sex: str = "unknown",
    somatic: bool = False,
    normal: Path | None = None,
    population_frequencies: Path | None = None,
    panel_of_normals: Path | None = None,
    allow_mismatch: bool = False,
    model: str | None = None,
) -> None:
    """Examine the site as call-variants or call-somatic does, and write what was found."""
    from loci2lead.errors import InputError
    from loci2lead.io.atomic import write_json, write_text
    from loci2lead.io.fasta import Reference
    from loci2lead.models.files import resolve_model
    from loci2lead.report.render import render_html

    of_tumour = somatic or normal is not None
    resources = (population_frequencies, panel_of_normals)
    if not of_tumour and any(resources):
        raise InputError("Population and panel weigh a tumour's alleles", remedy="add --somatic, or --normal BAM")
    genome = Reference(reference)
    place = _parse(site, genome.lengths)
    weights = resolve_model(model or ("variants-somatic-v1" if of_tumour else "variants-germline-v1"))
    if of_tumour:
        found = _somatic((reads, normal, reference, *resources), genome, place, weights, allow_mismatch)
    else:
        found = _germline(reads, genome, reference, place, weights, sex)
    if output.suffix == ".json":
        write_json(output, found)
    else:
        template = "explain_somatic.html.j2" if of_tumour else "explain.html.j2"
        write_text(output, render_html(template, {"title": f"Call at {found['site']}", **found}))


def _germline(
    reads: Path, genome: "Reference", reference: Path, place: tuple[str, int], weights: Path, sex: str
) -> dict[str, Any]:
    """Return the explanation of a germline call with its provenance."""
    from loci2lead.io.alignments import Alignments
    from loci2lead.io.bed import parse_regions
    from loci2lead.variants.caller import CallSettings
    from loci2lead.variants.explain import explain
    from loci2lead.variants.library import measure_library

    library = measure_library(Alignments(reads, genome), genome)
    region = parse_regions(f"{place[0]}:{place[1] + 1}-{place[1] + 1}", genome.lengths)
    settings = CallSettings(reads, reference, str(weights), "cpu", 1, sex, library, region, {}, False)
    found = explain(settings, *place)
    parameters = {"site": found["site"], "sex": sex, "reads_fingerprint": library.fingerprint}
    return {**found, "provenance": _provenance({"reference": reference}, weights, parameters)}


def _somatic(
    files: tuple[Path, Path | None, Path, Path | None, Path | None],
    genome: "Reference",
    place: tuple[str, int],
    weights: Path,
    allow_mismatch: bool,
) -> dict[str, Any]:
    """Return the explanation of a somatic call with its provenance; `files` as SomaticInputs begins."""
    from loci2lead.io.bed import parse_regions
    from loci2lead.variants.shards import Shard
    from loci2lead.variants.somatic.explain import explain_somatic
    from loci2lead.variants.somatic.prepare import SomaticInputs, prepare

    inputs = SomaticInputs(*files)
    region = parse_regions(f"{place[0]}:{place[1] + 1}-{place[1] + 1}", genome.lengths)
    ready = prepare(inputs, genome, region, {}, str(weights), "cpu", Shard(), allow_mismatch)
    found = explain_somatic(ready.settings, *place)
    normal = ready.settings.normal_library
    parameters = {
        "site": found["site"],
        "tumour_fingerprint": ready.settings.tumour_library.fingerprint,
        "normal_fingerprint": normal.fingerprint if normal else None,
        "pair": ready.check.plain if ready.check else None,
    }
    hashed = {
        "reference": inputs.reference,
        "population_frequencies": inputs.frequencies,
        "panel_of_normals": inputs.panel,
    }
    return {**found, "provenance": _provenance(hashed, weights, parameters)}


def _provenance(files: dict[str, Path | None], weights: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    from loci2lead.provenance import describe
    from loci2lead.variants import RESULTS_VERSION

    return describe(
        "explain-call", results_version=RESULTS_VERSION, inputs=files, models={"caller": weights}, parameters=parameters
    )


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
