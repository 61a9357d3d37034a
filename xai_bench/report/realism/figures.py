"""Real and made recordings side by side: strips on ECG paper, amplitudes by lead, spectra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import scipy
from jaxtyping import Float32, Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xai_bench.data.ecg_features import BANDS
from xai_bench.report.figures.ecg_paper import MM_PER_INCH, write
from xai_bench.report.figures.ecg_sheet import column_sheet, draw_sheet
from xai_bench.report.figures.style import AGAINST, INK, open_axes
from xai_bench.types import LEADS, Recordings

__all__ = ["DPI", "draw_amplitudes", "draw_pair", "draw_spectra", "nearest"]

DPI = 110
"""Enough to see a notch, few enough for half a megabyte a page."""

_SECONDS = 4.0
_MARGIN, _HEAD, _FOOT = 10.0, 18.0, 16.0
_REAL, _MADE = INK, AGAINST
_AMPLITUDES = ("P", "Q", "R", "S", "ST", "T")
_SPECTRUM_LEADS = ("II", "V1", "V3", "V5")
_WELCH_SECONDS = 4.0
_ALIKE = ("heart rate", "axis", "QRS", "QT", "R", "S", "T")


def nearest(real: pd.DataFrame, made: pd.DataFrame) -> list[int]:
    """For each real recording the row of the made one that is most like it.

    Like: the least mean square of differences in rate, axis, intervals, R, S and T of all leads,
    each in units of its interquartile range over the made recordings.
    """
    columns = [column for column in real.columns if column[0] in _ALIKE]
    a = real[columns].to_numpy(dtype=np.float64)
    b = made[columns].to_numpy(dtype=np.float64)
    spread = np.nanquantile(b, 0.75, axis=0) - np.nanquantile(b, 0.25, axis=0)
    far = ((a[:, None] - b) / np.where(spread > 0, spread, 1.0)) ** 2
    # A feature that either recording lacks counts as an ordinary difference.
    return [int(row) for row in np.where(np.isnan(far), 1.0, far).mean(axis=2).argmin(axis=1)]


def draw_pair(
    real: Float32[np.ndarray, "12 time"],
    made: Float32[np.ndarray, "12 time"],
    *,
    rate_hz: float,
    titles: tuple[str, str],
) -> Figure:
    """The first four seconds of two recordings in millivolt, real on the left, one scale."""
    samples = round(_SECONDS * rate_hz)
    strips = real[:, :samples], made[:, :samples]
    first, second = (column_sheet(strip, rate_hz) for strip in strips)
    sheet = replace(
        first,
        above=np.maximum(first.above, second.above),
        below=np.maximum(first.below, second.below),
    )
    width, height = sheet.size
    page = (2 * width + 3 * _MARGIN, height + _HEAD + _FOOT)
    figure = Figure(figsize=(page[0] / MM_PER_INCH, page[1] / MM_PER_INCH), facecolor="white")
    for column, (strip, title) in enumerate(zip(strips, titles, strict=True)):
        x = _MARGIN + column * (width + _MARGIN)
        draw_sheet(figure, sheet, strip, rate_hz=rate_hz, corner=(x, _FOOT))
        write(figure, x, page[1] - 12, title, size=12, color=_REAL, weight="bold")
    write(figure, _MARGIN, 5.0, "25 mm/s  ·  10 mm/mV  ·  each lead about its median", size=9)
    write(figure, page[0] - _MARGIN, 5.0, "xai-bench  ·  not a medical device", size=9, ha="right")
    return figure


def draw_amplitudes(real: pd.DataFrame, made: pd.DataFrame) -> Figure:
    """A panel a wave: made 10-90 % as a band over leads with its median, real as dots."""
    figure = Figure(figsize=(10, 8), layout="constrained", facecolor="white")
    panels: Sequence[Axes] = figure.subplots(3, 2, sharex=True).ravel()
    at = np.arange(len(LEADS))
    for axes, wave in zip(panels, _AMPLITUDES, strict=True):
        low, middle, high = (
            np.array([made[wave, lead].quantile(q) for lead in LEADS]) for q in (0.1, 0.5, 0.9)
        )
        axes.bar(at, high - low, 0.7, low, color=_MADE, alpha=0.3, label="made, 10-90 %")
        axes.hlines(middle, at - 0.35, at + 0.35, color=_MADE, lw=2, label="made median")
        values = real[[(wave, lead) for lead in LEADS]].to_numpy(dtype=np.float64)
        shift = np.linspace(-0.22, 0.22, len(values))[:, None]
        axes.plot(at + shift, values, "o", ms=3, mfc="none", mec=_REAL, mew=0.7, label="real")
        axes.hlines(
            np.nanmedian(values, axis=0),
            at - 0.35,
            at + 0.35,
            color=_REAL,
            lw=1.2,
            ls=":",
            label="real median",
        )
        axes.set_title({"ST": "ST, 60 ms after J"}.get(wave, wave), loc="left", size=10)
        axes.set_ylabel("mV", size=9)
        axes.axhline(0, color="#999999", lw=0.6)
        open_axes(axes)
        axes.set_xticks(at, LEADS)
    legend = dict(zip(*reversed(panels[0].get_legend_handles_labels()), strict=True))
    names = ("made, 10-90 %", "made median", "real", "real median")
    figure.legend(
        [legend[name] for name in names], names, loc="outside upper center", ncols=4, frameon=False
    )
    return figure


def draw_spectra(real: Recordings, made: Recordings) -> Figure:
    """Amplitude density over frequency in four leads: median as a line, 10-90 % as a band."""
    figure = Figure(figsize=(10, 7), layout="constrained", facecolor="white")
    panels: Sequence[Axes] = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
    for axes, lead in zip(panels, _SPECTRUM_LEADS, strict=True):
        for recordings, colour, name in (
            (made, _MADE, f"made, n = {len(made)}"),
            (real, _REAL, f"real, n = {len(real)}"),
        ):
            frequency, density = _density(recordings, LEADS.index(lead))
            low, middle, high = np.quantile(density, [0.1, 0.5, 0.9], axis=0)
            axes.fill_between(frequency, low, high, color=colour, alpha=0.18, lw=0)
            axes.plot(frequency, middle, color=colour, lw=1.2, label=name)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(lead, loc="left", size=10)
        for edge, _ in BANDS.values():
            axes.axvline(max(edge, 0.1), color="#999999", lw=0.5, ls=":")
        open_axes(axes)
        axes.set_xlim(1 / _WELCH_SECONDS, real.rate_hz / 2)
    for axes in panels[2:]:
        axes.set_xlabel("Hz; dotted: edges of the bands", size=9)
    for axes in panels[::2]:
        axes.set_ylabel("mV per √Hz", size=9)
    panels[0].legend(frameon=False, fontsize=9)
    return figure


def _density(
    recordings: Recordings, lead: int
) -> tuple[Float64[np.ndarray, " bin"], Float64[np.ndarray, "record bin"]]:
    """Square root of the power density (Welch, 4 s), without the bin at 0 Hz."""
    millivolt = recordings.microvolt[:, lead].astype(np.float64) / 1000
    window = min(round(_WELCH_SECONDS * recordings.rate_hz), millivolt.shape[1])
    frequency, power = scipy.signal.welch(millivolt, recordings.rate_hz, nperseg=window, axis=1)
    return frequency[1:], np.sqrt(power[:, 1:])
