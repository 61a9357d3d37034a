"""Concepts at a glance: what a layer knows of each, and how the log-odds follow it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.report.figures.style import CONTROL, GREY, INK, METHOD, draw_dot, plain_axes
from xai_bench.report.probe.findings import ProbeFindings, follows
from xai_bench.stats import ALPHA
from xai_bench.studies.probe.concepts import CONCEPTS

__all__ = ["DPI", "draw"]

DPI = 120
_ROW, _PANEL, _LEFT, _ABOVE, _BELOW = 0.23, 2.7, 1.05, 0.75, 0.55
"""Inches."""
_LEAST_R2 = -0.3


def draw(found: ProbeFindings) -> Figure:
    """Two panels a net: R² of trained and untrained net, and log-odds per sd of each concept."""
    shown = [
        c for c in CONCEPTS if any(found.row(model, c, "r2") is not None for model in found.models)
    ]
    count = 2 * len(found.models)
    size = (_LEFT + count * (_PANEL + 0.25), _ABOVE + _BELOW + _ROW * max(len(shown), 1))
    figure = Figure(figsize=size, facecolor="white")
    for number in range(count):
        model = found.models[number // 2]
        left = _LEFT + number * (_PANEL + 0.25)
        height = size[1] - _ABOVE - _BELOW
        frame = (left / size[0], _BELOW / size[1], _PANEL / size[0], height / size[1])
        axes = figure.add_axes(frame)
        plain_axes(axes)
        (_probes if number % 2 == 0 else _sensitivities)(axes, found, model, shown)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_yticks(range(len(shown)), shown if number == 0 else [], size=9)
        axes.grid(axis="y", color="#eeeeee")
        axes.axvline(0, color=GREY, linewidth=0.8)
    return figure


def _probes(axes: Axes, found: ProbeFindings, model: str, shown: list[str]) -> None:
    for y, concept in enumerate(shown):
        for measure, shift, colour in (("r2_untrained", 0.16, CONTROL), ("r2", -0.16, METHOD)):
            row = found.row(model, concept, measure)
            if row is None:
                continue
            ends = max(row["ci_low"], _LEAST_R2), max(row["ci_high"], _LEAST_R2)
            draw_dot(
                axes, (max(row["value"], _LEAST_R2), y + shift), ends, colour=colour,
                filled=measure == "r2",
            )  # fmt: skip
    axes.set_xlim(_LEAST_R2 - 0.03, 1)
    axes.set_xlabel("R² of a linear probe", size=9)
    layer = found.result.facts["models"][model]["layer"]
    axes.set_title(f"{model}: what {layer} knows\n● trained  ○ untrained", size=9.5, color=INK)


def _sensitivities(axes: Axes, found: ProbeFindings, model: str, shown: list[str]) -> None:
    for y, concept in enumerate(shown):
        row = found.row(model, concept, "sensitivity")
        if row is not None:
            ends = (row["ci_low"], row["ci_high"])
            draw_dot(axes, (row["value"], y), ends, filled=follows(row))
    explained = found.result.facts["models"][model]["explained"]
    axes.set_xlabel(f"log-odds of {explained} per sd", size=9)
    axes.set_title(f"{model}: what its output follows\n● p < {ALPHA}, Holm  ○ not shown", size=9.5)
