"""DeepLIFT and DeepSHAP: references, sums, passes, and nets that they refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import final

import pytest
import torch
from torch import Tensor, nn

from tests.closed_forms import SUPERCLASS, Linear, batch, closed_form, row_of
from xai_bench.methods.background import background
from xai_bench.methods.base import above_baseline
from xai_bench.methods.propagation.deeplift import DeepLIFT, DeepSHAP
from xai_bench.methods.propagation.rescale import rescaled_differences
from xai_bench.nets.base import Net
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.lstm import LSTM
from xai_bench.scoring.engine.cost import counted

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
    total = DeepLIFT().total(model, given)
    with torch.no_grad():
        torch.testing.assert_close(total, above_baseline(model, given))


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
    total = DeepSHAP().total(model, given)
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
def test_a_recording_does_not_depend_on_its_batch(method: DeepLIFT | DeepSHAP) -> None:
    model, given = closed_form(Small()), batch(rows=2)
    together = method.attribute(model, given)
    alone = method.attribute(model, row_of(given, 1))
    scale = float(together.abs().max())
    torch.testing.assert_close(alone[0], together[1], rtol=1e-4, atol=1e-6 * scale)


@pytest.mark.parametrize("method", BOTH, ids=lambda method: method.name)
@pytest.mark.parametrize(
    "net", [ECGIMN(), ECGConv2d(), LSTM(), Linear()], ids=lambda net: type(net).__name__
)
def test_other_nets_are_refused(net: Net, method: DeepLIFT | DeepSHAP) -> None:
    reason = method.unsupported(closed_form(net), evidence=True)
    assert reason is not None
    assert reason.startswith(f"{method.name} needs a net whose only non-linearities are ReLU")
    assert method.unsupported(closed_form(Small()), evidence=False) is None
