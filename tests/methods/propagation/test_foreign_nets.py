"""Nets as strangers write them: explained rightly by every method, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd.functional import jacobian
from torch.nn.functional import cosine_similarity

from tests.closed_forms import batch, closed_form
from tests.foreign_nets import AFFINE, CURVES, MAXIMA, REFUSED, Around, written
from tests.methods.propagation.test_lrp import ZERO
from xai_bench.methods import METHODS, Batch
from xai_bench.methods.propagation.deeplift import rescaled_differences
from xai_bench.methods.propagation.lrp import LRPComposite, LRPEpsilon, LRPGamma, propagate
from xai_bench.models import Model

GUIDED = ("guided-backprop", "guided-gradcam")
RESCALING = ("deeplift", "deepshap")
RELEVANCE = ("lrp-epsilon", "lrp-gamma", "lrp-composite")

Middle = Callable[[Tensor], Tensor]


def _given(rows: int = 3) -> Batch:
    given = batch(rows=rows)
    return replace(given, target=torch.arange(rows) % 2)


def _reference(rows: int = 3) -> Tensor:
    return 2 * batch(rows=rows, seed=5).z


class _Guided(torch.autograd.Function):
    """A ReLU whose gradient is clipped (Springenberg et al. 2015), written out."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,), (g,) = ctx.saved_tensors, gradients
        return torch.where((x > 0) & (g > 0), g, torch.zeros_like(g))


def _guided_by_autograd(model: Model, given: Batch) -> Tensor:
    z = given.z.clone().requires_grad_()
    (found,) = torch.autograd.grad(model.log_odds(z, given.target).sum(), z)
    return found


@cache
def _maps(how: str) -> dict[str, Tensor]:
    """By all methods but DeepSHAP, which is DeepLIFT from other references, as here."""
    model, given = closed_form(written()[how], cam_layer="second"), _given()
    found = {
        name: METHODS[name].attribute(model, given) for name in (*GUIDED, "deeplift", *RELEVANCE)
    }
    return found | {"deepshap": rescaled_differences(model, given.z, _reference(), given.target)}


@pytest.mark.slow_but_one
@pytest.mark.parametrize("how", [how for how in written() if how != "modules"])
def test_a_net_is_explained_alike_however_it_is_written(how: str) -> None:
    for name, found in _maps(how).items():
        expected = _maps("modules")[name]
        assert expected.abs().amax(dim=(1, 2)).min() > 1e-5
        assert torch.equal(found, expected)


def test_guided_maps_and_differences_of_a_net_of_functions_are_not_those_without_rules() -> None:
    """What hooks on modules would find where there are none: the gradient, and z times it."""
    model, given = closed_form(written()["functional"]), _given()
    gradient = METHODS["saliency"].attribute(model, given)
    guided = cosine_similarity(
        gradient.flatten(1), _maps("functional")["guided-backprop"].flatten(1)
    )
    assert (guided < 0.95).all()
    missed = (given.z * gradient - _maps("functional")["deeplift"]).sum(dim=(1, 2)).abs()
    assert (missed > 0.05 * _maps("functional")["deeplift"].sum(dim=(1, 2)).abs()).any()


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", AFFINE | MAXIMA)
def test_guided_backprop_is_autograd_with_clipped_relus(name: str) -> None:
    middle, given = (AFFINE | MAXIMA)[name], _given()
    model = closed_form(Around(middle))
    assert METHODS["guided-backprop"].unsupported(model, evidence=False) is None
    found = METHODS["guided-backprop"].attribute(model, given)
    expected = _guided_by_autograd(closed_form(Around(middle, act=_Guided.apply)), given)
    assert expected.any()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", AFFINE | CURVES | MAXIMA)
def test_rescaled_differences_are_complete(name: str) -> None:
    net = Around((AFFINE | CURVES | MAXIMA)[name])
    model = closed_form(net)
    assert METHODS["deeplift"].unsupported(model, evidence=False) is None
    given, reference = _given(), _reference()
    found = rescaled_differences(model, given.z, reference, given.target)
    with torch.no_grad():
        expected = model.log_odds(given.z, given.target) - model.log_odds(reference, given.target)
    size = found.abs().sum(dim=(1, 2)).max()
    torch.testing.assert_close(found.sum(dim=(1, 2)), expected, rtol=0, atol=1e-5 * float(size))
    if name not in MAXIMA:
        of_the_first = _by_matrices(net, name, given.z[:1], reference[:1])
        largest = float(of_the_first.abs().max())
        torch.testing.assert_close(found[:1].double(), of_the_first, rtol=0, atol=2e-4 * largest)


