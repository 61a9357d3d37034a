"""Inception1d: widths, the branches of a module, and where the shortcuts go."""

import torch
from torch.nn import functional

from xai_bench.nets.inception1d import Inception1d, InceptionModule

Z = torch.randn(2, 12, 200, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    def module(inputs: int) -> int:
        return 2 * inputs * 16 + 16 * 16 * (9 + 19 + 39) + 2 * 64

    shortcuts = 12 * 64 + 64 * 64 + 2 * 2 * 64
    assert module(12) + 5 * module(64) + shortcuts + 65 == 119_489
    assert sum(p.numel() for p in Inception1d().parameters()) == 119_489


def test_a_module_is_three_kernels_on_a_bottleneck_beside_a_max_pool() -> None:
    torch.manual_seed(0)
    module = InceptionModule(12).eval()
    state = module.state_dict()
    narrow = torch.einsum("oi,bit->bot", state["bottleneck.weight"][:, :, 0], Z)
    branches = [
        functional.conv1d(narrow, state[f"convs.{i}.weight"], padding=kernel // 2)
        for i, kernel in enumerate((9, 19, 39))
    ]
    padded = functional.pad(Z, (1, 1), value=-torch.inf)
    highest = padded.unfold(2, 3, 1).amax(3)
    branches.append(torch.einsum("oi,bit->bot", state["pool_conv.weight"][:, :, 0], highest))
    literal = torch.cat(branches, dim=1) / (1 + 1e-5) ** 0.5  # a fresh norm only has its epsilon
    with torch.inference_mode():
        torch.testing.assert_close(module(Z), literal, rtol=1e-4, atol=1e-5)


def test_without_modules_only_the_two_shortcuts_are_left() -> None:
    torch.manual_seed(1)
    net = Inception1d().eval()
    with torch.inference_mode():
        for module in net.blocks.children():
            norm = module.get_submodule("norm")
            norm.get_parameter("weight").zero_()
        first, second = (net.shortcuts[i][0].weight[:, :, 0] for i in (0, 1))  # type: ignore
        middle = torch.einsum("oi,bit->bot", first, Z).clamp_min(0)
        literal = torch.einsum("oi,bit->bot", second, middle).clamp_min(0)
        torch.testing.assert_close(net.features(Z), literal, rtol=1e-3, atol=1e-4)
