"""A verdict says that one is ahead only where the interval and Holm's p do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from xai_bench.report.stability.wording import (
    estimate,
    listed,
    lowest_to_highest,
    mean_of,
    verdict,
)
from xai_bench.stats import statistic_interval, told_apart
from xai_bench.studies.stability.headline_scores import PairedScores


def _pair(**changed: float) -> pd.Series:
    sure = {
        "difference": 0.31, "ci_low": 0.2, "ci_high": 0.42, "p_holm": 0.004, "patients": 20,
        "least": 0.1234,
    }  # fmt: skip
    numbers = sure | changed
    apart = told_apart(*(numbers[name] for name in ("p_holm", "ci_low", "ci_high")))
    return pd.Series({"first": "a", "second": "b", "apart": apart} | numbers)


def test_what_is_sure_is_said_with_its_size() -> None:
    said = verdict(_pair(), "more stable")
    assert said == "a is more stable than b by 0.31 [0.20, 0.42] (Holm p = 0.004)"


def test_where_lower_is_better_the_difference_has_no_sign() -> None:
    pair = _pair(difference=-0.31, ci_low=-0.42, ci_high=-0.2, p_holm=1e-5)
    assert verdict(pair, "gentler") == "a is gentler than b by 0.31 [0.20, 0.42] (Holm p < 0.001)"


@pytest.mark.parametrize("doubt", [{"p_holm": 0.06}, {"ci_low": -0.01}, {"p_holm": float("nan")}])
def test_one_doubt_is_enough(doubt: dict[str, float]) -> None:
    assert _pair()["apart"]
    assert not _pair(**doubt)["apart"]
    assert "cannot be told apart" in verdict(_pair(**doubt), "more stable")
    assert "more stable" not in verdict(_pair(**doubt), "more stable")


def test_what_cannot_be_told_comes_with_what_could_have_been() -> None:
    said = verdict(_pair(p_holm=0.06), "more stable")
    assert said == (
        "a and b cannot be told apart (difference 0.31 [0.20, 0.42], but Holm p = 0.06 is not "
        "below 0.05; the least detectable with 20 patients is 0.12)"
    )


def test_a_sentence_says_which_half_of_the_rule_failed() -> None:
    """ "Cannot be told apart (... Holm p = 0.0011)" contradicts itself."""
    said = verdict(_pair(ci_low=-0.01, p_holm=0.0011), "more stable")
    assert "0.31 [-0.01, 0.42] reaches 0, though Holm p = 0.0011;" in said
    said = verdict(_pair(ci_low=-0.01, p_holm=0.2), "more stable")
    assert "0.31 [-0.01, 0.42] reaches 0, Holm p = 0.2;" in said


def test_of_few_patients_nothing_but_their_number_is_said() -> None:
    unknown = dict.fromkeys(("ci_low", "ci_high", "p_holm", "least"), float("nan"))
    said = verdict(_pair(**unknown, patients=3), "more stable")
    assert said == "a and b cannot be told apart with 3 patients"


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.934, 0.91, 0.95), "0.93 [0.91, 0.95]"),
        ((0.031, -0.004, 0.0521), "0.031 [-0.004, 0.052]"),
        ((0.05, 0.01, 0.2), "0.05 [0.01, 0.20]"),
        ((-0.0001, -0.0002, 0.0001), "0.000 [0.000, 0.000]"),
        ((0.5, float("nan"), float("nan")), "0.50"),
    ],
)
def test_estimates_have_as_many_decimals_as_they_need(
    numbers: tuple[float, float, float], text: str
) -> None:
    assert estimate(*numbers) == text


def test_one_column_is_estimated_over_the_recordings_that_have_it() -> None:
    values = np.random.default_rng(0).uniform(size=12)
    column = pd.DataFrame({"a": [*values, np.nan]})
    patients = [f"p{k}" for k in range(13)]
    low, high = statistic_interval(values, patients[:12], "mean")
    expected = f"{values.mean():.2f} [{low:.2f}, {high:.2f}]"
    assert mean_of(PairedScores(column, tuple(patients)), "a") == expected


def test_a_span_is_from_the_lowest_to_the_highest() -> None:
    rows = pd.DataFrame(
        {
            "method": ["a", "b", "c", "d"],
            "value": [0.5, 0.2, 0.9, np.nan],
            "ci_low": [0.4, 0.1, 0.8, np.nan],
            "ci_high": [0.6, 0.3, 1.0, np.nan],
        }
    )
    assert lowest_to_highest(rows) == "0.20 [0.10, 0.30] (b) to 0.90 [0.80, 1.00] (c)"
    assert lowest_to_highest(rows[:1]) == "0.50 [0.40, 0.60] (a)"
    assert lowest_to_highest(pd.concat([rows[:1], rows[:1].assign(method="e")])) == (
        "0.50 [0.40, 0.60] (all methods)"
    )
    assert lowest_to_highest(rows[3:]) == ""


def test_lists_read_aloud() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
