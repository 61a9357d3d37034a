"""Blocks of docs/leaderboard.md that are rendered from tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.studies.replication.scored_folds import fold_cells
from tools.leaderboard_blocks import fewer_recordings, replicated_block, with_block
from xai_bench.report.replication.page import write_replication
from xai_bench.studies.replication import replication


def test_the_page_ranks_methods_by_what_holds_on_all_sides(tmp_path: Path) -> None:
    assert not replicated_block(tmp_path / "replication")
    cells = fold_cells("abc", 10) + fold_cells("acb", 9)
    write_replication(replication(cells), tmp_path / "replication", command="made")
    block = replicated_block(tmp_path / "replication")
    assert "| stability | m | none (b\\*, c\\*) |" in block
    before = "a\n<!-- replicated -->\nold\n<!-- /replicated -->\nb\n"
    assert with_block(before, "replicated", block) == before.replace("old\n", block)


def test_metrics_and_rows_of_fewer_recordings_are_named() -> None:
    counts = {("m", "a"): 32, ("m", "oracle"): 16, ("mprt", "a"): 16, ("mprt", "oracle"): 8}
    counts |= {("mass", "a"): 13, ("m", "b"): 32, ("mprt", "b"): 12}
    shown = pd.DataFrame(
        {
            "family": "localisation" if metric == "mass" else "faithfulness",
            "metric": metric,
            "method": method,
            "n": n,
        }
        for (metric, method), n in counts.items()
    )
    assert fewer_recordings(shown) == (
        ", of `mprt` 16, the rows of *oracle* of 16, of `mprt` 8, the rows of *b* of `mprt` 12"
    )
    alike = shown[(shown["metric"] == "m") & (shown["n"] == 32)]
    assert fewer_recordings(alike) == ""
