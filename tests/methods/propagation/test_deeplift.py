"""The rescale rule: a literal one on tiny nets, Captum's, and the two methods made of it."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace
from typing import final

import numpy as np
import numpy.typing as npt
import pytest
import torch
from captum.attr import DeepLift
from torch import Tensor, nn

from tests.closed_forms import SUPERCLASS, Linear, batch, closed_form, row_of, weight_map
from tests.foreign_nets import Chain
from tests.methods.promise import above_zero, promised
from xai_bench.methods.background import background
from xai_bench.methods.propagation.deeplift import DeepLIFT, DeepSHAP, rescaled_differences
from xai_bench.models import Model
from xai_bench.nets.base import Net
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.fcn import FCN
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.inception1d import Inception1d
from xai_bench.nets.lstm import LSTM
from xai_bench.nets.resnet1d import ResNet1dWang
from xai_bench.nets.xresnet1d import XResNet1d
from xai_bench.scoring.engine.cost import counted

_Map = npt.NDArray[np.float64]


def _seeded(net: Net, seed: int = 0) -> Model:
    """Weights of one seed, and statistics of batch norms that are not those of a fresh net."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weights in net.state_dict().items():
            if weights.is_floating_point():
                drawn = torch.rand(weights.shape, generator=generator)
                spread = 5 * weights[0].numel() ** -0.5 if weights.dim() > 1 else 1.0
                weights.copy_(drawn + 0.5 if "var" in name else spread * (drawn - 0.5))
    return closed_form(net)


def _pair(rows: int = 3, samples: int = 200) -> tuple[Tensor, Tensor, Tensor]:
    """Recordings, references of three times their size, and targets."""
    z, reference = (batch(rows, seed=seed).z[..., :samples] for seed in (1, 2))
    return z, 3 * reference, torch.ones(rows, dtype=torch.int64)


def _by_captum(model: Model, z: Tensor, reference: Tensor) -> Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Setting forward, backward hooks")
        found: Tensor = DeepLift(model.net).attribute(
            z.clone().requires_grad_(), reference, target=0
        )
    return found.detach()


def test_a_literal_chain_of_multipliers_is_found() -> None:
    """Convolution, ReLU, overlapping max pool, ReLU, linear, in plain numpy."""
    model = _seeded(
        Chain(
            nn.Conv1d(12, 4, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool1d(3, stride=2, padding=1),
            nn.Flatten(),
            nn.Linear(40, 5),
            nn.ReLU(),
            nn.Linear(5, 1),
        )
    )
    z, reference, target = _pair(rows=2, samples=20)
    found = rescaled_differences(model, z, reference, target)
    for row in range(2):
        expected = _literal(model.net, z[row].double().numpy(), reference[row].double().numpy())
        np.testing.assert_allclose(found[row], expected, rtol=1e-4, atol=1e-6)


def _literal(net: nn.Module, x: _Map, r: _Map) -> _Map:
    weights = {name: value.double().numpy() for name, value in net.state_dict().items()}
    kernel = weights["layers.0.weight"]

    def convolved(values: _Map) -> _Map:
        padded = np.pad(values, ((0, 0), (1, 1)))
        out = np.zeros((4, 20))
        for channel, bias in enumerate(weights["layers.0.bias"]):
            for time in range(20):
                window = padded[:, time : time + 3]
                out[channel, time] = (kernel[channel] * window).sum() + bias
        return out

    def rescale(inside: tuple[_Map, ...]) -> _Map:
        ratios = np.zeros(inside[0].shape)
        for place in np.ndindex(ratios.shape):
            a, b = (float(side[place]) for side in inside)
            ratios[place] = (max(a, 0) - max(b, 0)) / (a - b)
        return ratios

    first = convolved(x), convolved(r)
    after = tuple(np.maximum(side, 0) for side in first)
    pooled = tuple(np.zeros((4, 10)) for _ in range(2))
    pool = np.zeros((4, 10, 20))  # multiplier of each pooled value for each sample of its channel
    for channel in range(4):
        for step in range(10):
            window = [time for time in range(2 * step - 1, 2 * step + 2) if 0 <= time < 20]
            best = [max(window, key=lambda time: side[channel, time]) for side in after]
            for side, values, time in zip(pooled, after, best, strict=True):
                side[channel, step] = values[channel, time]
            gain = pooled[0][channel, step] - pooled[1][channel, step]
            owner = best[0] if gain >= 0 else best[1]
            change = after[0][channel, owner] - after[1][channel, owner]
            pool[channel, step, owner] = gain / change if change else 1.0
    dense = weights["layers.4.weight"]
    second = tuple(dense @ side.ravel() + weights["layers.4.bias"] for side in pooled)
    m_second = weights["layers.6.weight"][0] * rescale(second)
    m_pooled = (m_second @ dense).reshape(4, 10)
    m_after = np.einsum("cs,cst->ct", m_pooled, pool)
    m_first = m_after * rescale(first)
    m_input = np.zeros((12, 22))
    for channel in range(4):
        for time in range(20):
            m_input[:, time : time + 3] += m_first[channel, time] * kernel[channel]
    found: _Map = (x - r) * m_input[:, 1:-1]
    return found


@pytest.mark.parametrize(
    "net", [FCN(), ResNet1dWang(), XResNet1d(), Inception1d()], ids=lambda net: type(net).__name__
)
def test_differences_are_complete_on_every_relu_net(net: Net) -> None:
    model = _seeded(copy.deepcopy(net))
    z, reference, target = _pair()
    found = rescaled_differences(model, z, reference, target).double().sum(dim=(1, 2))
    with torch.no_grad():
        expected = (model.log_odds(z, target) - model.log_odds(reference, target)).double()
    assert expected.abs().min() > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("net", [FCN(), ResNet1dWang()], ids=["fcn", "resnet1d"])
def test_captum_finds_the_same_on_nets_without_pools(net: Net) -> None:
    model = _seeded(copy.deepcopy(net))
    z, reference, target = _pair()
    found = rescaled_differences(model, z, reference, target)
    expected = _by_captum(model, z, reference)
    scale = float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5 * scale)


