"""A row a recording, a column a method, against loops over the scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.studies.stability.made_up import made_up
from xai_bench.studies.stability.headline_scores import HEADLINES, explaining, headline, wide
from xai_bench.studies.stability.schema import NOISES


def _literal(scores: pd.DataFrame, name: str, method: str, record: str) -> float:
    found = []
    for _, row in scores.iterrows():
        if (row["model"], row["method"], row["record_id"]) != ("imn", method, record):
            continue
        similar = row["measure"] == "spearman"
        if {
            "noise": row["condition"] in NOISES
            and row["level"] == 20
            and similar
            and row["same_prediction"],
            "seeds": row["condition"] == "same net" and similar,
            "evidence": row["measure"] == "single in evidence",
            "beats": row["condition"] == "next beat" and row["against"] == "beat" and similar,
        }[name]:
            found.append(row["score"])
    return float(np.nanmean(found))


@pytest.mark.parametrize("name", HEADLINES)
def test_headlines_are_means_over_what_they_say(name: str) -> None:
    scores = made_up(n=3, questions=HEADLINES[name].question).scores
    hit = (scores["record_id"] == "r1") & (scores["condition"] == "muscle")
    hit &= scores["level"] == 20
    scores.loc[hit, "same_prediction"] = False
    found = headline(name, scores, "imn")
    assert found.patients == ("p0", "p1", "p2")
    for method in ("native", "gradcam"):
        for place, record in enumerate(("r0", "r1", "r2")):
            expected = _literal(scores, name, method, record)
            assert found.scores[method].iloc[place] == pytest.approx(expected)


def test_a_method_without_any_score_has_no_column() -> None:
    scores = made_up(n=3, questions="beats").scores
    scores.loc[scores["method"] == "saliency", "score"] = np.nan
    found = wide(scores[scores["condition"] == "next beat"])
    assert list(found.scores.columns) == [
        "native",
        "input-x-gradient",
        "gradcam",
        "ig-16",
        "amplitude",
    ]
    nothing = wide(scores[scores["method"] == "saliency"])
    assert nothing.scores.shape[1] == 0
    assert nothing.patients == ()


def test_controls_explain_nothing() -> None:
    assert explaining(["native", "amplitude", "native@untrained", "ig"]) == ["native", "ig"]
