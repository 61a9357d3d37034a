"""Pictures of studies: as wide as the page of a journal, in few colours, a message above."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from xai_bench import storage
from xai_bench.report.figures.style import GREY, INK
from xai_bench.report.figures.write_figure import write_figure

__all__ = ["HEADING", "LETTERS", "MARGIN", "PAGE", "SMALL", "SMALLEST", "blank_page"]
__all__ += ["least_points", "save_picture", "wrapped"]

PAGE = 7.2
"""Inches: 183 mm, two columns of a journal. One column, 89 mm, is half of it."""
HEADING, LETTERS, SMALL, SMALLEST = 9.0, 7.5, 6.5, 6.0
"""Points, at the width of a page: the message; names and axes; notes; the least that is read."""
MARGIN = 0.08
"""Inches around the words of a page."""

_DPI = 170
_COLOURS = 256
"""Of the palette of a file: a third of the size."""
_WIDE, _WIDE_BOLD = 0.57, 0.62
"""Of a letter on average, in its size."""
_LINE = 1.32
"""From line to line, in the size of letters."""


def blank_page(
    message: str, note: str, inner: float, *, width: float = PAGE
) -> tuple[Figure, float]:
    """A figure with a message above and a note below, and how far `inner` begins above its foot.

    message, note: broken over as many lines as they need; "" takes no room. inner: inches between
    the two. width: inches.
    """
    room = width - 2 * MARGIN
    message = wrapped(message, HEADING, room, bold=True)
    note = wrapped(note, SMALL, room)
    above, below = _height(message, HEADING), _height(note, SMALL)
    height = above + inner + below
    figure = Figure(figsize=(width, height), facecolor="white")
    if message:
        figure.text(
            MARGIN / width, 1 - MARGIN / height, message, size=HEADING, weight="bold", color=INK,
            va="top", linespacing=_LINE,
        )  # fmt: skip
    if note:
        figure.text(
            MARGIN / width, MARGIN / height, note, size=SMALL, color=GREY, va="bottom",
            linespacing=_LINE,
        )  # fmt: skip
    return figure, below


def wrapped(text: str, size: float, inches: float, *, bold: bool = False) -> str:
    """Text in lines of so many inches at most, by the mean width of its letters."""
    letters = int(inches * 72 / (size * (_WIDE_BOLD if bold else _WIDE)))
    lines = (textwrap.wrap(line, letters, break_on_hyphens=False) for line in text.split("\n"))
    return "\n".join("\n".join(line) for line in lines)


def save_picture(figure: Figure, path: Path) -> None:
    """Write a PNG. Raises OutputError."""
    content = io.BytesIO()
    write_figure(figure, content, format="png", dpi=_DPI)
    with Image.open(content) as image:
        few = image.convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1)
    smaller = io.BytesIO()
    few.save(smaller, format="png", optimize=True)
    storage.write_file(path, smaller.getvalue())


def least_points(figure: Figure) -> float:
    """The size of the smallest letters of a figure that is printed as wide as a page."""
    shrunk = min(1.0, PAGE / float(figure.get_size_inches()[0]))
    sizes = []
    for words in figure.findobj(Text):
        assert isinstance(words, Text)
        if words.get_text().strip() and words.get_visible():
            sizes.append(float(words.get_fontsize()))
    return shrunk * min(sizes, default=float("inf"))


def _height(text: str, size: float) -> float:
    lines = text.count("\n") + 1 if text else 0
    return lines * size * _LINE / 72 + (2 * MARGIN if lines else 0)
