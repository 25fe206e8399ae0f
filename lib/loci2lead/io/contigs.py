"""Names of contigs across files (chr7 or 7), and which genome build a file speaks of."""

import re
from collections.abc import Iterable, Mapping

REFSEQ_CHROMOSOME = re.compile(r"NC_0000(0[1-9]|1\d|2[0-4])\.\d+")

GRCH37_LENGTHS = {"1": 249250621, "2": 243199373, "7": 159138663, "17": 81195210, "20": 63025520, "X": 155270560}
GRCH38_LENGTHS = {"1": 248956422, "2": 242193529, "7": 159345973, "17": 83257441, "20": 64444167, "X": 156040895}
BUILD_LENGTHS = {"GRCh37": GRCH37_LENGTHS, "GRCh38": GRCH38_LENGTHS}
"""Lengths of a few chromosomes, enough to tell the builds apart (public facts of the assemblies)."""


def plain_contig(name: str) -> str:
    """Return the name without the chr prefix, the mitochondrion always as MT; other names unchanged.

    RefSeq accessions of human chromosomes (NC_000007.14) become the chromosome's name.
    """
    if accession := REFSEQ_CHROMOSOME.fullmatch(name):
        number = int(accession.group(1))
        return {23: "X", 24: "Y"}.get(number, str(number))
    if name.startswith("NC_012920"):
        return "MT"
    plain = name[3:] if name[:3].lower() == "chr" and len(name) > 3 else name
    return "MT" if plain == "M" else plain


def match_contigs(names: Iterable[str], targets: Iterable[str]) -> dict[str, str]:
    """Return each of `names` that has a counterpart among `targets`, mapped to it; an exact match wins."""
    targets = list(targets)
    exact = set(targets)
    by_plain = {plain_contig(target): target for target in reversed(targets)}
    pairs = {name: name if name in exact else by_plain.get(plain_contig(name)) for name in names}
    return {name: target for name, target in pairs.items() if target is not None}


def build_of_lengths(lengths: Mapping[str, int | None]) -> str | None:
    """Return GRCh37 or GRCh38 where the contig lengths say so, "demo" for the simulated genome, else None."""
    if any(name.startswith("demo") for name in lengths):
        return "demo"
    plain = {plain_contig(name): length for name, length in lengths.items() if length}
    for build, known in BUILD_LENGTHS.items():
        shared = [name for name in known if name in plain]
        if shared and all(plain[name] == known[name] for name in shared):
            return build
    return None
