"""Cells of numbers."""

from __future__ import annotations

import math

from xai_bench.report.scale import Scale
from xai_bench.report.table import Column, estimate_cell, text_table


def test_a_number_with_its_interval() -> None:
    cell = estimate_cell(0.8, 0.7, 0.9, digits=2, scale=Scale(low=0.0, high=1.0), mark=0.5)
    assert (cell.text, cell.interval, cell.value) == ("0.80", "0.70 – 0.90", 0.8)
    assert cell.bar is not None
    assert (cell.bar.mean, cell.bar.mark) == (80.0, 50.0)


def test_what_is_not_known_is_a_dash_with_its_reason() -> None:
    cell = estimate_cell(math.nan, reason="too few", digits=2, heat=math.nan)
    assert (cell.text, cell.interval, cell.value, cell.bar) == ("–", "", None, None)
    assert (cell.reason, cell.heat) == ("too few", None)


def test_a_table_of_text() -> None:
    table = text_table("t", [Column(heading="a", kind="name")], [["x"], ["y"]])
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["x"], ["y"]]
    assert not table.is_grouped
