"""A known net is no classifier: the gate asks it for no AUROC, and its rows are ranked."""

from __future__ import annotations

from pathlib import Path

from tests.recordings import recordings
from xai_bench import run
from xai_bench.results import leaderboard, read_cells


def test_rows_of_a_known_net_are_not_unreliable(tmp_path: Path) -> None:
    done = run(
        model="known-linear",
        method="saliency",
        metrics="complexity/sparseness",
        data=recordings(8),
        out=tmp_path,
    )
    assert done.unreliable == ()
    board = leaderboard(read_cells(tmp_path))
    assert set(board["quality"]) == {"known"}
    assert board["auroc"].isna().all()
