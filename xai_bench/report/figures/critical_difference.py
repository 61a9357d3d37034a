"""The critical-difference diagram (Demsar 2006): ranks on a line, bars over what is not apart."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from xai_bench.report.figures.dots import INK, METHOD
from xai_bench.results.verdicts import ScoreTable
from xai_bench.stats import friedman, posthoc, rank_methods

__all__ = ["draw_critical_difference"]

_ALPHA = 0.05


def draw_critical_difference(table: ScoreTable, title: str) -> Figure | None:
    """Mean ranks of the methods of a model, the best on the left.

    A bar joins methods that Nemenyi's test does not tell apart (p of 0.05 or more), see
    `stats.posthoc`. None where Friedman's test cannot be made: with fewer than three methods or
    five patients.
    """
    from scikit_posthocs import critical_difference_diagram  # slow to import

    statistic, p = friedman(table.scores, table.patients)
    if np.isnan(p):
        return None
    order = rank_methods(table.scores, table.patients, table.better)
    ranks = order.set_index("method")["mean_rank"]
    apart = posthoc(table.scores, table.patients).loc[ranks.index, ranks.index]
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
    small = "p < 0.001" if p < 0.001 else f"p {p:.3f}"
    note = (
        f"Mean rank over recordings, 1 is best. Friedman's test: chi² {statistic:.1f}, {small}.\n"
        f"Bars join methods that Nemenyi's test of patients does not tell apart (p ≥ {_ALPHA})."
    )
    figure.supxlabel(note, fontsize=9, color=INK)
    return figure
