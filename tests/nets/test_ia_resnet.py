"""The net with information gates: widths, and a literal pass around its blocks."""

import torch
from torch import nn

from xai_bench.nets.channel_gates import gated_blocks
from xai_bench.nets.ia_resnet import IAResNet

Z = torch.randn(2, 12, 80, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    def block(inputs: int, outputs: int) -> int:
        kernels = 5 * inputs * outputs + 5 * outputs * outputs + inputs * outputs
        return kernels + 3 * 2 * outputs

    def gate(c: int) -> int:
        return 2 * c * (c // 4) + c // 4 + c + 2 * c

    def count(leads: int) -> int:
        stem = leads * 24 * 9 + 2 * 24
        blocks = block(24, 32) + block(32, 48) + block(48, 64)
        return stem + blocks + gate(32) + gate(48) + gate(64) + 65

    assert count(12) == 77_125
    for leads in (12, 2, 1):
        assert sum(p.numel() for p in IAResNet(leads=leads).parameters()) == count(leads)


def test_logits_are_of_the_means_of_gated_blocks() -> None:
    torch.manual_seed(0)
    net = IAResNet(outputs=2).eval()
    for norm in net.modules():  # those that start at zero hide what is before them
        if isinstance(norm, nn.BatchNorm1d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.get_buffer("running_var"), 0.5, 1.5)
    with torch.inference_mode():
        maps = net.stem(Z)
        for number, steps in ((1, 20), (2, 10), (3, 10)):
            before = getattr(net, f"block{number}")(maps)
            assert before.shape[2] == steps
            assert before.min() >= 0  # a shut gate shuts all of its channel
            gates = getattr(net, f"gate{number}").gates(before)
            maps = torch.einsum("rct,rc->rct", before, gates)
        literal = maps.mean(2) @ net.fc.weight.T + net.fc.bias
        torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)


def test_every_block_is_gated() -> None:
    assert list(gated_blocks(IAResNet())) == ["gate1", "gate2", "gate3"]
