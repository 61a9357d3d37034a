"""Boards: what leads, what is kept apart, and that both forms hold the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd

from tests.report.conftest import RUNS
from xai_bench.report.html.material import Material, gather
from xai_bench.report.html.overview import show_glance
from xai_bench.report.leaderboard.section import show_board
from xai_bench.zoo import Zoo


def test_cells_say_what_the_leaderboard_says(few: Material) -> None:
    section = show_board(few)
    assert section is not None
    (board,) = section.context["boards"]
    table = few.leaderboard.set_index(["method", "metric"])
    count = 0
    for family in board["wide"]:
        for row in family["rows"]:
            for metric, cell in zip(family["metrics"], row["cells"], strict=True):
                if cell is None:
                    continue
                count += 1
                known = table.loc[(row["method"], metric.name)]
                if pd.notna(known["mean"]):
                    assert cell["value"] == known["mean"]
                of_metric = few.leaderboard[few.leaderboard["metric"] == metric.name]
                ranked = of_metric["rank"].dropna()
                first = (ranked == 1).sum()
                expected = ""
                if pd.notna(known["rank"]) and known["rank"] == 1 and first < len(ranked):
                    expected = "best" if first == 1 else "tied"
                assert cell["lead"] == expected, (row["method"], metric.name)
                assert not (row["control"] and cell["lead"])
    assert count == len(board["long"]) == (few.leaderboard["status"] == "ok").sum()
    assert {row["lead"] for f in board["wide"] for r in f["rows"] for row in r["cells"] if row} == {
        "", "best", "tied",
    }  # fmt: skip


def test_rows_of_two_protocols_never_meet(tmp_path: Path) -> None:
    for place, protocol in (("a", "v3-one"), ("b", "v3-two")):
        for method in ("saliency", "native"):
            home = tmp_path / place / "synthetic/imn" / method
            shutil.copytree(RUNS / "synthetic/imn" / method, home)
            for path in home.glob("*/run.json"):
                facts = json.loads(path.read_text()) | {"protocol": protocol}
                path.write_text(json.dumps(facts | {"key": path.parent.name + place}))
    section = show_board(gather([tmp_path / "a", tmp_path / "b"], Zoo()))
    assert section is not None
    boards = section.context["boards"]
    assert [board["protocol"] for board in boards] == ["v3-one", "v3-two"]
    assert len({board["anchor"] for board in boards}) == 2
    assert all(len(family["rows"]) == 2 for board in boards for family in board["wide"])


def test_at_a_glance_the_first_by_rank_is_named_with_its_ties(few: Material) -> None:
    context = show_glance(few).context
    (answer,) = context["answers"]
    for told in answer["told"]:
        rows = few.leaderboard[few.leaderboard["metric"] == told["metric"].name]
        first = rows[rows["rank"] == 1]
        assert {told["method"], *told["ties"]} == set(first["method"])
        means = first.set_index("method")["mean"]
        best = means.max() if told["metric"].better == "higher" else means.min()
        assert means[told["method"]] == best
    assert (context["recordings"], context["models"], context["methods"]) == (32, 1, 3)
