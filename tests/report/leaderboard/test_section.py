"""Boards: what leads, what is kept apart, and that both forms hold the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.report.conftest import RUNS
from xai_bench.report.html.material import Material, gather
from xai_bench.report.leaderboard.order import with_text
from xai_bench.report.leaderboard.section import leaderboard_section
from xai_bench.report.table import Table
from xai_bench.zoo import Zoo


def test_cells_say_what_the_leaderboard_says(few: Material) -> None:
    section = leaderboard_section(few)
    assert section is not None
    (board,) = section.context["boards"]
    scored = with_text(few.leaderboard[few.leaderboard["status"] == "ok"])
    table = scored.set_index(["method", "metric"])
    standings = set()
    count = 0
    for part in board["parts"]:
        assert len(part["metrics"]) <= 6
        for row in part["table"].rows:
            for metric, cell in zip(part["metrics"], row.cells[1:], strict=True):
                method = row.cells[0].text
                if (method, metric) not in table.index:
                    assert cell.text == "–"
                    continue
                count += 1
                known = table.loc[(method, metric)]
                if pd.notna(known["mean"]):
                    assert cell.value == known["mean"]
                of_metric = few.leaderboard[few.leaderboard["metric"] == metric]
                ranked = of_metric["rank"].dropna()
                first = (ranked == 1).sum()
                expected = None
                leads = pd.notna(known["rank"]) and known["rank"] == 1
                leads &= known["not_better_than"] in ("", "not asked")
                if leads and first < len(ranked):
                    expected = "best" if first == 1 else "tied"
                assert cell.standing == expected, (method, metric)
                assert not (row.control and cell.standing)
                standings.add(cell.standing)
    assert count == len(board["long"]) == len(scored)
    assert standings == {None, "best", "tied"}


def test_flagged_metrics_stand_last_and_the_core_first(few: Material) -> None:
    section = leaderboard_section(few)
    assert section is not None
    (board,) = section.context["boards"]
    of_family = [m for p in board["parts"] if p["family"] == "faithfulness" for m in p["metrics"]]
    flags = [few.metrics[name].flags != "" for name in of_family]
    assert flags == sorted(flags)
    assert 0 < sum(flags) < len(flags)
    assert set(of_family[:4]) == {
        "sensitivity_n", "sufficiency", "insertion_log_odds", "pixel_flipping",
    }  # fmt: skip


def tables_of(board: dict[str, Any]) -> list[Table]:
    return [part["table"] for part in board["parts"]]


@pytest.mark.slow
def test_rows_of_two_protocols_never_meet(tmp_path: Path) -> None:
    for place, protocol in (("a", "v3-one"), ("b", "v3-two")):
        for method in ("saliency", "native"):
            home = tmp_path / place / "synthetic/imn" / method
            shutil.copytree(RUNS / "synthetic/imn" / method, home)
            for path in list(home.glob("*/run.json")):
                key = f"{path.parent.name}{place}"
                facts = json.loads(path.read_text()) | {"protocol": protocol, "key": key}
                path.write_text(json.dumps(facts))
                path.parent.rename(path.parent.with_name(key))
    section = leaderboard_section(gather([tmp_path / "a", tmp_path / "b"], Zoo()))
    assert section is not None
    boards = section.context["boards"]
    assert [board["protocol"] for board in boards] == ["v3-one", "v3-two"]
    assert len({board["anchor"] for board in boards}) == 2
    assert all(len(table.rows) == 2 for board in boards for table in tables_of(board))
