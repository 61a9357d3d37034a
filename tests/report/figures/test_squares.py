"""Squares: a colour and a number a value, and a black corner on the other side of the middle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from xai_bench.report.figures.squares import draw_squares, name_squares
from xai_bench.report.figures.style import GREY, HIGH, INK, LOW, MIDDLE


def _alike(square: Rectangle, colour: str) -> bool:
    """But for a step of the scale."""
    return bool(np.allclose(square.get_facecolor()[:3], to_rgb(colour), atol=0.005))


VALUES = np.array([[1.0, 0.0], [-1.0, math.nan]])


def test_ends_and_middle_have_the_colours_of_the_scale() -> None:
    axes = Figure().subplots()
    draw_squares(axes, VALUES)
    squares = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    for square, colour in zip(squares, (HIGH, MIDDLE, LOW), strict=True):
        assert _alike(square, colour)
    assert [text.get_text() for text in axes.texts] == ["1.00", "0.00", "-1.00", "–"]
    assert [text.get_color() for text in axes.texts] == ["white", INK, "white", GREY]
    (corner,) = (patch for patch in axes.patches if isinstance(patch, Polygon))
    assert corner.get_xy()[:, 1].min() > 0.5, "in the row of the value below the middle"


def test_other_ends_texts_and_weights() -> None:
    axes = Figure().subplots()
    draw_squares(
        axes, np.array([[0.5, 1.0]]), ends=(0, 1), text=lambda row, column: f"{row}{column}",
        bold=lambda row, column: column == 1,
    )  # fmt: skip
    first, second = (patch for patch in axes.patches if isinstance(patch, Rectangle))
    assert _alike(first, MIDDLE)
    assert _alike(second, HIGH)
    assert [(text.get_text(), text.get_fontweight()) for text in axes.texts] == [
        ("00", "normal"), ("01", "bold"),
    ]  # fmt: skip


@pytest.mark.parametrize("rotation", [0, 40, 90])
def test_names_stand_at_their_rows_and_columns(rotation: float) -> None:
    axes = Figure().subplots()
    draw_squares(axes, VALUES)
    name_squares(axes, ["a", "b"], ["c", "d"], points=6, rotation=rotation)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["c", "d"]
