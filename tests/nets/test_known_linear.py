"""The linear known net, written out."""

import math

import torch

from xai_bench.nets.known_linear import KnownLinear

Z = torch.randn(2, 12, 50, generator=torch.Generator().manual_seed(0))


def test_each_sample_adds_its_weight_times_itself() -> None:
    net = KnownLinear(samples=50)
    net.write_weights_()
    with torch.no_grad():
        truth, logits = net.truth(Z), net(Z)
    for lead, sample in ((0, 0), (3, 17), (11, 49)):
        w = math.sin(2 * math.pi * (lead + 2) * (sample + 0.5) / 50 + lead) / 128
        expected = w * Z[1, lead, sample].item()
        assert abs(truth[1, 0, lead, sample].item() - expected) < 1e-4
        moved = Z.clone()
        moved[1, lead, sample] = 0
        change = (logits - net(moved))[1, 0].item()
        assert abs(change - truth[1, 0, lead, sample].item()) < 1e-6


def test_as_a_native_net_it_writes_the_same_weights_for_every_recording() -> None:
    net = KnownLinear(samples=50)
    net.write_weights_()
    with torch.no_grad():
        W, b = net.generate(Z)
        torch.testing.assert_close(W * Z[:, None], net.truth(Z))
    assert torch.equal(W[0], W[1])
    assert not b.any()
