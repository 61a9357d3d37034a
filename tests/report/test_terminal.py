"""Tables in a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from rich.console import Console

from tests.report.table_of_everything import EVERYTHING
from xai_bench.report.table import Column, Table, text_table
from xai_bench.report.terminal import terminal_table


def _shown(table: Table, *, styled: bool = False) -> str:
    colours: Literal["standard"] | None = "standard" if styled else None
    console = Console(width=100, color_system=colours, force_terminal=styled)
    with console.capture() as captured:
        console.print(terminal_table(table))
    return captured.get()


def test_groups_standings_small_numbers_and_facts() -> None:
    lines = [line.strip() for line in _shown(EVERYTHING).splitlines()]
    body = "\n".join(line for line in lines if not line.startswith("─") and line.strip())
    for expected in (
        "synthetic · localisation",
        "model / method",
        "mass↑†",
        "imn",
        "0.700 – 0.900",
        "skill 0.50",
        "12.0 ms=",
        "random",
        "-0.25",
        "bad\nunreliable",
        "n = 16 · protocol 0a_1b",
    ):
        assert expected in body
    rules = [place for place, line in enumerate(lines) if line.startswith("─")]
    assert len(rules) == 5  # above, below the headings, before controls, between models, below


def test_the_best_is_bold_and_a_control_dim() -> None:
    text = _shown(EVERYTHING, styled=True)
    assert re.search(r"\x1b\[1m *0\.800\x1b", text)
    assert re.search(r"\x1b\[2m *0\.700 – 0\.900\x1b", text)
    assert re.search(r"\x1b\[2m +random", text)


def test_an_interval_may_stand_beside_its_number() -> None:
    assert "0.800 0.700 – 0.900 skill 0.50" in _shown(replace(EVERYTHING, stacked=False))


def test_names_are_not_broken() -> None:
    columns = [Column(heading="name", kind="name"), Column(heading="summary", kind="words")]
    shown = _shown(text_table("", columns, [["a-long-name-of-a-method" * 3, "words " * 30]]))
    assert "a-long-name-of-a-method" * 3 in shown
    assert shown.count("words") == 30
