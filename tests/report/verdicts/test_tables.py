"""What a person reads of verdicts."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from tests.report.leaderboards import CARDS
from tests.results.made_cells import cell
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.report.terminal import terminal_table
from xai_bench.report.verdicts.tables import detectable_difference, verdict_tables
from xai_bench.results import Cell
from xai_bench.results.verdicts import differences

BASE = np.random.default_rng(0).normal(size=16)
NOISE = np.random.default_rng(1).normal(size=16)


def _cells(n: int = 16) -> list[Cell]:
    scores = {"worse": BASE, "better": BASE + 5.5, "alike": BASE + 5.5 + 0.1 * NOISE}
    return [
        cell(name, [float(x) for x in values[:n]], metric="mass") for name, values in scores.items()
    ]


def _rendered(cells: list[Cell], width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    for table in verdict_tables(cells, "mass", CARDS):
        console.print(terminal_table(table))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_ranks_and_differences_of_a_model() -> None:
    text = _rendered(_cells())
    lines = [line.split() for line in text.splitlines()]
    caption = " ".join(text.split())
    assert "synthetic · imn · relevance mass↑ · ranks" in caption
    assert ["worse", "3.00", "3.00", "–", "3.00", "0.00"] in lines
    assert ["worse", "5.50", "5.50", "–", "5.50", "<", "0.001", "1.00", "0"] in lines
    alike = {"alike", "better"}
    (pair,) = [line for line in lines if len(line) == 8 and line[0] in alike]
    assert float(pair[5]) > 0.05
    (first,) = alike - {pair[0]}
    assert [first] in lines[: lines.index(pair)]
    assert "bold, told apart: p below 0.05, and an interval without 0: 2 of 3" in caption
    assert "of the same n = 16 recordings" in caption
    assert "Friedman's test: chi²" in caption
    assert "protocol v1-a" in caption


def test_with_few_patients_only_what_is_known_is_said() -> None:
    text = _rendered(_cells(4))
    assert "nan" not in text
    assert "needs three methods and five patients" in " ".join(text.split())
    assert detectable_difference(_cells(4), "mass", "mass") == ""


def test_pairs_that_differ_are_bold() -> None:
    console = Console(file=io.StringIO(), width=100, color_system="standard", force_terminal=True)
    _, pairs = verdict_tables(_cells(), "mass", CARDS)
    bold = [
        s.text.strip() for s in console.render(terminal_table(pairs)) if s.style and s.style.bold
    ]
    assert "5.50" in bold
    assert bold.count("< 0.001") == 2
    strong = {(row.group, row.cells[0].text) for row in pairs.rows if row.cells[0].strong}
    assert strong == {("better", "worse"), ("alike", "worse")}
    assert all(cell.strong == row.cells[0].strong for row in pairs.rows for cell in row.cells)


def test_names_are_whole_in_eighty_columns() -> None:
    names = ["input-x-gradient", "guided-backprop", "relative-propagation"]
    cells = [
        cell(name, [float(x) for x in BASE * (1 + place) / 3], metric="mass")
        for place, name in enumerate(names)
    ]
    text = _rendered(cells, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    # Ranks, and first or second of each of three pairs (one is first of two of them).
    assert sum(text.count(name) for name in names) == 3 + 3 + 2


def test_what_cannot_be_tested_is_said() -> None:
    with pytest.raises(UnknownNameError, match=r"no metric 'mas'\. Did you mean 'mass'"):
        verdict_tables(_cells(), "mas", CARDS)
    with pytest.raises(InputError, match="no two methods to compare in mass"):
        verdict_tables(_cells()[:1], "mass", CARDS)


def test_what_goes_unseen_is_the_range_of_the_least_differences() -> None:
    line = detectable_difference(_cells(), "mass", "relevance mass")
    assert line.startswith("n = 16: relevance mass tells two methods apart, with a nominal power")
    pairs = differences(_cells(), "mass")
    assert f"to {pairs['least'].max():.2g}, depending" in line
    # A t-test of one pair finds 0.749 sd of 16 (G*Power); the verdict is on three pairs.
    assert pairs["least"].max() > 1.1 * 0.749 * 0.1 * NOISE.std(ddof=1)
    few = detectable_difference(_cells(6), "mass", "relevance mass")
    assert few.startswith("n = 6: too few patients to tell any two of so many methods apart in rel")
    assert detectable_difference(_cells()[:1], "mass", "mass") == ""
