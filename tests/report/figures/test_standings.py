"""The leaderboard's picture shows the numbers of the leaderboard, the same whenever it is drawn."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from tests.report.drawn import dots, points
from tests.report.leaderboards import CARDS, board, row
from xai_bench.report.figures.standings import draw_standings, to_svg
from xai_bench.report.figures.style import CONTROL, METHOD

BOARD = board(
    row("ig", "mass", 0.81234567, 0.7, 0.9),
    row("shap", "mass", 0.75, 0.65, 0.85),
    row("gradcam", "mass", 0.2, 0.1, 0.3),
    row("oracle", "mass", 1.0, 1.0, 1.0),
    row("random", "mass", 0.1, 0.05, 0.15),
    row("ig", "sensitivity", 0.2, 0.1, 0.3, flags="sign"),
    row("shap", "sensitivity", 0.6, 0.5, 0.7, flags="sign"),
)


def _dots(axes: Axes) -> dict[int, tuple[float, str, bool]]:
    """By row: where the dot is, its colour, and whether it is filled."""
    return {
        int(y): (x, to_hex(str(dot.get_color())), dot.get_markerfacecolor() != "white")
        for (x, y), dot in dots(axes).items()
    }


def test_a_panel_for_each_metric_and_a_dot_for_each_method() -> None:
    figure = draw_standings(BOARD, CARDS, ["mass", "sensitivity", "rank"])
    mass, sensitivity, legend = figure.axes
    assert [axes.get_title(loc="left") for axes in (mass, sensitivity)] == [
        "relevance mass\N{NO-BREAK SPACE}↑",
        "max sensitivity\N{NO-BREAK SPACE}↓†",
    ]
    assert [label.get_text() for label in mass.get_yticklabels()] == [
        "ig", "shap", "gradcam", "oracle",
    ]  # fmt: skip
    assert _dots(mass) == {
        0: (0.8123, METHOD.lower(), True),
        1: (0.75, METHOD.lower(), True),
        2: (0.2, METHOD.lower(), False),
        3: (1.0, CONTROL.lower(), True),
    }
    assert _dots(sensitivity) == {
        0: (0.2, METHOD.lower(), True),
        1: (0.6, METHOD.lower(), False),
    }
    dashed = [points(line)[0, 0] for line in mass.lines if line.get_linestyle() == "--"]
    assert dashed == [0.1], "random is a line, and only where it was scored"
    assert not [line for line in sensitivity.lines if line.get_linestyle() == "--"]
    intervals = {tuple(points(line)[:, 0]) for line in mass.lines}
    assert {(0.7, 0.9), (0.65, 0.85), (0.1, 0.3)} <= intervals
    assert "random" in [text.get_text() for text in legend.texts]


def test_what_shares_the_lead_with_a_control_is_not_drawn_as_a_leader() -> None:
    table = board(
        row("ig", "mass", 0.8, 0.7, 0.9),
        row("shap", "mass", 0.75, 0.65, 0.85, not_better_than="slope"),
        row("slope", "mass", 0.7, 0.6, 0.8),
    )
    (mass, _) = draw_standings(table, CARDS, ["mass"]).axes
    filled = {place: dot[2] for place, dot in _dots(mass).items()}
    assert filled == {0: True, 1: False, 2: True}


def test_the_picture_is_the_same_every_time_and_tells_no_date() -> None:
    first, second = (to_svg(draw_standings(BOARD, CARDS, ["mass"])) for _ in range(2))
    assert first == second
    assert ElementTree.fromstring(first).tag.endswith("svg")
    assert not re.search(r"20\d\d-\d\d-\d\d|dc:date|[ \t]\n", first)
    moved = BOARD.assign(mean=BOARD["mean"] + 0.01)
    assert to_svg(draw_standings(moved, CARDS, ["mass"])) != first


def test_the_last_digits_of_another_machine_draw_the_same() -> None:
    columns = ["mean", "ci_low", "ci_high"]
    near = BOARD.assign(**{name: BOARD[name] * (1 + 1e-12) for name in columns})
    drawn = (to_svg(draw_standings(table, CARDS, ["mass"])) for table in (BOARD, near))
    assert len(set(drawn)) == 1


@pytest.mark.parametrize("count", [3, 4])
def test_the_legend_takes_the_place_of_a_panel(count: int) -> None:
    cards = {f"m{number}": CARDS["mass"] for number in range(count)}
    table = board(*(row("a", name, 0.5, 0.4, 0.6) for name in cards))
    figure = draw_standings(table, cards, list(cards))
    assert len(figure.axes) == count + 1
    rows = {round(axes.get_position().y0, 6) for axes in figure.axes}
    assert len(rows) == (1 if count == 3 else 2)
