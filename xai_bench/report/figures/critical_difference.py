"""The critical-difference diagram (Demsar 2006): ranks on a line, bars over what is not apart."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.figure import Figure

from xai_bench.report.figures.style import INK, METHOD
from xai_bench.report.formats import p_value

__all__ = ["draw_critical_difference"]

_ALPHA = 0.05


def draw_critical_difference(order: pd.DataFrame, apart: pd.DataFrame, title: str) -> Figure | None:
    """Mean ranks of the methods of a model, the best on the left.

    order: rows of `results.verdicts.ranks`. apart: p of every two methods, `stats.posthoc`; a bar
    joins those of p 0.05 or more. None where Friedman's test cannot be made: with fewer than three
    methods or five patients.
    """
    from scikit_posthocs import critical_difference_diagram  # slow to import

    if order.empty or math.isnan(p := float(order["friedman_p"].iloc[0])):
        return None
    ranks = order.set_index("method")["mean_rank"]
    apart = apart.loc[ranks.index, ranks.index]
    figure = Figure(figsize=(9.0, 1.7 + 0.2 * len(ranks)), layout="constrained")
    axes = figure.subplots()
    axes.set_xlim(0.9, len(ranks) + 0.1)
    critical_difference_diagram(
        ranks,
        apart,
        alpha=_ALPHA,
        ax=axes,
        label_fmt_left="{label}  {rank:.2f} ",
        label_fmt_right=" {rank:.2f}  {label}",
        label_props={"fontsize": 10},
        elbow_props={"color": INK, "linewidth": 0.8},
        crossbar_props={"color": INK, "linewidth": 3.5, "solid_capstyle": "butt"},
        marker_props={"color": METHOD, "s": 36},
        text_h_margin=0.1,
    )
    axes.set_xticks(range(1, len(ranks) + 1))
    axes.tick_params(labelsize=9, colors=INK)
    axes.spines["top"].set_color(INK)
    figure.suptitle(title, fontsize=11)
    note = (
        "Mean rank over recordings, 1 is best. Friedman's test: "
        f"chi² {order['friedman'].iloc[0]:.1f}, p {p_value(p)}.\n"
        f"Bars join methods that Nemenyi's test of patients does not tell apart (p ≥ {_ALPHA})."
    )
    figure.supxlabel(note, fontsize=9, color=INK)
    return figure
