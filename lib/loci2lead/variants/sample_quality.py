"""All quality figures of one sample, and the warnings that follow from them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loci2lead.io.alignments import Alignments
from loci2lead.io.bed import Intervals, read_bed
from loci2lead.io.fasta import Reference
from loci2lead.variants.identity import compare_identity
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.quality import (
    CALLABLE_DEPTH,
    choose_windows,
    depth_figures,
    error_figures,
    measure,
    slip_figures,
)
from loci2lead.variants.quality_calls import call_figures, contamination, read_called
from loci2lead.variants.sex import infer_sex

# From where on a figure is worth a warning. Ti/Tv of a whole genome is near 2.0 to 2.1, of exons near 2.8 to 3.0.
_LOW_DEPTH, _LOW_CALLABLE, _TI_TV, _DAMAGED, _CONTAMINATED, _DUPLICATES, _SLIPPY = (
    15,
    0.9,
    (1.8, 3.5),
    1.5,
    0.03,
    0.3,
    0.02,
)
_FEWEST_SNPS = 300


def sample_quality(
    alignments: Alignments,
    reference: Reference,
    library: LibraryProfile,
    variants: Path,
    regions: Path | None,
    same_patient: Sequence[Path],
    sex: str,
) -> dict[str, Any]:
    """Return the figures, plain values only. Raises InputError for files that cannot be read."""
    windows, complete = choose_windows(read_bed(regions) if regions else None, reference, alignments)
    measured = measure(alignments, reference, windows)
    called = read_called(variants)
    evidence = infer_sex(alignments)
    errors = error_figures(measured)
    figures: dict[str, Any] = {
        "measured": {"windows": measured.windows, "bases": measured.bases, "complete": complete},
        "depth": depth_figures(measured),
        "depth_histogram": _histogram(measured.depth.tolist()),
        "flags": {k: v / measured.flags["reads"] for k, v in measured.flags.items() if k != "reads"}
        if measured.flags.get("reads")
        else {},
        "genes": _genes(alignments, reference, regions) if regions else [],
        "errors": errors,
        "slips": slip_figures(library),
        "calls": call_figures(called),
        "contamination": contamination(called, errors["per_base"]),
        "sex": {"given": sex, "inferred": evidence.inferred, "x": evidence.x, "y": evidence.y},
        "identity": [_identity(alignments, reference, path) for path in same_patient],
    }
    figures["warnings"] = warnings(figures, evidence.contradicts(sex))
    return figures


def _histogram(depths: list[int], most: int = 200) -> list[int]:
    counts = [0] * (most + 1)
    for depth in depths:
        counts[min(depth, most)] += 1
    return counts


def _identity(alignments: Alignments, reference: Reference, path: Path) -> dict[str, Any]:
    found = compare_identity(alignments, reference, read_called(path))
    return {"sites": found.sites, "lacking": found.lacking, "verdict": found.verdict}


def _genes(alignments: Alignments, reference: Reference, regions: Path) -> list[dict[str, Any]]:
    """Return, per name in the BED's fourth column, bases, mean depth and callable share."""
    parts: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for line in regions.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) > 3 and fields[1].isdigit():
            name = fields[3].split(";")[0].split("_")[0]
            parts.setdefault(name, {}).setdefault(fields[0], []).append((int(fields[1]), int(fields[2])))
    rows = []
    for name, intervals in parts.items():
        pieces = [p for p in Intervals(intervals) if p[0] in reference.lengths]
        found = depth_figures(measure(alignments, reference, pieces))
        bases = sum(end - start for _, start, end in pieces)
        rows.append({"gene": name, "bases": bases, "mean_depth": found["mean"], "callable": found["callable"]})
    return sorted(rows, key=lambda row: (row["callable"] if row["callable"] is not None else -1.0, row["gene"]))


def warnings(figures: dict[str, Any], other_sex: bool) -> list[str]:
    """Return what a person should look at, in words."""
    depth, calls, found = figures["depth"], figures["calls"], []
    if depth["median"] is None or depth["median"] < _LOW_DEPTH:
        found.append(
            f"Median depth is {depth['median'] or 0:.0f}: heterozygous variants will be missed below {_LOW_DEPTH}."
        )
    if depth["callable"] is not None and depth["callable"] < _LOW_CALLABLE:
        found.append(f"Only {depth['callable']:.1%} of the bases have {CALLABLE_DEPTH} reads.")
    if calls["snps"] >= _FEWEST_SNPS and not _TI_TV[0] <= (calls["ti_tv"] or 0) <= _TI_TV[1]:
        found.append(
            f"Ti/Tv is {calls['ti_tv'] or 0:.2f}; genomes show about 2.1, exomes up to 3: many calls may be errors."
        )
    if (figures["errors"]["c_to_t_excess"] or 0) > _DAMAGED:
        excess = figures["errors"]["c_to_t_excess"]
        found.append(f"C>T is {excess:.1f} times as frequent as other transitions: damaged (FFPE, old) DNA.")
    if (figures["contamination"]["estimate"] or 0) > _CONTAMINATED:
        found.append(f"About {figures['contamination']['estimate']:.0%} of the DNA may be someone else's.")
    if figures["flags"].get("duplicate", 0) > _DUPLICATES:
        found.append(f"{figures['flags']['duplicate']:.0%} of the reads are duplicates.")
    if figures["slips"]["homopolymer"]["9"] > _SLIPPY:
        slip = figures["slips"]["homopolymer"]["9"]
        found.append(f"This library slips {slip:.1%} in runs of nine: indels there are less sure.")
    if other_sex:
        sex = figures["sex"]
        found.append(
            f"Depth on X ({sex['x']:.2f}) and Y ({sex['y']:.2f}) speaks for {sex['inferred']}, not {sex['given']}."
        )
    for result in figures["identity"]:
        if result["verdict"] != "same":
            found.append(
                f"Identity is {result['verdict']}: {result['lacking']} of {result['sites']} homozygous sites of the "
                "patient's germline calls lack the allele."
            )
    return found
