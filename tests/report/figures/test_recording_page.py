"""A page of panels: where they stand, and what boxes and bars say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float32
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xai_bench.report.explanation.attribution_regions import Segment, Shares, share_out
from xai_bench.report.figures.attribution_colours import AGAINST_EDGE, FOR_EDGE
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.figures.recording_page import Panel, draw_recording
from xai_bench.report.figures.style import AGAINST, FOR

RATE = 100.0
TWELVE = np.sin(np.arange(12000).reshape(12, 1000) / 50).astype(np.float32)


def shares(attribution: Float32[np.ndarray, "12 time"]) -> Shares:
    """Of a recording whose first half is ST and whose second is T."""
    half = attribution.shape[1] // 2
    return share_out(attribution, np.repeat([4, 5], half).astype(np.int8))


def page(count: int, signal: Float32[np.ndarray, "12 time"] = TWELVE) -> Figure:
    panels = [
        Panel(attribution=signal * (i + 1), name=f"method {i}", shares=shares(signal))
        for i in range(count)
    ]
    return draw_recording(signal, rate_hz=RATE, panels=panels, title="MI", notes=["a", "b"])


def boxes(figure: Figure) -> dict[str, tuple[float, float, float, float]]:
    """Millimetres from the lower left corner of the page: left, bottom, right, top."""
    x, y = figure.get_size_inches() * 25.4
    found = {}
    for i, axes in enumerate(figure.axes):
        place = axes.get_position()
        found[f"axes {i}"] = (place.x0 * x, place.y0 * y, place.x1 * x, place.y1 * y)
    return found


def bars(axes: Axes) -> list[tuple[float, float, str]]:
    """Width, height and colour of each bar."""
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [(p.get_width(), p.get_height(), to_hex(p.get_facecolor())) for p in patches]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("seconds", [2.5, 10.0])
def test_nothing_on_the_page_overlaps(count: int, seconds: float) -> None:
    figure = page(count, TWELVE[:, : round(seconds * RATE)])
    assert len(figure.axes) == 4 * count  # paper, colours, bars of leads, bars of waves
    width, height = figure.get_size_inches() * 25.4
    found = list(boxes(figure).values())
    for i, (left, bottom, right, top) in enumerate(found):
        assert 0 <= left < right <= width
        assert 20 <= bottom < top <= height - 15
        for other in found[:i]:
            apart = left >= other[2] or right <= other[0] or bottom >= other[3] or top <= other[1]
            assert apart
    figure.canvas.draw()
    for axes in figure.axes:
        inside = axes.get_tightbbox()
        assert inside is not None
        assert figure.bbox.x0 <= inside.x0 < inside.x1 <= figure.bbox.x1


def test_methods_stand_side_by_side_over_one_recording() -> None:
    figure = page(3)
    first, second, third = (boxes(figure)[f"axes {i}"] for i in range(3))
    assert first[1] == pytest.approx(second[1])
    assert first[2] < second[0]
    assert third[0] == pytest.approx(first[0])
    assert third[3] < first[1]
    for left, bottom, right, top in (first, second, third):
        assert right - left == pytest.approx(270)
        assert top - bottom == pytest.approx(first[3] - first[1])
    names = [text.get_text() for text in figure.texts]
    assert [name for name in names if name.startswith("method")] == [
        "method 0", "method 1", "method 2"
    ]  # fmt: skip
    papers = figure.axes[:3]
    for paper in papers[1:]:
        for line, expected in zip(paper.lines, papers[0].lines, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), expected.get_xydata())


def test_one_method_needs_no_heading() -> None:
    assert "method 0" not in [text.get_text() for text in page(1).texts]


def test_boxes_lie_on_their_lead_and_time_and_tell_the_sign(tmp_path: Path) -> None:
    segments = [
        Segment(lead=2, first=100, stop=150, sum=3.0),
        Segment(lead=9, first=0, stop=25, sum=-1.0),
    ]
    panel = Panel(attribution=TWELVE, segments=segments)
    figure = draw_recording(TWELVE, rate_hz=RATE, panels=[panel], title="MI")
    paper = figure.axes[0]
    drawn = [patch for patch in paper.patches if isinstance(patch, Rectangle)]
    assert [to_hex(box.get_edgecolor()) for box in drawn] == [FOR_EDGE, AGAINST_EDGE]
    for box, segment in zip(drawn, segments, strict=True):
        low, high = paper.images[segment.lead].get_extent()[2:]
        assert low <= box.get_y() < box.get_y() + box.get_height() <= high
        assert box.get_height() > 0.9 * (high - low)
        start, stop = (edge / RATE - 0.005 for edge in (segment.first, segment.stop))
        assert box.get_x() == pytest.approx(start, abs=0.04)
        assert box.get_x() + box.get_width() == pytest.approx(stop, abs=0.04)
    save_figure(figure, tmp_path / "a.svg")


def test_bars_of_leads_compare_sums_and_number_shares() -> None:
    a = np.zeros((12, 1000), dtype=np.float32)
    a[0, :10], a[11, :10], a[5, 600:610] = 6, 2, -2
    figure = draw_recording(
        TWELVE, rate_hz=RATE, panels=[Panel(attribution=a, shares=shares(a))], title="MI"
    )
    beside = figure.axes[2]
    for lead, (right, left) in enumerate(zip(bars(beside)[::2], bars(beside)[1::2], strict=True)):
        assert right[2] == FOR
        assert left[2] == AGAINST
        assert right[0] == pytest.approx({0: 0.6, 11: 0.2}.get(lead, 0.0))
        assert left[0] == pytest.approx({5: -0.2}.get(lead, 0.0))
    assert texts(beside) == ["75 %", "100 %", "25 %", "against", "for"]
    # At the height of its lead.
    paper = figure.axes[0]
    top = boxes(figure)["axes 0"][3]
    for text, bar in zip(paper.texts, beside.patches[::2], strict=True):
        assert isinstance(bar, Rectangle)
        middle = bar.get_y() + bar.get_height() / 2
        assert middle == pytest.approx(text.get_position()[1] * 10, abs=0.01)
    assert boxes(figure)["axes 2"][3] == pytest.approx(top)


def test_bars_of_waves_are_those_that_have_a_share() -> None:
    a = np.zeros((12, 1000), dtype=np.float32)
    a[0, :10], a[1, 600:606], a[5, 700:701] = 1, 1, -4
    figure = draw_recording(
        TWELVE, rate_hz=RATE, panels=[Panel(attribution=a, shares=shares(a))], title="MI"
    )
    below = figure.axes[3]
    heights = [height for _, height, _ in bars(below)]
    assert heights == pytest.approx([10 / 20, 0, 6 / 20, -4 / 20])
    assert texts(below) == ["62 %", "ST", "38 %", "100 %", "T"]


def test_an_attribution_of_zeros_has_no_bars() -> None:
    zero = np.zeros((12, 1000), dtype=np.float32)
    figure = draw_recording(
        TWELVE, rate_hz=RATE, panels=[Panel(attribution=zero, shares=shares(zero))], title="MI"
    )
    assert texts(figure.axes[2]) == ["against", "for"]
    assert texts(figure.axes[3]) == []
