"""Who is first most often: where metrics are trusted, and only above what needs no model."""

from __future__ import annotations

import pandas as pd

from xai_bench.report.leaderboard.firsts import leaders
from xai_bench.results.method_comparison import NOT_ASKED


def _row(
    model: str, method: str, metric: str, rank: float, beaten: str = "", flags: str = ""
) -> dict[str, object]:
    return {
        "model": model, "method": method, "metric": metric, "rank": rank,
        "not_better_than": beaten, "flags": flags,
    }  # fmt: skip


def test_counts_are_of_trusted_metrics_and_of_leads_that_no_control_shares() -> None:
    rows = [
        _row("net", "ig", "a", 1),
        _row("net", "ig", "b", 1, NOT_ASKED),
        _row("net", "ig", "c", 2),
        _row("net", "saliency", "a", 1),
        _row("net", "saliency", "b", 1, "amplitude"),
        _row("net", "saliency", "c", 1),
        _row("net", "gradcam", "a", 1),
        *(_row("net", "gradcam", name, 1, flags="sign") for name in ("d", "e")),
        _row("net", "random", "a", float("nan")),
        _row("other", "ig", "a", 1, "slope"),
    ]
    assert leaders(pd.DataFrame(rows)) == "ig and saliency of net (2 of 3)"


def test_nothing_is_said_without_ranks() -> None:
    assert leaders(pd.DataFrame([_row("net", "ig", "a", float("nan"))])) == ""
