"""Blocks of README.md that are rendered from tables."""

from __future__ import annotations

from pathlib import Path

from tests.studies.replication.scored_folds import fold_cells
from tools.readme_blocks import replicated_block, with_block
from xai_bench.report.replication.page import write_replication
from xai_bench.studies.replication import replication


def test_the_readme_ranks_methods_by_what_holds_on_all_sides(tmp_path: Path) -> None:
    assert not replicated_block(tmp_path / "replication")
    cells = fold_cells("abc", 10) + fold_cells("acb", 9)
    write_replication(replication(cells), tmp_path / "replication", command="made")
    block = replicated_block(tmp_path / "replication")
    assert "| stability | m | none (b\\*, c\\*) |" in block
    before = "a\n<!-- replicated -->\nold\n<!-- /replicated -->\nb\n"
    assert with_block(before, "replicated", block) == before.replace("old\n", block)
