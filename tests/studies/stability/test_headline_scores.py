"""A row a recording, a column a method, against loops over the scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.studies.stability.made_up import made_up_scores
from xai_bench.studies.stability.headline_scores import (
    HEADLINES,
    by_recording,
    headline_scores,
    without_controls,
)
from xai_bench.studies.stability.schema import NOISES


def _literal(scores: pd.DataFrame, question: str, method: str, record: str) -> float:
    found = []
    for _, row in scores.iterrows():
        if (row["model"], row["method"], row["record_id"]) != ("imn", method, record):
            continue
        similar = row["measure"] == "spearman"
        if {
            "input": row["condition"] in NOISES
            and row["level"] == 20
            and similar
            and row["same_prediction"],
            "initialisations": row["condition"] == "same net" and similar,
            "methods": row["measure"] == "single in evidence",
            "beats": row["condition"] == "next beat" and row["against"] == "beat" and similar,
        }[question]:
            found.append(row["score"])
    return float(np.nanmean(found))


@pytest.mark.parametrize("question", HEADLINES)
def test_headlines_are_means_over_what_they_say(question: str) -> None:
    scores = made_up_scores(n=3, questions=question)
    hit = (scores["record_id"] == "r1") & (scores["condition"] == "muscle")
    hit &= scores["level"] == 20
    scores.loc[hit, "same_prediction"] = False
    found = headline_scores(question, scores, "imn")
    assert found.patients == ("p0", "p1", "p2")
    for method in ("native", "gradcam"):
        for place, record in enumerate(("r0", "r1", "r2")):
            expected = _literal(scores, question, method, record)
            assert found.scores[method].iloc[place] == pytest.approx(expected)


def test_a_method_without_any_score_has_no_column() -> None:
    scores = made_up_scores(n=3, questions="beats")
    scores.loc[scores["method"] == "saliency", "score"] = np.nan
    found = by_recording(scores[scores["condition"] == "next beat"])
    assert found.names == ["native", "input-x-gradient", "gradcam", "ig-16", "amplitude"]
    nothing = by_recording(scores[scores["method"] == "saliency"])
    assert nothing.names == []
    assert nothing.patients == ()


def test_controls_explain_nothing() -> None:
    assert without_controls(["native", "amplitude", "native@untrained", "ig"]) == ["native", "ig"]
