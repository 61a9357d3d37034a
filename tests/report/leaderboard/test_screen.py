"""One screen: which metrics stand there, in which order, and that nothing is wider or longer."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console

from tests.report.leaderboards import Facts, board, row
from xai_bench.errors import UnknownNameError
from xai_bench.report.leaderboard.screen import Screen, headline_columns, screen_tables
from xai_bench.report.table import Table
from xai_bench.report.terminal import terminal_table

CARDS = {
    "sensitivity_n": Facts("faithfulness", "sensitivity-n"),
    "pixel_flipping": Facts("faithfulness", "pixel flipping", better="lower", unit="log-odds"),
    "road": Facts("faithfulness", "ROAD"),
    "local_lipschitz": Facts("stability", "local Lipschitz", better="lower"),
    "clutter": Facts("complexity", "clutter", better="lower"),
    "complexity": Facts("complexity", "complexity", better="lower"),
    "relevance_mass": Facts("localisation", "relevance mass"),
    "seconds_p50": Facts("runtime", "seconds (median)", better="lower", unit="s"),
}
FLAGS = {"local_lipschitz": "blurred", "clutter": "sign", "complexity": "sign"}
METHODS = {"ig": 0.8, "native": 0.5, "ig@flipped": 0.1, "random": 0.0}
LARGE = Screen(200, 60)


def full(model: str = "imn", methods: dict[str, float] = METHODS) -> list[dict[str, object]]:
    return [
        row(
            method, metric, mean, mean - 0.05, mean + 0.05, model=model, flags=FLAGS.get(metric, "")
        )
        for method, mean in methods.items()
        for metric in CARDS
    ]


def headings(table: Table) -> list[str]:
    return [column.heading for column in table.columns]


def lines(table: Table, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(terminal_table(table))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_unflagged_headline_metrics_stand_first_then_flagged_ones_then_costs_and_the_rest() -> None:
    assert headline_columns(board(*full()), CARDS) == (
        [
            *("sensitivity_n", "pixel_flipping", "relevance_mass"),
            *("local_lipschitz", "seconds_p50", "clutter"),
        ],
        5,
    )


def test_without_a_headline_metric_a_property_is_its_least_doubtful_metric() -> None:
    rows = [row("ig", name, 0.5, flags=FLAGS.get(name, "")) for name in ("road", "complexity")]
    rows.append(row("ig", "clutter", 0.5, flags="sign"))
    assert headline_columns(board(*rows), CARDS) == (["road", "clutter"], 2)


@pytest.mark.parametrize("metric", ["road", "seconds_p50", "clutter"])
def test_the_metric_to_sort_by_comes_first(metric: str) -> None:
    (table,) = screen_tables(board(*full()), CARDS, LARGE, sort=metric)
    assert headings(table)[1].startswith(CARDS[metric].label.split(" (")[0])
    best_first = ["ig", "native"] if CARDS[metric].better == "higher" else ["native", "ig"]
    assert [one.cells[0].text for one in table.rows] == [*best_first, "random"]


def test_an_unknown_metric_to_sort_by_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'road'\? Available: clutter, comp"):
        screen_tables(board(*full()), CARDS, LARGE, sort="raod")


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
def test_no_line_is_wider_than_the_screen_and_no_number_is_cut(width: int) -> None:
    tables = screen_tables(board(*full("a"), *full("b")), CARDS, Screen(width, 24))
    for table in tables:
        text = lines(table, width)
        assert max(map(len, text)) <= width
        assert "…" not in "".join(text)
        assert sum("0.800" in line for line in text) == len({one.group for one in table.rows})


def test_models_that_do_not_fit_one_screen_have_one_each() -> None:
    table = board(*full("a"), *full("b"))
    assert [one.title for one in screen_tables(table, CARDS, Screen(200, 60))] == ["synthetic"]
    titles = [one.title for one in screen_tables(table, CARDS, Screen(100, 18))]
    assert titles == ["synthetic · a", "synthetic · b"]


def test_intervals_stand_beside_or_below_or_are_folded_as_there_is_room() -> None:
    table = board(*full())
    wide, low, narrow = (
        screen_tables(table, CARDS, Screen(*size))[0] for size in ((200, 60), (110, 60), (110, 14))
    )
    assert [(one.stacked, bool(one.rows[0].cells[1].interval)) for one in (wide, low, narrow)] == [
        (False, True),
        (True, True),
        (False, False),
    ]
    assert "95 % intervals" in narrow.caption[-1]
    assert "95 % intervals" not in low.caption[-1]


def test_the_last_line_says_what_is_folded_and_how_to_see_it() -> None:
    (table,) = screen_tables(board(*full()), CARDS, LARGE)
    assert table.caption[-1] == (
        "folded: 2 more metrics (1 faithfulness, 1 complexity), 1 control made of a method: "
        "xai-bench show --metrics all, FAMILY or NAMES"
    )


def test_who_is_alone_first_has_a_star_that_a_file_keeps() -> None:
    (table,) = screen_tables(board(*full()), CARDS, LARGE)
    (line,) = (line for line in lines(table, 200) if line.startswith(" ig "))
    assert "0.800*" in line
    assert "*: alone first" in table.caption


def test_skipped_pairs_are_listed_and_unreliable_models_say_so() -> None:
    rows = [
        row("ig", "road", 0.5, model="bad", quality="unreliable", auroc=0.5),
        row("native", "", status="skipped", reason="no weights", model="bad"),
    ]
    table, skipped = screen_tables(board(*rows), CARDS, LARGE)
    assert table.title == "synthetic · bad (unreliable)"
    assert "bad is unreliable and not ranked: AUROC 0.50 [0.40, 0.60]" in table.caption
    assert [cell.text for cell in skipped.rows[0].cells] == [
        "synthetic · bad × native",
        "skipped",
        "no weights",
    ]


def test_data_sets_and_protocols_never_share_a_table() -> None:
    rows = [row("ig", "road", 0.5), row("ig", "road", 0.4, protocol="9f9f")]
    titles = [one.title for one in screen_tables(board(*rows), CARDS, LARGE)]
    assert titles == ["synthetic · 0a1b · imn", "synthetic · 9f9f · imn"]


def test_an_empty_leaderboard_has_no_tables() -> None:
    empty: pd.DataFrame = board(row("ig", "road", 0.5)).iloc[:0]
    assert screen_tables(empty, CARDS, LARGE) == []
