"""Mean maps over beats: what is drawn, and for which classes."""

from __future__ import annotations

import io
from dataclasses import replace

import matplotlib.image as mpimg
import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.recordings import recordings
from xai_bench.report.figures import mean_beats
from xai_bench.report.figures.attribution_colours import ColourScale
from xai_bench.report.figures.mean_beats import draw_mean_beats
from xai_bench.tasks import TASKS

BEATS = recordings(6, samples=200, evidence=True)
MAPS = {
    name: np.random.default_rng(k).normal(size=(6, 12, 200)).astype(np.float32)
    for k, name in enumerate("abc")
}
TARGET = np.array([0, 1, 0, 1, 0, 1])


def _drawn(monkeypatch: pytest.MonkeyPatch, target: np.ndarray) -> tuple[Figure, bytes]:
    figures: list[Figure] = []

    def figure(*given: object, **named: object) -> Figure:
        figures.append(Figure(*given, **named))  # type: ignore[arg-type]
        return figures[-1]

    monkeypatch.setattr(mean_beats, "Figure", figure)
    content = draw_mean_beats(BEATS, MAPS, target, TASKS["norm_vs_mi"], "Three methods")
    return figures[0], content


def test_a_row_a_method_and_a_column_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, content = _drawn(monkeypatch, TARGET)
    *panels, _ = figure.axes  # the last is the bar of colours
    assert len(panels) == 6
    titles = [panel.get_title() for panel in panels if panel.get_title()]
    assert titles == ["NORM: 3 beats, lead I", "MI: 3 beats, lead I"]
    assert mpimg.imread(io.BytesIO(content), format="png").shape[0] > 100


def test_behind_the_mean_beat_is_the_mean_map_and_below_it_the_evidence() -> None:
    lead = np.asarray(BEATS.evidence).copy()
    lead[:, 0] = lead[:, 7]
    beats = replace(BEATS, evidence=lead)
    figure = Figure()
    axes = figure.add_subplot()
    mean_map = MAPS["b"][TARGET == 1, 0].mean(axis=0)
    mean_beats._draw(axes, beats[TARGET == 1], mean_map, ColourScale(end=1.0))
    trace, evidence = axes.lines
    np.testing.assert_allclose(
        np.asarray(trace.get_ydata(), dtype=float),
        beats.signal[[1, 3, 5], 0].mean(axis=0),
        rtol=1e-5,
    )
    there = np.isfinite(np.asarray(evidence.get_ydata(), dtype=float))
    assert np.flatnonzero(there).tolist() == list(range(100, 160))
    (image,) = axes.images
    shown = np.asarray(image.get_array()).ravel()
    np.testing.assert_allclose(
        np.corrcoef(shown, MAPS["b"][[1, 3, 5], 0].mean(axis=0))[0, 1], 1, atol=1e-6
    )


def test_a_method_without_a_sign_has_a_colour_that_speaks_neither_for_nor_against(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(MAPS, "b", np.abs(MAPS["b"]))
    figure, _ = _drawn(monkeypatch, TARGET)
    *panels, bar = figure.axes
    assert [panel.images[0].get_clim() for panel in panels] == [
        *[(-1, 1)] * 2, *[(0, 1)] * 2, *[(-1, 1)] * 2
    ]  # fmt: skip
    assert "violet: a map without a sign" in bar.get_xlabel()


def test_a_class_without_a_beat_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, _ = _drawn(monkeypatch, np.ones(6, dtype=np.int64))
    assert len(figure.axes) == 3 + 1
