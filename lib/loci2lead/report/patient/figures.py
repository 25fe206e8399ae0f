"""The figures of a patient's report."""

from typing import Any

from loci2lead.report.figures import OKABE_ITO, Figure, bars, draw
from loci2lead.report.language import Say
from loci2lead.report.patient.build import Report
from loci2lead.report.patient.findings import Finding

MOST_DRUGS, MOST_POINTS = 12, 4000


def patient_figures(report: Report, distributions: dict[str, tuple[float, ...]], say: Say) -> dict[str, Figure]:
    """Return the figures that the data allow, by name: fractions, evidence, coverage, response."""
    drawn = {
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
    """Return how many statements speak for what, in this tumour type and in others."""
    counts: dict[str, float] = {}
    for option in report.options:
        place = "this tumour" if option.near else "other tumours"
        for match in option.matches:
            statement = match.statement
            if statement.brings_benefit:
                what = "sensitivity" if match.state == "met" else "sensitivity, conditions open or not met"
            elif statement.denies_benefit:
                what = "no benefit"
            else:
                what = "resistance or harm" if statement.warns else "neutral or mixed"
            name = f"{place}: {what}"
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        return None
    ordered = sorted(counts.items(), key=lambda item: (not item[0].startswith("this"), -item[1]))
    shown = {say(name): count for name, count in ordered}
    said = "; ".join(f"{name} {int(count)}" for name, count in shown.items())
    return bars(
        "evidence",
        shown,
        title=say("Statements of evidence that touch this tumour"),
        description=f"{said}.",
        label=say("statements"),
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
