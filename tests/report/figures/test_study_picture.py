"""Pictures of studies: words that fit, few colours, sizes that are read in print."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tests.report.drawn import check_printable
from xai_bench.errors import OutputError
from xai_bench.report.figures.study_picture import (
    PAGE,
    blank_page,
    least_points,
    save_picture,
    wrapped,
)

LONG = "one message with 12 words or so that says what a reader is to see " * 4


def test_words_stand_above_and_below_in_lines_that_fit() -> None:
    figure, base = blank_page(LONG, LONG, 1.0)
    check_printable(figure)
    above, below = figure.texts
    assert above.get_text().replace("\n", " ") == LONG.strip()
    top = figure.bbox.size[1] / figure.dpi
    inner = (base * figure.dpi, (base + 1.0) * figure.dpi)
    assert below.get_window_extent().y1 <= inner[0]
    assert above.get_window_extent().y0 >= inner[1]
    assert top > base + 1.0


def test_no_words_take_no_room() -> None:
    figure, base = blank_page("", "", 1.5)
    assert base == 0
    assert figure.get_size_inches().tolist() == [PAGE, 1.5]


def test_lines_given_are_kept() -> None:
    assert wrapped("a b\nc", 7, 1.0) == "a b\nc"
    assert wrapped("aaa bbb", 72, 2 * 0.57 * 3.9) == "aaa bbb"
    assert wrapped("aaa bbb", 72, 0.57 * 3.9) == "aaa\nbbb"


def test_what_is_wider_than_a_page_is_shrunk() -> None:
    figure = Figure(figsize=(2 * PAGE, 1))
    figure.text(0, 0, "", size=1)
    figure.text(0, 0, "a", size=9)
    assert least_points(figure) == pytest.approx(4.5)
    narrow = Figure(figsize=(PAGE / 2, 1))
    narrow.text(0, 0, "a", size=9)
    assert least_points(narrow) == 9


def test_a_file_has_a_palette_and_looks_alike(tmp_path: Path) -> None:
    figure = Figure(figsize=(2, 1), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.plot([0, 1], [0, 1], color="#0072B2", lw=20)
    save_picture(figure, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
        assert image.size == (340, 170)
        middle = np.asarray(image.convert("RGB"))[85, 170]
    assert np.abs(middle.astype(int) - [0x00, 0x72, 0xB2]).max() <= 4
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        save_picture(figure, tmp_path / "file" / "a.png")
