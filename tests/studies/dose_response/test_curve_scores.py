"""Measures of made-up curves, against values by hand and slow literal re-implementations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from xai_bench.studies.dose_response.curve_scores import (
    NO_UNIT,
    CurveScore,
    against_controls,
    curve_scores,
    without_rounding,
)
from xai_bench.studies.dose_response.dose_measures import MEASURES, SCHEMA
from xai_bench.studies.dose_response.response_curves import Curves

DOSES = (0.0, 0.1, 0.2, 0.5)
UP = [0.0, 1.0, 2.0, 5.0]
DOWN = [5.0, 4.0, 3.0, 1.0]
BENT = [0.0, 2.0, 1.0, 3.0]
FLAT = [2.0, 2.0, 2.0, 2.0 + 1e-9]


def curves(rows: list[list[float]], **more: Any) -> Curves:
    response = np.array(rows)
    return Curves(
        response=response,
        rounding=np.full(len(rows), 1e-6),
        flaws=("",) * len(rows),
        **more,
    )


def scored(method: str, one: Curves, model: Curves) -> dict[tuple[str, float], CurveScore]:
    found = list(curve_scores(method, one, DOSES, model))
    return {(s.measure, -1.0 if math.isnan(s.dose) else s.dose): s for s in found}


def test_measures_of_log_odds_are_those_by_hand() -> None:
    one = curves([UP, DOWN, BENT, FLAT])
    found = scored("", one, one)
    assert found["tau", -1].scores[:3].tolist() == pytest.approx([1, -1, 2 / 3])
    assert math.isnan(found["tau", -1].scores[3])
    assert found["tau", -1].reason == "the log-odds are the same at every dose"
    assert found["rises", -1].scores.tolist() == [1, 0, 0, 0]
    assert found["slope", -1].scores[:2].tolist() == pytest.approx(
        [10, stats.linregress(DOSES, DOWN).slope]
    )
    assert found["slope", -1].scores[3] == 0
    assert found["change", 0.5].scores[:3].tolist() == [5, -4, 3]
    assert found["exceeds", 0.2].scores.tolist() == [1, 0, 1, 0], "rounding exceeds nothing"
    assert ("change", 0.0) not in found
    assert not {name for name, _ in found} - set(MEASURES)


def test_the_unit_of_a_response_is_its_own_matter() -> None:
    tiny = curves([[1e-9 * value for value in row] for row in (UP, DOWN, BENT)])
    tiny.rounding[:] = 1e-15
    found = scored("", tiny, tiny)
    assert found["tau", -1].scores.tolist() == pytest.approx([1, -1, 2 / 3])


def test_attribution_is_held_against_the_model() -> None:
    share = np.array([[0.1, 0.2, 0.3, 0.4]] * 3 + [[np.nan] * 4])
    outside = np.array([[0.0, 0.1, 0.2, 0.3]] * 4)
    one = curves([[0.5 * v + 1 for v in UP], BENT, FLAT, UP], share=share, outside_change=outside)
    model = curves([UP, DOWN, UP, FLAT])
    found = scored("ig", one, model)
    assert found["tracks_slope", -1].scores[0] == pytest.approx(0.5)
    assert found["tracks_pearson", -1].scores[0] == pytest.approx(1)
    assert found["tracks_pearson", -1].scores[1] == pytest.approx(np.corrcoef(BENT, DOWN)[0, 1])
    expected = [1, stats.kendalltau(BENT, DOWN).statistic]
    assert found["tracks_tau", -1].scores[:2].tolist() == pytest.approx(expected)
    assert found["tracks_slope", -1].scores[2] == 0, "a flat attribution tracks nothing"
    for name in ("tracks_tau", "tracks_pearson", "tracks_slope"):
        assert np.isnan(found[name, -1].scores[3]), "there is nothing to track"
        assert "the log-odds are the same at every dose" in (
            found[name, -1].reason.replace(
                ", or the log-odds are", ", the log-odds are the same at every dose"
            )
        )
    assert found["share_tau", -1].scores[0] == 1
    assert np.isnan(found["share_tau", -1].scores[3])
    assert found["outside_change", 0.2].scores.tolist() == [0.2] * 4


def test_what_has_no_unit_has_no_slope_on_log_odds() -> None:
    share = np.full((1, 4), 0.5)
    one = curves([UP], share=share, outside_change=share, in_log_odds=False)
    slope = scored("saliency", one, curves([UP]))["tracks_slope", -1]
    assert np.isnan(slope.scores).all()
    assert slope.reason == NO_UNIT


def test_ties_within_rounding_are_merged_by_the_slow_rule() -> None:
    rng = np.random.default_rng(2)
    values = np.round(rng.normal(size=(50, 6)), 1)
    rounding = rng.uniform(0, 0.3, 50)
    merged = without_rounding(values, rounding)
    for row, found, most in zip(values, merged, rounding, strict=True):
        ordered = sorted(row)
        groups = [[ordered[0]]]
        for value in ordered[1:]:
            if value - groups[-1][-1] > most:
                groups.append([])
            groups[-1].append(value)
        for value, given in zip(row, found, strict=True):
            (group,) = [group for group in groups if value in group]
            assert given == group[0]


def _row(lesion: str, measure: str, record: str, score: float, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "model": "m",
        "method": "ig",
        "lesion": lesion,
        "target": "MI",
        "against": "",
    }
    row |= {"measure": measure, "dose": 0.5 if measure == "change" else math.nan}
    return (
        row | {"record_id": record, "patient_id": f"p{record}", "score": score, "reason": ""} | more
    )


def test_a_lesion_is_held_against_what_the_control_does_in_the_same_place() -> None:
    rows = []
    for record, lesion, control in (("a", 3.0, -1.0), ("b", 1.0, 2.0), ("c", 2.0, math.nan)):
        rows.append(_row("bump", "change", record, lesion))
        rows.append(_row("bump", "tau", record, 1.0))
        rows.append(_row("hum", "change", record, control, against="bump"))
        rows.append(_row("hum", "tau", record, -0.5, against="bump"))
        # Elsewhere, and in its own evidence, it may do what it likes.
        rows.append(_row("hum", "change", record, 99.0))
        rows.append(_row("hum", "change", record, 77.0, against="other"))
        rows.append(_row("bump", "change", record, lesion + 1, method=""))
        rows.append(_row("hum", "change", record, control, method=""))
    rows.append(_row("bump", "change", "d", 9.0))  # without the control
    scores = pd.DataFrame(rows).astype(SCHEMA.scores)
    found = against_controls(scores, ["hum"], 0.5)

    def of(measure: str, method: str = "ig") -> dict[str, float]:
        some = found[(found["measure"] == measure) & (found["method"] == method)]
        return dict(zip(some["record_id"], some["score"], strict=True))

    assert set(found["against"]) == {"hum"}
    assert set(found["lesion"]) == {"bump"}
    assert of("excess") == {"a": 2.0, "b": -1.0}
    assert of("selective") == {"a": 1.0, "b": 0.0}
    assert of("tau_difference") == {"a": 0.5, "b": 0.5}
    assert of("excess", "") == {"a": 3.0, "b": 0.0}


def test_without_controls_nothing_is_compared() -> None:
    scores = pd.DataFrame([_row("bump", "change", "a", 1.0)]).astype(SCHEMA.scores)
    assert against_controls(scores, [], 0.5).empty
