"""Sentences follow from the table by a rule that knows intervals and n."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.report.dose_response.dose_study_made_up import made_up_dose_response
from xai_bench.report.dose_response.findings import DoseFindings, Verdict, verdict


@pytest.mark.parametrize(
    ("value", "low", "high", "p", "expected"),
    [
        (0.9, 0.8, 1.0, 0.001, "follows"),
        (1.0, 1.0, 1.0, 0.001, "follows"),
        (0.7, 0.4, 0.9, 0.001, "weakly"),
        (0.9, 0.8, 1.0, 0.06, "not shown"),
        (0.3, -0.1, 0.6, 0.04, "not shown"),
        (-0.9, -1.0, -0.8, 0.001, "against"),
        (0.9, math.nan, math.nan, math.nan, "too few"),
        (math.nan, math.nan, math.nan, math.nan, "undefined"),
    ],
)
def test_the_rule(value: float, low: float, high: float, p: float, expected: Verdict) -> None:
    row = pd.Series({"value": value, "ci_low": low, "ci_high": high, "p_holm": p})
    assert verdict(row) == expected


def _texts(model: str, lesion: str, *, few: bool = False) -> list[str]:
    found = DoseFindings(made_up_dose_response(few=few))
    return [one.text for one in found.sentences if (one.model, one.lesion) == (model, lesion)]


def test_the_model_comes_first_and_then_its_methods() -> None:
    first, methods, tracking, outside, against, limits = _texts("imn", "bump")
    assert first == (
        "imn follows bump: tau of its log-odds of MI with the dose is 0.95 [0.65, 1.25], they rise "
        "at every step in 75 % [45, 105] of 12 recordings, and change by 0.48 [0.18, 0.77] from 0 "
        "to 0.5 mV."
    )
    assert methods == (
        "Attribution within the evidence of bump on imn for MI: it follows the dose by native 0.90 "
        "[0.60, 1.20]; it goes against the dose by amplitude -0.60 [-0.90, -0.30]; not shown by "
        "saliency 0.20 [-0.10, 0.50]; it is the same at every dose by random; tau, n = 12 "
        "recordings."
    )
    assert "tau native 0.90 [0.60, 1.20]" in tracking
    assert "methods in that unit put there (median) native 0.60 [0.30, 0.90]." in tracking
    assert "random" not in tracking, "it has no tau"
    assert "native 0.50 [0.20, 0.80]" in outside
    assert "rise by more than hum moves them in 80 % [50, 110] of 12 recordings" in against
    assert "lesion: it rises by more with the lesion than hum moves it, by native (in 80" in against
    assert "; hum moves it more, by amplitude" in against
    assert "; no difference is shown, by saliency" in against
    assert limits == (
        "Detection limit of bump on imn for MI, a point estimate: the mV from which on the "
        "response exceeds that to dose 0 in at least 90 % of 0 to 12 recordings, as counted (at "
        "the limit in this share): by the log-odds 0.2 (in 90 % [85, 95]) and native 0.2 (in 90 % "
        "[85, 95]); "
        "none up to 0.5 mV by saliency, amplitude and random."
    )


def test_a_method_is_not_blamed_for_a_model_that_does_not_follow() -> None:
    first, *_ = _texts("deaf", "bump")
    assert first.startswith("It is not shown that deaf follows bump: tau")
    assert first.endswith("A method on it cannot be blamed for not following.")


def test_a_model_that_ignores_a_control_takes_no_notice_of_it() -> None:
    first, methods, *_ = _texts("imn", "hum")
    assert first == (
        "imn takes no notice of hum, an irrelevant change: the log-odds are the same at every dose "
        "(12 recordings)."
    )
    assert "it follows the dose by amplitude" in methods


def test_four_patients_are_too_few_to_say() -> None:
    first, methods, *others = _texts("imn", "bump", few=True)
    assert first.startswith("Too few patients to say whether imn follows bump: tau of its log-odds")
    assert "too few patients to say by native 0.90, saliency 0.20 and amplitude -0.60" in methods
    assert not any("no difference" in text for text in others)
    assert "cannot be blamed" not in first
    assert not any("etection limit" in text for text in others)


def test_what_was_left_out_is_said() -> None:
    assert DoseFindings(made_up_dose_response()).left_out == [
        "bump: r1: refused",
        "deaf, native: no weights",
    ]
