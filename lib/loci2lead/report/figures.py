"""Figures as deterministic SVG with words for those who cannot see them.

Matplotlib draws with its own bundled font turned into paths, so a figure looks the same everywhere and its
bytes do not depend on the machine's fonts, on the clock or on what was drawn before.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from markupsafe import Markup

from loci2lead.io.atomic import write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe & Ito (2008), "Color Universal Design": eight colours that people with colour blindness tell apart.
OKABE_ITO = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#6B7280",
}
CYCLE = ("blue", "vermillion", "green", "orange", "sky", "purple", "black", "yellow")

STYLE: dict[str, Any] = {
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#4b5563",
    "axes.labelcolor": "#1f2937",
    "xtick.color": "#1f2937",
    "ytick.color": "#1f2937",
    "axes.titlesize": 9,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "axes.unicode_minus": True,
    "path.simplify": True,
}


@dataclass(frozen=True)
class Figure:
    """A drawing with a name for its title and a sentence that says what it shows."""

    svg: str
    title: str
    description: str

    @property
    def inline(self) -> Markup:
        """Return the SVG to stand inside an HTML page."""
        return Markup(self.svg)

    def save(self, path: str | Path) -> None:
        """Write the SVG as a file of its own."""
        write_text(path, self.svg + "\n")


def draw(
    name: str,
    paint: "Callable[[Axes], None]",
    *,
    title: str,
    description: str,
    width: float = 6.0,
    height: float = 3.2,
) -> Figure:
    """Return the figure that `paint(axes)` draws; `name` must be unique in its page (it prefixes all ids).

    `width` and `height` are in inches; in a page the drawing shrinks with the column.
    """
    import matplotlib

    matplotlib.use("svg")
    from matplotlib.figure import Figure as Canvas

    style: Any = {**matplotlib.rcParamsDefault, **STYLE, "svg.hashsalt": name, "backend": "svg"}
    with matplotlib.rc_context(style):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        paint(canvas.subplots())
        buffer = io.StringIO()
        canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return from_svg(name, buffer.getvalue(), title=title, description=description)


def from_svg(name: str, svg: str, *, title: str, description: str) -> Figure:
    """Return a figure from SVG text of any origin: prologue dropped, ids made its own, alt text put in."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<(title|desc|metadata)[ >].*?</\1>", "", body, flags=re.S)
    body = re.sub(r"\s*<!--.*?-->\s*", "\n", body, flags=re.S)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    opening, rest = re.match(r"(<svg\b[^>]*)>(.*)", body, flags=re.S).groups()  # type: ignore[union-attr]
    labels = f'role="img" aria-labelledby="{name}-title {name}-desc"'
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    text = re.sub(r"\n\s+", "\n", f"{opening} {labels}>{words}{rest}").strip()
    return Figure(svg=text, title=title, description=description)


def histogram(
    name: str,
    groups: Mapping[str, Sequence[float | None]],
    *,
    title: str,
    description: str,
    label: str,
    bins: int = 30,
    limits: tuple[float, float] | None = None,
    mark: float | None = None,
    density: bool = False,
) -> Figure:
    """Return overlaid step histograms, one colour and one line style per group; `mark` is a dashed line."""
    import numpy as np

    values = {key: np.asarray([v for v in group if v is not None and np.isfinite(v)]) for key, group in groups.items()}
    pooled = np.concatenate(list(values.values())) if values else np.zeros(0)
    low, high = limits or ((float(pooled.min()), float(pooled.max())) if len(pooled) else (0.0, 1.0))
    edges = np.linspace(low, high if high > low else low + 1.0, bins + 1).tolist()

    def paint(axes: "Axes") -> None:
        for index, (key, group) in enumerate(values.items()):
            colour = OKABE_ITO[CYCLE[index % len(CYCLE)]]
            style = ("-", "--", ":", "-.")[index % 4]
            axes.hist(
                group, bins=edges, density=density and len(group) > 0, histtype="stepfilled", alpha=0.15, color=colour
            )
            axes.hist(
                group,
                bins=edges,
                density=density and len(group) > 0,
                histtype="step",
                color=colour,
                linestyle=style,
                linewidth=1.6,
                label=f"{key} (n = {len(group):,})",
            )
        if mark is not None:
            axes.axvline(mark, color=OKABE_ITO["black"], linestyle="--", linewidth=1)
        axes.set_xlabel(label)
        axes.set_ylabel("density" if density else "count")
        if len(values) > 1:
            axes.legend(fontsize=8)

    return draw(name, paint, title=title, description=description)


