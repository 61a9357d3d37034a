"""Tables of a comparison say what its numbers say."""

from __future__ import annotations

import pandas as pd

from tests.report.realism.test_findings import TABLE, row
from xai_bench.report.realism.tables import (
    difference_table,
    lead_table,
    model_table,
    two_sample_table,
    whole_table,
)
from xai_bench.report.table import Table


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in table.rows]


def test_differences_come_worst_first() -> None:
    assert _texts(difference_table(TABLE)) == [
        ["R V2", "0.2 mV", "2 mV", "98", "0.90"],
        ["QT", "0 ms", "2 ms", "50", "0.50"],
    ]


def test_features_of_the_whole_recording_have_quantiles() -> None:
    table = pd.DataFrame([row("QT", "", "ms", 0.5, 0.01, 50.0), *TABLE.to_dict("records")[1:]])
    assert _texts(whole_table(table)) == [["QT", "ms", "0 [0, 0]", "2 [1, 3]", "50", "0.50"]]


def test_leads_stand_beside_each_other_and_those_that_differ_are_strong() -> None:
    first, second = lead_table(TABLE).rows
    assert [cell.text for cell in first.cells[:2]] == ["R, mV", "–"]
    in_v1_to_v4 = first.cells[7:11]
    assert [cell.text for cell in in_v1_to_v4] == ["0.2 / 2", "0.2 / 2", "0.2 / 2", "–"]
    assert [cell.strong for cell in in_v1_to_v4] == [True, True, False, False]
    assert second.cells[0].text == "S, mV"


def test_areas_have_intervals() -> None:
    test = pd.DataFrame(
        [{"group": "shape", "classifier": "forest", "features": 9}
        | {"auroc": 0.75, "ci_low": 0.5, "ci_high": 1.0}]
    )  # fmt: skip
    (line,) = two_sample_table(test).rows
    assert [cell.text for cell in line.cells] == ["shape", "forest", "9", "0.75"]
    assert line.cells[-1].interval == "0.50 – 1.00"


def test_models_are_summarised() -> None:
    scores = pd.DataFrame({"model": ["a"] * 2, "folder": ["x"] * 2, "percentile": [95.0, 45.0]})
    assert _texts(model_table(scores)) == [["a", "x", "2", "70", "50%"]]
