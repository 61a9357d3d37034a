"""Lines are broken where a drawn one would be too wide."""

from __future__ import annotations

from itertools import pairwise

import pytest
from matplotlib.figure import Figure

from xai_bench.report.figures.page_text import broken_lines, text_width


def drawn_width(text: str, size: float, weight: str) -> float:
    figure = Figure(figsize=(20, 2), dpi=254)
    extent = figure.text(0, 0.5, text, size=size, weight=weight, parse_math=False)
    return float(extent.get_window_extent().width) / 10


@pytest.mark.parametrize(("size", "weight"), [(9, "normal"), (14, "bold")])
def test_a_width_is_that_of_the_drawn_text(size: float, weight: str) -> None:
    text = "target MI, P = 0.87 · $a$ and $b$"
    assert text_width(text, size, weight) == pytest.approx(
        drawn_width(text, size, weight), rel=0.03
    )


def test_lines_are_as_long_as_they_may_be() -> None:
    text = "one two three four five six seven eight nine ten"
    lines = broken_lines([text, "alone"], 30.0, 9)
    assert " ".join(lines) == f"{text} alone"
    assert lines[-1] == "alone"
    for line, following in pairwise(lines[:-1]):
        assert text_width(line, 9) <= 30
        assert text_width(f"{line} {following.split(' ')[0]}", 9) > 30


def test_a_word_that_is_too_long_stays_and_strange_letters_do_no_harm() -> None:
    assert broken_lines(["a" * 100, "一二 \u0000三"], 20.0, 9) == ["a" * 100, "一二 \u0000三"]
