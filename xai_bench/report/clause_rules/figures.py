"""Rules as patterns over the beats of which they are true, and the beat that was asked about."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xai_bench.report.clause_rules.findings import (
    rule_title,
    strongest_rules,
    telling_conditions,
)
from xai_bench.report.figures.style import AGAINST, CONTROL, FOR, GREY, INK, open_axes
from xai_bench.studies.clause_rules import AskedRecording, ClauseRules, Condition, Rule

__all__ = ["DPI", "draw_rules"]

DPI = 140
_ACROSS = 3
_FAINT = 0.3
_TAIL = 0.12
"""Of a mark, as a share of the height of a panel."""
_WIDTH, _HEIGHT = 3.6, 2.5
"""Inches of a panel."""


def draw_rules(found: ClauseRules, most: int) -> Figure:
    """A panel for each of the strongest rules, of those that are true of the recording if one was
    asked about; that recording, with its votes, stands first.

    A mark is a bound of a sample, and its tail points to what is allowed; a line between two
    samples is a rise that is demanded, dotted one that is the most allowed. Conditions that keep
    few recordings of the other class out are faint.
    """
    rules = strongest_rules(found, most)
    panels = len(rules) + (found.asked is not None)
    lines, leads = -(-panels // _ACROSS), len(found.leads)
    size = _WIDTH * min(_ACROSS, panels), _HEIGHT * lines * leads + 0.5
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(lines * leads, min(_ACROSS, panels), squeeze=False, sharex=True)
    bounds = [_bounds(found, rules, lead) for lead in range(leads)]
    for place in range(lines * min(_ACROSS, panels)):
        line, column = divmod(place, min(_ACROSS, panels))
        for lead in range(leads):
            axes = grid[line * leads + lead, column]
            if place >= panels:
                axes.set_visible(False)
                continue
            open_axes(axes)
            axes.set_ylim(*bounds[lead])
            axes.axvline(0, color=CONTROL, lw=0.6, zorder=0)
            if column == 0:
                axes.set_ylabel(f"{found.leads[lead]}, mV", size=9)
            if line == lines - 1 and lead == leads - 1:
                axes.set_xlabel("seconds from R", size=9)
            if found.asked is not None and place == 0:
                _draw_asked(axes, found, found.asked, lead)
                title = f"{found.asked.record_id}: log-odds {found.log_odds:.2f}"
            else:
                rule = rules[place - (found.asked is not None)]
                _draw_rule(axes, found, rule, lead)
                title = rule_title(rule, found.classes)
            if lead == 0:
                axes.set_title(title, size=8.5, color=INK)
    figure.legend(handles=_legend(found), loc="outside lower center", ncols=4, fontsize=8.5,
                  frameon=False)  # fmt: skip
    return figure


def _bounds(found: ClauseRules, rules: Sequence[Rule], lead: int) -> tuple[float, float]:
    shown = [found.mean_positive[lead], found.mean_others[lead]]
    shown += [rule.mean_true[lead] for rule in rules]
    if found.asked is not None:
        shown.append(found.asked.z[lead])
    low, high = (float(one) for one in (np.nanmin(shown), np.nanmax(shown)))
    spare = 0.25 * (high - low)
    return low - spare, high + spare


def _draw_rule(axes: Axes, found: ClauseRules, rule: Rule, lead: int) -> None:
    opposed = found.mean_others if rule.votes_for else found.mean_positive
    axes.plot(found.seconds, opposed[lead], color=CONTROL, lw=1.2, ls="--")
    axes.plot(found.seconds, rule.mean_true[lead], color=INK, lw=1.2)
    colour = FOR if rule.votes_for else AGAINST
    telling = telling_conditions(rule)
    for condition in rule.conditions:
        if condition.lead != found.leads[lead]:
            continue
        alpha = 1.0 if condition in telling else _FAINT
        if condition.kind == "level":
            _draw_level(axes, condition, colour, alpha)
        else:
            _draw_rise(axes, condition, colour, alpha, found.seconds, rule.mean_true[lead])


def _draw_level(axes: Axes, condition: Condition, colour: str, alpha: float) -> None:
    low, high = axes.get_ylim()
    tail = _TAIL * (high - low)
    for bound, way, marker in ((condition.low, tail, "^"), (condition.high, -tail, "v")):
        if low < bound < high:
            axes.plot([condition.begin_s] * 2, [bound, bound + way], color=colour, lw=2.0,
                      alpha=alpha, solid_capstyle="butt", zorder=3)  # fmt: skip
            axes.plot([condition.begin_s], [bound], marker=marker, color=colour, ms=4.5,
                      alpha=alpha, zorder=4)  # fmt: skip


def _draw_rise(
    axes: Axes,
    condition: Condition,
    colour: str,
    alpha: float,
    seconds: Float[np.ndarray, " time"],
    mean: Float[np.ndarray, " time"],
) -> None:
    """From the mean at the first sample; as steep as the bound."""
    start = float(np.interp(condition.begin_s, seconds, mean))
    for bound, dashes in ((condition.low, "-"), (condition.high, ":")):
        if abs(bound) < inf:
            axes.plot([condition.begin_s, condition.end_s], [start, start + bound], color=colour,
                      lw=2.0, ls=dashes, alpha=alpha, zorder=4)  # fmt: skip


def _draw_asked(axes: Axes, found: ClauseRules, asked: AskedRecording, lead: int) -> None:
    """The trace, and votes as bars from below: up for class 1, down against it."""
    low, high = axes.get_ylim()
    votes = asked.attribution[lead]
    room = 0.22 * (high - low)
    line = low + room
    largest = max(float(np.abs(asked.attribution).max()), 1e-12)
    width = float(found.seconds[1] - found.seconds[0]) * 2.5
    for sign, colour in ((1, FOR), (-1, AGAINST)):
        size = np.where(sign * votes > 0, votes, 0) / largest * room
        some = np.flatnonzero(size)
        axes.bar(found.seconds[some], size[some], bottom=line, width=width, color=colour)
    axes.axhline(line, color=GREY, lw=0.6)
    axes.plot(found.seconds, asked.z[lead], color=INK, lw=1.3)


def _legend(found: ClauseRules) -> Sequence[Line2D]:
    positive = found.classes[1]
    return [
        Line2D([], [], color=INK, label="mean of its class where it is true"),
        Line2D([], [], color=CONTROL, ls="--", label="mean of the other class"),
        Line2D([], [], color=FOR, lw=3, label=f"votes for {positive}"),
        Line2D([], [], color=AGAINST, lw=3, label=f"votes against {positive}"),
        Line2D([], [], color=GREY, marker="^", lw=0, label="above"),
        Line2D([], [], color=GREY, marker="v", lw=0, label="at most"),
        Line2D([], [], color=GREY, lw=2, label="rise of more than"),
        Line2D([], [], color=GREY, ls=":", lw=2, label="rise of at most"),
    ]
