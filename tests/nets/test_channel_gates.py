"""Gates: literal re-computations, what is read of a net, and gates put in the place of its own."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from tests.gated_net import Gated
from xai_bench.errors import InputError
from xai_bench.nets.channel_gates import (
    ChannelGate,
    InformationGate,
    SqueezeExcite,
    gated_blocks,
    other_gates,
    read_gates,
)
from xai_bench.nets.windowed import Windowed

MAPS = torch.randn(3, 8, 20, generator=torch.Generator().manual_seed(0))


def _literal(gate: ChannelGate, described: torch.Tensor) -> torch.Tensor:
    state = gate.state_dict()
    rows = []
    for row in described:
        hidden = [
            max(0.0, float(w @ row + b))
            for w, b in zip(state["mlp.0.weight"], state["mlp.0.bias"], strict=True)
        ]
        out = state["mlp.2.weight"] @ torch.tensor(hidden) + state["mlp.2.bias"]
        rows.append(1 / (1 + torch.exp(-out)))
    return torch.stack(rows)


def test_squeeze_and_excitation_is_made_of_means() -> None:
    torch.manual_seed(0)
    gate = SqueezeExcite(8, reduction=4).eval()
    with torch.no_grad():
        literal = _literal(gate, MAPS.sum(dim=2) / 20)
        torch.testing.assert_close(gate.gates(MAPS), literal)
        torch.testing.assert_close(gate(MAPS), MAPS * literal[:, :, None])
        # Of maps with leads all places count alike.
        torch.testing.assert_close(gate(MAPS.unflatten(2, (4, 5))).flatten(2), gate(MAPS))


def test_information_is_one_less_the_share_of_the_largest_entropy() -> None:
    torch.manual_seed(0)
    gate = InformationGate(8, reduction=4).eval()
    described = torch.zeros(3, 8)
    for row, maps in enumerate(MAPS.tolist()):
        for channel, values in enumerate(maps):
            powers = [math.exp(abs(value)) for value in values]
            p = [one / sum(powers) for one in powers]
            entropy = -sum(one * math.log(one) for one in p)
            described[row, channel] = 1 - entropy / math.log(20)
    described = described / math.sqrt(1 + gate.norm.eps)  # the batch norm of a net not trained
    with torch.no_grad():
        torch.testing.assert_close(gate.gates(MAPS), _literal(gate, described))


def test_a_flat_channel_has_no_information_and_one_with_a_single_peak_has_all() -> None:
    gate = InformationGate(4, reduction=2).eval()
    gate.norm.get_buffer("running_var").fill_(1 - gate.norm.eps)
    maps = torch.zeros(1, 4, 50)
    maps[0, 1] = 3.0
    maps[0, 2, 7] = -200.0
    with torch.no_grad():
        found = gate.describe(maps)[0]
        torch.testing.assert_close(found, torch.tensor([0.0, 0.0, 1.0, 0.0]), atol=1e-6, rtol=0)
        assert gate.gates(maps[:, :, :1]).isfinite().all()  # a single place


def test_what_is_read_of_a_net_is_what_it_multiplied() -> None:
    net, z = Gated().eval(), torch.randn(2, 12, 30)
    (found,) = read_gates(net, z).values()
    assert list(gated_blocks(net)) == ["gate"]
    torch.testing.assert_close(found.maps, z.relu())
    torch.testing.assert_close(found.gates, torch.sigmoid(z.relu().mean(2)))


def test_other_gates_take_the_place_of_the_own_and_leave_it_again() -> None:
    net, z = Gated().eval(), torch.randn(2, 12, 30)
    own = net(z)
    given = torch.rand(2, 12)
    with other_gates(net.gate, given):
        changed = net(z)
    literal = (net.w * given * z.relu().mean(2)).sum(1, keepdim=True)
    torch.testing.assert_close(changed, literal)
    torch.testing.assert_close(net(z), own)


def test_a_block_that_runs_twice_is_an_error() -> None:
    net = Gated().eval()
    again = nn.Sequential(net.gate, net.gate)
    with pytest.raises(InputError, match=r"gates '0' run 2 times in a pass; once is needed"):
        read_gates(again, torch.randn(2, 12, 30))


def test_gates_of_windows_are_not_of_recordings() -> None:
    net = Windowed(Gated().eval(), samples=10, step=10, combine="mean")
    with pytest.raises(InputError, match=r"gates 'net.gate' are of 6 maps for 2 recordings"):
        read_gates(net, torch.randn(2, 12, 30))
