"""What a picture of matplotlib has in it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xai_bench.report.figures.study_picture import PAGE, SMALLEST, least_points

__all__ = ["check_printable", "dots", "points"]


def check_printable(figure: Figure, *, width: float = PAGE) -> None:
    """As wide as a page of a journal, no letters that nobody reads there, and nothing cut off."""
    assert figure.get_size_inches()[0] == width
    assert least_points(figure) >= SMALLEST
    figure.draw_without_rendering()
    right, top = figure.bbox.size
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    boxes += [text.get_window_extent() for text in figure.texts if text.get_text()]
    for box in boxes:
        assert box is not None
        assert box.x0 > -2, box
        assert box.y0 > -2, box
        assert box.x1 < right + 2, box
        assert box.y1 < top + 2, box


def points(line: Line2D) -> Float[np.ndarray, "point 2"]:
    """x and y of each point of a line."""
    return np.stack([np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)], 1)


def dots(axes: Axes) -> dict[tuple[float, float], Line2D]:
    """The round marks, by where they are."""
    return {
        (float(points(line)[0, 0]), float(points(line)[0, 1])): line
        for line in axes.lines
        if line.get_marker() == "o"
    }
