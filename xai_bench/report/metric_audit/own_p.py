"""What is left of the verdicts on metrics where every question is one test among all, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xai_bench.report.formats import p_of_a_sentence
from xai_bench.report.markdown import code
from xai_bench.report.stability.wording import listed
from xai_bench.stats import ALPHA, can_tell_apart, holm

__all__ = ["UNCORRECTED", "left_after_holm"]

UNCORRECTED = "Verdicts are by intervals, one by one: nothing is corrected over the questions."
_SURE = ("tells", "reversed")


def left_after_holm(trust: pd.DataFrame) -> str:
    """Of the metrics that tell or have it reversed how many remain by the p of the table, that of
    the exact sign test, after Holm over all questions that have one and are not settled by
    construction; and which of them are not even below `ALPHA` by their own p."""
    tested = trust[trust["p"].notna() & (trust["verdict"] != "by construction")]
    p = holm(tested["p"].to_numpy(np.float64))
    said = tested["verdict"].isin(_SURE)
    sure, adjusted = tested[said], p[said.to_numpy()]
    if sure.empty:
        return "No verdict of tells or reversed has a p."
    left = int((adjusted < ALPHA).sum())
    text = (
        f"Of {len(sure)} verdicts of tells or reversed that have a p (exact sign test of patients; "
        f"resolution and reliability have none), {left} remain after Holm over all {len(tested)} "
        "questions with one that are not settled by construction"
    )
    if not left:
        text += f"; the smallest, {sure['p'].min():.2g}, is then {adjusted.min():.2g}"
        # No sign test of n patients has a smaller p than a signed-rank test of as many.
        if not can_tell_apart(int(tested["n"].max()), len(tested)):
            text += f", and none of {tested['n'].max()} recordings could be below {ALPHA:g}"
    above = sure[sure["p"] >= ALPHA]
    if above.empty:
        return f"{text}."
    named = [
        f"{code(row['metric'])} ({row['question']} {row['verdict']}, {p_of_a_sentence(row['p'])})"
        for row in above.to_dict("records")
    ]
    return f"{text}. By their own p not below {ALPHA:g}: {listed(named)}."
