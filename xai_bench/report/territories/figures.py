"""Bull's eyes of what died and what maps say; two hearts with one ECG; times along the wall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from xai_bench.data.synthetic.heart import LEFT, SOURCES
from xai_bench.report.figures.study_picture import (
    LETTERS,
    MARGIN,
    PAGE,
    SMALL,
    blank_page,
)
from xai_bench.report.figures.style import GREY, HIGH, INK, LOW, MIDDLE, open_axes
from xai_bench.report.territories.bulls_eye import draw_bulls_eye
from xai_bench.results.study_tables import select
from xai_bench.studies.territories.same_ecg import SameEcg
from xai_bench.studies.territories.study import TWIN, USUAL
from xai_bench.types import LEADS

__all__ = ["draw_segments", "draw_two_hearts", "draw_wall_times"]


_LEFT, _ABOVE, _BELOW = 0.85, 0.5, 0.5
"""Inches."""
_MESSAGE = "Where did the heart lose force, and where do maps say so?"
_NOTE = (
    "The left ventricle seen from its apex: anterior above, lateral on the right; means over n "
    "recordings, each picture to its own largest value. Black dots: the map speaks against its "
    "loss, which colour alone would not tell in grey."
)

_SIGNED = LinearSegmentedColormap.from_list("signed", [HIGH, MIDDLE, LOW])
_LOST = LinearSegmentedColormap.from_list("lost", [MIDDLE, INK])
_NAMES = {"AMI": "anterior", "IMI": "inferior", "LMI": "lateral", "ILMI": "inferolateral"}
_SPREADS = {
    "healthy": (GREY, "o"),
    "LAFB": ("#009E73", "s"),
    "LBBB": (HIGH, "^"),
    "RBBB": (LOW, "D"),
}
_MOST_OF_A_NET = 2
_SHOWN_LEADS = ("II", "V2", "V5")


def draw_segments(segments: pd.DataFrame) -> Figure:
    """A row an infarct, a column what is lost, what was planted, and what maps say."""
    counts = segments.groupby("finding", sort=False)["n"].max()
    found = [name for name in _NAMES if name in counts.index and counts[name] > 1]
    shown = _columns(segments)
    wide = (PAGE - _LEFT - MARGIN) / (len(shown) + 1)
    inner = _ABOVE + wide * len(found) + _BELOW
    figure, base = blank_page(_MESSAGE, _NOTE, inner)
    height = float(figure.get_size_inches()[1])

    def eye(row: int, column: int) -> PolarAxes:
        left, bottom = _LEFT + wide * column, base + _BELOW + wide * (len(found) - row - 1)
        size = 0.92 * wide
        axes = figure.add_axes(
            (left / PAGE, bottom / height, size / PAGE, size / height), projection="polar"
        )
        assert isinstance(axes, PolarAxes)
        return axes

    for y, finding in enumerate(found):
        of_finding = select(segments, finding=finding)
        first = select(of_finding, **shown[0][1])
        lost = dict(zip(first["segment"], first["lost"], strict=True))
        axes = eye(y, 0)
        draw_bulls_eye(axes, lost, _LOST, Normalize(0, max(lost.values())))
        axes.text(
            -0.1, 0.5, f"{_NAMES[finding]}\nn = {counts[finding]}", transform=axes.transAxes,
            ha="right", va="center", size=LETTERS,
        )  # fmt: skip
        if y == 0:
            axes.set_title("force\nlost", size=SMALL, weight="bold", pad=5)
        for x, (title, wanted) in enumerate(shown):
            rows = select(of_finding, **wanted)
            axes = eye(y, x + 1)
            values = dict(zip(rows["segment"], rows["score"], strict=True))
            most = max(map(abs, values.values()))
            draw_bulls_eye(axes, values, _SIGNED, Normalize(-most, most))
            if y == 0:
                axes.set_title(title.replace("-x-", "-x-\n"), size=SMALL, weight="bold", pad=5)
    for k, (colours, text) in enumerate(
        ((_LOST, "force lost: none … most"), (_SIGNED, "the map speaks against its loss … for it"))
    ):
        frame = (0.12 + 0.45 * k, (base + 0.26) / height, 0.25, 0.1 / height)
        bar = figure.add_axes(frame)
        figure.colorbar(
            ScalarMappable(Normalize(0, 1), colours), cax=bar, orientation="horizontal", ticks=[]
        )
        bar.set_xlabel(text, size=LETTERS)
    return figure


def _columns(segments: pd.DataFrame) -> list[tuple[str, dict[str, str]]]:
    """What was planted, what is usual, and of each net its maps that can lack something."""
    models = list(dict.fromkeys(segments["model"]))
    shown = [
        ("planted,\npulled back", {"model": models[0], "method": TWIN, "reading": "missing"}),
        ("usually\nhit", {"model": models[0], "method": USUAL, "reading": "none"}),
    ]
    for model in models:
        rows = select(segments, model=model, reading="missing")
        methods = [
            name
            for name in dict.fromkeys(rows["method"])
            if name not in (TWIN, "random") and "@" not in name
        ]
        for method in methods[:_MOST_OF_A_NET]:
            wanted = {"model": model, "method": method, "reading": "missing"}
            shown.append((f"{model}\n{method}", wanted))
    return shown


def draw_two_hearts(one: SameEcg) -> Figure:
    """Largest strength of each segment in either heart, and leads of both."""
    figure = Figure(figsize=(PAGE, 2.6), facecolor="white")
    most = float(max(np.abs(one.before[LEFT]).max(), np.abs(one.after[LEFT]).max()))
    for k, (title, strengths) in enumerate((("one heart", one.before), ("another", one.after))):
        axes = figure.add_axes((0.01 + 0.25 * k, 0.2, 0.23, 0.62), projection="polar")
        assert isinstance(axes, PolarAxes)
        at = np.abs(strengths[LEFT]).argmax(axis=1)
        values = strengths[LEFT][np.arange(len(at)), at].tolist()
        draw_bulls_eye(
            axes, dict(zip(SOURCES[LEFT], values, strict=True)), _SIGNED, Normalize(-most, most)
        )
        axes.set_title(title, size=LETTERS, weight="bold", pad=8)
    bar = figure.add_axes((0.12, 0.13, 0.26, 0.04))
    figure.colorbar(
        ScalarMappable(Normalize(-most, most), _SIGNED), cax=bar, orientation="horizontal"
    )
    bar.tick_params(labelsize=SMALL)
    bar.set_xlabel("peak of QRS in each segment, mV of dipole; outward is positive", size=SMALL)
    axes = figure.add_axes((0.58, 0.17, 0.4, 0.65))
    time = 2.0 * np.arange(one.ecg.shape[1])
    for y, lead in enumerate(_SHOWN_LEADS):
        k = LEADS.index(lead)
        low = -2.2 * y
        axes.plot(time, one.ecg[k] + low, color=INK, linewidth=3.2, alpha=0.35)
        axes.plot(time, one.other[k] + low, color=LOW, linewidth=1.1, linestyle="--")
        axes.text(-4, low, lead, ha="right", va="center", size=LETTERS)
    axes.set_yticks([])
    axes.set_xlabel("ms after the onset of QRS", size=LETTERS)
    axes.set_title("their ECGs: one (grey), another (dashed)", size=LETTERS, weight="bold")
    open_axes(axes)
    axes.tick_params(labelsize=SMALL)
    axes.spines["left"].set_visible(False)
    return figure


def draw_wall_times(table: pd.DataFrame) -> Figure:
    """Arrival along the wall against arrival in a straight line, of every source and spread."""
    figure = Figure(figsize=(PAGE / 2, 3.3), facecolor="white")
    axes = figure.add_axes((0.14, 0.13, 0.83, 0.84))
    table = table[table["used"]]
    most = 1.05 * float(table["wall_ms"].max())
    axes.plot([0, most], [0, most], color=GREY, linewidth=0.8)
    for name, rows in table.groupby("spread", sort=False):
        colour, marker = _SPREADS[str(name)]
        axes.plot(
            rows["straight_ms"], rows["wall_ms"], marker, color=colour, markersize=5, label=name,
            markerfacecolor="white",
        )  # fmt: skip
    later = (table["wall_ms"] - table["straight_ms"]).groupby(table["spread"], sort=False).idxmax()
    for row in table.loc[later[later.index != "healthy"]].to_dict("records"):
        _name(axes, row, most)
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    axes.set_xlabel("reached in a straight line, ms", size=LETTERS)
    axes.set_ylabel("reached along the wall, ms", size=LETTERS)
    axes.legend(frameon=False, fontsize=LETTERS, loc="lower right")
    open_axes(axes)
    axes.tick_params(labelsize=SMALL)
    return figure


def _name(axes: Axes, row: Mapping[Any, Any], most: float) -> None:
    at = (float(str(row["straight_ms"])), float(str(row["wall_ms"])))
    text = f"{row['segment']} "
    axes.text(at[0] - 0.01 * most, at[1], text, ha="right", va="center", size=SMALL, color=INK)
