"""Layouts put a known spike at the right millimetre, and outline just what is evidence."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import Float32
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xai_bench.report.figures.ecg_sheet import Layout
from xai_bench.report.figures.recording_page import Panel, Traces, draw_recording
from xai_bench.types import LEADS

RATE, MAP_HZ = 500.0, 100.0


def draw(
    signal: Float32[np.ndarray, "lead time"],
    layout: Layout,
    leads: tuple[str, ...] = LEADS,
    evidence: np.ndarray | None = None,
) -> Figure:
    samples = round(signal.shape[1] / RATE * MAP_HZ)
    a = np.zeros((len(signal), samples), dtype=np.float32)
    a[:, 0] = 1
    traces = Traces(
        signal=signal, rate_hz=RATE, leads=leads, layout=layout, map_hz=MAP_HZ, evidence=evidence
    )
    return draw_recording(traces, panels=[Panel(attribution=a)], title="t")


def place(figure: Figure, x: float, y: float) -> tuple[float, float]:
    """Millimetres from the upper left corner of the paper."""
    paper = figure.axes[0]
    inside = paper.transData.transform((x, y)) / figure.dpi * 25.4
    corner = paper.get_window_extent()
    left, top = corner.x0 / figure.dpi * 25.4, corner.y1 / figure.dpi * 25.4
    return float(inside[0] - left), float(top - inside[1])


def strips(paper: Axes) -> list[np.ndarray]:
    """Traces in the order of strips, without pulses and lines between columns."""
    lines = [np.asarray(line.get_xydata(), dtype=float) for line in paper.lines]
    return [line for line in lines if len(line) > 6]


def test_a_spike_on_the_ward_sheet_stands_in_its_column_of_time() -> None:
    signal = np.zeros((12, 5000), dtype=np.float32)
    at = 6.1  # seconds: the third column, V1 to V3
    signal[:, round(at * RATE)] = 1.0
    figure = draw(signal, "3x4+rhythm")
    found = strips(figure.axes[0])
    assert len(found) == 13
    spiked = [k for k, line in enumerate(found) if np.ptp(line[:, 1]) > 0.5]
    assert spiked == [LEADS.index("V1"), LEADS.index("V2"), LEADS.index("V3"), 12]
    for k in spiked:
        top = found[k][found[k][:, 1].argmax()]
        x, y = place(figure, *top)
        assert x == pytest.approx(20 + 25 * at, abs=0.01)
        base = place(figure, 0.0, float(np.median(found[k][:, 1])))[1]
        assert base - y == pytest.approx(10, abs=0.01)
    # The rhythm below is whole, the others are quarters, drawn at the rate of the file.
    assert [len(line) for line in found] == [1250] * 12 + [5000]
    names = [text.get_text() for text in figure.axes[0].texts]
    assert names == [*LEADS, "II"]


def test_rows_of_the_ward_sheet_hold_every_third_lead() -> None:
    signal = np.zeros((12, 5000), dtype=np.float32)
    figure = draw(signal, "3x4+rhythm")
    bases = [round(place(figure, 0, float(line[0, 1]))[1]) for line in strips(figure.axes[0])]
    assert bases[:12] == bases[:3] * 4
    assert bases[0] < bases[1] < bases[2] < bases[12]


def test_a_beat_is_drawn_at_50_mm_a_second_in_three_rows_of_four() -> None:
    signal = np.zeros((12, 400), dtype=np.float32)
    signal[:, 100] = 1.0
    figure = draw(signal, "median-beat")
    for lead, line in enumerate(strips(figure.axes[0])):
        x, _ = place(figure, *line[line[:, 1].argmax()])
        assert x == pytest.approx(20 + 50 * (0.8 * (lead // 3) + 0.2), abs=0.01)
    assert any("50 mm/s" in text.get_text() for text in figure.texts)


def test_a_short_recording_is_drawn_wider() -> None:
    signal = np.zeros((2, 500), dtype=np.float32)
    signal[:, 250] = 1.0
    figure = draw(signal, "12x1", leads=("MLII", "V1"))
    x, _ = place(figure, 0.5, 0.0)
    assert x == pytest.approx(20 + 50, abs=0.01)
    assert any("100 mm/s" in text.get_text() for text in figure.texts)


@pytest.mark.parametrize("layout", ["3x4+rhythm", "12x1"])
def test_the_outline_covers_the_evidence_and_nothing_else(layout: Layout) -> None:
    rng = np.random.default_rng(0)
    mask = np.repeat(rng.random((12, 100)) < 0.3, 10, axis=1)
    figure = draw(np.zeros((12, 5000), dtype=np.float32), layout, evidence=mask)
    paper = figure.axes[0]
    outlined = [p for p in paper.patches if isinstance(p, Rectangle) and p.get_gid() == "evidence"]
    # Which samples of which strip have their middle in a box, read from the paper.
    covered = np.zeros_like(mask)
    shown = np.zeros_like(mask)
    parts = [(lead, 0, 1000) for lead in range(12)]
    if layout == "3x4+rhythm":
        parts = [(lead, 250 * (lead // 3), 250 * (lead // 3 + 1)) for lead in range(12)]
        parts.append((1, 0, 1000))
    for (lead, first, stop), image in zip(parts, paper.images, strict=True):
        low, high = image.get_extent()[2:]
        shown[lead, first:stop] = True
        for box in outlined:
            if low <= box.get_y() <= high:
                times = np.arange(first, stop) / MAP_HZ
                right = box.get_x() + box.get_width()
                covered[lead, first:stop] |= (box.get_x() < times) & (times < right)
    assert shown.sum() == (12000 if layout == "12x1" else 12 * 250 + 750)
    np.testing.assert_array_equal(covered, mask & shown)
    edges = np.array([[b.get_x(), b.get_x() + b.get_width()] for b in outlined]) * MAP_HZ
    np.testing.assert_allclose(edges % 1, 0.5, atol=1e-6)
