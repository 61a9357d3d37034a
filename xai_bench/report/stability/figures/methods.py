"""Which methods agree, and whether they are right where they do."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from xai_bench.report.figures.style import CONTROL, HIGH, INK, LOW, MIDDLE, style
from xai_bench.report.stability.figures.sheet import column, plain, strips
from xai_bench.studies.stability.headline_scores import MEASURE

__all__ = ["draw_methods", "in_order"]

_HEIGHT = 3.9
_MEASURES = {"consensus in evidence": "where all agree", "single in evidence": "", "chance": ""}


def draw_methods(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """For each model a heat map of similarities, like methods side by side; and bars of the share
    of the largest samples that is planted evidence."""
    rows = table[(table["question"] == "methods") & (table["given"] == "all")]
    figure, found = strips(column(rows, "model"), _HEIGHT)
    for model, strip in found:
        of_model = rows[rows["model"] == model]
        pairs = of_model[(of_model["condition"] == "pair") & (of_model["measure"] == MEASURE)]
        bars = of_model[of_model["measure"].isin(list(_MEASURES))]
        left, right = strip.subplots(1, 2, width_ratios=(1.25, 1))
        if len(pairs):
            _heat(left, pairs)
        else:
            left.set_axis_off()
        if len(bars):
            _bars(right, bars)
        else:
            right.set_axis_off()
    return figure


def in_order(pairs: pd.DataFrame) -> pd.DataFrame:
    """Square of mean similarities, 1 on the diagonal, in the order of the leaves of a tree.

    Average linkage of 1 - similarity; a pair without a mean counts as of no similarity.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage  # slow to import
    from scipy.spatial.distance import squareform

    names = list(dict.fromkeys([*pairs["method"], *pairs["against"]]))
    square = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for _, row in pairs.iterrows():
        one, other = str(row["method"]), str(row["against"])
        square.loc[one, other] = square.loc[other, one] = float(row["mean"])
    if len(names) < 3:
        return square
    apart: Float64[np.ndarray, "method method"] = 1 - np.nan_to_num(square.to_numpy())
    tree = linkage(squareform(apart, checks=False), method="average", optimal_ordering=True)
    order = [names[leaf] for leaf in leaves_list(tree)]
    return square.loc[order, order]


def _heat(axes: Axes, pairs: pd.DataFrame) -> None:
    import seaborn  # slow to import

    square = in_order(pairs)
    colours = LinearSegmentedColormap.from_list("similarity", [LOW, MIDDLE, HIGH])
    size = 9 if len(square) <= 8 else 6.5
    seaborn.heatmap(
        square, ax=axes, cmap=colours, vmin=-1, vmax=1, annot=True, fmt=".2f", cbar=False,
        annot_kws={"size": size}, linewidths=1.5, linecolor="white", square=False,
    )  # fmt: skip
    axes.set_title("similarity of methods (Spearman)", size=9, loc="left")
    axes.tick_params(length=0, labelsize=size)
    axes.tick_params(axis="x", labelrotation=30)
    for label in axes.get_xticklabels():
        label.set(ha="right", rotation_mode="anchor")
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_color("#666666" if style(label.get_text()).control else INK)


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    single = rows[rows["measure"] == "single in evidence"].sort_values("mean", kind="stable")
    consensus = rows[rows["measure"] == "consensus in evidence"]
    drawn = [
        (str(row["method"]), row, style(str(row["method"])).colour) for _, row in single.iterrows()
    ]
    drawn += [("all agree", row, INK) for _, row in consensus.iterrows()]
    for place, (_, row, colour) in enumerate(drawn):
        axes.barh(place, row["mean"], height=0.62, color=colour, alpha=0.85)
        axes.plot([row["ci_low"], row["ci_high"]], [place, place], color=INK, lw=1.4)
    for _, row in rows[rows["measure"] == "chance"].iterrows():
        axes.axvline(row["mean"], color=CONTROL, ls="--", lw=1.2)
        axes.text(row["mean"], len(drawn) - 0.45, " chance", size=9, color="#555555", va="bottom")
    axes.set_yticks(range(len(drawn)), [name for name, _, _ in drawn])
    axes.set_xlim(0, None)
    axes.set_title("planted evidence among the largest 10 %", size=9, loc="left", pad=16)
    axes.set_xlabel("share", size=9)
    plain(axes)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
