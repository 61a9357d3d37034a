"""Estimates, tests and detection limits of made-up scores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from xai_bench.stats import holm, share_interval, statistic_interval
from xai_bench.studies.dose_response.dose_estimates import estimate_table
from xai_bench.studies.dose_response.dose_measures import MEASURES, SCHEMA


def _scores(
    method: str, measure: str, values: list[float], dose: float = math.nan, **more: str
) -> list[dict[str, Any]]:
    of = {"model": "m", "method": method, "lesion": "bump", "target": "MI", "against": ""} | more
    return [
        of
        | {"measure": measure, "dose": dose, "record_id": f"r{k}", "patient_id": f"p{k}"}
        | {"score": value, "reason": "flat" if math.isnan(value) else ""}
        for k, value in enumerate(values)
    ]


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return estimate_table(pd.DataFrame(rows).astype(SCHEMA.scores))


def _of(table: pd.DataFrame, method: str, measure: str) -> pd.Series:
    return table[(table["method"] == method) & (table["measure"] == measure)].iloc[0]


def test_means_medians_and_reasons() -> None:
    taus = [1.0, 0.8, 0.9, 0.7, 1.0, math.nan]
    ratios = [0.1, 0.2, 0.3, 0.4, 99.0, 0.3]
    table = _table(_scores("ig", "tau", taus) + _scores("ig", "tracks_slope", ratios))
    tau, slope = _of(table, "ig", "tau"), _of(table, "ig", "tracks_slope")
    assert tau["value"] == pytest.approx(0.88)
    assert (tau["n"], tau["n_failed"], tau["reason"]) == (5, 1, "flat")
    expected = statistic_interval(np.array(taus[:5]), [f"p{k}" for k in range(5)], "mean")
    assert (tau["ci_low"], tau["ci_high"]) == pytest.approx(expected)
    assert slope["value"] == 0.3, "the median, whatever one ratio is"


def test_holm_is_over_the_methods_of_one_question_and_the_models_own_is_alone() -> None:
    rng = np.random.default_rng(0)
    each = {name: list(rng.normal(0.4, 0.5, 12)) for name in ("", "ig", "native", "saliency")}
    rows = [row for name, values in each.items() for row in _scores(name, "tau", values)]
    rows += [
        row | {"lesion": "hum"}
        for name, values in each.items()
        for row in _scores(name, "tau", values)
    ]
    table = estimate_table(pd.DataFrame(rows).astype(SCHEMA.scores))
    table = table[table["lesion"] == "bump"].set_index("method")
    p = [stats.wilcoxon(each[name]).pvalue for name in each]
    assert table["p"].tolist() == pytest.approx(p)
    assert table["p_holm"].tolist() == pytest.approx([p[0], *holm(np.array(p[1:]))])


def test_a_limit_is_the_dose_from_which_on_nine_of_ten_exceed() -> None:
    def curve(method: str, *counts: int) -> list[dict[str, Any]]:
        return [
            row
            for dose, count in zip((0.05, 0.1, 0.5), counts, strict=True)
            for row in _scores(method, "exceeds", [1.0] * count + [0.0] * (10 - count), dose)
        ]

    unknown = [row for d in (0.05, 0.1, 0.5) for row in _scores("flawed", "exceeds", [math.nan], d)]
    table = _table(
        curve("always", 9, 10, 10) + curve("late", 10, 8, 9) + curve("never", 10, 10, 8) + unknown
    )
    limits = {
        name: _of(table, name, "detection_limit") for name in ("always", "late", "never", "flawed")
    }
    assert limits["always"]["value"] == 0.05
    assert limits["late"]["value"] == 0.5, "what is lost again was not detected"
    assert math.isnan(limits["never"]["value"])
    why = "at 0.5 mV it exceeds that to dose 0 in 80% of 10 recordings"
    assert limits["never"]["reason"] == why
    assert limits["flawed"]["reason"] == "flat"
    assert limits["always"]["reason"] == ""


def test_without_five_patients_there_is_a_mean_and_no_more() -> None:
    tau = _table(_scores("ig", "tau", [1.0, 0.5])).iloc[0]
    assert tau["value"] == 0.75
    assert np.isnan([tau["ci_low"], tau["p"], tau["p_holm"]]).all()


@pytest.mark.parametrize("measure", ["exceeds", "rises", "selective"])
def test_a_share_of_recordings_has_an_interval_even_where_all_agree(measure: str) -> None:
    """24 of 24 are no proof of all: Wilson's interval with t of 23 degrees, by hand."""
    patients = [f"p{k}" for k in range(24)]
    row = _table(_scores("ig", measure, [1.0] * 24)).iloc[0]
    z = float(stats.t.ppf(0.975, 23)) ** 2 / 24
    assert row["value"] == 1
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((1 / (1 + z), 1.0))
    some = [1.0] * 22 + [0.0] * 2
    row = _table(_scores("ig", measure, some)).iloc[0]
    assert (row["ci_low"], row["ci_high"]) == share_interval(np.array(some), patients)


def test_what_is_1_or_0_of_each_recording_is_marked() -> None:
    shares = {name for name, one in MEASURES.items() if "share of recordings" in one.read}
    assert {name for name, one in MEASURES.items() if one.yes_or_no} == shares
