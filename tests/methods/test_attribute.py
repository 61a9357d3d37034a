"""Explaining recordings: targets, identities, independence of the batch."""

from typing import final

import numpy as np
import pytest
import torch

from tests.closed_forms import SUPERCLASS, FiveLinear, Linear, Quadratic, TwoLinear, closed_form
from tests.data import literal
from tests.data.literal import ecg
from tests.recordings import recordings
from xai_bench import attribute
from xai_bench.data.delineate import delineate_recording
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods import Batch, Method
from xai_bench.methods.base import Pass
from xai_bench.models import Model, zscore
from xai_bench.nets.imn import ECGIMN
from xai_bench.scoring.engine.cost import counted
from xai_bench.types import WAVES


def test_the_predicted_class_is_explained_and_positive_speaks_for_it() -> None:
    model, given = closed_form(Linear()), recordings(20)
    found = attribute(model, given, "input-x-gradient")
    m = model.log_odds(zscore(torch.from_numpy(given.signal)), 1).numpy()
    assert np.array_equal(found.target, m > 0)
    assert 0 < found.target.sum() < 20
    np.testing.assert_allclose(found.log_odds, np.abs(m), rtol=1e-4, atol=1e-5)
    w = model.net.get_parameter("w").numpy()
    sign = (2 * found.target - 1)[:, None, None]
    expected = sign * w * zscore(torch.from_numpy(given.signal)).numpy()
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("target", "expected"), [("label", [0, 1, 0]), ("MI", [1] * 3)])
def test_other_targets(target: str, expected: list[int]) -> None:
    found = attribute(closed_form(Linear()), recordings(3), "saliency", target=target)
    assert found.target.tolist() == expected


FIVE = closed_form(FiveLinear(), **SUPERCLASS)


@pytest.mark.parametrize(
    "method",
    [
        "native",
        "saliency",
        "input-x-gradient",
        "ig",
        "kernelshap",
        "lime",
        "occlusion",
        "feature-ablation",
        "random",
    ],
)
def test_every_method_explains_the_predicted_class_of_several(method: str) -> None:
    given = recordings(6)
    z = zscore(torch.from_numpy(given.signal))
    logits = FIVE.net(z).detach()
    found = attribute(FIVE, given, method)
    assert found.target.tolist() == logits.argmax(1).tolist()
    assert len(set(found.target)) > 2
    np.testing.assert_allclose(found.log_odds, logits.amax(1), rtol=1e-4, atol=1e-4)
    w = FIVE.net.get_parameter("w").detach()[found.target]
    if method == "saliency":
        np.testing.assert_allclose(found.values, w, rtol=1e-4, atol=1e-6)
    elif method in ("native", "input-x-gradient", "ig"):
        np.testing.assert_allclose(found.values, w * z, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("target", "expected"), [("label", [0, 1, 0]), ("NORM", [0] * 3), ("HYP", [4] * 3)]
)
def test_targets_of_several_classes(target: str, expected: list[int]) -> None:
    found = attribute(FIVE, recordings(3), "saliency", target=target)
    assert found.target.tolist() == expected
    logits = FIVE.net(zscore(torch.from_numpy(recordings(3).signal)))
    literal = [float(logits[row, k]) for row, k in enumerate(expected)]
    np.testing.assert_allclose(found.log_odds, literal, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ["native", "ig", "kernelshap"])
def test_additive_methods_keep_their_promise(method: str) -> None:
    model = closed_form(TwoLinear())
    found = attribute(model, recordings(2), method, target="MI")
    assert (found.residual < 1e-3).all()


def test_a_method_that_promises_nothing_has_no_residual() -> None:
    found = attribute(closed_form(Linear()), recordings(2), "saliency")
    assert np.isnan(found.residual).all()
    assert found.invalid(0) is None


@final
class Promising(Method):
    """Puts a sum, and what cancels, into the map; promises another sum."""

    name = "promising"
    summary = "for this test"
    cite = "xaibench"

    def __init__(self, found: float, promised: float, cancels: float = 0.0) -> None:
        self.found, self.promised, self.cancels = found, promised, cancels

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        values = torch.zeros_like(batch.z)
        values[:, 0, :3] = torch.tensor([self.found, self.cancels, -self.cancels])
        return values

    def total(self, model: Model, batch: Batch, passed: Pass) -> torch.Tensor:
        return torch.full_like(batch.z[:, 0, 0], self.promised)


