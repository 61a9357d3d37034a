"""Tables, sentences and the section of scores by class and outcome."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from tests.report.groups.grouped_cells import grouped_cells, metric_facts
from tests.results.made_cells import cell
from xai_bench.report.groups.findings import group_findings
from xai_bench.report.groups.section import groups_section
from xai_bench.report.groups.tables import group_tables
from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import make_environment
from xai_bench.results.recording_groups import Grouping, grouped_scores
from xai_bench.zoo import Zoo

PLACE = ("synthetic", "v1-a", "imn")


def _material(turned: bool = True) -> Material:
    cells = tuple(grouped_cells(turned=turned))
    return Material(zoo=Zoo(), cells=cells, audits=(), stabilities=(), trust=None)


def test_the_means_of_each_group_and_the_differences_stand_in_a_row() -> None:
    cells = grouped_cells()
    ((place, (means, orders)),) = group_tables(
        grouped_scores(cells, "outcome"), metric_facts(cells)
    )
    assert place == PLACE
    assert [column.heading for column in means.columns] == [
        "method", "detected", "missed", "true negative", "detected − missed",
    ]  # fmt: skip
    rows = {row.cells[0].text: row for row in means.rows}
    assert list(rows) == ["a", "b", "c", "random"]
    assert rows["random"].control
    assert [(c.text, c.note) for c in rows["a"].cells[1:4]] == [
        ("3.00", "n 8"), ("1.00", "n 7"), ("1", "n 4"),
    ]  # fmt: skip
    assert rows["a"].cells[3].interval == "", "of four patients"
    assert [row.cells[-1].strong for row in means.rows] == [True, False, False, False]
    assert "after Holm over 4 tests" in means.caption[2]
    (order,) = orders.rows
    untested = replace(
        (found := grouped_scores(cells, "outcome")),
        differences=found.differences.assign(p=float("nan")),
    )
    ((_, (means, *_)),) = group_tables(untested, metric_facts(cells))
    assert not any("Holm" in line for line in means.caption), "after Holm over 0 tests"
    assert [one.text for one in order.cells][2:] == ["0.33", "3", "3", "a > b"]


@pytest.mark.parametrize(
    ("by", "turned", "expected"),
    [
        (
            "outcome",
            True,
            [
                "imn on synthetic by outcome (detected 8, missed 7, true negative 4 recordings at "
                "most): 1 of 3 scores of methods (metric by metric) differ between two groups: "
                "made-up score of a is 2 higher in detected than in missed (p = 0.0012 after "
                "Holm). So do 0 of 1 of the control random, which knows nothing of the class: "
                "what differs for it is the metric's or the net's doing.",
                "imn on synthetic by outcome: of 1 orders compared (Kendall's τ of the two orders "
                "0.33 to 0.33), 3 pairs of methods told apart in both groups, some change places: "
                "a > b in detected and the reverse in missed by made-up "
                "score.",
            ],
        ),
        (
            "class",
            False,
            [
                "imn on synthetic by class (MI 8, NORM 11 recordings at most): none of 3 scores of "
                "methods (metric by metric) is told apart between two groups, which is no proof "
                "that they are alike.",
                "imn on synthetic by class: of 1 orders compared (Kendall's τ of the two orders "
                "1.00 to 1.00), 3 pairs of methods told apart in both groups, none changes places.",
            ],
        ),
    ],
)
def test_sentences_are_made_of_the_tables(by: Grouping, turned: bool, expected: list[str]) -> None:
    cells = grouped_cells(turned=turned)
    assert group_findings(grouped_scores(cells, by), metric_facts(cells)) == {PLACE: expected}


def test_of_groups_of_few_patients_nothing_is_said_but_that() -> None:
    few = [cell("ig", [1.0] * 6, outcomes=["detected"] * 4 + ["missed"] * 2, explained=["MI"] * 6)]
    (sentence,) = group_findings(grouped_scores(few, "outcome"), metric_facts(few))[PLACE]
    assert sentence.endswith("no such two have five patients each, so that nothing is tested.")


def test_groups_that_are_not_compared_may_have_five_patients_each() -> None:
    outcomes = ["detected"] * 6 + ["missed"] * 2 + ["true negative"] * 6
    found = [cell("ig", [1.0] * 14, outcomes=outcomes, explained=["MI"] * 14)]
    (sentence,) = group_findings(grouped_scores(found, "outcome"), metric_facts(found))[PLACE]
    assert "(detected 6, missed 2, true negative 6 recordings at most)" in sentence
    assert "detected are compared with missed, and true negatives with false alarms" in sentence


def test_the_section_has_both_ways_of_grouping_and_their_tables() -> None:
    section = groups_section(_material())
    assert section is not None
    assert [one["by"] for one in section.context["blocks"]] == ["class", "outcome"]
    assert [one.name for one in section.context["tables"]] == [
        f"{name}_by_{by}.csv"
        for by in ("class", "outcome")
        for name in ("leaderboard", "differences", "orders")
    ]
    environment = make_environment(Bibliography(defaultdict(dict)))
    page = environment.get_template("groups.html").render(section.context, section=section)
    assert "1 of 3 scores of methods" in page
    assert "what the model made of the recording" in page


def test_cells_without_outcomes_have_no_section() -> None:
    before = Material(
        zoo=Zoo(), cells=(cell("ig", [1.0] * 6),), audits=(), stabilities=(), trust=None
    )
    assert groups_section(before) is None
