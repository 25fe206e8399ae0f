"""The figures of a screening report: property space, properties, endpoints, clusters."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from loci2lead.report import figures
from loci2lead.report.figures import OKABE_ITO, Figure
from loci2lead.report.screen_endpoints import PROPERTIES, EndpointWords, training_answers
from loci2lead.report.screen_tables import numeric, present

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWN_POINTS = 2_000
SHOWN_PROPERTIES = ("mw", "logp", "tpsa", "qed")
LIMITS = {"mw": (0.0, 900.0), "logp": (-5.0, 10.0), "tpsa": (0.0, 250.0), "qed": (0.0, 1.0)}


def all_figures(
    library: pd.DataFrame,
    shown: pd.DataFrame,
    kept: pd.DataFrame,
    endpoints: Sequence[EndpointWords],
    card: Mapping[str, Any],
) -> dict[str, list[Figure]]:
    """Return the figures by section; a figure whose columns are absent is left out.

    `library`: scored molecules; `shown`: the leads of the page; `kept`: all leads of the ranking; `card`: the model's.
    """
    properties = [property_histogram(c, library, shown) for c in present(library, SHOWN_PROPERTIES)]
    space = [property_space(library, shown)] if len(present(library, ("mw", "logp"))) == 2 else []
    domain = [similarity(library, shown)] if "nearest_training" in library else []
    probabilities = [e for e in endpoints if e.task == "classification"]
    ranges = [endpoint_ranges(library, shown, probabilities, card)] if probabilities and len(library) else []
    compared = [e for e in endpoints if f"{e.name}_pct_approved" in library]
    ranges += [among_approved_drugs(library, shown, compared, card)] if compared and len(library) else []
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


def endpoint_ranges(
    library: pd.DataFrame, leads: pd.DataFrame, endpoints: Sequence[EndpointWords], card: Mapping[str, Any]
) -> Figure:
    """Return, per class endpoint, middle 80 % and median of library and training set, and the leads' median."""
    grey, green = OKABE_ITO["grey"], OKABE_ITO["green"]

    def paint(axes: "Axes") -> None:
        for place, endpoint in enumerate(endpoints):
            values = numeric(library, endpoint.name)
            if len(values):
                _range(axes, np.quantile(values, [0.1, 0.5, 0.9]), place - 0.12, grey)
            if trained := training_answers(card, endpoint.name):
                _range(axes, [trained[p] for p in ("p10", "p50", "p90")], place + 0.2, green)
            lead_values = numeric(leads, endpoint.name)
            if len(lead_values):
                axes.plot([np.median(lead_values)], [place - 0.12], "D", color=OKABE_ITO["vermillion"], markersize=5)
        axes.set_yticks(range(len(endpoints)), [e.name for e in endpoints])
        axes.set_ylim(len(endpoints) - 0.4, -0.6)
        axes.set_xlim(0, 1)
        axes.set_xlabel("predicted probability")

    return figures.draw(
        "endpoint-ranges",
        paint,
        title="Predicted probabilities",
        description="Grey: middle 80 % of the library; green: of the training molecules, predicted by members of the "
        "model that did not see them; black: their medians; orange diamond: median of the leads shown.",
        height=0.9 + 0.26 * len(endpoints),
    )


def _range(axes: "Axes", ends: Sequence[float] | np.ndarray, place: float, colour: str) -> None:
    """Draw a bar from the first to the last of three numbers, marked at the middle one."""
    axes.plot([ends[0], ends[2]], [place, place], color=colour, linewidth=3, alpha=0.6)
    axes.plot([ends[1]], [place], "|", color=OKABE_ITO["black"], markersize=7, markeredgewidth=2)


def among_approved_drugs(
    library: pd.DataFrame, leads: pd.DataFrame, endpoints: Sequence[EndpointWords], card: Mapping[str, Any]
) -> Figure:
    """Return where library, leads and training set stand among approved drugs, who are spread evenly by construction.

    Every endpoint, whatever its unit, lies on one scale: the percentage of approved drugs with a lower prediction.
    """
    levels = (5, 25, 50, 75, 95)
    rows: list[tuple[str, str, str, float, list[list[float]]]] = [
        ("library", "grey", "|", -0.26, [_percentiles(library, e.name, levels) for e in endpoints]),
        ("leads shown", "blue", "D", 0.0, [_percentiles(leads, e.name, levels) for e in endpoints]),
        ("training set", "green", "|", 0.26, [_trained(card, e.name, levels) for e in endpoints]),
    ]

    def paint(axes: "Axes") -> None:
        axes.axvspan(25, 75, color=OKABE_ITO["yellow"], alpha=0.25, linewidth=0, label="approved drugs, middle half")
        axes.axvline(50, color=OKABE_ITO["black"], linewidth=1, linestyle=":")
        for label, colour, marker, shift, ends in rows:
            known = [place for place, found in enumerate(ends) if found]
            for place in known:
                low, first, middle, third, high = ends[place]
                at, name = place + shift, label if place == known[0] else "_"
                axes.hlines(at, low, high, color=OKABE_ITO[colour], linewidth=0.9)
                axes.hlines(at, first, third, color=OKABE_ITO[colour], linewidth=3, alpha=0.75, label=name)
                axes.plot(middle, at, marker, color=OKABE_ITO["black"], markersize=3.5, markeredgewidth=1.2)
        names = [e.name + {"lower": " ←", "higher": " →"}.get(e.direction, "") for e in endpoints]
        axes.set_yticks(range(len(endpoints)), names)
        axes.set_ylim(len(endpoints) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.set_xlabel("percentile among approved drugs (arrow: better)")
        axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)

    return figures.draw(
        "among-approved-drugs",
        paint,
        title="Predictions among those for approved drugs",
        description="For each endpoint, the percentage of approved drugs with a lower prediction. Thick: middle half "
        "of library (grey), leads shown (blue) and training molecules (green, predicted by members of the model that "
        "did not see them); thin: middle 90 %; black marks: medians; yellow band: middle half of approved drugs.",
        height=1.5 + 0.24 * len(endpoints),
    )


def _percentiles(table: pd.DataFrame, endpoint: str, levels: Sequence[int]) -> list[float]:
    values = numeric(table, f"{endpoint}_pct_approved")
    return [float(v) for v in np.percentile(values, levels)] if len(values) else []


def _trained(card: Mapping[str, Any], endpoint: str, levels: Sequence[int]) -> list[float]:
    found = training_answers(card, endpoint, "answers_among_approved")
    return [found[f"p{level}"] for level in levels] if found else []


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
