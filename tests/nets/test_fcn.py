"""FCN against a literal re-implementation."""

import torch
from torch.nn.functional import linear, relu

from tests.nets.literal import Z, conv_bn, scrambled
from xai_bench.nets.fcn import FCN


def test_parameter_count() -> None:
    convolutions = 12 * 64 * 7 + 64 * 128 * 5 + 128 * 64 * 3
    norms = 2 * (64 + 128 + 64)
    assert sum(p.numel() for p in FCN().parameters()) == convolutions + norms + 65 == 71_489


def test_three_convolutions_their_mean_and_a_linear_layer() -> None:
    torch.manual_seed(0)
    net = scrambled(FCN(outputs=2))
    state = net.state_dict()
    x = Z
    for name in ("conv1.0", "conv2.0", "conv3.0"):
        x = relu(conv_bn(state, name, x))
    assert x.shape == (2, 64, 1000)
    literal = linear(x.mean(dim=-1), state["fc.weight"], state["fc.bias"])
    torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)


def test_its_maps_see_six_samples_either_way() -> None:
    torch.manual_seed(0)
    net = scrambled(FCN()).double()
    z = Z[:1].double().requires_grad_()
    maps = net.conv3(net.conv2(net.conv1(z)))
    (gradient,) = torch.autograd.grad(maps[0, :, 500].sum(), z)
    seen = gradient[0].any(dim=0).nonzero()[:, 0].tolist()
    assert seen == list(range(494, 507))
