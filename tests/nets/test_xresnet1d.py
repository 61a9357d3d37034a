"""The tweaked residual net against a literal re-implementation, tweak by tweak."""

import pytest
import torch
from torch.nn.functional import avg_pool1d, linear, max_pool1d, relu

from tests.nets.literal import Z, conv_bn, scrambled
from xai_bench.nets.xresnet1d import XResNet1d


def test_parameter_count() -> None:
    stem = 5 * (12 * 32 + 32 * 32 + 32 * 64) + 2 * (32 + 32 + 64)
    block = 2 * (5 * 64 * 64 + 2 * 64)
    shortcut = 64 * 64 + 2 * 64
    counted = sum(p.numel() for p in XResNet1d().parameters())
    assert counted == stem + 6 * block + 2 * shortcut + 65 == 273_345


@pytest.mark.parametrize(("samples", "steps"), [(1000, 63), (256, 16)])
def test_stem_six_blocks_mean_and_linear_layer(samples: int, steps: int) -> None:
    torch.manual_seed(0)
    net = scrambled(XResNet1d(outputs=2))
    state, z = net.state_dict(), Z[:, :, :samples]
    x = relu(conv_bn(state, "stem.0", z, stride=2))
    x = relu(conv_bn(state, "stem.2", x))
    x = relu(conv_bn(state, "stem.4", x))
    x = max_pool1d(x, 3, stride=2, padding=1)
    for block, stride in enumerate((1, 1, 2, 1, 2, 1)):
        name = f"blocks.{block}"
        inner = relu(conv_bn(state, f"{name}.conv1", x, stride=stride))
        inner = conv_bn(state, f"{name}.conv2", inner)
        if stride == 2:
            pairs = avg_pool1d(x[..., : x.shape[-1] // 2 * 2], 2)
            x = torch.cat([pairs, x[..., -1:]], dim=-1) if x.shape[-1] % 2 else pairs
            x = conv_bn(state, f"{name}.shortcut.1", x)
        x = relu(inner + x)
    assert x.shape == (2, 64, steps)
    literal = linear(x.mean(dim=-1), state["fc.weight"], state["fc.bias"])
    torch.testing.assert_close(net(z), literal, rtol=1e-4, atol=1e-5)


def test_an_untrained_block_is_its_shortcut() -> None:
    torch.manual_seed(0)
    net = XResNet1d().eval()
    x = torch.rand(2, 64, 40, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(net.blocks[0](x), x)
    torch.testing.assert_close(net.blocks[2](x), net.blocks[2].shortcut(x).relu())  # type: ignore
