"""Relevance propagation: dense matrices, closed forms, and the three named sets of rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from tests.closed_forms import Linear, batch, closed_form, row_of, weight_map
from tests.foreign_nets import Chain
from tests.methods import dense
from xai_bench.methods import METHODS, Batch, find_methods
from xai_bench.methods.attribute import explain_batch
from xai_bench.methods.gradients import InputXGradient
from xai_bench.methods.propagation.lrp import (
    LRPComposite,
    LRPEpsilon,
    LRPGamma,
    Rules,
    propagate,
)
from xai_bench.methods.propagation.rules import Handed, epsilon, gamma, squares
from xai_bench.methods.propagation.steps import Step, UnknownOperationError
from xai_bench.models import load_model
from xai_bench.nets.base import Net
from xai_bench.nets.encoder import as_image
from xai_bench.scoring.engine.cost import counted

RULES = {
    "epsilon": (
        Rules(
            first=epsilon(0.2), convolution=epsilon(0.1), linear=epsilon(0.3), spread=epsilon(0.25)
        ),
        (dense.epsilon(0.2), dense.epsilon(0.1), dense.epsilon(0.3), dense.epsilon(0.25)),
    ),
    "gamma": (
        Rules(first=gamma(0.5), convolution=gamma(0.25), linear=gamma(1.0), spread=epsilon(0.0)),
        (dense.gamma(0.5), dense.gamma(0.25), dense.gamma(1.0), dense.epsilon(0.0)),
    ),
    "squares": (
        Rules(first=squares, convolution=gamma(0.25), linear=epsilon(0.25), spread=epsilon(0.0)),
        (dense.squares, dense.gamma(0.25), dense.epsilon(0.25), dense.epsilon(0.0)),
    ),
}
ZERO = Rules(first=epsilon(0.0), convolution=epsilon(0.0), linear=epsilon(0.0), spread=epsilon(0.0))


def _tiny(rows: int = 2, samples: int = 12) -> Batch:
    given = batch(rows=rows)
    target = torch.arange(rows) % 2
    return replace(given, z=given.z[..., :samples].double(), target=target)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("seed", [0, 1])
def test_as_with_every_layer_a_dense_matrix(name: str, seed: int) -> None:
    rules, (first, convolution, linear, spread) = RULES[name]
    net, given = dense.small(seed), _tiny()
    model = closed_form(net)
    found, absorbed = propagate(model, given, rules)
    m = model.log_odds(given.z, given.target)
    for row, target in enumerate((0, 1)):
        twin = dense.DenseTwin(net, first, convolution, linear, spread)
        expected, log_odds = twin.explain(given.z[row].numpy(), target)
        assert np.abs(expected).max() > 1e-3
        assert float(m[row]) == pytest.approx(log_odds, rel=1e-9)
        np.testing.assert_allclose(found[row].numpy(), expected, rtol=1e-8, atol=1e-12)
        assert float(absorbed[row]) == pytest.approx(twin.absorbed, rel=1e-8, abs=1e-12)


def test_the_epsilon_rule_with_nothing_added_is_input_x_gradient() -> None:
    """Biases or not: relevance over activation is the gradient (Ancona et al. 2018)."""
    model, given = closed_form(dense.small()), _tiny()
    found, _ = propagate(model, given, ZERO)
    torch.testing.assert_close(found, InputXGradient().attribute(model, given))


def test_without_biases_it_sums_to_the_log_odds() -> None:
    torch.manual_seed(0)
    net = Chain(
        nn.Conv1d(12, 3, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(30, 1, bias=False)
    )
    model, given = closed_form(net.double()), _tiny()
    m = model.log_odds(given.z, given.target)
    for rules in (ZERO, RULES["gamma"][0], RULES["squares"][0]):
        found, absorbed = propagate(model, given, rules)
        torch.testing.assert_close(found.sum((1, 2)), m)
        assert not absorbed.any()


def test_a_linear_model_is_explained_by_w_times_z_and_its_bias_is_absorbed() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(12 * 12, 2)
    model, given = closed_form(Chain(nn.Flatten(), layer).double()), _tiny()
    found, absorbed = propagate(model, given, RULES["gamma"][0])
    w, b = layer.weight[1] - layer.weight[0], layer.bias[1] - layer.bias[0]
    sign = 2 * given.target - 1
    torch.testing.assert_close(found, sign[:, None, None] * w.view(12, 12) * given.z)
    torch.testing.assert_close(absorbed, sign * b)


class Image(Net):
    """A net over leads x time, whose parts are functions where that is possible."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.conv1 = nn.Conv2d(1, 4, (3, 5), padding=(1, 2))
        self.norm, self.relu = nn.BatchNorm2d(4), nn.ReLU()
        self.conv2, self.fc = nn.Conv2d(4, 8, 3), nn.Linear(8, 1)

    def forward(self, z: Tensor) -> Tensor:
        maps = self.relu(self.norm(self.conv1(as_image(z))))
        maps = torch.relu(self.conv2(nn.functional.max_pool2d(maps, (1, 2))))
        logits: Tensor = self.fc(maps.mean((2, 3)))
        return logits

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


