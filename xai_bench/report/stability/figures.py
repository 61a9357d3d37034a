"""One figure for each question of a study of stability."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from xai_bench.report.figures.layer_words import group_words
from xai_bench.report.figures.squares import draw_squares, name_squares
from xai_bench.report.figures.study_picture import LETTERS, SMALL, SMALLEST
from xai_bench.report.figures.style import CONTROL, GREY, HIGH, INK, ordered, style
from xai_bench.report.stability.aliasing import alias_words
from xai_bench.report.stability.figure_parts import (
    boxes,
    floor_line,
    legend,
    methods_of,
    name_strip,
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

__all__ = ["FIGURES"]


_METHODS_NOTE = (
    "Black corner: maps that go against each other. Dashed: chance, the share of evidence among "
    "all samples. All agree: samples that every method has in its largest 10 %."
)
_KINDS = {
    "same net": (HIGH, "the same net, another seed"),
    "another net": ("#a8d3ee", "another net"),
    FLOORS["initialisations"]: ("#ffffff", "the same net, untrained (floor)"),
}
"""Dark, light and white, which a print without colour shows too."""


def draw_input(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity to the clean recording's attribution: for each model, small multiples over what
    has several levels, and dots of what has none. Axes begin where values do; the floor is said in
    words."""
    rows = _similarities(table)
    disturbed = rows[rows["condition"] != FLOORS["input"]]
    note = " ".join(filter(None, (_floor_words(rows), alias_words(rows))))
    figure, of_models = strips(disturbed, 3.7, note)
    for of_model, strip in of_models:
        tracks = [name for name in values_of(of_model, "condition") if name in (*NOISES, "shift")]
        grid = strip.add_gridspec(2, max(len(tracks), 1), height_ratios=(1, 0.75))
        first = None
        for place, condition in enumerate(tracks):
            axes = strip.add_subplot(grid[0, place], sharey=first)
            _levels(axes, of_model, condition)
            if first is None:
                first = axes
                axes.set_ylabel("similarity\n(Spearman)", size=LETTERS)
            else:
                axes.tick_params(labelleft=False)
        _dots(strip.add_subplot(grid[1, :]), of_model[~of_model["condition"].isin(tracks)])
    legend(figure, methods_of(rows), [_even(True), _even(False)])
    return figure


def _floor_words(rows: pd.DataFrame) -> str:
    floors = select(rows, condition=FLOORS["input"])["value"].dropna()
    if floors.empty:
        return ""
    ends = f"{floors.min():.2f} to {floors.max():.2f}"
    return f"The floor, similarity to the map of {FLOORS['input']}: {ends}."


def _even(even: bool) -> Line2D:
    words = "even shifts" if even else "odd shifts"
    return Line2D([], [], color=CONTROL, ls="-" if even else ":", lw=1.2, label=words)


