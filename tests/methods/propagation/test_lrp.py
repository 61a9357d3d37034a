"""The three named sets of rules: what they are, that they conserve, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cosine_similarity

from tests.closed_forms import Linear, batch, closed_form
from tests.methods.dense import Small
from xai_bench.methods import METHODS, Batch, find_methods
from xai_bench.methods.attribute import explain_batch
from xai_bench.models import load_model
from xai_bench.scoring.engine.cost import counted

NAMES = ("lrp-epsilon", "lrp-gamma", "lrp-composite")
RELU_NETS = ("fcn", "inception1d", "resnet1d", "resnet1d-superclass", "xresnet1d")


def _given(samples: int = 1000) -> Batch:
    """Smooth noise, z-scored; both targets."""
    z = batch(rows=2).z[..., :samples].cumsum(dim=-1)
    z = (z - z.mean(dim=-1, keepdim=True)) / z.std(dim=-1, keepdim=True)
    return replace(batch(rows=2), z=z, target=torch.tensor([0, 1]))


@pytest.mark.parametrize("name", RELU_NETS)
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
    relu = "lrp-gamma needs a net whose only non-linearities are ReLU and max pooling"
    for name, reason in (
        ("imn", "the net multiplies the weights that it writes by its input"),
        ("conv2d", "its layer conv1.2 is GELU"),
        ("lstm", "its layer lstm is LSTM"),
    ):
        model = load_model(name, device="cpu")
        found = METHODS["lrp-gamma"].unsupported(model, evidence=False)
        assert found == f"{relu}; {reason}"
    found = METHODS["lrp-gamma"].unsupported(closed_form(Linear()), evidence=False)
    assert found == f"{relu}; the net is Linear"


class Squared(Small):
    """A net of good layers that multiplies between them."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return super().forward(z * z)


def test_a_net_that_does_what_no_rule_is_for_is_refused() -> None:
    reason = METHODS["lrp-epsilon"].unsupported(closed_form(Squared()), evidence=False)
    assert reason == "lrp-epsilon has no rule for the operation mul"


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
