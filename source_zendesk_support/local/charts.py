"""Charts as SVG for a page that needs no network: lines, bars and a grid of hours.

Owns how a chart looks. Text and axes have the colour of the page around them. So a chart is
readable by day, at night and on paper, and it is small enough for a phone. Knows nothing of
tickets.
Rests on https://matplotlib.org/stable/users/explain/figure/backends.html (SVG).
"""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

# Legible on white and on black; no two are alike to people who see few colours (Okabe and Ito).
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_INK = "#010203"  # stands for the page's own text colour until the text is written
_SIZE = (4.8, 2.9)  # inches: the width of a phone, at the size of its text
_BAR_HEIGHT = 0.26
_LONGEST_LABEL = 28
_LOOK = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _INK
    ),
}


def lines(
    name: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]], unit: str
) -> str:
    """Return a chart of lines over labels in their order; None is a gap. "" without labels."""
    if not labels:
        return ""
    with mpl.rc_context(_LOOK):
        figure = Figure(figsize=_SIZE)
        axes = figure.subplots()
        for color, (part, values) in zip(COLORS, series.items(), strict=False):
            known = [float("nan") if value is None else value for value in values]
            axes.plot(range(len(labels)), known, color=color, label=part, linewidth=1.6)
        step = max(1, -(-len(labels) // 4))
        shown = range(0, len(labels), step)
        axes.set_xticks(list(shown), [labels[place] for place in shown])
        axes.set_ylabel(unit)
        axes.set_ylim(bottom=0)
        if len(series) > 1:
            _legend(axes)
        return _svg(name, figure)


def bars(name: str, labels: Sequence[str], series: Mapping[str, Sequence[float]], unit: str) -> str:
    """Return a chart of lying bars, the parts of each beside each other. "" without labels."""
    if not labels:
        return ""
    with mpl.rc_context(_LOOK):
        figure = Figure(figsize=(_SIZE[0], max(1.4, 0.8 + _BAR_HEIGHT * len(labels))))
        axes = figure.subplots()
        before = [0.0] * len(labels)
        for color, (part, values) in zip(COLORS, series.items(), strict=False):
            axes.barh(range(len(labels)), values, left=before, color=color, label=part)
            before = [a + b for a, b in zip(before, values, strict=True)]
        axes.set_yticks(range(len(labels)), [_short(label) for label in labels])
        axes.invert_yaxis()
        axes.set_xlabel(unit)
        if len(series) > 1:
            _legend(axes)
        return _svg(name, figure)


def hours(name: str, counts: Sequence[Sequence[float]], days: Sequence[str]) -> str:
    """Return a grid of days and hours, the darker the more."""
    with mpl.rc_context(_LOOK):
        figure = Figure(figsize=_SIZE)
        axes = figure.subplots()
        most = max((value for row in counts for value in row), default=0) or 1
        for day, row in enumerate(counts):
            for hour, value in enumerate(row):
                axes.barh(day, 1, left=hour, height=1, color=COLORS[0], alpha=value / most)
        axes.set_yticks(range(len(days)), days)
        axes.set_xticks(range(0, 25, 6))
        axes.set_xlim(0, 24)
        axes.invert_yaxis()
        axes.set_xlabel("hour (UTC)")
        return _svg(name, figure)


def _legend(axes: Axes) -> None:
    """Put the names above the chart, where they cover nothing."""
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _svg(name: str, figure: Figure) -> str:
    """Return the chart as an element of a page, in the page's colour."""
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):  # the ids of two charts differ in a page
        FigureCanvasSVG(figure).print_figure(
            out, format="svg", metadata={"Date": None}, bbox_inches="tight"
        )
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    (box,) = re.findall(r'<svg [^>]*?viewBox="([^"]*)"', text)[:1]
    opened = f'<svg viewBox="{box}" role="img" aria-label="{escape(name)}">'
    return opened + text[text.index(">") + 1 :].replace(_INK, "currentColor")
