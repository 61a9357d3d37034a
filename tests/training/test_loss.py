"""The loss, written out."""

from __future__ import annotations

import pytest
import torch

from tests.closed_forms import CARD, LEADS, SAMPLES, Linear, TwoLinear, batch
from xai_bench.cards import ModelCard, Recipe
from xai_bench.nets.base import NativeNet
from xai_bench.nets.imn import ECGIMN
from xai_bench.training.loss import loss, neighbours


def recipe(**change: float) -> Recipe:
    card = ModelCard.model_validate(CARD)
    assert isinstance(card.recipe, Recipe)
    return card.recipe.model_copy(update={"l1": 0.0, "local_fidelity": 0.0} | change)


class Given(NativeNet):
    """A native net that writes the same W for every recording, and b = 0.1."""

    def __init__(self, W: torch.Tensor) -> None:
        super().__init__()
        self.W = W

    def generate(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.W[:1].expand(len(z), -1, -1, -1), torch.full((len(z), 1), 0.1)


def test_weighted_cross_entropy_of_two_outputs_and_the_size_of_w() -> None:
    net, z, label = TwoLinear(), batch().z, torch.tensor([0, 1, 1])
    with torch.no_grad():
        p = net(z).softmax(1)[torch.arange(3), label]
        weight = torch.tensor([4 / 3, 4.0])[label]
        expected = -(weight * p.log()).sum() / weight.sum()
        expected += 0.5 * net.get_parameter("w").abs().mean()
        found = loss(net, z, label[:, None], recipe(l1=0.5), torch.tensor([0.25]))
    torch.testing.assert_close(found, expected)


def test_one_output_weighs_the_positives() -> None:
    net, z, label = Linear(), batch().z, torch.tensor([0, 1, 1])
    with torch.no_grad():
        p = torch.sigmoid(net(z)[:, 0])
        each = torch.where(label == 1, -3 * p.log(), -(1 - p).log())
        found = loss(net, z, label[:, None], recipe(), torch.tensor([0.25]))
    torch.testing.assert_close(found, each.mean())


def test_w_that_does_not_change_is_a_faithful_linear_model() -> None:
    """f is linear, so the local term is zero for every neighbour."""
    net, z, truth = TwoLinear(), batch().z, torch.tensor([[0], [1], [1]])
    share = torch.tensor([0.4])
    with torch.no_grad():
        plain = loss(net, z, truth, recipe(), share)
        local = loss(net, z, truth, recipe(local_fidelity=100.0), share)
    torch.testing.assert_close(local, plain)


def test_the_sum_over_a_crop_stands_for_the_whole() -> None:
    """A recording of four equal parts: a quarter of it is worth as much as all of it."""
    quarter, truth, share = batch().z, torch.tensor([[0], [1], [1]]), torch.tensor([0.5])
    whole = quarter.repeat(1, 1, 4)
    W = torch.linspace(-0.01, 0.02, SAMPLES).expand(3, 1, LEADS, SAMPLES)
    with torch.no_grad():
        for local in (0.0, 10.0):
            torch.manual_seed(0)
            on_quarter = loss(Given(W), quarter, truth, recipe(local_fidelity=local), share, 0.25)
            torch.manual_seed(0)
            of_quarter = loss(Given(W * 4), quarter, truth, recipe(local_fidelity=local), share)
            torch.testing.assert_close(on_quarter, of_quarter)
        on_whole = loss(Given(W.repeat(1, 1, 1, 4)), whole, truth, recipe(), share)
        on_quarter = loss(Given(W), quarter, truth, recipe(), share, 0.25)
    torch.testing.assert_close(on_quarter, on_whole)


def test_the_size_of_w_is_a_mean_at_any_length() -> None:
    W = torch.full((3, 1, LEADS, SAMPLES), 0.5)
    net, z, truth, share = Given(W), batch().z, torch.tensor([[0], [1], [1]]), torch.tensor([0.5])
    with torch.no_grad():
        plain, sparse = (loss(net, z, truth, recipe(l1=l1), share, 0.25) for l1 in (0.0, 3.0))
    torch.testing.assert_close(sparse - plain, torch.tensor(1.5))


def test_the_local_term_written_out() -> None:
    net = ECGIMN(weight_scale=0.01).eval()
    z = torch.randn(8, 12, 64, generator=torch.Generator().manual_seed(0))
    truth, share = torch.tensor([[0], [1]] * 4), torch.tensor([0.5])
    with torch.no_grad():
        torch.manual_seed(7)
        found = loss(net, z, truth, recipe(local_fidelity=10.0), share)
        torch.manual_seed(7)
        near = neighbours(z[:2])  # a quarter of the batch
        W, b = net.generate(z)
        missed = [
            float((W[i, 0] * near[i]).sum() + b[i, 0] - net(near[i : i + 1])[0, 0])
            for i in range(2)
        ]
        fit = loss(net, z, truth, recipe(), share)
    expected = float(fit) + 10.0 * sum(m**2 for m in missed) / 2
    assert float(found) == pytest.approx(expected, rel=1e-4)
    assert max(map(abs, missed)) > 0


def test_neighbours_are_near_and_differ_in_the_fast_and_the_slow() -> None:
    torch.manual_seed(0)
    change = neighbours(torch.zeros(50, LEADS, SAMPLES))
    # White noise of 0.1 and a sine of amplitude 0.1: variances add.
    assert float(change.std()) == pytest.approx((0.1**2 + 0.1**2 / 2) ** 0.5, rel=0.05)
    slow = change.unfold(-1, 50, 50).mean(-1)
    assert float(slow.std()) > 0.05
