"""The figures of a patient's report."""

import re
from collections.abc import Sequence
from typing import Any

from loci2lead.report.figures import OKABE_ITO, Figure, draw, matrix
from loci2lead.report.language import Say
from loci2lead.report.patient.build import Report
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.matching import Match

MOST_DRUGS, MOST_POINTS, MOST_FINDINGS, MOST_GENES = 12, 4000, 12, 10
COLUMNS = (
    *("sensitivity", "if conditions hold", "no benefit", "resistance or harm", "neutral or mixed"),
    "other tumours",
)


def patient_figures(
    report: Report, distributions: dict[str, tuple[float, ...]], genes: Sequence[str], say: Say
) -> dict[str, Figure]:
    """Return the figures that the data allow, by name; `genes` are those of the tumour type's checklist."""
    drawn = {
        "coverage": coverage_figure(report, genes, say),
        "contributions": contributions_figure(report, say),
        "fractions": fractions_figure(report, say),
        "evidence": evidence_figure(report, say),
        "response": response_figure(report, distributions, say),
    }
    return {name: figure for name, figure in drawn.items() if figure is not None}


def fractions_figure(report: Report, say: Say) -> Figure | None:
    """Return allele fraction against depth, the findings with evidence set apart and named."""
    seen = [f for f in report.findings if f.vaf is not None and f.depth is not None]
    if not seen:
        return None
    named = [f for f in seen if report.tiers[f.id].name != "III"][:8]
    others = [f for f in seen if report.tiers[f.id].name == "III"]
    others = others[:: -(-len(others) // MOST_POINTS) or 1]  # evenly thinned, so that a page stays small

    def paint(axes: Any) -> None:
        axes.scatter(
            *_places(others),
            s=7 if len(others) > 200 else 22,
            color="#9ca3af",
            alpha=0.5,
            linewidths=0,
            label=say("tier III"),
        )
        axes.scatter(
            *_places(named), s=42, marker="D", color=OKABE_ITO["vermillion"], label=say("tier I or II"), zorder=3
        )
        for finding in named:
            axes.annotate(
                finding.label,
                (finding.depth, finding.vaf),
                xytext=(6, 5),
                textcoords="offset points",
                fontsize=8,
                weight="bold",
            )
        axes.set_xlabel(say("depth (reads)"))
        axes.set_ylabel(say("variant allele fraction"))
        axes.set_ylim(0, 1.03)
        axes.set_xlim(0, 1.15 * max(f.depth or 0 for f in seen))
        axes.legend(fontsize=8, loc="upper right")

    listed = "; ".join(f"{f.label} {f.vaf:.2f} at depth {f.depth}" for f in named) or "none of tier I or II"
    return draw(
        "fractions",
        paint,
        title=say("Allele fraction and depth of the findings"),
        description=say(f"{len(seen)} findings; {listed}."),
        height=3.6,
    )


def _places(findings: list[Finding]) -> tuple[list[float], list[float]]:
    return [float(f.depth or 0) for f in findings], [f.vaf or 0.0 for f in findings]


def evidence_figure(report: Report, say: Say) -> Figure | None:
    """Return how many statements speak for what, by finding: in this tumour type, and in others."""
    labels = {f.id: f.label for f in report.findings}
    counts: dict[str, dict[str, int]] = {}
    for option in report.options:
        row = counts.setdefault(labels.get(option.finding, option.finding), dict.fromkeys(COLUMNS, 0))
        for match in option.matches:
            row[_column(match, option.near)] += 1
    if not counts:
        return None
    rows = sorted(counts, key=lambda name: -sum(counts[name].values()))[:MOST_FINDINGS]
    said = "; ".join(f"{name}: " + ", ".join(f"{say(c)} {n}" for c, n in counts[name].items() if n) for name in rows)
    return matrix(
        "evidence",
        [[float(counts[name][column]) or None for column in COLUMNS] for name in rows],
        rows=rows,
        columns=[say(column) for column in COLUMNS],
        title=say("Statements of evidence by finding (number of statements)"),
        description=f"{said}.",
    )


def _column(match: Match, near: bool) -> str:
    statement = match.statement
    if not near:
        return "other tumours"
    if statement.brings_benefit:
        return "sensitivity" if match.state == "met" else "if conditions hold"
    if statement.denies_benefit:
        return "no benefit"
    return "resistance or harm" if statement.warns else "neutral or mixed"


def contributions_figure(report: Report, say: Say) -> Figure | None:
    """Return what each gene adds to the predicted response of each drug, in ln(µM); lower is more sensitive."""
    if report.predictions is None:
        return None
    by_drug = {row["drug"]: _contributions(row["top_genes"]) for row in report.predictions.shown[:MOST_DRUGS]}
    by_drug = {drug: parts for drug, parts in by_drug.items() if parts}
    weights: dict[str, float] = {}
    for parts in by_drug.values():
        for gene, value in parts.items():
            weights[gene] = weights.get(gene, 0.0) + abs(value)
    # What is no gene (subtype, rest) is written in small letters and stands last.
    genes = sorted(weights, key=lambda gene: (gene.islower(), -weights[gene], gene))[:MOST_GENES]
    if not genes:
        return None
    return matrix(
        "contributions",
        [[parts.get(gene) for gene in genes] for parts in by_drug.values()],
        rows=list(by_drug),
        columns=genes,
        title=say(
            "Contribution of genes, subtype and the rest to the predicted ln(IC50), in ln µM (below 0: more sensitive)"
        ),
        description="; ".join(f"{drug}: {_listed(parts)}" for drug, parts in by_drug.items()) + ".",
        signed=True,
    )


def _listed(parts: dict[str, float]) -> str:
    return ", ".join(f"{gene} {value:+.2f}" for gene, value in parts.items())


def _contributions(text: str) -> dict[str, float]:
    """Read "BRAF -0.42; KRAS +0.21", as predictions carry their largest contributions."""
    found = re.findall(r"([A-Za-z0-9._-]+) ([+-]?\d+(?:\.\d+)?)", text.replace("−", "-"))
    return {gene: float(value) for gene, value in found}


def coverage_figure(report: Report, genes: Sequence[str], say: Say) -> Figure | None:
    """Return which genes of the tumour type's checklist the assay could see; unknown is its own state."""
    covered = report.tumour.covered
    if not genes or not report.context.may_show_findings:
        return None
    words = {True: "covered", False: "not covered", None: "unknown"}
    states = {gene: words[covered.get(gene)] for gene in genes}
    marks = {"covered": ("s", "green", True), "not covered": ("X", "vermillion", True), "unknown": ("o", "grey", False)}

    def paint(axes: Any) -> None:
        for state, (marker, colour, filled) in marks.items():
            places = [i for i, gene in enumerate(genes) if states[gene] == state]
            face = OKABE_ITO[colour] if filled else "white"
            axes.scatter(
                places,
                [0] * len(places),
                s=110,
                marker=marker,
                facecolors=face,
                edgecolors=OKABE_ITO[colour],
                linewidths=1.6,
                label=f"{say(state)} ({len(places)})",
            )
        axes.set_xticks(range(len(genes)), genes, rotation=90, fontsize=8)
        axes.set_yticks([])
        axes.set_ylim(-0.6, 1.4)
        axes.set_xlim(-0.7, max(len(genes), 18) - 0.3)
        axes.spines["left"].set_visible(False)
        axes.legend(fontsize=8, ncols=3, loc="upper left")

    said = "; ".join(
        f"{say(s)}: {', '.join(g for g in genes if states[g] == s)}" for s in marks if s in states.values()
    )
    return draw(
        "coverage",
        paint,
        title=say("Coverage of the genes to be looked at in this tumour type"),
        description=f"{said}.",
        height=1.6,
    )


def response_figure(report: Report, distributions: dict[str, tuple[float, ...]], say: Say) -> Figure | None:
    """Return predicted ln(IC50) with intervals over the spread of the training cell lines, per drug."""
    if report.predictions is None:
        return None
    rows = [row for row in report.predictions.shown if row["drug"] in distributions][:MOST_DRUGS]
    if not rows:
        return None

    def paint(axes: Any) -> None:
        for place, row in enumerate(rows):
            low, quarter, middle, three_quarters, high = distributions[row["drug"]]
            axes.plot([low, high], [place, place], color="#d1d5db", linewidth=7, solid_capstyle="butt", zorder=1)
            axes.plot([quarter, three_quarters], [place, place], color="#9ca3af", linewidth=7, zorder=2)
            axes.plot([middle, middle], [place - 0.3, place + 0.3], color="#4b5563", linewidth=1.5, zorder=3)
            if row["lower_90"] is not None and row["upper_90"] is not None:
                ends = [row["lower_90"], row["upper_90"]]
                axes.plot(ends, [place, place], color=OKABE_ITO["vermillion"], linewidth=1.5, zorder=4)
            axes.plot([row["ln_ic50"]], [place], "D", color=OKABE_ITO["vermillion"], markersize=5, zorder=5)
        axes.set_yticks(range(len(rows)), [row["drug"] for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel(say("ln(IC50 in µM), lower = more sensitive in a dish"))

    said = "; ".join(f"{row['drug']} {row['ln_ic50']:.2f}" for row in rows)
    return draw(
        "response",
        paint,
        title=say(
            "Predicted response (diamond, 90 % interval) over all training cell lines (bars: 5 to 95 %, middle half)"
        ),
        description=say(f"Predicted ln(IC50): {said}."),
        height=0.9 + 0.3 * len(rows),
    )
