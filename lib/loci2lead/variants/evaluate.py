"""Recall, precision and F1 of calls against truth, by type and by repeat context, with intervals."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pysam

from loci2lead.errors import InputError
from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.models.metrics import wilson_interval
from loci2lead.variants.matching import Fetch, Unit, compare, make_units, repeat_context

KINDS = ("SNP", "INDEL")
CONTEXTS = ("homopolymer", "tandem_repeat", "other")


def read_units(path: str | Path, confident: Intervals, reference: Reference) -> dict[str, list[Unit]]:
    """Return the genotyped, passing, non-reference units of a VCF's first sample inside `confident`.

    FILTER must be PASS or missing. Records with symbolic alleles are left out; `*` counts as reference.
    Raises InputError for a file that is missing, not VCF, without samples, or at odds with the reference.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("VCF not found", file=path, remedy="check the path")
    try:
        with pysam.VariantFile(str(path)) as vcf:
            if not len(vcf.header.samples):
                raise InputError("The VCF holds no sample", file=path, remedy="a genotype column is needed to compare")
            return _collect(vcf, path, confident, reference)
    except (OSError, ValueError) as error:
        raise InputError("The VCF cannot be read", file=path, found=error) from error


def _collect(vcf: Iterable, path: Path, confident: Intervals, reference: Reference) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {contig: [] for contig in confident.contigs}
    for record in vcf:
        genotype = record.samples[0].get("GT")
        if record.contig not in found or genotype is None or not _passes(record):
            continue
        if record.contig not in reference.lengths:
            raise InputError("The VCF's contig is not in the reference", file=path, found=record.contig)
        alleles = tuple(a.upper() for a in record.alleles)
        copies = [0 if g is None or alleles[g] == "*" else g for g in genotype]
        if not any(copies) or any(not set(alleles[c]) <= set("ACGTN") for c in copies):
            continue
        fetch = contig_fetch(reference, record.contig)
        found_there = fetch(record.start, record.start + len(alleles[0]))
        if found_there and not found_there.strip("N"):
            # A masked stretch of the reference: nothing can be compared there.
            continue
        if found_there != alleles[0]:
            raise InputError(
                "The VCF does not fit the reference",
                file=path,
                record=f"{record.contig}:{record.pos}",
                found=alleles[0],
                expected=found_there,
                remedy="use the reference the calls were made with",
            )
        units = make_units(record.start, alleles, copies, fetch)
        found[record.contig] += [u for u in units if confident.covers(record.contig, u.position, u.end)]
    return {contig: sorted(units, key=lambda u: (u.position, u.end)) for contig, units in found.items()}


def _passes(record: pysam.VariantRecord) -> bool:
    return not [f for f in record.filter if f not in {"PASS", "."}]


def contig_fetch(reference: Reference, contig: str) -> Fetch:
    """Return a function of (start, end) that reads one contig."""
    return lambda start, end: reference.fetch(contig, start, end)


def evaluate(
    truth: dict[str, list[Unit]], calls: dict[str, list[Unit]], reference: Reference
) -> tuple[dict[str, Any], list[tuple[str, str, Unit]]]:
    """Return the scores by type, with strata, and the (contig, "fn" or "fp", unit) that disagree."""
    counts = {kind: {context: [0, 0, 0, 0] for context in CONTEXTS} for kind in KINDS}
    wrong: list[tuple[str, str, Unit]] = []
    for contig, expected in truth.items():
        fetch, called = contig_fetch(reference, contig), calls.get(contig, [])
        result = compare(expected, called, fetch)
        groups = (
            (expected, result.truth_matched),
            (expected, result.truth_missed),
            (called, result.calls_matched),
            (called, result.calls_extra),
        )
        for column, (units, chosen) in enumerate(groups):
            for index in chosen:
                unit = units[index]
                kind = "SNP" if unit.is_snp else "INDEL"
                counts[kind][repeat_context(fetch, unit.position)][column] += 1
        wrong += [(contig, "fn", expected[i]) for i in result.truth_missed]
        wrong += [(contig, "fp", called[i]) for i in result.calls_extra]
    scores: dict[str, Any] = {
        kind: _score([sum(c) for c in zip(*counts[kind].values(), strict=True)]) for kind in KINDS
    }
    scores["strata"] = {kind: {c: _score(counts[kind][c]) for c in CONTEXTS} for kind in KINDS}
    return scores, wrong


def _score(counts: list[int]) -> dict[str, Any]:
    """Return the scores of (truth matched, missed, calls matched, extra); null where nothing was to be found.

    The interval of F1 takes F1 = tp / (tp + (fp + fn) / 2) for a proportion.
    """
    matched, missed, right, extra = counts
    truth, called = matched + missed, right + extra
    recall = matched / truth if truth else None
    precision = right / called if called else None
    f1 = 2 * recall * precision / (recall + precision) if recall and precision else None
    if f1 is None and truth + called:
        f1 = 0.0
    return {
        "truth": truth,
        "tp": matched,
        "fp": extra,
        "fn": missed,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "tp_calls": right,
        "recall_interval": list(wilson_interval(matched, truth)),
        "precision_interval": list(wilson_interval(right, called)),
        "f1_interval": list(wilson_interval(matched, matched + round((extra + missed) / 2))),
    }
