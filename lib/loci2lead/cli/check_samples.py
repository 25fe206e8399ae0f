"""Say which of several BAM or CRAM files come from the same person.

Writes {"pairs": [{"first", "second", "sites", "shared", "opposite", "same_person"}]}: `shared` is the share that
the first sample shows of the alleles that the second carries in 30 % of its reads and more, `opposite` the share
of homozygous places that are opposite; null with too few sites.
"""

import argparse
from itertools import permutations
from pathlib import Path

from loci2lead.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--reads", type=Path, nargs="+", required=True, help="sorted, indexed BAM or CRAM files")
    parser.add_argument("--reference", type=Path, required=True, help="the FASTA the reads were aligned to")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")


def run(*, reads: list[Path], reference: Path, output: Path) -> None:
    """Compare every sample with every other, and write the JSON. Samples are named by their read groups."""
    from loci2lead.io.alignments import Alignments
    from loci2lead.io.atomic import write_json
    from loci2lead.io.fasta import Reference
    from loci2lead.provenance import describe
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.somatic.identity import check_pair
    from loci2lead.variants.somatic.survey import survey

    if len(reads) < 2:
        raise InputError("One file has nothing to be compared with", found="--reads", expected="two files or more")
    genome = Reference(reference)
    opened = [Alignments(path, genome) for path in reads]
    names = [f"{number}:{a.sample}" for number, a in enumerate(opened, start=1)]
    pairs = []
    for first, second in permutations(range(len(opened)), 2):
        check = check_pair(survey([opened[first], opened[second]], genome))
        found = {key: check.plain[key] for key in ("sites", "shared", "opposite")}
        found["same_person"] = check.same_person
        pairs.append({"first": names[first], "second": names[second], **found})
    provenance = describe("check-samples", results_version=RESULTS_VERSION, inputs={"reference": reference})
    write_json(output, {"pairs": pairs, "provenance": provenance})


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
