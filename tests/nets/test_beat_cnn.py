"""BeatCNN against its widths and a literal re-implementation."""

import torch
from torch.nn import functional

from xai_bench.nets.beat_cnn import BeatCNN

Z = torch.randn(2, 1, 360, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    convolutions = 16 * 15 + 16 * 32 * 9 + 32 * 64 * 9 + 64 * 64 * 9
    norms = 2 * (16 + 32 + 64 + 64)
    assert convolutions + norms + 65 == 60_561
    assert sum(p.numel() for p in BeatCNN().parameters()) == 60_561
    two = BeatCNN(leads=2, outputs=4)
    assert sum(p.numel() for p in two.parameters()) == 60_561 + 16 * 15 + 3 * 65


def test_forward_is_four_times_convolution_norm_relu_then_mean_and_a_linear_layer() -> None:
    torch.manual_seed(0)
    net = BeatCNN()
    net(Z)  # moves the running means away from 0
    state = net.eval().state_dict()
    maps = Z
    for i, (padding, stride, steps) in enumerate(
        ((7, 2, 180), (4, 2, 90), (4, 2, 45), (4, 1, 45)), start=1
    ):
        maps = functional.conv1d(maps, state[f"conv{i}.0.weight"], padding=padding, stride=stride)
        mean, variance, scale, shift = (
            state[f"conv{i}.1.{name}"][:, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        maps = ((maps - mean) / (variance + 1e-5).sqrt() * scale + shift).clamp_min(0)
        assert maps.shape[2] == steps
    literal = maps.mean(2) @ state["fc.weight"].T + state["fc.bias"]
    with torch.inference_mode():
        torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)
