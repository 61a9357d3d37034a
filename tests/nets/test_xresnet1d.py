"""XResNet1d: widths, blocks that start as their shortcuts, and the map that Grad-CAM reads."""

import torch

from xai_bench.nets.xresnet1d import XResBlock, XResNet1d

Z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    stem = 5 * (12 * 24 + 24 * 24 + 24 * 48) + 2 * (24 + 24 + 48)
    stage1 = 4 * (48 * 48 * 5 + 2 * 48)
    stage2 = 48 * 96 * 5 + 3 * 96 * 96 * 5 + 48 * 96 + 5 * 2 * 96
    assert stem + stage1 + stage2 + 97 == 223_681
    assert sum(p.numel() for p in XResNet1d().parameters()) == 223_681


def test_a_new_block_is_the_relu_of_its_shortcut() -> None:
    maps = torch.randn(2, 48, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(XResBlock(48, 48).eval()(maps), maps.clamp_min(0))
        narrow = XResBlock(48, 96, stride=2).eval()
        halved = (maps[:, :, 0::2] + maps[:, :, 1::2]) / 2
        weight = narrow.state_dict()["shortcut.1.0.weight"][:, :, 0]
        projected = torch.einsum("oi,bit->bot", weight, halved) / (1 + 1e-5) ** 0.5
        torch.testing.assert_close(narrow(maps), projected.clamp_min(0), rtol=1e-4, atol=1e-5)


def test_cam_layer_has_a_step_every_eight_samples() -> None:
    net = XResNet1d().eval()
    shapes: list[torch.Size] = []
    layer = net.get_submodule("stage2.1.conv2.0")
    layer.register_forward_hook(lambda _m, _i, output: shapes.append(output.shape))
    with torch.inference_mode():
        net(Z)
    assert shapes == [(2, 96, 125)]