def test_a_net_over_leads_and_time() -> None:
    model, given = closed_form(Image().double()), _tiny()
    found, _ = propagate(model, given, ZERO)
    torch.testing.assert_close(found, InputXGradient().attribute(model, given))
    m = model.log_odds(given.z, given.target)
    for rules, _ in RULES.values():
        found, absorbed = propagate(model, given, rules)
        torch.testing.assert_close(found.sum((1, 2)) + absorbed, m)


def test_what_two_logits_have_in_common_changes_nothing() -> None:
    net, given = dense.small(), _tiny()
    before, _ = propagate(closed_form(net), given, RULES["epsilon"][0])
    with torch.no_grad():
        net.fc.weight.add_(torch.linspace(-1, 1, 6))
        net.fc.bias.add_(0.7)
    after, _ = propagate(closed_form(net), given, RULES["epsilon"][0])
    torch.testing.assert_close(before, after)


@pytest.mark.parametrize("name", RULES)
def test_a_recording_is_explained_alike_in_any_batch(name: str) -> None:
    model, given, rules = closed_form(dense.small()), _tiny(rows=5), RULES[name][0]
    given = replace(given, z=given.z * torch.logspace(-1, 1, 5)[:, None, None].double())
    together, absorbed = propagate(model, given, rules)
    alone, absorbed_alone = propagate(model, row_of(given, 3), rules)
    torch.testing.assert_close(together[3:4], alone)
    torch.testing.assert_close(absorbed[3:4], absorbed_alone)


@pytest.mark.parametrize("fault", [0.0, 2.0], ids=["lost", "twice"])
def test_a_branch_lost_or_counted_twice_leaves_a_residual(fault: float) -> None:
    right = epsilon(0.0)

    def wrong(step: Step, R: Tensor) -> Handed:
        handed = right(step, R)
        first, *rest = handed.inputs
        return replace(handed, inputs=(fault * first if rest else first, *rest))

    model, given = closed_form(dense.small()), _tiny()
    m = model.log_odds(given.z, given.target)
    for spread, residual in ((right, False), (wrong, True)):
        found, absorbed = propagate(model, given, replace(ZERO, spread=spread))
        missed = (found.sum((1, 2)) + absorbed - m).abs() / m.abs()
        assert bool((missed > 0.02).all()) == residual
        assert bool((missed < 1e-9).all()) == (not residual)


