"""The residual net against a literal re-implementation."""

import torch
from torch.nn.functional import linear, relu

from tests.nets.literal import Z, conv_bn, scrambled
from xai_bench.nets.resnet1d import ResNet1dWang


def test_parameter_count() -> None:
    stem = 12 * 64 * 7 + 2 * 64
    block = 64 * 64 * (5 + 3) + 4 * 64
    shortcut = 64 * 64 + 2 * 64
    counted = sum(p.numel() for p in ResNet1dWang().parameters())
    assert counted == stem + 3 * block + 2 * shortcut + 65 == 113_089


def test_stem_three_residual_blocks_mean_and_linear_layer() -> None:
    torch.manual_seed(0)
    net = scrambled(ResNet1dWang(outputs=2))
    state = net.state_dict()
    x = relu(conv_bn(state, "stem.0", Z, stride=2))
    for block, stride in ((0, 1), (1, 2), (2, 2)):
        name = f"blocks.{block}"
        inner = relu(conv_bn(state, f"{name}.conv1", x, stride=stride))
        inner = conv_bn(state, f"{name}.conv2", inner)
        shortcut = conv_bn(state, f"{name}.shortcut", x, stride=2) if block else x
        x = relu(inner + shortcut)
    assert x.shape == (2, 64, 125)
    literal = linear(x.mean(dim=-1), state["fc.weight"], state["fc.bias"])
    torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)


def test_its_last_maps_see_33_samples_either_way() -> None:
    """3 of the stem, then (2 + 1) of stride 2, 2 of 2 and 1 of 4, 2 of 4 and 1 of 8."""
    torch.manual_seed(0)
    net = scrambled(ResNet1dWang()).double()
    z = Z[:1].double().requires_grad_()
    (gradient,) = torch.autograd.grad(net.blocks(net.stem(z))[0, :, 60].sum(), z)
    seen = gradient[0].any(dim=0).nonzero()[:, 0]
    reach = 3 + 2 * (2 + 1) + (2 * 2 + 4 * 1) + (4 * 2 + 8 * 1)
    assert reach == 33
    assert (int(seen.min()), int(seen.max())) == (8 * 60 - reach, 8 * 60 + reach)
