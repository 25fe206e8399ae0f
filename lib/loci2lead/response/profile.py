"""A tumour's profile: one row per gene with mutation state, copies, expression and whether it was covered."""

import difflib
import logging
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.contigs import match_contigs
from loci2lead.io.gff import Transcript
from loci2lead.io.tables import read_table
from loci2lead.io.vcf import read_annotated
from loci2lead.records import PROFILE_COLUMNS, names
from loci2lead.response.profile_copy_number import read_copy_number
from loci2lead.response.profile_expression import read_expression
from loci2lead.response.profile_frequencies import common_alleles, is_common
from loci2lead.response.profile_mutations import mutation_states, state_of
from loci2lead.response.profile_names import TABLES, current_names

log = logging.getLogger(__name__)
T = TypeVar("T")

COVERED_SHARE = 0.8
"""A gene counts as covered where the BED holds at least this share of its coding bases."""


def build_profile(
    variants: str | Path,
    transcripts: Sequence[Transcript],
    *,
    sample: str,
    oncotree: str,
    copy_number: str | Path | None = None,
    expression: str | Path | None = None,
    covered: str | Path | None = None,
    assume_covered: str = "none",
    column: str | None = None,
    population_frequencies: Path | None = None,
) -> pd.DataFrame:
    """Return the profile of one tumour, its columns as in records.PROFILE_COLUMNS, sorted by gene.

    `variants` is an annotated VCF (`column` names its sample where there are several). There is a row for
    every gene of `transcripts` and of any input. Unknown stays null: without `covered` (a BED) nothing is known
    about genes without a variant unless `assume_covered` is "exome", which takes every coding gene as seen.
    Variants that are common in `population_frequencies` count as inherited and are left out, but for hotspots.
    """
    oncotree = check_oncotree(oncotree)
    genes = [t.gene for t in transcripts]
    called = read_annotated(variants, column, every_gene=True)
    if population_frequencies is not None:
        common = common_alleles(population_frequencies, called)
        called = [v for v in called if not is_common(v, common) or state_of(v) == "hotspot"]
    else:
        log.warning("no --population-frequencies: inherited variants are not told from the tumour's own")
    states = _renamed(mutation_states(called), "variants")
    seen = _renamed(_coverage(transcripts, covered, assume_covered), "gene models")
    copies: dict[str, float] = _renamed(read_copy_number(copy_number, genes), "copy numbers") if copy_number else {}
    levels: dict[str, float] = _renamed(read_expression(expression), "expression") if expression else {}
    rows = sorted({*seen, *states, *copies, *levels})
    table = pd.DataFrame({"sample": sample, "oncotree": oncotree, "gene": rows})
    table["mutation_state"] = [states.get(g) or ("none" if seen.get(g) else None) for g in rows]
    table["copies_relative"] = [copies.get(g) for g in rows]
    table["log2_tpm"] = [levels.get(g) for g in rows]
    table["covered"] = [_was_covered(g in states, seen.get(g)) for g in rows]
    _report(table)
    return table.astype({c.name: c.dtype for c in PROFILE_COLUMNS})[names(PROFILE_COLUMNS)]


def _was_covered(has_mutation: bool, seen: bool | None) -> bool | None:
    """A mutation that was found shows that a gene was looked at, also where a hotspot panel holds little of it."""
    return True if has_mutation and seen is False else seen


def check_oncotree(code: str) -> str:
    """Return an OncoTree code in its own spelling; raise InputError naming the nearest where it is unknown."""
    table = read_table(TABLES / "oncotree_tissue.tsv", columns=("oncotree", "name"), dtype=str, comment="#").fillna("")
    by_key = {key.upper(): key for key in table["oncotree"]}
    if code.strip().upper() in by_key:
        return by_key[code.strip().upper()]
    labels = {**by_key, **dict(zip(table["name"].str.upper(), table["oncotree"], strict=True))}
    close = dict.fromkeys(labels[k] for k in difflib.get_close_matches(code.strip().upper(), labels, n=5, cutoff=0.5))
    known = dict(zip(table["oncotree"], table["name"], strict=True))
    raise InputError(
        "Unknown OncoTree code",
        found=code,
        expected=", ".join(f"{c} ({known[c]})" for c in close) or "a code such as COAD, LUAD, BRCA",
        remedy="look the code up at oncotree.info",
    )


