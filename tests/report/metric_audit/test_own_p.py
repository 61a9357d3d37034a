"""What remains of verdicts after Holm over all questions, counted by hand."""

from __future__ import annotations

import math

import pandas as pd

from xai_bench.report.metric_audit.own_p import left_after_holm

WHAT = "verdicts of tells or reversed that have a p (exact sign test of patients; resolution and "
WHAT += "reliability have none)"


def _trust(*rows: tuple[str, float], n: int = 32) -> pd.DataFrame:
    """Metrics a, b, c of one question, with a verdict and a p each."""
    return pd.DataFrame(
        [
            {"metric": name, "question": "used", "verdict": verdict, "p": p, "n": n}
            for name, (verdict, p) in zip("abcdef", rows, strict=False)
        ]
    )


def test_holm_is_over_every_question_with_a_p_that_is_not_settled() -> None:
    """Of four tests 0.012 becomes 0.036 and 0.02 becomes 0.04; of five 0.048 and 0.06."""
    rows = [("tells", 0.001), ("reversed", 0.012), ("does not tell", 0.9), ("tells", 0.02)]
    settled, no_p = ("by construction", 1e-9), ("tells", math.nan)
    assert left_after_holm(_trust(*rows, settled, no_p)) == (
        f"Of 3 {WHAT}, 3 remain after Holm over all 4 questions with one that are not settled by "
        "construction."
    )
    five = _trust(*rows, ("too few recordings", 0.03))
    assert f"Of 3 {WHAT}, 2 remain after Holm over all 5 questions" in left_after_holm(five)


def test_whose_own_p_is_not_small_is_named() -> None:
    said = left_after_holm(_trust(("tells", 1e-6), ("tells", 0.0654), ("reversed", 0.11)))
    assert "1 remain after" in said
    assert said.endswith(
        "By their own p not below 0.05: `b` (used tells, p = 0.065) and `c` (used reversed, p = "
        "0.11)."
    )


def test_where_none_remains_the_smallest_is_said_and_whether_any_could() -> None:
    rows = [("tells", 0.03), ("does not tell", 0.5)]
    assert left_after_holm(_trust(*rows)).endswith(
        "construction; the smallest, 0.03, is then 0.06."
    )
    few = left_after_holm(_trust(*rows, n=6))
    assert few.endswith("is then 0.06, and none of 6 recordings could be below 0.05.")


def test_without_a_p_there_is_nothing_to_correct() -> None:
    rows = [("tells", math.nan), ("does not tell", 0.5)]
    assert left_after_holm(_trust(*rows)) == "No verdict of tells or reversed has a p."
