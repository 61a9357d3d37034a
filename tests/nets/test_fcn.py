"""FCN against its widths and a literal re-implementation."""

import torch
from torch.nn import functional

from xai_bench.nets.fcn import FCN

Z = torch.randn(2, 12, 256, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    convolutions = 12 * 128 * 9 + 128 * 256 * 5 + 256 * 128 * 3
    norms = 2 * (128 + 256 + 128)
    assert convolutions + norms + 129 == 277_121
    assert sum(p.numel() for p in FCN().parameters()) == 277_121
    assert sum(p.numel() for p in FCN(outputs=5).parameters()) == 277_121 + 4 * 129


def test_forward_is_three_times_convolution_norm_relu_then_mean_and_a_linear_layer() -> None:
    torch.manual_seed(0)
    net = FCN(outputs=2)
    net(Z)  # moves the running means away from 0
    state = net.eval().state_dict()
    maps = Z
    for i, padding in ((1, 4), (2, 2), (3, 1)):
        maps = functional.conv1d(maps, state[f"conv{i}.0.weight"], padding=padding)
        mean, variance, scale, shift = (
            state[f"conv{i}.1.{name}"][:, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        maps = ((maps - mean) / (variance + 1e-5).sqrt() * scale + shift).clamp_min(0)
        assert maps.shape[2] == 256
    literal = maps.mean(2) @ state["fc.weight"].T + state["fc.bias"]
    with torch.inference_mode():
        torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)
