"""One figure for each question of a study of stability."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text

from xai_bench.report.figures.style import CONTROL, HIGH, INK, LOW, MIDDLE, style
from xai_bench.report.stability.figure_parts import (
    boxes,
    floor_line,
    legend,
    methods_of,
    place_of,
    plain,
    separate,
    strips,
    track,
    values_of,
)
from xai_bench.results.study_tables import select
from xai_bench.studies.stability.beat_by_beat import PARTS
from xai_bench.studies.stability.headline_scores import HEADLINE_MEASURE
from xai_bench.studies.stability.schema import EVIDENCE, FLOORS, NOISES, PAIR_SEPARATOR

__all__ = ["DPI", "FIGURES", "in_tree_order"]

DPI = 160

_KINDS = {
    "same net": (HIGH, "the same net, another seed"),
    "another net": ("#a8d3ee", "another net"),
    FLOORS["initialisations"]: ("#ffffff", "the same net, untrained (floor)"),
}
"""Dark, light and white, which a print without colour shows too."""


def draw_input(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity to the clean recording's attribution: for each model, small multiples over what
    has several levels, and dots of what has none."""
    rows = _similarities(table)
    figure, of_models = strips(rows, 4.6)
    for of_model, strip in of_models:
        tracks = [name for name in values_of(of_model, "condition") if name in (*NOISES, "shift")]
        grid = strip.add_gridspec(2, max(len(tracks), 1), height_ratios=(1, 0.9))
        first = None
        for place, condition in enumerate(tracks):
            axes = strip.add_subplot(grid[0, place], sharey=first)
            _levels(axes, of_model, condition)
            if first is None:
                first = axes
                axes.set_ylabel("similarity\n(Spearman)", size=9)
            else:
                axes.tick_params(labelleft=False)
        _dots(strip.add_subplot(grid[1, :]), of_model[~of_model["condition"].isin(tracks)])
    legend(figure, methods_of(rows), [floor_line(FLOORS["input"])])
    return figure


