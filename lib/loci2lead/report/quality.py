"""The quality page of a sample, and its figures as MultiQC custom content."""

from collections.abc import Mapping
from typing import Any

from loci2lead.report.figures import bars, histogram
from loci2lead.report.render import render_html


def page(figures: Mapping[str, Any]) -> str:
    """Return the self-contained page of the figures that qc-sample gathered."""
    calls = figures["calls"]
    drawings = [
        bars(
            "depth",
            {k: round(100 * v, 1) for k, v in figures["depth"]["at_least"].items() if v is not None},
            title="Bases by depth",
            description="Share of the measured bases that have at least this many usable reads.",
            label="% of bases",
        ),
        histogram(
            "shares",
            {"heterozygous SNPs": calls["het_shares"]},
            title="Share of the alternate allele",
            description="Reads of the alternate allele at heterozygous SNPs; a clean diploid sample peaks at one half.",
            label="share of reads",
            limits=(0.0, 1.0),
            mark=0.5,
        ),
        histogram(
            "gq",
            {"calls": calls["gq"]},
            title="Genotype quality",
            description="Phred-scaled chance that the genotype is wrong, of every call that passed.",
            label="GQ",
            limits=(0.0, 99.0),
        ),
        bars(
            "lengths",
            calls["indel_lengths"],
            title="Lengths of indels",
            description="Called insertions (positive) and deletions (negative) by length; 20 stands for 20 and more.",
            label="calls",
        ),
    ]
    return render_html("quality.html.j2", {"title": f"Quality of {figures['sample']}", **figures, "drawings": drawings})


def multiqc(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return MultiQC's custom content: one row of general statistics."""
    depth, calls = figures["depth"], figures["calls"]
    row = {
        "median_depth": depth["median"],
        "callable": _percent(depth["callable"]),
        "snps": calls["snps"],
        "indels": calls["indels"],
        "ti_tv": calls["ti_tv"],
        "het_hom": calls["het_hom"],
        "slip_9": _percent(figures["slips"]["homopolymer"]["9"]),
        "c_to_t_excess": figures["errors"]["c_to_t_excess"],
        "contamination": _percent(figures["contamination"]["estimate"]),
        "warnings": len(figures["warnings"]),
    }
    return {
        "id": "loci2lead_quality",
        "section_name": "loci2lead",
        "description": "Quality of reads and calls by loci2lead qc-sample.",
        "plot_type": "generalstats",
        "data": {figures["sample"]: {k: v for k, v in row.items() if v is not None}},
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
