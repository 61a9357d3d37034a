"""Order and standing of methods, beyond what the tables show of them."""

from __future__ import annotations

from tests.report.leaderboards import board, row
from xai_bench.report.leaderboard.order import order_of, standings, unreliable_models


def test_first_alone_is_best_and_first_together_is_tied() -> None:
    table = board(
        row("a", "mass", 0.8, 0.7, 0.9),
        row("b", "mass", 0.75, 0.6, 0.85),
        row("c", "mass", 0.2, 0.1, 0.3),
        row("oracle", "mass", 0.99, 0.98, 1.0),
        row("a", "rank", 0.8, 0.7, 0.9),
        row("c", "rank", 0.2, 0.1, 0.3),
    )
    assert standings(table) == {
        ("imn", "a", "mass"): "tied",
        ("imn", "b", "mass"): "tied",
        ("imn", "a", "rank"): "best",
    }


def test_where_nobody_is_behind_nobody_is_marked() -> None:
    alike = board(row("a", "mass", 0.8, 0.7, 0.9), row("b", "mass", 0.75, 0.6, 0.85))
    assert standings(alike) == {}
    assert standings(board(row("a", "mass", 0.8, 0.7, 0.9))) == {}


def test_controls_come_after_methods_in_their_own_order_and_unreliable_models_last() -> None:
    table = board(
        row("random", "mass", 0.1, model="bad", quality="unreliable", auroc=0.5),
        row("z", "mass", 0.3),
        row("random", "mass", 0.1),
        row("a@flipped", "mass", 0.2),
        row("a", "mass", 0.2),
        row("a@twin", "mass", 0.2),
        row("oracle", "mass", 0.9),
    )
    assert order_of(table, None, {}) == [
        ("imn", ["z", "a", "a@twin"], ["a@flipped", "oracle", "random"]),
        ("bad", [], ["random"]),
    ]
    assert unreliable_models(table) == {"bad": "0.50 [0.40, 0.60]"}
