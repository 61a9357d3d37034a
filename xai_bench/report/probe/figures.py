"""Concepts at a glance: what a layer knows of each, and how the log-odds follow it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xai_bench.report.figures.layer_words import layer_words
from xai_bench.report.figures.study_picture import LETTERS, MARGIN, PAGE, blank_page
from xai_bench.report.figures.style import CONTROL, GREY, INK, METHOD, draw_dot, plain_axes
from xai_bench.report.probe.findings import ProbeFindings, follows
from xai_bench.stats import ALPHA
from xai_bench.studies.probe.concepts import CONCEPTS

__all__ = ["draw"]

_ROW, _LEFT, _GAP, _ABOVE, _BELOW = 0.17, 0.68, 0.14, 0.4, 0.4
"""Inches."""
_LEAST_R2 = -0.3
_BESIDE = 2
"""Nets in a row."""
_MESSAGE = "What do nets know of a recording, and which of it do their log-odds follow?"
_NOTE = (
    "n = {n} recordings. Lines: 95 % intervals, bootstrap over patients. Left of a net: R² of a "
    "linear probe of the layer, blue and filled trained, grey and open untrained; values below "
    "{least:g} are drawn there. Right: change of log-odds per standard deviation of the concept, "
    "filled where p < {alpha:g} after Holm."
)


def draw(found: ProbeFindings) -> Figure:
    """Two panels a net: R² of trained and untrained net, and log-odds per sd of each concept."""
    shown = [
        c for c in CONCEPTS if any(found.row(model, c, "r2") is not None for model in found.models)
    ]
    beside = min(_BESIDE, len(found.models))
    lines = -(-len(found.models) // beside)
    wide = (PAGE - _LEFT - MARGIN - _GAP * (2 * beside - 1)) / (2 * beside)
    high = _ROW * max(len(shown), 1)
    step = _ABOVE + high + _BELOW
    note = _NOTE.format(n=found.result.facts["n"], least=_LEAST_R2, alpha=ALPHA)
    figure, base = blank_page(_MESSAGE, note, step * lines)
    height = float(figure.get_size_inches()[1])
    for number in range(2 * len(found.models)):
        line, column = divmod(number, 2 * beside)
        model = found.models[number // 2]
        left = _LEFT + column * (wide + _GAP)
        bottom = base + step * (lines - line - 1) + _BELOW
        axes = figure.add_axes((left / PAGE, bottom / height, wide / PAGE, high / height))
        plain_axes(axes)
        (_probes if number % 2 == 0 else _sensitivities)(axes, found, model, shown)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_yticks(range(len(shown)), shown if column == 0 else [])
        axes.tick_params(labelsize=LETTERS)
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
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
                filled=measure == "r2", size=4.2,
            )  # fmt: skip
    axes.set_xlim(_LEAST_R2 - 0.03, 1)
    axes.set_xlabel("R² of a linear probe", size=LETTERS)
    layer = found.result.facts["models"][model]["layer"]
    axes.set_title(f"{model}: what its\n{layer_words(layer)} knows", size=LETTERS, color=INK)


def _sensitivities(axes: Axes, found: ProbeFindings, model: str, shown: list[str]) -> None:
    for y, concept in enumerate(shown):
        row = found.row(model, concept, "sensitivity")
        if row is not None:
            ends = (row["ci_low"], row["ci_high"])
            draw_dot(axes, (row["value"], y), ends, filled=follows(row), size=4.2)
    explained = found.result.facts["models"][model]["explained"]
    axes.set_xlabel(f"log-odds of {explained} per sd", size=LETTERS)
    axes.set_title(f"{model}: what its\noutput follows", size=LETTERS, color=INK)
