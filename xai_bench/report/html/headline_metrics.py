"""What is asked of a method first, and the one metric that answers it; the leaderboard has all."""

from __future__ import annotations

from collections.abc import Iterable

from xai_bench.results import Cell

__all__ = ["ASKED", "FAITHFUL", "SECONDS", "only_asked"]

FAITHFUL, SECONDS = "faithfulness_correlation", "seconds_p50"
ASKED = {
    FAITHFUL: "Most faithful to the model",
    "comprehensiveness": "Removal hurts most",
    "roc_auc": "Best at finding what was planted",
    "max_sensitivity": "Least moved by noise",
    "mprt": "Most dependent on the weights",
    SECONDS: "Cheapest",
}


def only_asked(cells: Iterable[Cell]) -> list[Cell]:
    """The cells with the scores of these metrics only: comparing every two of fifty is slow."""
    return [cell.only(ASKED) for cell in cells if cell.status == "ok"]
