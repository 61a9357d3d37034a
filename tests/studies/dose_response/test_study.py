"""The study end to end, on nets whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from tests.closed_forms import weight_map
from tests.studies.dose_response.stand_in_lesions import (
    BUMP,
    LEADS,
    Weighted,
    healthy_ones,
    shape,
    use_stand_ins,
    wrapped,
)
from xai_bench.data import planted
from xai_bench.data.planted import LESIONS as REAL_LESIONS
from xai_bench.data.planted import plant as real_plant
from xai_bench.errors import DatasetError, InputError, UnknownNameError
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.base import Inputs
from xai_bench.studies.dose_response import dose_response
from xai_bench.studies.dose_response.dose_measures import SCHEMA
from xai_bench.studies.dose_response.dosed_recordings import plant_doses
from xai_bench.studies.dose_response.healthy_recordings import healthy_recordings

DOSES = (0.0, 0.1, 0.5)


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_ins(monkeypatch)


def ask(model: Any, method: str = "input-x-gradient", **more: Any) -> StudyResult:
    """Of four patients, who are too few for an interval, which would take the time of the test."""
    given: dict[str, Any] = {"data": healthy_ones(4), "lesion": "bump,hum", "doses": DOSES}
    return dose_response(model, method, **(given | more))


def estimates(result: StudyResult, **wanted: str) -> pd.DataFrame:
    table = result.table
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table


def one(result: StudyResult, method: str, measure: str, lesion: str = "bump", **more: str) -> Any:
    rows = estimates(
        result,
        **({"against": ""} | more | {"method": method, "measure": measure, "lesion": lesion}),
    )
    return rows.iloc[-1]


def test_a_linear_net_follows_and_its_slope_is_the_evidence_share_by_hand() -> None:
    """Half of what the lesion changes is below 0.1 mV, so the evidence holds a known part of it."""
    weights = weight_map(4).abs() * 10
    # Of 0.15 mV the half in V3 is no evidence: only V2 is.
    methods = "input-x-gradient,saliency,random"
    result = ask(wrapped(Weighted(weights)), methods, data=healthy_ones(6), doses=(0.05, 0.1, 0.15))
    w, added = weights.double().numpy(), shape("bump")
    inside = (w * added)[LEADS[0], BUMP].sum()
    slope = one(result, "input-x-gradient", "tracks_slope")
    assert slope["value"] == pytest.approx(inside / (w * added).sum(), rel=1e-4)
    for method in ("", "input-x-gradient"):
        tau = one(result, method, "tau")
        assert (tau["value"], tau["ci_low"], tau["n"]) == (1.0, 1.0, 6)
        assert one(result, method, "rises")["value"] == 1
        assert one(result, method, "detection_limit")["value"] == 0.05
    assert one(result, "", "slope")["value"] == pytest.approx((w * added).sum(), rel=1e-4)
    assert one(result, "", "evidence")["value"] == 60 / 12_000
    # A constant gradient and the same draws follow nothing, and say so.
    for method in ("saliency", "random"):
        tau = one(result, method, "tau")
        assert np.isnan(tau["value"])
        assert tau["reason"] == "attribution within the evidence is the same at every dose"
        assert tau["n_failed"] == 6
    # A hum of +1 and -1 moves a net of random weights, but by less.
    excess = one(result, "input-x-gradient", "excess", against="hum")
    assert excess["value"] > 0
    assert one(result, "input-x-gradient", "selective", against="hum")["value"] == 1


def test_a_net_that_ignores_the_lesion_has_no_tau_and_a_reason() -> None:
    weights = weight_map(4)
    weights[list(LEADS)] = 0.0
    result = ask(wrapped(Weighted(weights)), lesion="bump")
    tau = one(result, "", "tau")
    assert np.isnan(tau["value"])
    assert tau["reason"] == "the log-odds are the same at every dose"
    assert one(result, "", "rises")["value"] == 0
    assert one(result, "", "change")["value"] == 0
    assert np.isnan(one(result, "", "detection_limit")["value"])


def test_a_net_that_hears_the_hum_alone_is_not_selective() -> None:
    weights = torch.zeros(12, 1000)
    weights[:, ::2], weights[:, 1::2] = 0.001, -0.001
    result = ask(wrapped(Weighted(weights)))
    assert one(result, "", "tau", "hum")["value"] == 1
    assert np.isnan(one(result, "", "tau")["value"])
    assert one(result, "", "selective", against="hum")["value"] == 0
    assert one(result, "", "excess", against="hum")["value"] == pytest.approx(-6.0, rel=1e-4)
    assert one(result, "", "tau_difference", against="hum")["value"] == -1


@pytest.mark.slow
def test_results_depend_on_neither_order_nor_company() -> None:
    model, data = wrapped(Weighted(weight_map(4))), healthy_ones(4)
    methods = "input-x-gradient,random"
    first = ask(model, methods, data=data)
    again = ask(model, methods, data=data[[3, 1, 0, 2]])
    alone = ask(model, methods, data=data, n=2)
    keys = [*SCHEMA.keys, "record_id"]

    def scores(result: StudyResult) -> pd.Series:
        return result.scores.set_index(keys)["score"].sort_index()

    pd.testing.assert_series_equal(scores(first), scores(again))
    few = scores(alone)
    pd.testing.assert_series_equal(scores(first).loc[few.index], few)
    assert list(first.table.columns) == list(SCHEMA.estimates)
    assert list(first.scores.columns) == list(SCHEMA.scores)


def test_only_healthy_recordings_are_planted() -> None:
    data = healthy_ones(4)
    labels = [frozenset({"NORM"})] * 2 + [frozenset({"NORM", "CD"}), frozenset({"MI"})]
    result = ask(wrapped(Weighted(weight_map(4))), data=replace(data, labels=tuple(labels)))
    assert set(result.scores["record_id"]) == {"r0", "r1"}
    assert result.facts["lesions"]["bump"] == {
        "about": "a bump in V2 and half of it in V3",
        "superclass": "MI",
        "n": 2,
    }
    with pytest.raises(DatasetError, match="no labels say which recordings of made-up are healthy"):
        ask(wrapped(Weighted(weight_map(4))), data=replace(data, labels=None))


def test_recordings_that_cannot_be_planted_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_ins(monkeypatch, bump=("r1", "r2"))
    result = ask(wrapped(Weighted(weight_map(4))))
    assert one(result, "input-x-gradient", "tau")["n"] == 2
    assert one(result, "input-x-gradient", "excess", against="hum")["n"] == 2
    assert one(result, "input-x-gradient", "tau", "hum")["n"] == 4
    there = one(result, "input-x-gradient", "change", "hum", against="bump")
    assert (there["n"], there["n_failed"], there["reason"]) == (2, 2, "bump could not be planted")
    assert result.facts["left_out"] == ["bump: r1: refused", "bump: r2: refused"]


def test_what_cannot_be_asked_is_skipped_with_a_reason() -> None:
    model = wrapped(Weighted(weight_map(4)))
    result = ask(model, "native,input-x-gradient", lesion="bump,other,hum")
    assert set(result.table["lesion"]) == {"bump", "hum"}
    reasons = {(s["method"], s["lesion"]): s["reason"] for s in result.facts["skipped"]}
    assert reasons["", "other"] == "its class STTC is not in norm_vs_mi"
    assert "generates its own weights" in reasons["native", ""]
    with pytest.raises(InputError, match="its class STTC is not in norm_vs_mi"):
        ask(model, lesion="other")


def test_a_control_alone_is_asked_of_the_positive_class() -> None:
    result = ask(wrapped(Weighted(weight_map(4))), lesion="hum")
    assert set(result.table["target"]) == {"MI"}
    assert set(result.table["against"]) == {""}


def test_unknown_lesions_and_none_are_refused() -> None:
    model = wrapped(Weighted(weight_map(4)))
    with pytest.raises(UnknownNameError, match=r"no lesion 'bumb'. Did you mean 'bump'\?"):
        ask(model, lesion="bumb")
    with pytest.raises(InputError, match="no lesion was given"):
        ask(model, lesion=())


def test_progress_says_what_is_done_and_ends() -> None:
    said: list[tuple[str, int, int]] = []
    ask(wrapped(Weighted(weight_map(4))), progress=lambda *step: said.append(step))
    words = {what for what, _, _ in said}
    assert {"planting bump", "weighted: bump, MI", "weighted: hum, MI", "models"} <= words
    assert said[-1] == ("models", 1, 1)


@pytest.mark.slow
def test_real_lesions_are_planted_into_healthy_synthetic_recordings() -> None:
    """With `planted.plant` itself: the dose is the largest difference, at each dose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted, "LESIONS", REAL_LESIONS)
        patch.setattr(planted, "plant", real_plant)
        model = wrapped(Weighted(torch.ones(12, 1000)))
        inputs = Inputs(n=2)
        healthy = healthy_recordings(inputs, model)
        assert healthy.labels == (frozenset({"NORM"}),) * 2
        dosed = plant_doses(healthy, "st-elevation-anterior", (0.0, 0.2, 0.4))
    for dose, given in zip(dosed.doses, dosed.at_dose, strict=True):
        assert given.difference is not None
        largest = np.abs(given.difference).max(axis=(1, 2))
        assert largest.tolist() == pytest.approx([dose] * len(dosed), abs=0.003)
    assert dosed.recordings.evidence is not None
    assert 0.005 < np.asarray(dosed.recordings.evidence).mean() < 0.5
