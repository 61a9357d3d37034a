"""The page of the study of baselines says what its table has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.studies.baselines.linear_study import linear_study
from xai_bench.report.baselines.findings import baseline_findings
from xai_bench.report.baselines.page import read_baselines, render, write_baselines
from xai_bench.report.baselines.tables import baseline_tables, order_table
from xai_bench.report.stability.wording import of_row
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.stats import holm
from xai_bench.studies.baselines.study import SCHEMA, Baselines
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
    study = read_baselines(folder)
    result = study.result
    found = baseline_findings(study)
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


def _pairs(p: list[float], n: int) -> pd.DataFrame:
    """Of two metrics, half each, with intervals that exclude zero and swap on the other side."""
    one: dict[str, Any] = {"first": "zero", "second": "twin", "model": "imn"}
    one |= {"method": "a", "other": "b"}
    one |= {"first_difference": 1.0, "first_ci_low": 0.5, "first_ci_high": 1.5, "first_n": n}
    one |= {"second_difference": -1.0, "second_ci_low": -1.5, "second_ci_high": -0.5}
    rows = []
    half = len(p) // 2
    for metric, of_metric in (("road", p[:half]), ("irof", p[half:])):
        for own, after in zip(of_metric, holm(np.array(of_metric)), strict=True):
            verdict = "swaps" if after < 0.05 else "not known"
            more = {"metric": metric, "first_p": own, "second_p": own, "second_n": n}
            rows.append(one | more | {"p_holm": after, "verdict": verdict})
    return pd.DataFrame(rows)


def _study(pairs: pd.DataFrame, n: int) -> Baselines:
    keys = {"measure": "order", "model": "imn", "first": "zero", "second": "twin", "n": n}
    orders = [
        keys
        | {"metric": metric, "value": 0.5, "ci_low": 0.1, "ci_high": 0.9, "methods": 3}
        | {"pairs": len(group), "pairs_hold": 0}
        | {"pairs_swap": int((group["verdict"] == "swaps").sum())}
        for metric, group in pairs.groupby("metric", sort=False)
    ]
    table = pd.DataFrame(orders).reindex(columns=list(SCHEMA.estimates))
    result = StudyResult(schema=SCHEMA, table=table, facts={"baselines": ["zero", "twin"]})
    return Baselines(result=result, pairs=pairs)


def test_swaps_are_counted_over_all_metrics_as_well_and_said_where_they_are() -> None:
    pairs = _pairs([0.015, 0.5, 0.5, 0.5, 0.5, 0.5], n=16)
    (line,) = baseline_findings(_study(pairs, n=16))
    assert "0 hold and 1 swap (1 by road on imn), after Holm over the pairs of a metric" in line
    assert "after Holm over all 6, 0 and 0." in line
    (sure,) = baseline_findings(_study(_pairs([0.001, *[0.5] * 5], n=16), n=16))
    assert "after Holm over all 6, 0 and 1." in sure


def test_nothing_is_said_of_pairs_where_so_few_recordings_can_tell_none_apart() -> None:
    study = _study(_pairs([0.5] * 20, n=8), n=8)
    (line,) = baseline_findings(study)
    assert line.endswith(
        "With 8 recordings no two methods can be told apart after Holm: whether any hold or swap "
        "is not asked."
    )
    assert "hold and" not in line
    assert "too few to tell any two apart" in order_table(study.result).rows[0].cells[-1].note
