"""The order in which layers run, and what the last one reads."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.closed_forms import Linear
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.encoder import as_image
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.layers import last_input, running_order
from xai_bench.nets.lstm import LSTM

Z = torch.randn(2, 12, 64, generator=torch.Generator().manual_seed(0))


class Backwards(nn.Module):
    """Runs its layers against the order of registration, one of them never."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(3, 1)
        self.unused = nn.Linear(2, 2)
        self.first = nn.Linear(64, 3)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.last(self.first(z).mean(dim=1))
        return out


def test_layers_come_in_the_order_in_which_they_run() -> None:
    assert running_order(Backwards(), Z) == ["first", "last", "unused"]
    order = running_order(ECGIMN().eval(), Z)
    assert order[0] == "conv1.0"
    assert order[-2:] == ["transition.8", "bias_head"]
    assert len(order) == 3 * 2 + 2 * 2 + 1 + 1
    assert running_order(Linear(), torch.zeros(1, 12, 1000)) == [""]


@pytest.mark.parametrize("net", [ECGIMN().eval(), ECGConv2d().eval()], ids=["imn", "conv2d"])
def test_the_last_layer_reads_the_pooled_encoding(net: ECGIMN | ECGConv2d) -> None:
    with torch.no_grad():
        encoding = net.conv3(net.conv2(net.conv1(as_image(Z)))).mean(dim=(2, 3))
        torch.testing.assert_close(last_input(net, Z), encoding)


def test_a_layer_that_returns_a_tuple_is_no_obstacle() -> None:
    net = LSTM().eval()
    with torch.no_grad():
        read = last_input(net, Z)
        torch.testing.assert_close(net.fc(read), net(Z))


def test_a_net_without_layers_reads_the_recording() -> None:
    z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))
    assert torch.equal(last_input(Linear(), z), z.flatten(1))


def test_a_net_without_weights_reads_the_recording_too() -> None:
    z = torch.randn(2, 12, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(last_input(nn.Flatten(), z), z.flatten(1))


def test_no_hook_stays() -> None:
    net = Backwards()
    running_order(net, Z)
    last_input(net, Z)
    assert not any(layer._forward_pre_hooks for layer in net.modules())
