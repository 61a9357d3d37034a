"""The black-box twin: counts, names, and the map that Grad-CAM reads."""

import pytest
import torch

from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.imn import ECGIMN

Z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))


def test_parameter_count_of_the_paper() -> None:
    assert sum(p.numel() for p in ECGConv2d().parameters()) == 116_274


def test_its_encoder_is_that_of_ecg_imn() -> None:
    def encoder(net: torch.nn.Module) -> dict[str, tuple[int, ...]]:
        return {k: tuple(v.shape) for k, v in net.state_dict().items() if k.startswith("conv")}

    assert encoder(ECGConv2d()) == encoder(ECGIMN())
    assert set(ECGConv2d().state_dict()) - set(encoder(ECGConv2d())) == {"fc.weight", "fc.bias"}


def test_cam_layer_keeps_twelve_leads_and_half_the_samples() -> None:
    net = ECGConv2d().eval()
    shapes: list[torch.Size] = []
    net.conv3[0].register_forward_hook(lambda _m, _i, output: shapes.append(output.shape))
    assert net(Z).shape == (2, 2)
    assert shapes == [(2, 64, 12, 500)]


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_rescaling_is_exact(outputs: int) -> None:
    torch.manual_seed(0)
    net = ECGConv2d(outputs=outputs).eval()
    scale, shift = torch.linspace(0.5, 2.5, outputs), torch.linspace(-0.75, 3.0, outputs)
    with torch.inference_mode():
        before = net(Z)
        net.rescale_(scale, shift)
        torch.testing.assert_close(net(Z), scale * before + shift, rtol=1e-4, atol=1e-5)