def bars(
    name: str, counts: Mapping[str, float], *, title: str, description: str, label: str, colour: str = "blue"
) -> Figure:
    """Return horizontal bars, the first entry on top, each with its number beside it."""

    def paint(axes: "Axes") -> None:
        keys = list(counts)[::-1]
        drawn = axes.barh(keys, [counts[k] for k in keys], color=OKABE_ITO[colour], height=0.7)
        axes.bar_label(drawn, labels=[f"{counts[k]:,g}" for k in keys], padding=3, fontsize=8)
        axes.set_xlabel(label)
        axes.margins(x=0.12)

    return draw(name, paint, title=title, description=description, height=0.7 + 0.27 * max(len(counts), 1))


def points(
    name: str,
    groups: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    description: str,
    x_label: str,
    y_label: str,
) -> Figure:
    """Return a scatter plot, one colour and one marker per group (x values, y values); later groups on top."""

    def paint(axes: "Axes") -> None:
        for index, (key, (x, y)) in enumerate(groups.items()):
            small = len(x) > 200
            axes.scatter(
                x,
                y,
                s=6 if small else 26,
                alpha=0.45 if small else 0.95,
                color=OKABE_ITO[("grey", *CYCLE)[index % 9]],
                marker=("o", "D", "^", "s", "v")[index % 5],
                linewidths=0,
                label=f"{key} (n = {len(x):,})",
            )
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.legend(fontsize=8, loc="best")

    return draw(name, paint, title=title, description=description, height=3.6)


def matrix(
    name: str,
    values: Sequence[Sequence[float | None]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    description: str,
    signed: bool = False,
) -> Figure:
    """Return a table of shaded cells with their numbers; None is an empty cell.

    `signed` shades from blue (below 0) to vermillion (above 0), and writes two decimals and the sign.
    """
    largest = max((abs(v) for row in values for v in row if v is not None), default=1.0) or 1.0

    def paint(axes: "Axes") -> None:
        for y, row in enumerate(values):
            for x, value in enumerate(row):
                if value is None:
                    continue
                colour = OKABE_ITO["vermillion" if signed and value > 0 else "blue"]
                shade = 0.12 + 0.55 * abs(value) / largest
                axes.fill(
                    [x - 0.48, x + 0.48, x + 0.48, x - 0.48],
                    [y - 0.46, y - 0.46, y + 0.46, y + 0.46],
                    colour,
                    alpha=shade,
                    linewidth=0,
                )
                words = f"{value:+.2f}".replace("-", "−") if signed else f"{value:,g}"
                axes.text(x, y, words, ha="center", va="center", fontsize=8)
        axes.set_xticks(range(len(columns)), columns, fontsize=8, rotation=30, ha="left", rotation_mode="anchor")
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(rows)), rows, fontsize=8)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)

    return draw(name, paint, title=title, description=description, height=1.1 + 0.3 * max(len(rows), 1))


def interval_dots(
    name: str,
    rows: Sequence[tuple[str, float, float, float]],
    *,
    title: str,
    description: str,
    label: str,
    reference: float | None = None,
) -> Figure:
    """Return one line per row (label, value, lower, upper): a dot with its interval, the first row on top."""

    def paint(axes: "Axes") -> None:
        for place, (_, value, lower, upper) in enumerate(rows):
            axes.plot([lower, upper], [place, place], color=OKABE_ITO["sky"], linewidth=3, solid_capstyle="round")
            axes.plot([value], [place], "o", color=OKABE_ITO["blue"], markersize=5)
        if reference is not None:
            axes.axvline(reference, color=OKABE_ITO["black"], linestyle="--", linewidth=1)
        axes.set_yticks(range(len(rows)), [row[0] for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel(label)

    return draw(name, paint, title=title, description=description, height=0.8 + 0.27 * max(len(rows), 1))
