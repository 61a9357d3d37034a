"""Names in a figure are no formulas."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from xai_bench.report.figures.write_figure import write_figure


def _with_everywhere(name: str) -> Figure:
    figure = Figure(figsize=(3, 2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([1, 1000], [1, 2], label=name)
    axes.set_xscale("log")
    axes.set_yticks([1, 2], [name, name])
    axes.set_title(name)
    figure.suptitle(name)
    axes.legend()
    return figure


@pytest.mark.parametrize("name", ["$x_{$", "$$", r"\frac{", "a $b$ c", "心\x1b[2J"])
def test_any_name_can_be_drawn_and_saved(name: str) -> None:
    figure = _with_everywhere(name)
    (axes,) = figure.axes
    content = io.BytesIO()
    write_figure(figure, content, format="png", dpi=50)
    assert content.getvalue().startswith(b"\x89PNG")
    assert [words.get_text() for words in axes.get_yticklabels()] == [name, name]


@pytest.mark.parametrize("name", ["心\x1b[2J", "a\x00--<!&\u202e", "x\uffff\x0c-"])
def test_an_svg_is_well_formed_whatever_the_names_are(name: str) -> None:
    content, words = io.BytesIO(), io.StringIO()
    write_figure(_with_everywhere(name), content, format="svg")
    write_figure(_with_everywhere(name), words, format="svg")
    for svg in (content.getvalue().decode(), words.getvalue()):
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert not any(letter in svg for letter in "\x1b\x00\u202e")


def test_powers_of_ten_are_still_raised() -> None:
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_xlim(1, 1000)
    write_figure(figure, io.BytesIO(), format="png", dpi=50)
    powers = [words for words in axes.get_xticklabels() if words.get_text()]
    assert powers
    assert all(words.get_parse_math() for words in powers)
