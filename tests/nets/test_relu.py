"""Which nets are ReLU nets, and why the others are not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.closed_forms import CARD, Linear, TwoLinear
from xai_bench.cards import ModelCard
from xai_bench.models import build_net
from xai_bench.nets.base import Net
from xai_bench.nets.relu import why_not_relu

RELU_NETS = ("fcn:FCN", "inception1d:Inception1d", "resnet1d:ResNet1dWang", "xresnet1d:XResNet1d")


def _built(target: str) -> nn.Module:
    card = ModelCard.model_validate(CARD | {"target": f"xai_bench.nets.{target}"})
    return build_net(card)


class Chain(Net):
    """A net of the layers that it is given."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layers(z)
        return logits

    def rescale_(self, scale: torch.Tensor, shift: torch.Tensor) -> None:
        raise AssertionError("not used")


class Gate(nn.ReLU):
    """A subclass that computes something else."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input * torch.relu(input)


class Scaled(nn.Module):
    """A layer around another, with a weight that nothing knows the use of."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.relu = nn.ReLU()


@pytest.mark.parametrize("target", RELU_NETS)
def test_relu_nets_of_the_zoo(target: str) -> None:
    assert why_not_relu(_built(target)) is None


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("imn:ECGIMN", "the net multiplies the weights that it writes by its input"),
        ("conv2d:ECGConv2d", "its layer conv1.2 is GELU"),
        ("lstm:LSTM", "its layer lstm is LSTM"),
    ],
)
def test_other_nets_of_the_zoo(target: str, reason: str) -> None:
    assert why_not_relu(_built(target)) == reason


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        (TwoLinear(), "the net multiplies the weights that it writes by its input"),
        (Linear(), "the net is Linear"),
        (Chain(nn.Conv1d(12, 1, 1), nn.AvgPool1d(2)), "it has no ReLU"),
        (Chain(nn.ReLU(inplace=True)), "its layer layers.0 overwrites its input"),
        (Chain(nn.ReLU(), nn.SiLU()), "its layer layers.1 is SiLU"),
        (Chain(nn.ReLU(), nn.Linear(2, 2), Gate()), "its layer layers.2 is Gate"),
        (Chain(Scaled()), "its layer layers.0, Scaled, has weights of its own"),
        (
            Chain(nn.ReLU(), nn.BatchNorm1d(12, track_running_stats=False)),
            "its layer layers.1 takes statistics from the batch",
        ),
    ],
)
def test_what_is_no_relu_net(net: nn.Module, reason: str) -> None:
    assert why_not_relu(net) == reason