class Odd(dense.Small):
    """Small, with something in its forward that no layer shows."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def forward(self, z: Tensor) -> Tensor:
        if self.what == "mul":
            return super().forward(z * z)
        if self.what == "silu":
            return super().forward(nn.functional.silu(z))
        return torch.relu(super().forward(z))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("mul", "mul of two tensors that depend on the recording"),
        ("silu", "silu"),
        ("end", "logits that come from no linear layer"),
    ],
)
def test_what_has_no_rule_is_named(what: str, reason: str) -> None:
    z = _tiny().z.float()
    LRPEpsilon().follow(dense.Small().eval(), z)
    with pytest.raises(UnknownOperationError, match=f"^{reason}$"):
        LRPEpsilon().follow(Odd(what).eval(), z)


def test_nothing_but_the_attribution_is_left_behind() -> None:
    """Also where no gradients are wanted, as in a scorer."""
    net = dense.small()
    model, given = closed_form(net), _tiny()
    with torch.inference_mode():
        inside, absorbed = propagate(model, replace(given, z=given.z + 0), ZERO)
    outside, _ = propagate(model, given, ZERO)
    torch.testing.assert_close(inside, outside)
    assert not inside.requires_grad
    assert not absorbed.requires_grad


NAMES = ("lrp-epsilon", "lrp-gamma", "lrp-composite")
RELU_NETS = ("fcn", "resnet1d", "inception1d", "resnet1d-superclass", "xresnet1d")


def _given(samples: int = 1000) -> Batch:
    """Smooth noise, z-scored; both targets."""
    z = batch(rows=2).z[..., :samples].cumsum(dim=-1)
    z = (z - z.mean(dim=-1, keepdim=True)) / z.std(dim=-1, keepdim=True)
    return replace(batch(rows=2), z=z, target=torch.tensor([0, 1]))


@pytest.mark.parametrize(
    "name",
    [*RELU_NETS[:2], *(pytest.param(name, marks=pytest.mark.slow) for name in RELU_NETS[2:])],
)
def test_attributions_sum_to_what_biases_leave_of_the_log_odds(name: str) -> None:
    model, methods = load_model(name, device="cpu"), find_methods(NAMES)
    assert [method.unsupported(model, evidence=False) for method in methods] == [None] * 3
    explained = explain_batch(model, _given(), methods, ("a", "b"), seed=0)
    for found in explained.values():
        assert (found.residual < 1e-4).all()
        assert (found.values.abs().amax(dim=(1, 2)) > 1e-5).all()


@pytest.mark.parametrize("name", NAMES)
def test_class_0_is_class_1_negated_for_one_logit(name: str) -> None:
    model, given, method = load_model("fcn", device="cpu"), _given(200), METHODS[name]
    z = given.z[:1].expand(2, -1, -1)
    against, speaks_for = method.attribute(model, replace(given, z=z))
    torch.testing.assert_close(against, -speaks_for)


def test_other_nets_are_refused_with_the_layer_that_is_to_blame() -> None:
    rule = "lrp-gamma needs a rule for every operation of the net; there is none for"
    for name, reason in (
        ("imn", "gelu (layer conv1.2)"),
        ("conv2d", "gelu (layer conv1.2)"),
        ("lstm", "lstm (layer lstm)"),
    ):
        model = load_model(name, device="cpu")
        found = METHODS["lrp-gamma"].unsupported(model, evidence=False)
        assert found == f"{rule} {reason}"


def test_a_linear_net_needs_no_layers() -> None:
    """<w, z> + 0.5, by operations on tensors."""
    model, given = closed_form(Linear()), batch(rows=2)
    for method in (LRPEpsilon(), LRPGamma(), LRPComposite()):
        assert method.unsupported(model, evidence=False) is None
        found, absorbed = propagate(model, given, method.rules)
        torch.testing.assert_close(found, weight_map() * given.z)
        torch.testing.assert_close(absorbed, torch.full_like(absorbed, 0.5))


@pytest.mark.parametrize("name", NAMES)
def test_one_pass_forward_and_one_back(name: str) -> None:
    model = load_model("fcn", device="cpu")
    with counted(model.net) as passes:
        METHODS[name].attribute(model, _given(200))
    assert (passes.forward, passes.backward) == (2, 2)


def test_rule_sets_differ() -> None:
    model = load_model("fcn", device="cpu")
    found = [METHODS[name].attribute(model, _given(200)).flatten(1) for name in NAMES]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (cosine_similarity(found[one], found[other]) < 0.99).all()
