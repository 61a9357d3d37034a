"""Sheets for Markdown and LaTeX hold what the leaderboard holds, protocol by protocol."""

from __future__ import annotations

import pytest

from tests.report.leaderboards import CARDS, NAN, Facts, board, row
from xai_bench.errors import UnknownNameError
from xai_bench.report.leaderboard.sheets import Sheet, sheets


def _of(*rows: dict[str, object], **options: str) -> list[Sheet]:
    return list(sheets(board(*rows), CARDS, **options))


def test_rows_of_different_protocols_and_datasets_never_share_a_sheet() -> None:
    found = _of(
        row("a", "mass", 0.8, 0.7, 0.9),
        row("b", "mass", 0.2, 0.1, 0.3),
        row("b", "mass", 0.3, 0.2, 0.4, protocol="9f9f"),
        row("a", "mass", 0.1, 0.0, 0.2, dataset="ptb-xl"),
    )
    said = [
        (
            sheet.dataset,
            sheet.protocol,
            [(line.method, e.estimate.mean) for line in sheet.lines if (e := line.entries[0])],
        )
        for sheet in found
    ]
    assert said == [
        ("synthetic", "0a1b", [("a", 0.8), ("b", 0.2)]),
        ("synthetic", "9f9f", [("b", 0.3)]),
        ("ptb-xl", "0a1b", [("a", 0.1)]),
    ]
    first, *others = ([e.standing for line in s.lines if (e := line.entries[0])] for s in found)
    assert first == ["best", None]
    assert others == [[None], [None]], "who is alone leads nobody"


def test_a_sheet_has_at_most_five_metrics_and_the_lines_that_have_one_of_them() -> None:
    cards = {f"m{number}": Facts("complexity", f"m {number}") for number in range(7)}
    rows = [row("a", name, 0.5) for name in cards] + [row("b", "m6", 0.5, n=14)]
    found = list(sheets(board(*rows), cards))
    assert [[heading.label for heading in sheet.headings] for sheet in found] == [
        ["m 0", "m 1", "m 2", "m 3", "m 4"],
        ["m 5", "m 6"],
    ]
    assert [[line.method for line in sheet.lines] for sheet in found] == [["a"], ["a", "b"]]
    assert found[1].lines[1].entries[0] is None
    assert [sheet.recordings for sheet in found] == ["16", "14 to 16"]


def test_headings_know_direction_unit_and_flag() -> None:
    (sheet,) = _of(row("a", "size", 0.5, flags="sign"))
    (heading,) = sheet.headings
    assert (heading.label, heading.arrow, heading.flagged) == ("size (nat)", "", True)
    (sheet,) = _of(row("a", "sensitivity", 0.5))
    (heading,) = sheet.headings
    assert (heading.label, heading.arrow, heading.flagged) == ("max sensitivity", "↓", False)


def test_controls_and_unreliable_models_say_so_and_come_last() -> None:
    (sheet,) = _of(
        row("a", "mass", 0.9, 0.8, 1.0, model="bad", quality="unreliable"),
        row("oracle", "mass", 1.0, 1.0, 1.0),
        row("a", "mass", 0.5, 0.4, 0.6),
    )
    assert [(x.model, x.method, x.is_control, x.unreliable) for x in sheet.lines] == [
        ("imn", "a", False, False),
        ("imn", "oracle", True, False),
        ("bad", "a", False, True),
    ]


def test_sorting_is_by_the_metric_best_first() -> None:
    rows = [row("a", "sensitivity", 0.5), row("b", "sensitivity", 0.1), row("a", "mass", 0.9)]
    for sheet in _of(*rows, sort="sensitivity"):
        assert [line.method for line in sheet.lines] in (["b", "a"], ["a"])
    with pytest.raises(UnknownNameError, match="no metric 'sensitivit'"):
        _of(*rows, sort="sensitivit")


def test_what_was_not_scored_is_in_no_sheet() -> None:
    assert (
        _of(row("a", "", status="skipped", reason="no W"), row("a", "mass", NAN, status="failed"))
        == []
    )
