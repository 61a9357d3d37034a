"""Whether a method is nearer to the truth for one class."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tests.recordings import recordings
from xai_bench.stats import holm
from xai_bench.studies.method_accuracy import method_accuracy
from xai_bench.studies.method_accuracy.class_effects import class_differences


def _scores(of_methods: dict[str, tuple[float, float]], *, measure: str = "cosine") -> pd.DataFrame:
    """Twelve patients, half of whom are explained as MI; the means of either half."""
    around = np.linspace(-0.1, 0.1, 6)
    return pd.concat(
        pd.DataFrame(
            {
                **{"model": "net", "method": method, "parts": "region", "measure": measure},
                "patient_id": [f"p{k}" for k in range(12)],
                "explained": ["MI"] * 6 + ["NORM"] * 6,
                "score": np.concatenate([mi + around, norm + around]),
            }
        )
        for method, (mi, norm) in of_methods.items()
    )


def test_each_method_is_compared_between_classes_and_adjusted_for_all_of_a_net() -> None:
    scores = _scores({"a": (0.9, 0.2), "b": (0.5, 0.5)})
    other = _scores({"c": (0.0, 1.0)}, measure="mass")
    a, b = class_differences(pd.concat([scores, other]))
    assert (a["model"], a["method"], a["first"], a["second"]) == ("net", "a", "MI", "NORM")
    assert a["difference"] == pytest.approx(0.7)
    assert a["p"] == pytest.approx(2 / 924), "the least of all choices of 6 of 12"
    assert [a["p_holm"], b["p_holm"]] == holm(np.array([a["p"], b["p"]])).tolist()
    assert (a["apart"], b["apart"]) == (True, False)


def test_what_is_not_known_can_be_written() -> None:
    few = _scores({"a": (0.9, 0.2)}).iloc[3:9]
    (row,) = class_differences(few)
    assert (row["p"], row["p_holm"], row["ci_low"], row["apart"]) == (None, None, None, False)
    json.dumps(row, allow_nan=False)


def test_the_study_says_it_of_the_class_that_is_explained() -> None:
    found = method_accuracy("known-linear", "amplitude", data=recordings(4), target="label")
    (row,) = found.facts["by_class"]
    assert (row["first"], row["second"]) == ("MI", "NORM")
    assert row["test"] == "paired", "patients have a recording of each"
    scores = found.scores
    wanted = scores[(scores["measure"] == "cosine") & (scores["parts"] == "region")]
    mi, norm = wanted["score"].to_numpy()[1::2], wanted["score"].to_numpy()[::2]
    assert row["difference"] == pytest.approx(float((mi - norm).mean()))
