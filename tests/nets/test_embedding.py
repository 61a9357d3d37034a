"""The building block of the one-dimensional nets."""

import pytest
import torch

from tests.nets.literal import Z, conv_bn, scrambled
from xai_bench.nets import embedding


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_maps_lie_over_the_recording(kernel: int, stride: int) -> None:
    """Sample t of a map sees samples t * stride - kernel // 2 to t * stride + kernel // 2."""
    layer = embedding.conv_bn(12, 4, kernel, stride=stride).double().eval()
    z = Z[:1].double().requires_grad_()
    out = layer(z)
    assert out.shape == (1, 4, 1000 // stride)
    (gradient,) = torch.autograd.grad(out[0, :, 100].sum(), z)
    seen = gradient[0].any(dim=0).nonzero()[:, 0].tolist()
    assert seen == list(range(100 * stride - kernel // 2, 100 * stride + kernel // 2 + 1))


def test_convolution_and_batch_norm_are_the_formula() -> None:
    torch.manual_seed(0)
    layer = scrambled(embedding.conv_bn(12, 4, 5, stride=2))
    state = {f"block.{name}": value for name, value in layer.state_dict().items()}
    torch.testing.assert_close(layer(Z), conv_bn(state, "block", Z, stride=2), rtol=1e-4, atol=1e-5)
