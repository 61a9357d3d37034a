"""The audit in tables: every quantity, how to read it, and why something was not measured."""

import pytest

from tests.studies.native_audit.native_zoo import audit_of_two_and_five
from xai_bench.report.native_audit.shown import SHOWN
from xai_bench.report.native_audit.tables import method_table, question_table, summary_table
from xai_bench.report.table import Row
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS


@pytest.mark.parametrize("number", QUESTIONS)
def test_a_question_has_a_row_for_each_of_its_quantities(number: int) -> None:
    table = question_table(audit_of_two_and_five()[0].table, number)
    assert table.title == f"{number}. {QUESTIONS[number].title}"
    headings = [column.heading for column in table.columns]
    assert headings == ["quantity", "two", "five", "n", "how to read it"]
    for row, quantity in zip(table.rows, QUESTIONS[number].quantities(number), strict=True):
        first, *_, last = row.cells
        assert first.text.removesuffix(", median") == quantity.label
        assert first.text.endswith(", median") == (quantity.statistic == "p50")
        assert last.text == quantity.read


def test_what_is_not_available_has_its_reason(result: StudyResult) -> None:
    table = question_table(result.table, 2)
    (row,) = (row for row in table.rows if row.cells[0].text.endswith("contrast: rank correlation"))
    _, two, five, n, _ = row.cells
    assert two.value is not None
    assert (five.text, n.text) == ("n.a.", "6")
    assert five.reason == "every class has a column and a logit of its own"
    assert table.caption == ["n.a. of five: every class has a column and a logit of its own"]


def test_a_quantity_that_a_table_lacks_is_not_available(result: StudyResult) -> None:
    rest = result.table[result.table["quantity"] != "bias_share"]
    assert [cell.text for cell in question_table(rest, 1).rows[0].cells[1:4]] == [
        *("n.a.", "n.a.", "0"),
    ]


def test_methods_stand_beside_each_other(result: StudyResult) -> None:
    table = method_table(result.table)
    assert [row.group for row in table.rows[::2]] == [QUANTITIES[n].label for n in SHOWN.by_method]
    assert [row.cells[0].text for row in table.rows[:2]] == ["two", "five"]
    assert "n.a. of gradcam: gradcam needs a cam_layer in the model card" in table.caption
    assert not any(line.startswith("n.a. of native") for line in table.caption)


def test_the_summary_has_a_column_for_every_net(result: StudyResult) -> None:
    table = summary_table(result.table)
    assert [column.heading for column in table.columns] == ["quantity", "two", "five"]
    assert len(table.rows) == len(SHOWN.summary)
    assert table.rows[0].group == "1 Bias"
    assert table.caption[0].endswith("n = 6, fewer where it costs")

    def labels(rows: list[Row]) -> list[str]:
        return [row.cells[0].text for row in rows]

    assert labels(list(table.rows))[0] == QUANTITIES["net_bias_share"].label
