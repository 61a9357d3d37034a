"""What every net promises, whatever its architecture."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.closed_forms import CARD
from tests.nets.literal import Z, scrambled
from xai_bench.cards import ModelCard
from xai_bench.models import build_net
from xai_bench.nets.base import NativeNet, Net
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.fcn import FCN
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.imn_direct import ECGIMNDirect
from xai_bench.nets.inception1d import Inception1d
from xai_bench.nets.lstm import LSTM
from xai_bench.nets.resnet1d import ResNet1dWang
from xai_bench.nets.xresnet1d import XResNet1d

KINDS: list[Callable[..., Net]] = [
    *(ECGConv2d, ECGIMN, ECGIMNDirect),
    *(FCN, Inception1d, LSTM, ResNet1dWang, XResNet1d),
]
FOR_ANY_LENGTH = [kind for kind in KINDS if kind is not ECGIMNDirect]
NATIVE = [ECGIMN, ECGIMNDirect]


def _net(kind: Callable[..., Net], outputs: int = 1) -> Net:
    torch.manual_seed(0)
    return scrambled(kind(outputs=outputs))


@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_one_logit_an_output(kind: Callable[..., Net], outputs: int) -> None:
    with torch.inference_mode():
        logits = _net(kind, outputs)(Z)
    assert logits.shape == (2, outputs)
    assert logits.isfinite().all()


@pytest.mark.parametrize("samples", [256, 264])
@pytest.mark.parametrize("kind", FOR_ANY_LENGTH)
def test_crops_need_no_other_net(kind: Callable[..., Net], samples: int) -> None:
    with torch.inference_mode():
        assert _net(kind)(Z[:, :, :samples]).shape == (2, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_rescaling_is_exact_for_each_output(kind: Callable[..., Net]) -> None:
    net = _net(kind, outputs=5)
    scale = torch.tensor([2.5, 0.5, -1.0, 3.0, 0.1])
    shift = torch.tensor([-0.75, 4.0, 0.0, 1.0, -2.0])
    with torch.inference_mode():
        before = net(Z)
        net.rescale_(scale, shift)
        torch.testing.assert_close(net(Z), scale * before + shift, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_does_not_see_its_batch(kind: Callable[..., Net]) -> None:
    net = _net(kind)
    with torch.inference_mode():
        torch.testing.assert_close(net(Z)[1:2], net(Z[1:2]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_layout_that_is_fast_changes_no_logit(kind: type[Net]) -> None:
    target = f"{kind.__module__}:{kind.__name__}"
    card = ModelCard.model_validate(CARD | {"target": target, "params": {"outputs": 1}})
    net, built = _net(kind), build_net(card).eval()
    built.load_state_dict(net.state_dict())
    with torch.inference_mode():
        torch.testing.assert_close(built(Z), net(Z), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_logit_depends_on_every_lead(kind: Callable[..., Net]) -> None:
    z = Z[:1].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(_net(kind)(z).sum(), z)
    assert gradient.abs().amax(dim=-1).gt(0).all()


@pytest.mark.parametrize("kind", FOR_ANY_LENGTH)
def test_weights_are_small_enough_for_git(kind: Callable[..., Net]) -> None:
    state = kind(outputs=5).state_dict()
    assert sum(value.numel() * value.element_size() for value in state.values()) < 2_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_no_module_runs_twice_or_in_place(kind: Callable[..., Net]) -> None:
    """DeepLIFT keeps one record of activations a module, and needs them as they were."""
    net = _net(kind)
    leaves = [module for module in net.modules() if not list(module.children())]
    runs = dict.fromkeys(leaves, 0)

    def count(module: nn.Module, _inputs: object, _output: object) -> None:
        runs[module] += 1

    for leaf in leaves:
        leaf.register_forward_hook(count)
    with torch.inference_mode():
        net(Z[:1])
    assert set(runs.values()) == {1}
    assert not any(getattr(leaf, "inplace", False) for leaf in leaves)


@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("kind", NATIVE)
def test_native_logits_are_the_sum_of_w_times_z_plus_b(
    kind: Callable[..., NativeNet], outputs: int
) -> None:
    torch.manual_seed(0)
    net = scrambled(kind(outputs=outputs, weight_scale=0.01))
    with torch.inference_mode():
        W, b = net.generate(Z)
        literal = torch.einsum("rolt,rlt->ro", W.double(), Z.double()) + b
        assert W.shape == (2, outputs, 12, 1000)
        torch.testing.assert_close(net(Z).double(), literal, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", NATIVE)
def test_rescaling_a_native_net_scales_w_and_shifts_b_alone(
    kind: Callable[..., NativeNet],
) -> None:
    torch.manual_seed(0)
    net = scrambled(kind(outputs=2))
    scale, shift = torch.tensor([2.5, 0.5]), torch.tensor([-0.75, 4.0])
    with torch.inference_mode():
        W, b = net.generate(Z)
        net.rescale_(scale, shift)
        W_after, b_after = net.generate(Z)
    torch.testing.assert_close(W_after, scale[:, None, None] * W, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(b_after, scale * b + shift, rtol=1e-4, atol=1e-5)
