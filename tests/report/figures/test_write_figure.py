"""Names in a figure are no formulas."""

from __future__ import annotations

import io

import pytest
from matplotlib.figure import Figure

from xai_bench.report.figures.write_figure import write_figure


@pytest.mark.parametrize("name", ["$x_{$", "$$", r"\frac{", "a $b$ c", "心\x1b[2J"])
def test_any_name_can_be_drawn_and_saved(name: str) -> None:
    figure = Figure(figsize=(3, 2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([1, 1000], [1, 2], label=name)
    axes.set_xscale("log")
    axes.set_yticks([1, 2], [name, name])
    axes.set_title(name)
    figure.suptitle(name)
    axes.legend()
    content = io.BytesIO()
    write_figure(figure, content, format="png", dpi=50)
    assert content.getvalue().startswith(b"\x89PNG")
    assert [words.get_text() for words in axes.get_yticklabels()] == [name, name]


def test_powers_of_ten_are_still_raised() -> None:
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_xlim(1, 1000)
    write_figure(figure, io.BytesIO(), format="png", dpi=50)
    powers = [words for words in axes.get_xticklabels() if words.get_text()]
    assert powers
    assert all(words.get_parse_math() for words in powers)