def _similarities(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the one similarity that is drawn, over all recordings."""
    return select(table, measure=HEADLINE_MEASURE, given="all")


def _levels(axes: Axes, rows: pd.DataFrame, condition: str) -> None:
    """Levels evenly apart, the mildest first; the floor of each method that is no control."""
    noise = condition in NOISES
    of_condition = select(rows, condition=condition)
    levels = sorted(set(of_condition["level"]), reverse=noise)
    for method in reversed(methods_of(rows)):
        of_method = select(of_condition, method=method).set_index("level")
        track(axes, method, np.arange(len(levels), dtype=np.float64), of_method.loc[levels])
        for value in select(rows, condition=FLOORS["input"], method=method)["value"]:
            axes.axhline(value, color=style(method).colour, ls=(0, (4, 3)), lw=0.9, zorder=0)
    axes.set_title(condition, size=9)
    axes.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    axes.set_xlabel("SNR, dB" if noise else "samples", size=9)
    axes.margins(x=0.12)
    plain(axes)


def _dots(axes: Axes, rows: pd.DataFrame) -> None:
    """Methods side by side at each condition, with their intervals; the floor at the end."""
    methods = methods_of(rows)
    keys = list(dict.fromkeys(zip(rows["condition"], rows["level"].fillna(0.0), strict=True)))
    keys.sort(key=lambda key: key[0] == FLOORS["input"])
    for place, (condition, level) in enumerate(keys):
        here = rows[(rows["condition"] == condition) & (rows["level"].fillna(0.0) == level)]
        for number, method in enumerate(methods):
            x = place_of(place, number, len(methods), spread=0.7)
            look = style(method)
            for _, row in select(here, method=method).iterrows():
                ends = [row["ci_low"], row["ci_high"]]
                axes.plot([x, x], ends, color=look.colour, lw=1.6, solid_capstyle="butt")
                axes.plot([x], [row["value"]], look.marker, color=look.colour, ms=5.5)
    axes.set_xticks(range(len(keys)), [_condition_words(*key) for key in keys])
    axes.set_xlim(-0.5, len(keys) - 0.5)
    axes.set_ylabel("similarity\n(Spearman)", size=9)
    separate(axes, len(keys))


def _condition_words(condition: str, level: float) -> str:
    if condition == "gain":
        return f"gain {level:+g} %"
    if condition == "resampled":
        return f"via {level:g} Hz\nand back"
    return condition.replace("another ", "another\n")


def draw_initialisations(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity between nets: boxes over recordings, of each the mean over pairs of nets."""
    rows = select(scores, measure=HEADLINE_MEASURE)
    keys = ["model", "method", "condition", "record_id"]
    each = rows.groupby(keys, sort=False)["score"].mean().reset_index()
    kinds = [name for name in _KINDS if name in set(each["condition"])]
    figure, of_models = strips(each, 3.1)
    for of_model, strip in of_models:
        axes = strip.subplots()
        methods = methods_of(of_model)
        palette = {name: _KINDS[name][0] for name in kinds if name in set(of_model["condition"])}
        boxes(axes, of_model, x="method", order=methods, hue="condition", palette=palette)
        lines = [name.replace("-x-", "-x-\n").replace("@", "\n@") for name in methods]
        axes.set_xticks(range(len(methods)), lines, fontsize=9)
        _grey_controls(axes.get_xticklabels(), methods)
        plain(axes)
        (model,) = values_of(of_model, "model")
        words = _nets(select(rows, model=model), select(table, model=model))
        strip.suptitle(f"{model}  ({words})", x=0.01, ha="left", size=11, weight="bold")
    handles = [
        Patch(facecolor=_KINDS[name][0], edgecolor=INK, alpha=0.8, label=_KINDS[name][1])
        for name in kinds
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=4, frameon=False, fontsize=9)
    return figure


def _grey_controls(labels: Iterable[Text], methods: Iterable[str]) -> None:
    for name, text in zip(methods, labels, strict=True):
        text.set_color("#666666" if style(name).control else INK)


def _nets(scores: pd.DataFrame, table: pd.DataFrame) -> str:
    same = select(scores, condition="same net")
    names = {name for pair in same["against"] for name in pair.split(PAIR_SEPARATOR)}
    others = values_of(select(table, condition="another net"), "against")
    seeds = f"{len(names)} seeds" if names else "one seed"
    return "; another net: ".join([seeds, ", ".join(others)] if others else [seeds])


def draw_methods(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """For each model a heat map of similarities, like methods side by side; and bars of the share
    of the largest samples that is planted evidence."""
    rows = select(table, given="all")
    figure, of_models = strips(rows, 3.9)
    for of_model, strip in of_models:
        pairs = select(of_model, condition="pair", measure=HEADLINE_MEASURE)
        shares = select(of_model, measure=EVIDENCE)
        left, right = strip.subplots(1, 2, width_ratios=(1.25, 1))
        for axes, drawn, draw in ((left, pairs, _heat_map), (right, shares, _bars)):
            if len(drawn):
                draw(axes, drawn)
            else:
                axes.set_axis_off()
    return figure


def in_tree_order(pairs: pd.DataFrame) -> pd.DataFrame:
    """Square of mean similarities, 1 on the diagonal, in the order of the leaves of a tree.

    Average linkage of 1 - similarity; a pair without a mean counts as of no similarity.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage  # slow to import
    from scipy.spatial.distance import squareform

    names = list(dict.fromkeys([*pairs["method"], *pairs["against"]]))
    square = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for _, row in pairs.iterrows():
        one, other = str(row["method"]), str(row["against"])
        square.loc[one, other] = square.loc[other, one] = float(row["value"])
    if len(names) < 3:
        return square
    distance: Float64[np.ndarray, "method method"] = 1 - np.nan_to_num(square.to_numpy())
    tree = linkage(squareform(distance, checks=False), method="average", optimal_ordering=True)
    order = [names[leaf] for leaf in leaves_list(tree)]
    return square.loc[order, order]


def _heat_map(axes: Axes, pairs: pd.DataFrame) -> None:
    import seaborn  # slow to import

    square = in_tree_order(pairs)
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
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        _grey_controls(labels, square.columns)


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    single = select(rows, measure="single in evidence").sort_values("value", kind="stable")
    consensus = select(rows, measure="consensus in evidence")
    bars = [(str(row["method"]), row) for _, row in single.iterrows()]
    bars += [("all agree", row) for _, row in consensus.iterrows()]
    for place, (_, row) in enumerate(bars):
        colour = style(row["method"]).colour if row["method"] else INK
        axes.barh(place, row["value"], height=0.62, color=colour, alpha=0.85)
        axes.plot([row["ci_low"], row["ci_high"]], [place, place], color=INK, lw=1.4)
    for _, row in select(rows, measure="chance").iterrows():
        axes.axvline(row["value"], color=CONTROL, ls="--", lw=1.2)
        axes.text(row["value"], len(bars) - 0.45, " chance", size=9, color="#555555", va="bottom")
    axes.set_yticks(range(len(bars)), [name for name, _ in bars])
    axes.set_xlim(0, None)
    axes.set_title("planted evidence among the largest 10 %", size=9, loc="left", pad=16)
    axes.set_xlabel("share", size=9)
    plain(axes)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def draw_weights(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity to the trained net's attribution as layers lose what they learnt, curves with
    bands: one group of layers after another from the output on, and each alone."""
    rows = _similarities(table)
    figure, of_models = strips(rows, 3.4)
    for of_model, strip in of_models:
        left, right = strip.subplots(1, 2, sharey=True)
        _cascade(left, select(of_model, condition="cascade"))
        _alone(right, select(of_model, condition="independent"))
        left.set_ylabel("similarity of |a| (Spearman)", size=9)
        for axes in (left, right):
            axes.axhline(0, color=INK, lw=0.8, ls=":")
    legend(figure, methods_of(rows))
    return figure


def _cascade(axes: Axes, rows: pd.DataFrame) -> None:
    """From the trained net, where every attribution is what it is."""
    for method in reversed(methods_of(rows)):
        of_method = select(rows, method=method).sort_values("level")
        start = {"level": 0.0, "value": 1.0, "ci_low": 1.0, "ci_high": 1.0}
        whole = pd.concat([pd.DataFrame([start]), of_method[list(start)]], ignore_index=True)
        track(axes, method, whole["level"].to_numpy(np.float64), whole)
    axes.set_title("cascade, from the output on", size=9, loc="left")
    axes.set_xlabel("share of layers randomised", size=9)
    plain(axes)


def _alone(axes: Axes, rows: pd.DataFrame) -> None:
    groups = list(dict.fromkeys(rows.sort_values("level", kind="stable")["against"]))
    for method in reversed(methods_of(rows)):
        of_method = select(rows, method=method).set_index("against").loc[groups]
        track(axes, method, np.arange(len(groups), dtype=np.float64), of_method)
    axes.set_title("one group of layers alone", size=9, loc="left")
    plain(axes)
    names = [name.replace(" to ", "\nto ") for name in groups]
    axes.set_xticks(range(len(groups)), names, fontsize=7.5, rotation=90)
    axes.set_xlabel("from the output (left) to the input", size=9)


def draw_beats(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity of a beat's attribution to that of the next beat, boxes over recordings; a dashed
    line across each is the mean of the floor."""
    rows = select(scores, measure=HEADLINE_MEASURE, condition="next beat")
    floors = select(_similarities(table), condition=FLOORS["beats"])
    methods = methods_of(rows)
    palette = {method: style(method).colour for method in methods}
    figure, of_models = strips(rows, 3.1)
    for of_model, strip in of_models:
        axes = strip.subplots()
        boxes(axes, of_model, x="against", order=PARTS, hue="method", palette=palette)
        for _, floor in select(floors, model=values_of(of_model, "model")).iterrows():
            place = PARTS.index(floor["against"])
            at, next_ = (
                place_of(place, methods.index(floor["method"]) + k, len(methods)) for k in (0, 1)
            )
            ends = [at - (next_ - at) / 2, at + (next_ - at) / 2]
            level = [floor["value"]] * 2
            axes.plot(ends, level, color=INK, ls=(0, (2, 1)), lw=1.4, zorder=4)
        axes.set_xticks(range(len(PARTS)), ["whole beat", *PARTS[1:]])
        separate(axes, len(PARTS))
    legend(figure, methods, [floor_line(FLOORS["beats"], width=1.4)])
    return figure


FIGURES: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Figure]] = {
    "input": draw_input,
    "initialisations": draw_initialisations,
    "methods": draw_methods,
    "weights": draw_weights,
    "beats": draw_beats,
}
"""By the question's name; given the scores and the estimates of a study, both of that question."""
