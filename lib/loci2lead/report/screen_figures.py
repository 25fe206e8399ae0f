"""The figures of a screening report: property space, properties, endpoints, clusters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from loci2lead.report import figures
from loci2lead.report.figures import OKABE_ITO, Figure
from loci2lead.report.screen_endpoints import PROPERTIES, EndpointWords
from loci2lead.report.screen_tables import numeric, present

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWN_POINTS = 2_000
SHOWN_PROPERTIES = ("mw", "logp", "tpsa", "qed")
LIMITS = {"mw": (0.0, 900.0), "logp": (-5.0, 10.0), "tpsa": (0.0, 250.0), "qed": (0.0, 1.0)}


def all_figures(
    library: pd.DataFrame, shown: pd.DataFrame, kept: pd.DataFrame, endpoints: Sequence[EndpointWords]
) -> dict[str, list[Figure]]:
    """Return the figures by section; a figure whose columns are absent is left out.

    `library`: scored molecules; `shown`: the leads of the page; `kept`: all leads of the ranking.
    """
    properties = [property_histogram(c, library, shown) for c in present(library, SHOWN_PROPERTIES)]
    space = [property_space(library, shown)] if len(present(library, ("mw", "logp"))) == 2 else []
    domain = [similarity(library, shown)] if "nearest_training" in library else []
    probabilities = [e for e in endpoints if e.task == "classification"]
    ranges = [endpoint_ranges(library, shown, probabilities)] if probabilities and len(library) else []
    compared = [e for e in endpoints if f"{e.name}_pct_approved" in library]
    ranges += [among_approved_drugs(library, shown, compared)] if compared and len(library) else []
    clusters = [cluster_sizes(kept)] if len(kept) else []
    return {"properties": properties, "space": space, "domain": domain, "endpoints": ranges, "clusters": clusters}


def property_histogram(column: str, library: pd.DataFrame, leads: pd.DataFrame) -> Figure:
    """Return the density of one property in the library and among the leads; ends beyond the axis are clipped."""
    words, unit, _ = PROPERTIES[column]
    low, high = LIMITS[column]
    groups = {
        "library": np.clip(numeric(library, column), low, high),
        "leads shown": np.clip(numeric(leads, column), low, high),
    }
    medians = ", ".join(f"{key} median {np.median(v):.3g}" for key, v in groups.items() if len(v))
    return figures.histogram(
        f"hist-{column}",
        {key: list(v) for key, v in groups.items()},
        title=words,
        description=f"Distribution in the library and among the leads shown: {medians or 'no values'}.",
        label=f"{words} [{unit}]" if unit else words,
        limits=(low, high),
        density=True,
    )


def property_space(library: pd.DataFrame, leads: pd.DataFrame) -> Figure:
    """Return logP against molecular mass: library in grey, leads, and the picked ones."""
    columns = ["mw", "logp"]
    step = max(1, len(library) // DRAWN_POINTS)
    ordered = library.sort_values("inchikey", kind="stable")[::step]
    parts = {"library": ordered, "leads shown": leads[~leads["picked"]], "picked leads": leads[leads["picked"]]}
    xy = {k: t[columns].dropna().clip([0, -8], [1200, 14], axis=1) for k, t in parts.items()}
    return figures.points(
        "property-space",
        {k: (list(t["mw"]), list(t["logp"])) for k, t in xy.items()},
        title="Property space",
        description="logP against molecular mass of library, leads and picked leads.",
        x_label="Molecular mass [Da]",
        y_label="logP (Crippen)",
    )


def similarity(library: pd.DataFrame, leads: pd.DataFrame) -> Figure:
    """Return how near the molecules are to the training molecules of the models."""
    groups = {
        "library": list(numeric(library, "nearest_training")),
        "leads shown": list(numeric(leads, "nearest_training")),
    }
    return figures.histogram(
        "hist-similarity",
        groups,
        title="Nearest training molecule",
        description="Tanimoto similarity to the nearest training molecule: the further left, the less the models know.",
        label="Tanimoto similarity to the nearest training molecule",
        limits=(0.0, 1.0),
        density=True,
    )


def endpoint_ranges(library: pd.DataFrame, leads: pd.DataFrame, endpoints: Sequence[EndpointWords]) -> Figure:
    """Return, for each classification endpoint, the middle 80 % and median of the library, and the leads' median."""

    def paint(axes: "Axes") -> None:
        for place, endpoint in enumerate(endpoints):
            values = numeric(library, endpoint.name)
            if len(values):
                low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
                axes.plot([low, high], [place, place], color=OKABE_ITO["grey"], linewidth=3, alpha=0.6)
                axes.plot([middle], [place], "|", color=OKABE_ITO["black"], markersize=9, markeredgewidth=2)
            lead_values = numeric(leads, endpoint.name)
            if len(lead_values):
                axes.plot([np.median(lead_values)], [place], "D", color=OKABE_ITO["vermillion"], markersize=5)
        axes.set_yticks(range(len(endpoints)), [e.name for e in endpoints])
        axes.set_ylim(len(endpoints) - 0.4, -0.6)
        axes.set_xlim(0, 1)
        axes.set_xlabel("predicted probability")

    return figures.draw(
        "endpoint-ranges",
        paint,
        title="Predicted probabilities",
        description="Grey: middle 80 % of the library; black: its median; orange diamond: median of the leads shown.",
        height=0.9 + 0.23 * len(endpoints),
    )