def _by_matrices(net: Around, name: str, z: Tensor, r: Tensor) -> Tensor:
    """Of class 0: Jacobians of what is affine, and ratios of differences of what is not."""
    z, r = z.double(), r.double()
    w, b = net.conv.weight.double(), net.conv.bias
    assert b is not None
    before = [torch.conv1d(one, w, b.double(), stride=50) for one in (z, r)]
    maps = [one.relu() for one in before]
    with torch.no_grad():
        middles = [net.middle(one.float().clone()).double() for one in maps]
    if name in AFFINE:
        M = jacobian(lambda x: net.middle(x.clone()), maps[0].float()).double()
        M = M.reshape(middles[0].numel(), 120)
    else:
        M = torch.diag(_ratio(middles, maps, _slope_of(net.middle, maps[0])))
    hidden, out = net.hidden, net.out
    inner = [one.reshape(-1) @ hidden.weight.double().T + hidden.bias for one in middles]
    after = [one.relu() for one in inner]
    m = (out.weight[0] - out.weight[1]).double() * _ratio(after, inner, (inner[0] > 0).double())
    m = m @ hidden.weight.double() @ M
    m = m * _ratio(maps, before, (before[0] > 0).double())
    convolution = jacobian(lambda x: torch.conv1d(x, w, stride=50), z).reshape(120, -1)
    multipliers: Tensor = m @ convolution
    return (z - r) * multipliers.reshape(z.shape)


def _ratio(out: list[Tensor], inside: list[Tensor], slope: Tensor) -> Tensor:
    change = (inside[0] - inside[1]).reshape(-1)
    return torch.where(change == 0, slope.reshape(-1), (out[0] - out[1]).reshape(-1) / change)


def _slope_of(f: Middle, x: Tensor) -> Tensor:
    x = x.float().clone().requires_grad_()
    (found,) = torch.autograd.grad(f(x.clone()).sum(), x)
    return found.double()


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", AFFINE | MAXIMA)
def test_relevance_and_what_is_absorbed_are_the_log_odds(name: str) -> None:
    model, given = closed_form(Around((AFFINE | MAXIMA)[name])), _given()
    assert METHODS["lrp-gamma"].unsupported(model, evidence=False) is None
    found, _ = propagate(model, given, ZERO)
    gradient = METHODS["input-x-gradient"].attribute(model, given)
    torch.testing.assert_close(found, gradient, rtol=1e-3, atol=1e-5)
    m = model.log_odds(given.z, given.target)
    for method in (LRPEpsilon(), LRPGamma(), LRPComposite()):
        found, absorbed = propagate(model, given, method.rules)
        together = (found.sum((1, 2)) + absorbed).float()
        torch.testing.assert_close(together, m, rtol=1e-3, atol=1e-4)
        assert found.abs().amax(dim=(1, 2)).min() > 0


@pytest.mark.parametrize("name", CURVES)
def test_other_non_linearities_are_for_deeplift_alone(name: str) -> None:
    model = closed_form(Around(CURVES[name]))
    for method in ("guided-backprop", "lrp-gamma"):
        reason = METHODS[method].unsupported(model, evidence=False)
        assert reason is not None
        assert reason.startswith(f"{method} needs a rule for every operation of the net; there is")


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore")
def test_all_else_is_refused_with_the_reason(name: str) -> None:
    middle, expected = REFUSED[name]
    model = closed_form(Around(middle))
    for method in ("guided-backprop", "deeplift", "lrp-gamma"):
        reason = METHODS[method].unsupported(model, evidence=False)
        assert reason is not None
        start = f"{method} needs a rule for every operation of the net; "
        assert reason.startswith(start + expected)


def test_all_methods_with_rules_refuse_the_same() -> None:
    middle, expected = REFUSED["layer norm"]
    model = closed_form(Around(middle), cam_layer="conv")
    for method in (*GUIDED, *RESCALING, *RELEVANCE):
        reason = METHODS[method].unsupported(model, evidence=False)
        assert reason == f"{method} needs a rule for every operation of the net; {expected}"