def test_captum_finds_the_same_where_a_pool_comes_first() -> None:
    """Its rule for pools that do not overlap is this one; deeper in a net its sums are wrong."""
    layers = (nn.MaxPool1d(2), nn.Conv1d(12, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 98, 1))
    model = _seeded(Chain(*layers))
    z, reference, target = _pair()
    found = rescaled_differences(model, z, reference, target)
    expected = _by_captum(model, z, reference)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)


def test_pools_over_leads_and_time_are_complete() -> None:
    model = _seeded(
        Chain(
            nn.Unflatten(1, (1, 12)),
            nn.Conv2d(1, 3, 3),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=(1, 2)),
            nn.Flatten(),
            nn.Linear(3 * 8 * 98, 1),
        )
    )
    z, reference, target = _pair()
    found = rescaled_differences(model, z, reference, target).sum(dim=(1, 2))
    with torch.no_grad():
        expected = model.log_odds(z, target) - model.log_odds(reference, target)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_one_relu_may_serve_in_two_places() -> None:
    relu = nn.ReLU()
    layers = (nn.Conv1d(12, 4, 3), relu, nn.Conv1d(4, 4, 3), relu, nn.Flatten())
    model = _seeded(Chain(*layers, nn.Linear(4 * 196, 1)))
    z, reference, target = _pair()
    found = rescaled_differences(model, z, reference, target).sum(dim=(1, 2))
    with torch.no_grad():
        expected = model.log_odds(z, target) - model.log_odds(reference, target)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_recording_that_is_its_own_reference_gets_nothing_and_no_nan() -> None:
    model = _seeded(Inception1d())
    z, _, target = _pair()
    assert torch.equal(rescaled_differences(model, z, z, target), torch.zeros_like(z))


def test_the_model_is_left_alone() -> None:
    model = _seeded(XResNet1d())
    z, reference, target = _pair()
    modules = {name: type(layer) for name, layer in model.net.named_modules()}
    before = copy.deepcopy(model.net.state_dict())
    rescaled_differences(model, z, reference, target)
    assert {name: type(layer) for name, layer in model.net.named_modules()} == modules
    for name, weights in model.net.state_dict().items():
        assert torch.equal(weights, before[name])
    for layer in model.net.modules():
        assert not layer._forward_hooks
        assert not layer._backward_hooks
    for weights in model.net.parameters():
        assert weights.grad is None


def test_targets_are_explained_each_for_itself() -> None:
    """Multi-label columns and both classes of a binary task."""
    five = closed_form(_seeded(FCN(outputs=5)).net, **SUPERCLASS)
    z, reference, _ = _pair()
    target = torch.tensor([4, 0, 2])
    found = rescaled_differences(five, z, reference, target).sum(dim=(1, 2))
    with torch.no_grad():
        expected = five.log_odds(z, target) - five.log_odds(reference, target)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    one = _seeded(FCN())
    mi = rescaled_differences(one, z, reference, torch.tensor([1, 1, 1]))
    mixed = rescaled_differences(one, z, reference, torch.tensor([1, 0, 1]))
    torch.testing.assert_close(mixed, torch.stack([mi[0], -mi[1], mi[2]]))


