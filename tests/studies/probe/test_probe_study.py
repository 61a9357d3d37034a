"""The study on a net that knows a concept because it was built to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

import xai_bench as xb
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.models import Model
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.types import Recordings

N = 40


class Level(nn.Module):
    """Its one channel is lead V2, and its logit the mean of that."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 1, 1, bias=False)

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        found: Tensor = self.conv(z).mean(dim=2)
        return found


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    """White noise about a level of V2 that is the patient's age in hundredths of a millivolt."""
    rng = np.random.default_rng(0)
    age = rng.uniform(20, 90, size=N).astype(np.float32)
    millivolt = rng.normal(0, 0.05, size=(N, 12, 1000)).astype(np.float32)
    millivolt[:, 7] += age[:, None] / 100
    patients = [str(i) for i in range(N)]
    labels = ["NORM", "MI"] * (N // 2)
    given = xb.recordings(millivolt, rate_hz=100, labels=labels, patient_id=patients)
    return replace(given, age=age, sex=("male",) * N)


@pytest.fixture(scope="module")
def model() -> Model:
    net = Level()
    with torch.no_grad():
        net.conv.weight.zero_()[0, 7] = 1
    return xb.wrap(
        net, classes=["NORM", "MI"], rate_hz=100, seconds=10, normalise="none", name="level"
    )


@pytest.fixture(scope="module")
def result(model: Model, recordings: Recordings) -> StudyResult:
    return xb.probe(model, layer="conv", data=recordings, n=None)


def _row(result: StudyResult, concept: str, measure: str) -> pd.Series:
    found = select(result.table, concept=concept, measure=measure)
    assert len(found) == 1
    return found.iloc[0]


def test_a_concept_that_the_layer_is_made_of_is_read_and_followed(result: StudyResult) -> None:
    assert _row(result, "age", "r2")["value"] > 0.99
    slope = _row(result, "age", "sensitivity")
    ages = _row(result, "age", "r2")["n"]
    assert ages == N
    # the logit is age / 100: one standard deviation of the concept moves it by that
    assert 0.15 < slope["value"] < 0.25
    assert slope["p"] == 0.001
    assert slope["p_holm"] == pytest.approx(0.001 * result.table["p"].notna().sum(), abs=1e-9)
    assert _row(result, "age", "tcav")["value"] == 1


def test_gain_is_what_the_untrained_net_lacks(result: StudyResult) -> None:
    r2, floor, gain = (_row(result, "age", m)["value"] for m in ("r2", "r2_untrained", "gain"))
    assert gain == pytest.approx(r2 - floor)


def test_what_cannot_be_asked_has_a_reason(result: StudyResult) -> None:
    assert _row(result, "male", "r2")["reason"] == "fewer than 8 recordings of one value"
    beats = _row(result, "heart rate", "r2")  # noise has none
    assert beats["reason"] == f"known of {beats['n']} recordings; 30 are needed"
    assert np.isnan(beats["value"])


@pytest.mark.slow
def test_the_same_twice(model: Model, recordings: Recordings, result: StudyResult) -> None:
    again = xb.probe(model, layer="conv", data=recordings, n=None)
    pd.testing.assert_frame_equal(again.table, result.table)


def test_layers_and_targets_that_are_not_there(model: Model, recordings: Recordings) -> None:
    with pytest.raises(InputError, match="'level' has no cam_layer .* name one .*: --layer"):
        xb.probe(model, data=recordings)
    with pytest.raises(InputError, match="'level' has no layer 'convs'; there is conv"):
        xb.probe(model, layer="convs", data=recordings)
    with pytest.raises(UnknownNameError):
        xb.probe(model, layer="conv", target="AF", data=recordings)
