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
from xai_bench.report.figures.style import GREY, HIGH, INK, LOW, MIDDLE, open_axes
from xai_bench.report.territories.bulls_eye import draw_bulls_eye
from xai_bench.results.study_tables import select
from xai_bench.studies.territories.same_ecg import SameEcg
from xai_bench.studies.territories.study import TWIN, USUAL
from xai_bench.types import LEADS

__all__ = ["DPI", "draw_segments", "draw_two_hearts", "draw_wall_times"]

DPI = 90

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
    size = (0.9 + 1.5 * (len(shown) + 1), 1.5 * len(found) + 1.3)
    figure = Figure(figsize=size, facecolor="white")
    grid = figure.add_gridspec(
        len(found), len(shown) + 1, left=0.1, right=0.99, top=1 - 0.75 / size[1],
        bottom=0.75 / size[1], wspace=0.08, hspace=0.12,
    )  # fmt: skip
    for y, finding in enumerate(found):
        of_finding = select(segments, finding=finding)
        first = select(of_finding, **shown[0][1])
        lost = dict(zip(first["segment"], first["lost"], strict=True))
        axes = figure.add_subplot(grid[y, 0], projection="polar")
        assert isinstance(axes, PolarAxes)
        draw_bulls_eye(axes, lost, _LOST, Normalize(0, max(lost.values())))
        axes.text(
            -0.12, 0.5, f"{_NAMES[finding]}\nn = {counts[finding]}", transform=axes.transAxes,
            ha="right", va="center", size=9,
        )  # fmt: skip
        if y == 0:
            axes.set_title("force lost", size=9, weight="bold", pad=8)
        for x, (title, wanted) in enumerate(shown):
            rows = select(of_finding, **wanted)
            axes = figure.add_subplot(grid[y, x + 1], projection="polar")
            assert isinstance(axes, PolarAxes)
            values = dict(zip(rows["segment"], rows["score"], strict=True))
            most = max(map(abs, values.values()))
            draw_bulls_eye(axes, values, _SIGNED, Normalize(-most, most))
            if y == 0:
                axes.set_title(title, size=9, weight="bold", pad=8)
    for k, (colours, text) in enumerate(
        ((_LOST, "force lost: none … most"), (_SIGNED, "the map speaks against its loss … for it"))
    ):
        bar = figure.add_axes((0.12 + 0.45 * k, 0.42 / size[1], 0.25, 0.12 / size[1]))
        figure.colorbar(
            ScalarMappable(Normalize(0, 1), colours), cax=bar, orientation="horizontal", ticks=[]
        )
        bar.set_xlabel(text, size=9)
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
    figure = Figure(figsize=(9.0, 3.1), facecolor="white")
    most = float(max(np.abs(one.before[LEFT]).max(), np.abs(one.after[LEFT]).max()))
    for k, (title, strengths) in enumerate((("one heart", one.before), ("another", one.after))):
        axes = figure.add_axes((0.01 + 0.25 * k, 0.2, 0.23, 0.62), projection="polar")
        assert isinstance(axes, PolarAxes)
        at = np.abs(strengths[LEFT]).argmax(axis=1)
        values = strengths[LEFT][np.arange(len(at)), at].tolist()
        draw_bulls_eye(
            axes, dict(zip(SOURCES[LEFT], values, strict=True)), _SIGNED, Normalize(-most, most)
        )
        axes.set_title(title, size=10, weight="bold", pad=8)
    bar = figure.add_axes((0.12, 0.13, 0.26, 0.04))
    figure.colorbar(
        ScalarMappable(Normalize(-most, most), _SIGNED), cax=bar, orientation="horizontal"
    )
    bar.tick_params(labelsize=8)
    bar.set_xlabel("peak of QRS in each segment, mV of dipole; outward is positive", size=8)
    axes = figure.add_axes((0.58, 0.17, 0.4, 0.65))
    time = 2.0 * np.arange(one.ecg.shape[1])
    for y, lead in enumerate(_SHOWN_LEADS):
        k = LEADS.index(lead)
        low = -2.2 * y
        axes.plot(time, one.ecg[k] + low, color=INK, linewidth=3.2, alpha=0.35)
        axes.plot(time, one.other[k] + low, color=LOW, linewidth=1.1, linestyle="--")
        axes.text(-4, low, lead, ha="right", va="center", size=9)
    axes.set_yticks([])
    axes.set_xlabel("ms after the onset of QRS", size=9)
    axes.set_title("their ECGs: one (grey), another (dashed)", size=10, weight="bold")
    open_axes(axes)
    axes.spines["left"].set_visible(False)
    return figure


def draw_wall_times(table: pd.DataFrame) -> Figure:
    """Arrival along the wall against arrival in a straight line, of every source and spread."""
    figure = Figure(figsize=(4.6, 4.2), facecolor="white")
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
    axes.set_xlabel("reached in a straight line, ms", size=9)
    axes.set_ylabel("reached along the wall, ms", size=9)
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    open_axes(axes)
    return figure


def _name(axes: Axes, row: Mapping[Any, Any], most: float) -> None:
    at = (float(str(row["straight_ms"])), float(str(row["wall_ms"])))
    text = f"{row['segment']} "
    axes.text(at[0] - 0.01 * most, at[1], text, ha="right", va="center", size=8, color=INK)