@pytest.mark.parametrize(
    ("method", "residual"),
    [
        (Promising(10.4, 10.0), 0.04),
        (Promising(0.0104, 0.01), 0.04),  # log-odds may be small in all that a net says
        (Promising(0.02, 0.01), 1.0),
        (Promising(0.0, 0.01), 1.0),
        (Promising(0.01 + 2e-4, 0.01, cancels=50.0), 2e-4 / 1.0),  # rounding of what cancels
        (Promising(0.2, 0.1, cancels=50.0), 0.1),
        (Promising(-1.0, 10.0, cancels=50.0), 1.1),
        (Promising(0.0, 0.0), 0.0),
        (Promising(2e-9, 1e-9), 2e-6),  # rounding of m(z), which is about half
        (Promising(np.nan, 1.0), np.inf),
    ],
)
def test_residuals_are_relative_to_the_promise_or_to_the_map(
    method: Method, residual: float
) -> None:
    found = attribute(closed_form(Linear()), recordings(1), method, target="MI")
    tolerance = 1.0 if residual < 1e-4 else 1e-2
    assert float(found.residual[0]) == pytest.approx(residual, rel=tolerance)
    assert bool(found.invalid(0)) == (residual > 0.05)


def test_requests_that_cannot_work_say_why() -> None:
    model = closed_form(Linear())
    with pytest.raises(UnknownNameError, match=r"no method 'nativ'. Did you mean 'native'"):
        attribute(model, recordings(1), "nativ")
    with pytest.raises(InputError, match="native needs a net that generates its own weights"):
        attribute(model, recordings(1), "native")
    with pytest.raises(UnknownNameError, match=r"no target 'mi'"):
        attribute(model, recordings(1), "random", target="mi")
    with pytest.raises(InputError, match=r"'label' needs labels, and dataset 'made-up' has none"):
        attribute(model, recordings(1, labels=False), "random", target="label")
    other = closed_form(Linear(), labels={"task": "norm_vs_cd"})
    with pytest.raises(InputError, match="r1 is not in task norm_vs_cd, which knows NORM, CD"):
        attribute(other, recordings(2), "random", target="label")
    with pytest.raises(InputError, match=r"reads 10 s at 100 Hz, these recordings have 5 s"):
        attribute(model, recordings(1, samples=500), "random")


@pytest.mark.parametrize(("target", "passes"), [("label", 1), ("MI", 1), ("predicted", 2)])
def test_native_takes_one_pass_and_one_to_find_the_predicted_class(
    target: str, passes: int
) -> None:
    model, given = closed_form(ECGIMN(outputs=2, weight_scale=0.01)), recordings(3)
    with counted(model.net) as count:
        found = attribute(model, given, "native", target=target)
    assert (count.forward, count.backward) == (3 * passes, 0)
    z = model.normalise(torch.from_numpy(given.signal))
    log_odds = model.log_odds(z, torch.from_numpy(found.target))
    assert np.array_equal(found.log_odds, log_odds.detach().numpy())
    assert (found.residual < 1e-5).all()


def test_log_odds_of_a_method_of_many_passes_are_found_once() -> None:
    model, given = closed_form(Quadratic()), recordings(2)
    assert not model.gradient_flaw  # is found out once, with a pass of its own
    with counted(model.net) as count:
        attribute(model, given, "ig-16", target="MI")
    assert count.forward == 2 * (16 + 2)  # m(z) and m(0)


def test_waves_that_nobody_knows_are_ablated_where_they_are_found() -> None:
    model, signal = closed_form(Linear()), ecg(100.0)
    given = literal.recordings([signal], rate_hz=100.0)
    found = attribute(model, given, "wave-ablation", target="MI").values[0]
    labels = delineate_recording(given.signal[0], 100.0)
    product = (model.net.get_parameter("w") * zscore(torch.from_numpy(given.signal))[0]).detach()
    for wave in ("P", "QRS", "ST", "T"):
        inside = labels == WAVES.index(wave)
        assert inside.sum() > 20
        for lead in (1, 7):
            mean = float(product[lead, torch.from_numpy(inside)].mean())
            np.testing.assert_allclose(found[lead, inside], mean, rtol=1e-3, atol=1e-5)
