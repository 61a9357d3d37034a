"""Frozen nets compute what their nets compute."""

import pytest
import torch
from torch import nn

from tests.nets.test_fold import KINDS, _net, _off, _z
from xai_bench.nets.frozen import frozen


@pytest.mark.parametrize("module", sorted(KINDS))
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_logits_are_those_of_the_net(module: str, dtype: torch.dtype, tolerance: float) -> None:
    net = _net(module).to(dtype).eval()
    z = _z(dtype)
    with torch.no_grad():
        assert _off(frozen(net)(z), net(z)) < tolerance


def test_no_convolution_over_time_is_left_and_the_net_is_untouched() -> None:
    net = _net("resnet1d")
    before = {name: value.clone() for name, value in net.state_dict().items()}
    copied = frozen(net)
    assert not [module for module in copied.modules() if type(module) is nn.Conv1d]
    assert not [p for p in copied.parameters() if p.requires_grad]
    after = net.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv1d(6, 4, 5, stride=2, padding=3, dilation=2, groups=2),
        nn.Conv1d(6, 4, 3, padding="same", bias=False),
        nn.Conv1d(6, 4, 3, padding=1, padding_mode="reflect"),
    ],
)
def test_every_kind_of_convolution(conv: nn.Conv1d) -> None:
    net = nn.Sequential(conv, nn.ReLU())
    x = torch.randn(2, 6, 50, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(frozen(net)(x), net(x))
