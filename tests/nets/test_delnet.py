"""The U-Net against its widths, what a sample sees, and a literal level."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch.nn import functional

from xai_bench.nets.delnet import DELINEATED, STRIDE, DelNet

WIDTHS = (12, 16, 24, 32, 48, 64)


def _net() -> DelNet:
    torch.manual_seed(0)
    return DelNet().eval()


def test_parameter_count() -> None:
    down = sum(
        3 * before * after + 3 * after * after + 4 * after
        for before, after in zip((1, *WIDTHS), WIDTHS, strict=False)
    )
    up = sum(
        3 * (here + below) * here + 3 * here * here + 4 * here for here, below in pairwise(WIDTHS)
    )
    assert down + up + 12 * 3 + 3 == 88_123
    assert sum(p.numel() for p in _net().parameters()) == 88_123


def test_a_score_for_each_wave_and_sample_of_any_length() -> None:
    for samples in (STRIDE, 1024, 2528):
        assert _net()(torch.zeros(2, samples)).shape == (2, len(DELINEATED), samples)


def test_a_sample_sees_three_quarters_of_a_second_to_either_side_and_no_more() -> None:
    net, lead = _net(), torch.randn(1, 2048, generator=torch.Generator().manual_seed(1))
    before, places = net(lead), []
    for at in range(1024, 1024 + STRIDE):
        other = lead.clone()
        other[0, at] += 100.0
        with torch.no_grad():
            changed = (net(other) - before).abs().sum(dim=(0, 1)).nonzero()[:, 0]
        places += [at - int(changed.min()), int(changed.max()) - at]
    assert 0.7 * 250 < max(places) < 0.85 * 250


def test_the_last_level_is_two_convolutions_norms_and_leaky_relus() -> None:
    net = _net()
    level, maps = net.up[0], torch.randn(1, 28, 64, generator=torch.Generator().manual_seed(2))
    state = level.state_dict()
    literal = maps
    for conv, norm in (("0", "1"), ("3", "4")):
        literal = functional.conv1d(literal, state[f"{conv}.weight"], padding=1)
        mean, variance, scale, shift = (
            state[f"{norm}.{name}"][:, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        literal = (literal - mean) / (variance + 1e-5).sqrt() * scale + shift
        literal = torch.where(literal > 0, literal, 0.01 * literal)
    with torch.no_grad():
        torch.testing.assert_close(level(maps), literal, rtol=1e-4, atol=1e-5)
