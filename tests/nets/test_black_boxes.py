"""What every black box over time promises, through `build_net` as training builds it."""

import pytest
import torch
from torch import nn

from tests.closed_forms import CARD
from xai_bench.cards import ModelCard
from xai_bench.models import build_net
from xai_bench.nets.base import LinearHead

KINDS = {
    "fcn": "FCN",
    "ia_resnet": "IAResNet",
    "inception1d": "Inception1d",
    "lstm": "LSTM",
    "resnet1d": "ResNet1dWang",
    "sevgg_lstm": "SEVGGLSTM",
    "xresnet1d": "XResNet1d",
}
Z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))

every_net = pytest.mark.parametrize("module", sorted(KINDS))


def _build(module: str, outputs: int = 1) -> LinearHead:
    torch.manual_seed(1)
    target = f"xai_bench.nets.{module}:{KINDS[module]}"
    change = {"target": target, "params": {"outputs": outputs}}
    net = build_net(ModelCard.model_validate(CARD | change)).eval()
    assert isinstance(net, LinearHead)
    return net


@every_net
@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_one_logit_an_output_at_training_and_at_scoring_length(module: str, outputs: int) -> None:
    net = _build(module, outputs)
    with torch.inference_mode():
        assert net(Z).shape == (2, outputs)
        assert net(Z[:, :, :256]).shape == (2, outputs)
        assert net(Z[:, :, :8]).shape == (2, outputs)


@every_net
@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_rescaling_is_exact(module: str, outputs: int) -> None:
    net = _build(module, outputs)
    scale, shift = torch.linspace(0.5, 2.5, outputs), torch.linspace(-0.75, 3.0, outputs)
    with torch.inference_mode():
        before = net(Z)
        net.rescale_(scale, shift)
        torch.testing.assert_close(net(Z), scale * before + shift, rtol=1e-4, atol=1e-5)


@every_net
def test_every_parameter_learns_and_every_lead_counts(module: str) -> None:
    net = _build(module)
    for norm in net.modules():  # those that start at zero hide what is before them
        if isinstance(norm, nn.BatchNorm1d):
            nn.init.constant_(norm.weight, 0.7)
    z = Z.clone().requires_grad_()
    net(z).sum().backward()
    unused = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert unused == []
    assert z.grad is not None
    assert z.grad.abs().sum(dim=2).all()


@every_net
def test_each_relu_is_called_once_and_works_out_of_place(module: str) -> None:
    """DeepLIFT hooks modules; a ReLU that is called twice or in place breaks it."""
    net = _build(module)
    calls = {m: 0 for m in net.modules() if isinstance(m, nn.ReLU)}
    for relu in calls:
        relu.register_forward_pre_hook(lambda m, _i: calls.update({m: calls[m] + 1}))
    with torch.inference_mode():
        net(Z)
    assert set(calls.values()) == {1}
    assert not any(relu.inplace for relu in calls)


@every_net
def test_weights_stay_under_two_megabytes(module: str) -> None:
    state = _build(module).state_dict().values()
    assert sum(v.numel() * v.element_size() for v in state) < 2_000_000