def among_approved_drugs(library: pd.DataFrame, leads: pd.DataFrame, endpoints: Sequence[EndpointWords]) -> Figure:
    """Return where library and leads stand among approved drugs, whose own distribution is even by construction.

    Every endpoint, whatever its unit, lies on one scale: the percentage of approved drugs with a lower prediction.
    """
    grey, blue = OKABE_ITO["grey"], OKABE_ITO["blue"]

    def paint(axes: "Axes") -> None:
        axes.axvspan(25, 75, color=OKABE_ITO["yellow"], alpha=0.25, linewidth=0, label="approved drugs, middle half")
        axes.axvline(50, color=OKABE_ITO["black"], linewidth=1, linestyle=":")
        for place, endpoint in enumerate(endpoints):
            for group, colour, shift, marker in ((library, grey, -0.17, "|"), (leads, blue, 0.17, "D")):
                values = numeric(group, f"{endpoint.name}_pct_approved")
                if not len(values):
                    continue
                ends = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
                at = [place + shift] * 2
                name = ("library" if group is library else "leads shown") if place == 0 else None
                axes.plot(ends[[0, 4]], at, color=colour, linewidth=1.1)
                axes.plot(ends[[1, 3]], at, color=colour, linewidth=4.5, alpha=0.75, solid_capstyle="butt", label=name)
                axes.plot(ends[2], at[0], marker, color=OKABE_ITO["black"], markersize=4.5, markeredgewidth=1.4)
        names = [e.name + {"lower": " ←", "higher": " →"}.get(e.direction, "") for e in endpoints]
        axes.set_yticks(range(len(endpoints)), names)
        axes.set_ylim(len(endpoints) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.set_xlabel("percentile among approved drugs (arrow: the better side)")
        axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)

    return figures.draw(
        "among-approved-drugs",
        paint,
        title="Predictions among those for approved drugs",
        description="For each endpoint, the percentage of approved drugs with a lower prediction. Thick: middle half "
        "of library (grey) and leads shown (blue); thin: middle 90 %; black marks: medians (| library, diamond leads); "
        "yellow band: middle half of approved drugs.",
        height=1.2 + 0.3 * len(endpoints),
    )


def cluster_sizes(leads: pd.DataFrame, shown: int = 12) -> Figure:
    """Return the number of leads in the largest clusters."""
    sizes = leads["cluster"].value_counts()
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:shown]
    return figures.bars(
        "cluster-sizes",
        {f"cluster {cluster}": float(size) for cluster, size in largest},
        title="Largest clusters among the leads",
        description=f"{len(sizes)} clusters in all; the largest holds {largest[0][1]} leads.",
        label="leads",
    )
