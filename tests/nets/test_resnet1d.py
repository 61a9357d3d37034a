"""ResNet1dWang: widths, a literal residual block, and the map that Grad-CAM reads."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from xai_bench.nets.resnet1d import ResidualBlock, ResNet1dWang

Z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    stem = 12 * 48 * 9 + 2 * 48
    block1 = 48 * 48 * (9 + 5 + 3) + 4 * 2 * 48
    block2 = 48 * 96 * 9 + 96 * 96 * (5 + 3) + 48 * 96 + 4 * 2 * 96
    block3 = 96 * 96 * (9 + 5 + 3) + 4 * 2 * 96
    assert stem + block1 + block2 + block3 + 97 == 322_945
    assert sum(p.numel() for p in ResNet1dWang().parameters()) == 322_945


@pytest.mark.parametrize("outputs", [8, 12])
def test_a_block_is_three_convolutions_plus_a_shortcut(outputs: int) -> None:
    torch.manual_seed(0)
    block = ResidualBlock(8, outputs)
    maps = torch.randn(3, 8, 40)
    block(maps)  # moves the running means away from 0
    state = block.eval().state_dict()

    def norm(x: Tensor, at: str) -> Tensor:
        mean, variance, scale, shift = (
            state[f"{at}.{name}"][:, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        normed: Tensor = (x - mean) / (variance + 1e-5).sqrt() * scale + shift
        return normed

    x = norm(functional.conv1d(maps, state["conv1.0.weight"], padding=4), "conv1.1").clamp_min(0)
    x = norm(functional.conv1d(x, state["conv2.0.weight"], padding=2), "conv2.1").clamp_min(0)
    x = norm(functional.conv1d(x, state["conv3.0.weight"], padding=1), "conv3.1")
    if outputs == 8:
        beside = norm(maps, "shortcut")
    else:
        beside = norm(functional.conv1d(maps, state["shortcut.0.weight"]), "shortcut.1")
    with torch.inference_mode():
        torch.testing.assert_close(block(maps), (x + beside).clamp_min(0), rtol=1e-4, atol=1e-5)


def test_cam_layer_keeps_half_the_samples() -> None:
    net = ResNet1dWang().eval()
    shapes: list[torch.Size] = []
    net.block3.conv3[0].register_forward_hook(lambda _m, _i, output: shapes.append(output.shape))
    with torch.inference_mode():
        net(Z)
    assert shapes == [(2, 96, 500)]
