"""The page of the study of baselines says what its table has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.studies.baselines.linear_study import linear_study
from xai_bench.report.baselines.findings import baseline_findings
from xai_bench.report.baselines.page import read_baselines, render, write_baselines
from xai_bench.report.baselines.tables import baseline_tables
from xai_bench.report.stability.wording import of_row
from xai_bench.results.study_tables import select
from xai_bench.types import BASELINES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("baselines")
    write_baselines(linear_study(), out, command="xai-bench baselines --n 12")
    return out


def test_the_folder_is_read_as_it_was_written(folder: Path) -> None:
    names = {"README.md", "baselines.csv", "baselines.json", "baselines.png", "pairs.csv"}
    assert {path.name for path in folder.iterdir()} == names
    text = (folder / "README.md").read_text()
    assert text == render(read_baselines(folder))
    assert "Made by `xai-bench baselines --n 12`." in text
    assert all(f"- {name}: " in text for name in BASELINES)


def test_sentences_have_the_numbers_of_the_table(folder: Path) -> None:
    result = read_baselines(folder).result
    found = baseline_findings(result)
    (row,) = (r for _, r in select(result.table, measure="map", second="white-noise").iterrows())
    (maps,) = (line for line in found if "Spearman" in line)
    assert f"white-noise {of_row(row)} (n = {row['n']})" in maps
    (gains,) = (line for line in found if "from another baseline against" in line)
    assert "where the metric has that baseline, better in more than half of the recordings" in gains
    assert "for 3 of 4 pairs" in gains
    assert "where the metric has zero, better in more than half of the recordings for 0 of 4" in (
        gains
    )
    orders = [line for line in found if line.startswith("Orders with")]
    assert [line.split()[2] for line in orders] == list(BASELINES[1:])
    for line, baseline in zip(orders, BASELINES[1:], strict=True):
        rows = select(result.table, measure="order", first="zero", second=baseline)
        assert f"mean {rows['value'].mean():.2f}, over {rows['value'].notna().sum()} pairs" in line


def test_tables_have_all_baselines(folder: Path) -> None:
    tables = {table.title: table for table in baseline_tables(read_baselines(folder).result)}
    assert len(tables) == 6
    orders = tables["Kendall's τ of the orders of methods with zero and with another baseline"]
    assert [column.heading for column in orders.columns] == ["metric", *BASELINES[1:]]
    others = tables["Kendall's τ of the orders of methods with two other baselines"]
    assert len(others.columns) == 1 + 6
    assert all("3 methods, n = " in cell.note for cell in orders.rows[0].cells[1:])