def test_a_recording_does_not_depend_on_its_batch() -> None:
    model = _seeded(XResNet1d())
    z, reference, target = _pair()
    together = rescaled_differences(model, z, reference, target)
    alone = rescaled_differences(model, z[1:2], reference[1:2], target[1:2])
    scale = float(together.abs().max())
    torch.testing.assert_close(alone[0], together[1], rtol=1e-4, atol=1e-6 * scale)


BOTH = (DeepLIFT(), DeepSHAP())


@final
class Small(Net):
    """A ReLU net that costs nothing."""

    def __init__(self, *, outputs: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 8, 9, stride=4)
        self.relu, self.pool = nn.ReLU(), nn.MaxPool1d(2)
        self.fc = nn.Linear(8 * 124, outputs)
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for weights in self.parameters():
                weights.copy_(torch.randn(weights.shape, generator=generator) / 10)

    def forward(self, z: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.pool(self.relu(self.conv(z))).flatten(1))
        return logits

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


def test_deeplift_starts_from_the_zero_recording() -> None:
    model, given = closed_form(Small()), replace(batch(rows=2), target=torch.tensor([0, 1]))
    expected = rescaled_differences(model, given.z, torch.zeros_like(given.z), given.target)
    assert torch.equal(DeepLIFT().attribute(model, given), expected)
    total = promised(DeepLIFT(), model, given)
    with torch.no_grad():
        torch.testing.assert_close(total, above_zero(model, given))


def test_deepshap_is_the_mean_over_the_background() -> None:
    model, given = closed_form(Small()), replace(batch(rows=2), target=torch.tensor([0, 1]))
    expected = torch.zeros_like(given.z)
    for reference in background(model):
        every = reference.expand(2, -1, -1)
        expected += rescaled_differences(model, given.z, every, given.target) / 16
    scale = float(expected.abs().max())
    found = DeepSHAP().attribute(model, given)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6 * scale)


@pytest.mark.parametrize("target", [0, 3])
def test_deepshap_sums_to_the_difference_from_the_mean_of_its_references(target: int) -> None:
    model = closed_form(Small(outputs=5), **SUPERCLASS)
    given = batch(rows=2, target=target)
    total = promised(DeepSHAP(), model, given)
    with torch.no_grad():
        of_references = [
            float(model.log_odds(reference[None], target)) for reference in background(model)
        ]
        expected = model.log_odds(given.z, given.target) - sum(of_references) / 16
    torch.testing.assert_close(total, expected, rtol=1e-4, atol=1e-5)
    found = DeepSHAP().attribute(model, given).sum(dim=(1, 2))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("method", "pairs"), [(DeepLIFT(), 1), (DeepSHAP(), 16)])
def test_each_reference_is_two_passes_there_and_back(
    method: DeepLIFT | DeepSHAP, pairs: int
) -> None:
    model, given = closed_form(Small()), batch(rows=2)
    with counted(model.net) as count:
        method.attribute(model, given)
    assert (count.forward, count.backward) == (2 * 2 * pairs, 2 * 2 * pairs)


@pytest.mark.parametrize("method", BOTH, ids=lambda method: method.name)
def test_attributions_do_not_depend_on_the_batch(method: DeepLIFT | DeepSHAP) -> None:
    model, given = closed_form(Small()), batch(rows=2)
    together = method.attribute(model, given)
    alone = method.attribute(model, row_of(given, 1))
    scale = float(together.abs().max())
    torch.testing.assert_close(alone[0], together[1], rtol=1e-4, atol=1e-6 * scale)


@pytest.mark.parametrize("method", BOTH, ids=lambda method: method.name)
@pytest.mark.parametrize(
    ("net", "reason"),
    [
        (ECGIMN(), "mul of two tensors that depend on the recording"),
        (LSTM(), "lstm (layer lstm)"),
    ],
    ids=["imn", "lstm"],
)
def test_other_nets_are_refused(net: Net, reason: str, method: DeepLIFT | DeepSHAP) -> None:
    rule = f"{method.name} needs a rule for every operation of the net; there is none for"
    assert method.unsupported(closed_form(net), evidence=True) == f"{rule} {reason}"
    assert method.unsupported(closed_form(Small()), evidence=False) is None


def test_a_gelu_net_is_complete() -> None:
    model = _seeded(ECGConv2d(outputs=1))
    assert DeepLIFT().unsupported(model, evidence=False) is None
    z, reference, target = _pair()
    found = rescaled_differences(model, z, reference, target).double().sum(dim=(1, 2))
    with torch.no_grad():
        expected = (model.log_odds(z, target) - model.log_odds(reference, target)).double()
    assert expected.abs().min() > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-6)


def test_a_linear_net_is_its_weights_times_the_difference() -> None:
    model, (z, reference, target) = closed_form(Linear()), _pair(samples=1000)
    found = rescaled_differences(model, z, reference, target)
    torch.testing.assert_close(found, weight_map() * (z - reference))
