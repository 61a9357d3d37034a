"""Mean ranks on a line, bars over what is not told apart (a diagram after Demsar 2006)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from xai_bench.report.figures.style import INK, METHOD
from xai_bench.report.formats import p_value

__all__ = ["draw_critical_difference"]


def draw_critical_difference(order: pd.DataFrame, pairs: pd.DataFrame, title: str) -> Figure | None:
    """Mean ranks of the methods of a model, the best on the left.

    order: rows of `results.verdicts.ranks`. pairs: rows of `results.verdicts.differences`; a bar
    joins methods none of which is told apart from another. None where Friedman's test cannot be
    made: with fewer than three methods or five patients.
    """
    from scikit_posthocs import critical_difference_diagram  # slow to import

    if order.empty or math.isnan(p := float(order["friedman_p"].iloc[0])):
        return None
    ranks = order.set_index("method")["mean_rank"]
    alike = pd.DataFrame(np.ones((len(ranks), len(ranks))), index=ranks.index, columns=ranks.index)
    for pair in pairs[pairs["apart"]].to_dict("records"):
        alike.loc[pair["first"], pair["second"]] = alike.loc[pair["second"], pair["first"]] = 0.0
    figure = Figure(figsize=(9.0, 1.7 + 0.2 * len(ranks)), layout="constrained")
    axes = figure.subplots()
    axes.set_xlim(0.9, len(ranks) + 0.1)
    critical_difference_diagram(
        ranks,
        alike,
        alpha=0.5,  # of ones and zeros
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
        "Bars join methods that are not told apart: by Holm's p of their paired differences, "
        "and by the interval."
    )
    figure.supxlabel(note, fontsize=9, color=INK)
    return figure
