"""What README.md and the first page of the site answer: sentences on the reference run."""

from __future__ import annotations

from pathlib import Path

from tools.leaderboard_blocks import with_block
from xai_bench.report.leaderboard.order import with_text
from xai_bench.report.markdown import escaped_sentence
from xai_bench.report.verdicts.answer import answer_of, answer_sentences
from xai_bench.results import leaderboard, read_cells
from xai_bench.results.study_tables import read_study
from xai_bench.studies.metric_audit.core_choice import SCHEMA as CORE_SCHEMA
from xai_bench.zoo import Zoo

__all__ = ["answer_block", "with_answer"]


def answer_block(root: Path) -> str:
    """A list of sentences, of all cells of runs/."""
    zoo = Zoo()
    cells = list(read_cells(root / "runs"))
    core = read_study(root / "docs" / "metric_audit", CORE_SCHEMA).table
    answer = answer_of(cells, with_text(leaderboard(cells, zoo.flags())), zoo.audited(), core)
    return "".join(f"- {escaped_sentence(one)}\n" for one in answer_sentences(answer))


def with_answer(page: Path, block: str) -> str:
    """The page with its block written anew."""
    return with_block(page.read_text(encoding="utf-8"), "answer", block)
