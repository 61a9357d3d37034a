"""Waves that readers found, drawn under the trace that they read; and their errors side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Int8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from xai_bench.report.figures.style import FAINT, GREY, INK, open_axes
from xai_bench.types import WAVES

__all__ = ["WAVE_COLOURS", "draw_errors", "draw_waves"]

WAVE_COLOURS = {"P": "#56B4E9", "QRS": "#D55E00", "T": "#009E73"}
"""After Okabe and Ito (2008); each wave has its own height too, for those who see no colours."""
_HEIGHTS = {"P": 0.35, "QRS": 0.8, "T": 0.55}
_READERS = {"planted": INK, "delnet": "#0072B2", "rules": "#E69F00", "openecg": "#CC79A7"}
_MARKERS = "osD^vPX"
_WAVES = ("P", "QRS", "T")


def draw_waves(
    lead: Float[np.ndarray, " time"],
    rate_hz: float,
    labels: Mapping[str, Int8[np.ndarray, " time"]],
    title: str,
) -> Figure:
    """One lead in millivolt, and below it a band for each reader with its P, QRS and T."""
    figure = Figure(figsize=(11.0, 2.2 + 0.32 * len(labels)), facecolor="white")
    trace, bands = figure.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": [1.6, 0.32 * len(labels)]}
    )
    time = np.arange(len(lead)) / rate_hz
    trace.plot(time, lead, color=INK, linewidth=0.8)
    trace.set_xlim(0, len(lead) / rate_hz)
    trace.set_ylabel("mV", color=GREY)
    trace.set_title(title, fontsize=10, loc="left", color=INK)
    open_axes(trace)
    for row, found in enumerate(labels.values()):
        bands.axhline(row, color=FAINT, linewidth=0.6, zorder=0)
        for wave in _WAVES:
            _band(bands, row, found == WAVES.index(wave), rate_hz, wave)
    bands.set_yticks(range(len(labels)), list(labels))
    bands.set_ylim(len(labels) - 0.4, -0.6)
    bands.set_xlabel("seconds", color=GREY)
    open_axes(bands)
    handles = [Patch(color=WAVE_COLOURS[wave], label=wave) for wave in _WAVES]
    trace.legend(handles=handles, ncols=3, frameon=False, fontsize=9, loc="upper right",
                 bbox_to_anchor=(1.0, 1.2))  # fmt: skip
    figure.subplots_adjust(left=0.08, right=0.99, top=0.88, bottom=0.2, hspace=0.08)
    return figure


def _band(axes: Axes, row: int, inside: np.ndarray, rate_hz: float, wave: str) -> None:
    edges = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1) / rate_hz, np.flatnonzero(edges == -1) / rate_hz
    height = _HEIGHTS[wave]
    axes.broken_barh(
        list(zip(starts, stops - starts, strict=True)),
        (row - height / 2, height),
        facecolor=WAVE_COLOURS[wave],
    )


def draw_errors(table: pd.DataFrame) -> Figure:
    """Onset and offset errors of each reader by wave and data set: mean and one SD either way."""
    sets = list(dict.fromkeys(table["data"]))
    readers = list(dict.fromkeys(table["reader"]))
    figure = Figure(figsize=(3.1 * len(sets) + 1.2, 4.6), facecolor="white")
    panels = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    lines = [(wave, edge) for wave in _WAVES for edge in ("onset", "offset")]
    for axes, name in zip(panels, sets, strict=True):
        of = table[table["data"] == name].set_index(["reader", "wave", "measure"])["value"]
        for place, reader in enumerate(readers):
            shift = 0.7 * ((place + 0.5) / len(readers) - 0.5)
            colour = _READERS.get(reader, GREY)
            for row, (wave, edge) in enumerate(lines):
                if (reader, wave, f"{edge}_mean") in of.index:
                    mean, sd = (of[reader, wave, f"{edge}_{what}"] for what in ("mean", "sd"))
                    axes.plot([mean - sd, mean + sd], [row + shift] * 2, color=colour, lw=1.4)
                    axes.plot(mean, row + shift, _MARKERS[place], color=colour, markersize=5,
                              label=reader if row == 0 else None)  # fmt: skip
        axes.axvline(0, color=FAINT, zorder=0)
        axes.set_title(name, fontsize=10, loc="left", color=INK)
        axes.set_xlabel("ms later than it is", fontsize=9, color=GREY)
        open_axes(axes)
    panels[0].set_yticks(range(len(lines)), [f"{wave} {edge}" for wave, edge in lines])
    panels[0].set_ylim(len(lines) - 0.4, -0.6)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, ncols=len(readers), frameon=False, fontsize=9, loc="lower center")
    figure.subplots_adjust(left=0.9 / figure.get_figwidth(), right=0.985, top=0.92, bottom=0.2,
                           wspace=0.08)  # fmt: skip
    return figure
