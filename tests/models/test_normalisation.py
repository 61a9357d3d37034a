"""From millivolt to z: by name, by steps and by function; frozen, differentiable, with a key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy import signal
from torch import Tensor

from xai_bench.cards import BandPassStep
from xai_bench.errors import CardError, InputError
from xai_bench.models.normalisation import FromFunction, Pipeline, ZScore, normalisation, zscore

RATE = 100.0
BAND: dict[str, Any] = {"step": "band-pass", "order": 4, "low_hz": 0.5, "high_hz": 40.0}
MEAN = [0.01 * lead for lead in range(12)]
SD = [0.3 + 0.05 * lead for lead in range(12)]
FIXED: dict[str, Any] = {"step": "standardise", "mean": MEAN, "sd": SD}
MICROVOLT: dict[str, Any] = {"step": "scale", "factor": 1000.0}
EVERY_KIND: dict[str, Any] = {
    "zscore": "zscore",
    "none": "none",
    "ecgresnet": [BAND, FIXED],
    "all steps": [MICROVOLT, BAND, {"step": "zscore"}],
    "function": lambda millivolt: torch.tanh(millivolt),
}
AFFINE = ["none", "ecgresnet"]


def _millivolt(rows: int = 3, seed: int = 0, samples: int = 300) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(rows, 12, samples, generator=generator, dtype=torch.float64)
    return noise / 2 + 0.3


def test_zscore_is_the_authors() -> None:
    millivolt = torch.randn(3, 12, 1000, generator=torch.Generator().manual_seed(0)) * 3 + 1
    millivolt[1, 4] = 0.25  # an electrode that fell off
    x = millivolt.numpy().astype(np.float64)
    sd = np.maximum(x.std(-1, ddof=1, keepdims=True), 1e-6)
    z = ZScore()(millivolt)
    np.testing.assert_allclose(z, (x - x.mean(-1, keepdims=True)) / sd, atol=1e-4)
    assert (z[1, 4] == 0).all()
    assert torch.equal(z, zscore(millivolt))
    difference = torch.randn(3, 12, 1000, generator=torch.Generator().manual_seed(1))
    np.testing.assert_allclose(
        ZScore().rescale(difference, millivolt), difference.numpy() / sd, rtol=1e-4
    )


def test_steps_run_one_after_the_other() -> None:
    """Literally, with scipy and NumPy."""
    millivolt = _millivolt()
    coefficients = signal.butter(4, (0.5, 40.0), "bandpass", fs=RATE)
    filtered = signal.filtfilt(*coefficients, millivolt)
    expected = (filtered - np.array(MEAN)[:, None]) / np.array(SD)[:, None]
    found = normalisation([BAND, FIXED], rate_hz=RATE)(millivolt)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    found = normalisation([MICROVOLT, BAND, {"step": "zscore"}], rate_hz=RATE)(millivolt)
    np.testing.assert_allclose(found, zscore(torch.from_numpy(filtered * 1000)), atol=1e-8)
    assert normalisation("none", rate_hz=RATE)(millivolt) is millivolt


@pytest.mark.parametrize("given", EVERY_KIND.values(), ids=EVERY_KIND)
class TestEveryKind:
    def test_keeps_shape_and_type(self, given: Any) -> None:
        millivolt = _millivolt().float()
        normalise = normalisation(given, rate_hz=RATE)
        z = normalise(millivolt)
        assert (z.shape, z.dtype) == (millivolt.shape, torch.float32)
        rescaled = normalise.rescale(millivolt / 10, millivolt)
        assert (rescaled.shape, rescaled.dtype) == (millivolt.shape, torch.float32)

    def test_gradients_flow(self, given: Any) -> None:
        millivolt = _millivolt(rows=1, samples=30).requires_grad_()
        normalise = normalisation(given, rate_hz=RATE)
        assert torch.autograd.gradcheck(normalise, millivolt, fast_mode=True)

    def test_no_difference_is_none(self, given: Any) -> None:
        millivolt = _millivolt()
        rescaled = normalisation(given, rate_hz=RATE).rescale(0 * millivolt, millivolt)
        assert rescaled.abs().max() < 1e-12


@pytest.mark.parametrize("kind", AFFINE)
def test_an_affine_normalisation_is_frozen_as_it_is(kind: str) -> None:
    """It does not look at the recording, so freezing it changes nothing."""
    normalise = normalisation(EVERY_KIND[kind], rate_hz=RATE)
    millivolt, difference = _millivolt(), _millivolt(seed=1)
    expected = normalise(millivolt) - normalise(millivolt - difference)
    found = normalise.rescale(difference, millivolt)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


def test_a_zscore_is_frozen_at_what_reaches_it() -> None:
    """The standard deviation is that of the filtered recording, whatever is taken away."""
    millivolt, difference = _millivolt(), _millivolt(seed=1)
    coefficients = signal.butter(4, (0.5, 40.0), "bandpass", fs=RATE)
    filtered, rest = (signal.filtfilt(*coefficients, x) for x in (millivolt, difference))
    expected = rest / filtered.std(-1, ddof=1, keepdims=True)
    found = normalisation([BAND, {"step": "zscore"}], rate_hz=RATE).rescale(difference, millivolt)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_frozen_z_is_linear_in_the_difference() -> None:
    for given in ("zscore", [MICROVOLT, BAND, {"step": "zscore"}]):
        normalise = normalisation(given, rate_hz=RATE)
        millivolt, one, other = (_millivolt(seed=seed) for seed in range(3))
        both = normalise.rescale(one - 2 * other, millivolt)
        parts = [normalise.rescale(x, millivolt) for x in (one, other)]
        torch.testing.assert_close(both, parts[0] - 2 * parts[1])


class TestKeys:
    def test_follow_content(self) -> None:
        pipeline = [BAND, FIXED]
        changed: list[Any] = [
            *("zscore", "none", [BAND], [FIXED], [FIXED, BAND], [MICROVOLT], [{"step": "zscore"}]),
            [BAND | {"order": 3}, FIXED],
            [BAND | {"low_hz": 0.4}, FIXED],
            [BAND | {"high_hz": 39.0}, FIXED],
            [BAND, FIXED | {"sd": [*SD[:-1], 9.0]}],
            [BAND, FIXED | {"mean": [*MEAN[:-1], 9.0]}],
        ]
        keys = [normalisation(given, rate_hz=RATE).key() for given in (pipeline, *changed)]
        assert len(set(keys)) == len(keys)
        assert normalisation(pipeline, rate_hz=500.0).key() not in keys
        again = normalisation([BandPassStep.model_validate(BAND), FIXED], rate_hz=RATE)
        assert again.key() == keys[0]

    def test_of_a_function_are_what_the_caller_knows(self) -> None:
        assert FromFunction(torch.tanh).key() is None
        assert FromFunction(torch.tanh, key="tanh").key() == "tanh"
        unknown = Pipeline([ZScore(), FromFunction(torch.tanh)])
        assert unknown.key() is None
        assert unknown(_millivolt()).abs().max() < 1


class TestFunctions:
    def test_are_called_as_they_are(self) -> None:
        millivolt, difference = _millivolt(), _millivolt(seed=1)
        normalise = normalisation(lambda x: x**2, rate_hz=RATE)
        torch.testing.assert_close(normalise(millivolt), millivolt**2)
        expected = millivolt**2 - (millivolt - difference) ** 2
        torch.testing.assert_close(normalise.rescale(difference, millivolt), expected)

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (lambda x: x.detach().numpy(), "gave back ndarray; write it with torch"),
            (lambda x: x[..., ::2], "made (3, 12, 150) of (3, 12, 300); it must keep"),
            (lambda x: x.mean(), "made () of (3, 12, 300)"),
            (lambda x: x > 0, "gave back torch.bool, not floating point"),
            (lambda x: x.detach() / 2, "stops gradients"),
        ],
    )
    def test_that_do_something_else_are_refused(
        self, function: Callable[[Tensor], Any], message: str
    ) -> None:
        normalise = normalisation(function, rate_hz=RATE)
        with pytest.raises(InputError, match=re.escape(message)) as caught:
            normalise(_millivolt().requires_grad_())
        assert "\n" not in str(caught.value)

    def test_need_no_gradient_where_none_is_asked_for(self) -> None:
        normalise = normalisation(lambda x: x.detach() / 2, rate_hz=RATE)
        assert torch.equal(normalise(_millivolt()), _millivolt() / 2)
        with torch.no_grad():
            normalise(_millivolt().requires_grad_())


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ("zscor", InputError, "no normalisation 'zscor'; there are none, zscore, a list of steps"),
        ([], CardError, "normalisation.steps: List should have at least 1 item"),
        ([{"step": "median"}], CardError, "tag 'median' found using 'step' does not match any of"),
        ([BAND | {"low": 1.0}], CardError, "band-pass.low'. Allowed: step, order, low_hz, high_hz"),
        ([BAND | {"high_hz": 50.0}], CardError, "0.5 to 50 Hz is no band below half the rate, 50"),
        ([BAND | {"low_hz": 41.0}], CardError, "41 to 40 Hz is no band"),
        ([BAND | {"order": 0}], CardError, "order: Input should be greater than or equal to 1"),
        ([BAND | {"low_hz": float("nan")}], CardError, "low_hz: Input should be greater than 0"),
        ([FIXED | {"sd": SD[:8]}], CardError, "standardise: sd has 8 numbers for 12 leads"),
        ([FIXED | {"sd": [0.0] * 12}], CardError, "sd.0: Input should be greater than 0"),
        ([FIXED | {"mean": [float("inf")] * 12}], CardError, "mean.0: Input should be a finite"),
        ([{"step": "scale", "factor": 0.0}], CardError, "factor: Input should be greater than 0"),
    ],
)
def test_what_is_no_normalisation_is_refused(given: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=re.escape(message)) as caught:
        normalisation(given, rate_hz=RATE)
    assert "\n" not in str(caught.value)
