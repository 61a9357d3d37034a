"""Every metric and method on recordings of other shapes than 12 x 1000."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from xai_bench import attribute, score
from xai_bench.methods import METHODS
from xai_bench.models import Model
from xai_bench.nets.base import Net
from xai_bench.scoring.score import score_methods
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

SHAPES = {600: (100.0, 6.0), 500: (100.0, 5.0), 601: (77.0, 7.8), 5000: (500.0, 10.0)}
"""Samples -> Hz and seconds."""

METRICS = [metric for metric in Zoo().every_metric() if metric.family != "runtime"]


def _input(samples: int) -> dict[str, object]:
    rate, seconds = SHAPES.get(samples, (100.0, 10.0))
    return {"input": {"rate_hz": rate, "seconds": seconds, "normalisation": "zscore"}}


@cache
def _given(samples: int) -> tuple[Model, Recordings]:
    model = closed_form(Linear(samples), **_input(samples))
    given = replace(recordings(2, evidence=True, samples=samples), rate_hz=model.rate_hz)
    return model, given


@pytest.mark.parametrize(
    "samples", [600, *(pytest.param(n, marks=pytest.mark.slow) for n in (500, 601, 5000))]
)
def test_every_metric_has_a_score(samples: int) -> None:
    model, given = _given(samples)
    tables = score_methods(
        model, given[1:], [METHODS["input-x-gradient"]], target="MI", metrics=METRICS
    )
    found = tables["input-x-gradient"].set_index("metric")
    assert set(found.index) == {metric.name for metric in METRICS}
    reasons = found["reason"][found["status"] != "ok"].to_dict()
    assert reasons == {
        "random_logit": "in a binary task the other class's explanation is the negative of this",
        **dict.fromkeys(
            ("consistency", "consistency_gap"),
            "there are 0 recordings of its class to compare with",
        ),
    }


@pytest.mark.slow_but_one
@pytest.mark.parametrize("samples", [600])
@pytest.mark.parametrize(
    "name",
    [
        *("faithfulness_correlation_quantus", "faithfulness_estimate"),
        "monotonicity_correlation",
        *("pixel_flipping_quantus", "region_perturbation", "selectivity"),
    ],
)
def test_fast_scorers_agree_with_quantus_at_other_shapes(name: str, samples: int) -> None:
    fast, stock = (
        score(*_given(samples), "saliency", metrics=name, engine=engine)["score"]
        for engine in ("fast", "quantus")
    )
    assert fast.notna().all()
    np.testing.assert_allclose(fast, stock, rtol=1e-4, atol=1e-5)


def test_quantus_says_where_its_steps_would_be_unequal() -> None:
    table = score(*_given(601), "saliency", metrics="pixel_flipping_quantus", engine="quantus")
    assert table["score"].isna().all()
    assert "7212 samples are not 24 of those; use engine 'fast'" in table["reason"][0]


def test_steps_of_an_odd_length_written_out() -> None:
    """Pixel flipping in 24 steps, of which some have one sample more."""
    model, given = _given(601)
    found = attribute(model, given, "saliency")
    table = score(model, given, replace(found, method="mine"), metrics="pixel_flipping_quantus")
    w = model.net.get_parameter("w").double().numpy()
    z = model.normalise(torch.from_numpy(given.signal)).double().numpy()
    for row, (target, a) in enumerate(zip(found.target, found.values, strict=True)):
        sign = 1 if target == 1 else -1
        order = np.argsort(-a.ravel(), kind="stable")
        curve = []
        for k in range(25):
            left = z[row].ravel().copy()
            left[order[: -(-k * a.size // 24)]] = 0.0
            curve.append(sign * (float(w.ravel() @ left) + 0.5))
        mine = table[table["record_id"] == given.record_id[row]].set_index("metric")["score"]
        assert mine["pixel_flipping_quantus"] == pytest.approx(np.mean(curve[1:]), abs=1e-4)


class SmallConv(Net):
    """A convolution, a mean and a linear layer: enough for every method but the native ones."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 4, 9, padding=4)
        self.relu = nn.ReLU()
        self.head = nn.Linear(4, 1)

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        logits: Tensor = self.head(self.relu(self.conv(z)).mean(dim=2))
        return logits

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


MANY_PASSES = {"kernelshap", "shapley-sampling", "permutation-shap", "lead-shapley"}
MANY_PASSES |= {"temporal-shapley", "lime", "rise", "expected-gradients"}


@pytest.mark.parametrize(
    ("samples", "left_out"), [(601, MANY_PASSES), pytest.param(600, set(), marks=pytest.mark.slow)]
)
def test_every_method_explains_recordings_of_another_length(
    samples: int, left_out: set[str]
) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        model = closed_form(SmallConv(), cam_layer="conv", **_input(samples))
    _, given = _given(samples)
    able = [m for m in METHODS.values() if m.unsupported(model, evidence=True) is None]
    assert {m.name for m in METHODS.values()} - {m.name for m in able} == {
        *("native", "native-weights", "native-centred", "native-class", "truth"),
        *("gates", "clauses"),
    }
    for method in (m for m in able if m.name not in left_out):
        found = attribute(model, given[1:], method, target="MI")
        assert found.values.shape == (1, 12, samples), method.name
        assert np.isfinite(found.values).all(), method.name
        assert found.values.any(), method.name
        assert found.invalid(0) is None, method.name