def _coverage(
    transcripts: Sequence[Transcript], covered: str | Path | None, assume_covered: str
) -> dict[str, bool | None]:
    if covered is None:
        known = True if assume_covered == "exome" else None
        return {t.gene.name: known for t in transcripts}
    by_contig = _read_bed(covered)
    match = match_contigs({t.gene.contig for t in transcripts}, by_contig)
    if not match:
        raise InputError(
            "The BED and the gene models share no contig", file=covered, found=", ".join(list(by_contig)[:5])
        )
    seen: dict[str, bool | None] = {}
    for transcript in transcripts:
        regions = by_contig.get(match.get(transcript.gene.contig, ""), [])
        total = sum(end - start for start, end in transcript.cds)
        inside = sum(_overlap(segment, regions) for segment in transcript.cds)
        seen[transcript.gene.name] = bool(seen.get(transcript.gene.name)) or inside >= COVERED_SHARE * total
    return seen


def covered_coding_megabases(transcripts: Sequence[Transcript], covered: str | Path) -> float:
    """Return the size in Mb of the coding bases that a BED holds: what a count of coding mutations is divided by."""
    by_contig = _read_bed(covered)
    match = match_contigs({t.gene.contig for t in transcripts}, by_contig)
    coding: dict[str, list[tuple[int, int]]] = {}
    for transcript in transcripts:
        coding.setdefault(match.get(transcript.gene.contig, ""), []).extend(transcript.cds)
    bases = sum(
        _overlap(segment, by_contig.get(contig, [])) for contig, cds in coding.items() for segment in _merged(cds)
    )
    return bases / 1e6


def _read_bed(path: str | Path) -> dict[str, list[tuple[int, int]]]:
    """Return merged regions by contig; raise InputError for a line that is not BED."""
    path = Path(path)
    if not path.is_file():
        raise InputError("BED not found", file=path, remedy="check the path")
    regions: dict[str, list[tuple[int, int]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        parts = line.split("\t")
        if len(parts) < 3 or not (parts[1].isdigit() and parts[2].isdigit() and int(parts[1]) < int(parts[2])):
            raise InputError(
                "Not a BED line",
                file=path,
                record=f"line {number}",
                found=line[:60],
                expected="contig, start, end (tabs)",
            )
        regions.setdefault(parts[0], []).append((int(parts[1]), int(parts[2])))
    if not regions:
        raise InputError("The BED holds no regions", file=path, remedy="leave --covered out if coverage is unknown")
    return {contig: _merged(found) for contig, found in regions.items()}


def _merged(regions: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(regions):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _overlap(segment: tuple[int, int], regions: Sequence[tuple[int, int]]) -> int:
    """Return the bases of a segment that sorted, merged regions hold."""
    start, end = segment
    shared = 0
    index = max(bisect_right(regions, (start, start)) - 1, 0)  # the region before may reach into the segment
    while index < len(regions) and regions[index][0] < end:
        shared += max(0, min(regions[index][1], end) - max(regions[index][0], start))
        index += 1
    return shared


def _renamed(values: Mapping[str, T] | pd.Series, what: str) -> dict[str, T]:
    """Return values by gene, former names replaced by the symbols in use and reported."""
    by_gene: dict[str, T] = {str(gene): value for gene, value in values.items()}
    renamed = current_names(by_gene)
    if renamed:
        shown = ", ".join(f"{old} → {new}" for old, new in list(renamed.items())[:10])
        log.info("%s: %d gene names brought up to date: %s", what, len(renamed), shown)
    return {renamed.get(gene, gene): value for gene, value in by_gene.items()}


def _report(table: pd.DataFrame) -> None:
    counts = table["mutation_state"].fillna("unknown").value_counts()
    log.info("%d genes: %s", len(table), ", ".join(f"{n} {state}" for state, n in counts.items()))