def _similarities(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the one similarity that is drawn, over all recordings."""
    return select(table, measure=HEADLINE_MEASURE, given="all")


def _levels(axes: Axes, rows: pd.DataFrame, condition: str) -> None:
    """Levels evenly apart, the mildest first. Shifts by even and odd numbers of samples are lines
    of their own: a net with a stride tells them apart, and a line through both would be a saw."""
    noise = condition in NOISES
    of_condition = select(rows, condition=condition)
    levels = sorted(set(of_condition["level"]), reverse=noise)
    for method in reversed(methods_of(rows)):
        of_method = select(of_condition, method=method).set_index("level")
        places = np.arange(len(levels), dtype=np.float64)
        if noise:
            track(axes, method, places, of_method.loc[levels])
            continue
        for even, dashes in ((True, "-"), (False, ":")):
            some = [place for place, level in enumerate(levels) if (level % 2 == 0) == even]
            chosen = of_method.loc[[levels[place] for place in some]]
            track(axes, method, places[some], chosen, dashes=dashes)
    axes.set_title(condition, size=LETTERS)
    axes.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    axes.set_xlabel("SNR, dB" if noise else "samples", size=LETTERS)
    axes.margins(x=0.12)
    plain(axes)


def _dots(axes: Axes, rows: pd.DataFrame) -> None:
    """Methods side by side at each condition, with their intervals."""
    methods = methods_of(rows)
    keys = list(dict.fromkeys(zip(rows["condition"], rows["level"].fillna(0.0), strict=True)))
    for place, (condition, level) in enumerate(keys):
        here = rows[(rows["condition"] == condition) & (rows["level"].fillna(0.0) == level)]
        for number, method in enumerate(methods):
            x = place_of(place, number, len(methods), spread=0.7)
            look = style(method)
            for _, row in select(here, method=method).iterrows():
                ends = [row["ci_low"], row["ci_high"]]
                axes.plot([x, x], ends, color=look.colour, lw=1.3, solid_capstyle="butt")
                axes.plot([x], [row["value"]], look.marker, color=look.colour, ms=4.5)
    axes.set_xticks(range(len(keys)), [_condition_words(*key) for key in keys])
    axes.set_xlim(-0.5, len(keys) - 0.5)
    axes.set_ylabel("similarity\n(Spearman)", size=LETTERS)
    axes.margins(y=0.12)
    separate(axes, len(keys))


def _condition_words(condition: str, level: float) -> str:
    if condition == "gain":
        return f"gain {level:+g} %"
    if condition == "resampled":
        return f"via {level:g} Hz\nand back"
    return condition


def draw_initialisations(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity between nets: boxes over recordings, of each the mean over pairs of nets. Methods
    stand at the same places for all models."""
    rows = select(scores, measure=HEADLINE_MEASURE)
    keys = ["model", "method", "condition", "record_id"]
    each = rows.groupby(keys, sort=False)["score"].mean().reset_index()
    kinds = [name for name in _KINDS if name in set(each["condition"])]
    methods = methods_of(each)
    note = "Boxes: quartiles over recordings, whiskers 5 to 95 %, points recordings."
    figure, of_models = strips(each, 2.5, note)
    for of_model, strip in of_models:
        axes = strip.subplots()
        palette = {name: _KINDS[name][0] for name in kinds if name in set(of_model["condition"])}
        boxes(axes, of_model, x="method", order=methods, hue="condition", palette=palette)
        for place, method in enumerate(methods):
            if method not in set(of_model["method"]):
                axes.text(place, 0.5, "no map\nof this net", ha="center", size=SMALL, color=GREY)
        lines = [name.replace("-x-", "-x-\n").replace("@", "\n@") for name in methods]
        axes.set_xticks(range(len(methods)), lines, fontsize=LETTERS)
        separate(axes, len(methods))
        _grey_controls(axes.get_xticklabels(), methods)
        (model,) = values_of(of_model, "model")
        words = _nets(select(rows, model=model), select(table, model=model))
        name_strip(strip, model, words, without=())
    handles = [
        Patch(facecolor=_KINDS[name][0], edgecolor=INK, alpha=0.8, label=_KINDS[name][1])
        for name in kinds
    ]
    figure.legend(
        handles=handles, loc="outside upper left", ncols=3, frameon=False, fontsize=LETTERS
    )
    return figure


def _grey_controls(labels: Iterable[Text], methods: Iterable[str]) -> None:
    for name, text in zip(methods, labels, strict=True):
        text.set_color(GREY if style(name).control else INK)


def _nets(scores: pd.DataFrame, table: pd.DataFrame) -> str:
    same = select(scores, condition="same net")
    names = {name for pair in same["against"] for name in pair.split(PAIR_SEPARATOR)}
    others = values_of(select(table, condition="another net"), "against")
    seeds = f"{len(names)} seeds" if names else "one seed"
    return "; another net: ".join([seeds, ", ".join(others)] if others else [seeds])


def draw_methods(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """For each model a map of similarities, and beside it bars of the share of the largest samples
    that is planted evidence; methods in the order that they have everywhere."""
    rows = select(table, given="all")
    figure, of_models = strips(rows, 3.1, _METHODS_NOTE)
    for of_model, strip in of_models:
        pairs = select(of_model, condition="pair", measure=HEADLINE_MEASURE)
        shares = select(of_model, measure=EVIDENCE)
        left, right = strip.subplots(1, 2, width_ratios=(1.25, 1))
        if len(pairs):
            _similar(left, pairs)
        else:
            left.set_axis_off()
        if len(shares):
            _bars(right, shares)
        else:
            right.set_axis_off()
            words = "planted evidence:\nnot known of these recordings"
            right.text(0.5, 0.5, words, ha="center", va="center", size=LETTERS, color=GREY)
    return figure


def _similar(axes: Axes, pairs: pd.DataFrame) -> None:
    names = ordered([*pairs["method"], *pairs["against"]])
    square = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for _, row in pairs.iterrows():
        one, other = str(row["method"]), str(row["against"])
        square.loc[one, other] = square.loc[other, one] = float(row["value"])
    points = LETTERS if len(names) <= 8 else SMALLEST
    draw_squares(axes, square.to_numpy(np.float64), points=points)
    name_squares(axes, names, names, points=points, rotation=30)
    axes.set_xlabel("similarity of methods (Spearman)", size=LETTERS)
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        _grey_controls(labels, names)


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    single = select(rows, measure="single in evidence").set_index("method")
    consensus = select(rows, measure="consensus in evidence")
    bars = [(name, single.loc[name], style(name).colour) for name in ordered(single.index)]
    bars += [("all agree", row, INK) for _, row in consensus.iterrows()]
    for place, (_, row, colour) in enumerate(bars):
        axes.barh(place, row["value"], height=0.62, color=colour, alpha=0.85)
        axes.plot([row["ci_low"], row["ci_high"]], [place, place], color=INK, lw=1.2)
    for _, row in select(rows, measure="chance").iterrows():
        axes.axvline(row["value"], color=CONTROL, ls="--", lw=1.2)
    axes.set_yticks(range(len(bars)), [name for name, *_ in bars])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, None)
    axes.set_xlabel("share of the largest 10 %\nthat is planted evidence", size=LETTERS)
    plain(axes)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def draw_weights(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity to the trained net's attribution as layers lose what they learnt, curves with
    bands: one group of layers after another from the output on, and each alone."""
    rows = _similarities(table)
    figure, of_models = strips(rows, 3.0, "Dotted: no similarity.")
    for of_model, strip in of_models:
        left, right = strip.subplots(1, 2, sharey=True)
        _cascade(left, select(of_model, condition="cascade"))
        _alone(right, select(of_model, condition="independent"))
        left.set_ylabel("similarity of |a| (Spearman)", size=LETTERS)
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
    axes.set_title("one group after another, from the output on", size=LETTERS, loc="left")
    axes.set_xlabel("share of layers randomised", size=LETTERS)
    plain(axes)


def _alone(axes: Axes, rows: pd.DataFrame) -> None:
    groups = list(dict.fromkeys(rows.sort_values("level", kind="stable")["against"]))
    for method in reversed(methods_of(rows)):
        of_method = select(rows, method=method).set_index("against").loc[groups]
        track(axes, method, np.arange(len(groups), dtype=np.float64), of_method)
    axes.set_title("one group of layers alone, output to input", size=LETTERS, loc="left")
    plain(axes)
    axes.set_xticks(
        range(len(groups)), [group_words(name).replace(" to ", "\nto ") for name in groups],
        fontsize=SMALL, rotation=40, ha="right", rotation_mode="anchor",
    )  # fmt: skip


def draw_beats(scores: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Similarity of a beat's attribution to that of the next beat, boxes over recordings; a dashed
    line across each is the mean of the floor."""
    rows = select(scores, measure=HEADLINE_MEASURE, condition="next beat")
    floors = select(_similarities(table), condition=FLOORS["beats"])
    methods = methods_of(rows)
    looks = {method: style(method) for method in methods}
    note = "Boxes: quartiles over recordings, whiskers 5 to 95 %, points recordings."
    figure, of_models = strips(rows, 2.5, note)
    for of_model, strip in of_models:
        axes = strip.subplots()
        boxes(
            axes, of_model, x="against", order=PARTS, hue="method",
            palette={method: look.colour for method, look in looks.items()},
            markers={method: look.marker for method, look in looks.items()},
        )  # fmt: skip
        for _, floor in select(floors, model=values_of(of_model, "model")).iterrows():
            place = PARTS.index(floor["against"])
            at, next_ = (
                place_of(place, methods.index(floor["method"]) + k, len(methods)) for k in (0, 1)
            )
            ends = [at - (next_ - at) / 2, at + (next_ - at) / 2]
            level = [floor["value"]] * 2
            axes.plot(ends, level, color=INK, ls=(0, (2, 1)), lw=1.2, zorder=4)
        axes.set_xticks(range(len(PARTS)), ["whole beat", *PARTS[1:]])
        separate(axes, len(PARTS))
    legend(figure, methods, [floor_line(FLOORS["beats"])])
    return figure


FIGURES: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Figure]] = {
    "input": draw_input,
    "initialisations": draw_initialisations,
    "methods": draw_methods,
    "weights": draw_weights,
    "beats": draw_beats,
}
"""By the question's name; given the scores and the estimates of a study, both of that question."""
