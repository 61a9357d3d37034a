"""A page of panels: where they stand, and what colours, boxes and bars say."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import Float32
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xai_bench.report.explanation.attribution_regions import Segment, Shares, share_out
from xai_bench.report.explanation.bar_values import lead_bars, wave_bars
from xai_bench.report.figures.attribution_colours import AGAINST_EDGE, FOR_EDGE
from xai_bench.report.figures.recording_page import Panel, Traces, draw_recording
from xai_bench.report.figures.style import AGAINST, FOR, SIZE_ALONE
from xai_bench.types import LEADS

RATE = 100.0
TWELVE = np.sin(np.arange(12000).reshape(12, 1000) / 50).astype(np.float32)

Twelve = Float32[np.ndarray, "12 time"]


def shares(attribution: Twelve) -> Shares:
    """Of a recording whose first half is ST and whose second is T."""
    half = attribution.shape[1] // 2
    return share_out(attribution, np.repeat([4, 5], half).astype(np.int8))


def panel(attribution: Twelve, *others: Twelve, **more: object) -> Panel:
    draws = [shares(one) for one in (attribution, *others)]
    given = {"by_lead": lead_bars(draws, LEADS), "by_wave": wave_bars(draws), **more}
    return Panel(attribution=attribution, **given)  # type: ignore[arg-type]


def draw(*panels: Panel, signal: Twelve = TWELVE, notes: tuple[str, ...] = ()) -> Figure:
    return draw_recording(
        Traces(signal=signal, rate_hz=RATE), panels=panels, title="MI", header=["h"], notes=notes
    )


def page(count: int, signal: Twelve = TWELVE) -> Figure:
    panels = [
        panel(signal * (i + 1), name=f"method {i}", about="a sum", additive=True)
        for i in range(count)
    ]
    return draw(*panels, signal=signal, notes=("a", "b"))


def boxes(figure: Figure) -> dict[str, tuple[float, float, float, float]]:
    """Millimetres from the lower left corner of the page: left, bottom, right, top."""
    x, y = figure.get_size_inches() * 25.4
    found = {}
    for i, axes in enumerate(figure.axes):
        place = axes.get_position()
        found[f"axes {i}"] = (place.x0 * x, place.y0 * y, place.x1 * x, place.y1 * y)
    return found


def bars(axes: Axes) -> list[tuple[float, str]]:
    """Signed height and colour of each bar."""
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [(p.get_height(), to_hex(p.get_facecolor())) for p in patches]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(
    ("count", "seconds"),
    [(1, 2.5), (2, 10.0), *(pytest.param(3, one, marks=pytest.mark.slow) for one in (2.5, 10.0))],
)
def test_nothing_on_the_page_overlaps(count: int, seconds: float) -> None:
    figure = page(count, TWELVE[:, : round(seconds * RATE)])
    assert len(figure.axes) == 3 * count + 1  # paper, bars of leads and waves; one bar of colours
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
    for text in figure.texts:
        inside = text.get_window_extent()
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


def test_long_lines_are_broken_within_the_page() -> None:
    long = "word " * 60
    figure = draw(panel(TWELVE, about=long), notes=(long,))
    figure.canvas.draw()
    for text in figure.texts:
        assert text.get_window_extent().x1 <= figure.bbox.x1
    said = " ".join(text.get_text() for text in figure.texts)
    assert said.count("word") == 120


def test_additive_methods_share_a_scale_and_the_others_have_their_own() -> None:
    ones = np.ones((12, 1000), dtype=np.float32)
    figure = draw(
        panel(2 * ones, name="a", additive=True),
        panel(-3 * ones, name="b", additive=True),
        panel(-50 * ones, name="c"),
        panel(7 * ones, name="d", signed=False),
    )
    limits = [axes.images[0].get_clim() for axes in figure.axes[:4]]
    assert limits == [(-3, 3), (-3, 3), (-50, 50), (0, 7)]
    labels = [axes.get_xlabel().split(";")[0] for axes in figure.axes[-3:]]
    assert labels == [
        "a, b: contribution to the log-odds, per sample",
        "c, per sample (a scale of its own, not in log-odds)",
        "d, per sample (a scale of its own, not in log-odds)",
    ]
    assert [texts(axes) for axes in figure.axes[-3:]] == [
        ["against the target", "for the target"],
        ["against the target", "for the target"],
        ["size alone, no sign"],
    ]
    unsigned = figure.axes[3].images[0].to_rgba(np.array([0.0, 7.0]))
    assert to_hex(unsigned[1]) == SIZE_ALONE


def test_bars_of_colours_stand_in_the_order_of_the_methods() -> None:
    ones = np.ones((12, 1000), dtype=np.float32)
    figure = draw(panel(ones, name="a"), panel(2 * ones, name="b", additive=True))
    first, second = figure.axes[-2:]
    assert first.get_xlabel().startswith("a, per sample")
    assert second.get_xlabel().startswith("b: contribution")
    assert first.get_position().x1 < second.get_position().x0


def test_boxes_lie_on_their_lead_and_time_and_tell_the_sign() -> None:
    segments = [
        Segment(lead=2, first=100, stop=150, sum=3.0),
        Segment(lead=9, first=0, stop=25, sum=-1.0),
    ]
    figure = draw(Panel(attribution=TWELVE, segments=segments))
    paper = figure.axes[0]
    drawn = [patch for patch in paper.patches if isinstance(patch, Rectangle)]
    assert [to_hex(box.get_edgecolor()) for box in drawn] == [FOR_EDGE, AGAINST_EDGE]
    assert drawn[0].get_linestyle() != drawn[1].get_linestyle()  # told apart without colour
    for box, segment in zip(drawn, segments, strict=True):
        low, high = paper.images[segment.lead].get_extent()[2:]
        assert low <= box.get_y() < box.get_y() + box.get_height() <= high
        assert box.get_height() > 0.9 * (high - low)
        start, stop = (edge / RATE - 0.005 for edge in (segment.first, segment.stop))
        assert box.get_x() == pytest.approx(start, abs=0.04)
        assert box.get_x() + box.get_width() == pytest.approx(stop, abs=0.04)


def test_a_bar_is_as_long_as_its_number_says() -> None:
    a = np.zeros((12, 1000), dtype=np.float32)
    a[0, :10], a[11, :10], a[5, 600:610] = 6, 2, -2
    figure = draw(panel(a))
    of_leads, of_waves = figure.axes[1:3]
    heights = dict(zip([*LEADS], bars(of_leads)[:12], strict=True))
    against = dict(zip([*LEADS], bars(of_leads)[12:], strict=True))
    for lead in LEADS:
        assert heights[lead][0] == pytest.approx({"I": 0.6, "V6": 0.2}.get(lead, 0.0))
        assert against[lead][0] == pytest.approx({"aVF": -0.2}.get(lead, 0.0))
        assert (heights[lead][1], against[lead][1]) == (FOR, AGAINST)
    numbers = [text for text in texts(of_leads) if text.isdigit()]
    assert numbers == ["60", "20", "20"]
    assert [height for height, _ in bars(of_waves)] == pytest.approx(
        [0, 0, 0, 0, 0.8, 0, 0, 0, 0, 0, 0, 0, -0.2, 0]
    )
    # As many millimetres a percent in both, and in all panels.
    per_mm = [np.ptp(axes.get_ylim()) / axes.get_position().height for axes in (of_leads, of_waves)]
    assert per_mm[0] == pytest.approx(per_mm[1])


def test_all_on_one_lead_is_100_percent() -> None:
    a = np.zeros((12, 1000), dtype=np.float32)
    a[7] = np.linspace(0.1, 1, 1000)
    of_leads = draw(panel(a)).axes[1]
    assert [text for text in texts(of_leads) if text.isdigit()] == ["100"]
    assert bars(of_leads)[7][0] == pytest.approx(1.0)


def test_whiskers_reach_from_the_lowest_to_the_highest_draw() -> None:
    draws = [np.zeros((12, 1000), dtype=np.float32) for _ in range(3)]
    for one, first in zip(draws, (2, 1, 3), strict=True):
        one[0, 0], one[1, 0] = first, 4 - first
    of_leads = draw(panel(*draws)).axes[1]
    ends = [np.asarray(line.get_ydata(), dtype=float).tolist() for line in of_leads.lines[1:]]
    assert ends == [pytest.approx([0.25, 0.75]), pytest.approx([0.25, 0.75])]
    assert of_leads.get_ylim()[1] > 0.75
    assert len(draw(panel(draws[0])).axes[1].lines) == 1  # the line at zero


def test_what_does_not_repeat_is_hatched_and_not_coloured() -> None:
    a = np.ones((12, 1000), dtype=np.float32)
    steady = np.ones((12, 1000), dtype=np.bool_)
    steady[4, 300:350] = False
    paper = draw(Panel(attribution=a, steady=steady)).axes[0]
    hatched = [one for one in paper.collections if one.get_gid() == "unsteady"]
    (path,) = [path for one in hatched for path in one.get_paths()]
    assert np.asarray(path.vertices)[:, 0].min() == pytest.approx(2.995)
    assert np.asarray(path.vertices)[:, 0].max() == pytest.approx(3.495)
    shown = np.asarray(paper.images[4].get_array())[0]
    assert np.flatnonzero(shown == 0).tolist() == list(range(300, 350))
    assert np.asarray(paper.images[3].get_array()).all()


def test_marks_at_the_edges_tell_the_sign_without_colour() -> None:
    a = np.zeros((12, 1000), dtype=np.float32)
    a[2, 100:200], a[3, 400:500], a[5, 0:100] = 1.0, -1.0, 0.2
    paper = draw(Panel(attribution=a, additive=True)).axes[0]
    edges = (FOR_EDGE, AGAINST_EDGE)
    filled = [one for one in paper.collections if len(one.get_facecolor())]
    marks = [one for one in filled if to_hex(np.asarray(one.get_facecolor())[0].tolist()) in edges]
    assert len(marks) == 2  # 0.2 is below a quarter of the scale
    for mark, lead, span in zip(marks, (2, 3), ((0.995, 1.995), (3.995, 4.995)), strict=True):
        ((left, bottom), (right, top)) = mark.get_paths()[0].get_extents().get_points()
        assert (left, right) == (pytest.approx(span[0]), pytest.approx(span[1]))
        low, high = paper.images[lead].get_extent()[2:]
        assert (top == pytest.approx(high)) == (lead == 2)
        assert (bottom == pytest.approx(low)) == (lead == 3)


def test_an_attribution_of_zeros_has_no_numbers() -> None:
    zero = np.zeros((12, 1000), dtype=np.float32)
    figure = draw(panel(zero))
    assert not [text for text in texts(figure.axes[1]) if text[0].isdigit()]
