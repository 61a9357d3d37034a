"""Frozen nets compute what their nets compute."""

import copy

import pytest
import torch
from torch import Tensor, nn

from tests.closed_forms import CARD
from xai_bench.cards import ModelCard
from xai_bench.models import build_net
from xai_bench.nets.base import NativeNet
from xai_bench.nets.frozen import fastest, folded, frozen

SAMPLES = 160
KINDS: dict[str, tuple[str, dict[str, int], int, int]] = {
    # net: (class, params, norms behind a convolution, other norms), counted by hand
    "conv2d": ("ECGConv2d", {}, 3, 0),
    "fcn": ("FCN", {}, 3, 0),
    "imn": ("ECGIMN", {}, 3 + 2, 0),
    "imn_direct": ("ECGIMNDirect", {"samples": SAMPLES}, 3, 0),
    "inception1d": ("Inception1d", {}, 2, 6),  # six follow a concatenation
    "lstm": ("LSTM", {}, 2, 0),
    "resnet1d": ("ResNet1dWang", {}, 1 + 3 + 4 + 3, 2),  # two are shortcuts
    "xresnet1d": ("XResNet1d", {}, 3 + 4 * 2 + 1, 0),
}
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)

every_net = pytest.mark.parametrize("module", sorted(KINDS))


def _net(module: str) -> nn.Module:
    """A net whose batch norms are as if trained: every statistic and parameter counts."""
    kind, params, _, _ = KINDS[module]
    torch.manual_seed(0)
    change = {"target": f"xai_bench.nets.{module}:{kind}", "params": {"outputs": 2} | params}
    net = build_net(ModelCard.model_validate(CARD | change))
    for norm in net.modules():
        if isinstance(norm, NORMS):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            nn.init.normal_(norm.running_mean)
            nn.init.uniform_(norm.running_var, 0.2, 3.0)
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias)
    return net


def _z(dtype: torch.dtype) -> Tensor:
    return torch.randn(3, 12, SAMPLES, generator=torch.Generator().manual_seed(1)).to(dtype)


def _off(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return float((found - expected).abs().max() / expected.abs().max())


@every_net
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_logits_of_a_folded_net_are_those_of_the_net(
    module: str, dtype: torch.dtype, tolerance: float
) -> None:
    net = _net(module).to(dtype).eval()
    with torch.inference_mode():
        found, expected = folded(net)(_z(dtype)), net(_z(dtype))
    assert found.dtype == dtype
    assert _off(found, expected) < tolerance


@every_net
def test_gradients_are_those_of_the_net(module: str) -> None:
    net = _net(module).double().eval()
    gradients = []
    for each in (folded(net), net):
        z = _z(torch.float64).requires_grad_()
        (gradient,) = torch.autograd.grad(each(z)[:, 1].sum(), z)
        gradients.append(gradient)
    assert _off(*gradients) < 1e-12


@pytest.mark.parametrize("module", ["imn", "imn_direct"])
def test_a_native_net_still_writes_its_classifier(module: str) -> None:
    net = _net(module).double().eval()
    copied: nn.Module = folded(net)
    assert isinstance(net, NativeNet)
    assert isinstance(copied, NativeNet)
    with torch.inference_mode():
        for found, expected in zip(
            copied.generate(_z(torch.float64)), net.generate(_z(torch.float64)), strict=True
        ):
            assert _off(found, expected) < 1e-12


@every_net
def test_norms_behind_convolutions_become_identities_at_the_same_paths(module: str) -> None:
    _, _, behind, other = KINDS[module]
    net = _net(module)
    before, after = dict(net.named_modules()), dict(folded(net).named_modules())
    assert list(before) == list(after)
    norms = {path for path, layer in before.items() if isinstance(layer, NORMS)}
    gone = {path for path in norms if isinstance(after[path], nn.Identity)}
    assert (len(gone), len(norms - gone)) == (behind, other)
    assert all(
        type(after[path]) is type(layer) for path, layer in before.items() if path not in gone
    )


@every_net
def test_the_net_itself_is_untouched(module: str) -> None:
    net = _net(module)
    before = copy.deepcopy(net.state_dict())
    copied = folded(net)
    assert net.training
    assert all(p.requires_grad for p in net.parameters())
    after = net.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], value) for name, value in before.items())
    storages = {p.data_ptr() for p in net.parameters()}
    assert not any(p.data_ptr() in storages for p in copied.parameters())


@every_net
def test_the_copy_is_frozen_and_keeps_the_layout(module: str) -> None:
    net = _net(module)
    copied = folded(net)
    assert not any(layer.training for layer in copied.modules())
    assert not any(p.requires_grad for p in copied.parameters())
    layouts = {name: p.stride() for name, p in net.named_parameters() if p.dim() > 1}
    assert layouts == {name: p.stride() for name, p in copied.named_parameters() if p.dim() > 1}


class _Doubling(nn.Conv1d):
    def forward(self, input: Tensor) -> Tensor:
        return 2 * super().forward(input)


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([nn.Conv1d(12, 4, 3), nn.ReLU(), nn.BatchNorm1d(4)], id="not adjacent"),
        pytest.param([nn.BatchNorm1d(12), nn.Conv1d(12, 4, 3)], id="norm first"),
        pytest.param([_Doubling(12, 4, 3), nn.BatchNorm1d(4)], id="subclass"),
        pytest.param(
            [nn.Conv1d(12, 4, 3), nn.BatchNorm1d(4, track_running_stats=False)], id="no statistics"
        ),
    ],
)
def test_what_is_not_one_convolution_stays(layers: list[nn.Module]) -> None:
    net = nn.Sequential(*layers).double()
    net(_z(torch.float64))  # moves the running means away from 0
    copied = folded(net.eval())
    assert not any(isinstance(layer, nn.Identity) for layer in copied)
    with torch.inference_mode():
        torch.testing.assert_close(copied(_z(torch.float64)), net(_z(torch.float64)))


def test_a_convolution_with_bias_and_a_norm_without_parameters_fold() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(12, 4, 3), nn.BatchNorm1d(4, affine=False)).double()
    net(_z(torch.float64))
    copied = folded(net.eval())
    assert isinstance(copied[1], nn.Identity)
    with torch.inference_mode():
        assert _off(copied(_z(torch.float64)), net(_z(torch.float64))) < 1e-12


def test_a_convolution_under_two_norms_folds_into_each() -> None:
    torch.manual_seed(0)
    conv = nn.Conv1d(12, 12, 3, padding=1)
    net = nn.Sequential(
        nn.Sequential(conv, nn.BatchNorm1d(12)), nn.Sequential(conv, nn.BatchNorm1d(12))
    ).double()
    net(_z(torch.float64))
    copied = folded(net.eval())
    with torch.inference_mode():
        assert _off(copied(_z(torch.float64)), net(_z(torch.float64))) < 1e-12


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


class _Stranger(nn.Module):
    """A sequence that a batch norm may be folded in, and something else that is done with it."""

    def __init__(self, how: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        kind = _Backwards if how == "a sequence of its own" else nn.Sequential
        conv, norm = nn.Conv1d(12, 12, 3, padding=1), nn.BatchNorm1d(12)
        self.block, self.how = kind(conv, norm, nn.ReLU()), how
        self.fc = nn.Linear(12, 2)
        norm.running_mean, norm.running_var = torch.randn(12), torch.rand(12) + 0.2
        if how == "weights set anew":
            conv.register_forward_pre_hook(_halved)
        if how == "a hook that doubles":
            conv.register_forward_hook(lambda layer, given, output: 2 * output)
        if how == "a parametrisation":
            nn.utils.parametrizations.weight_norm(conv)
        if how == "what cannot be copied":
            self.kept = nn.Parameter(torch.ones(1)) * 2
        self.again = nn.Sequential(conv, nn.BatchNorm1d(12))

    def forward(self, z: Tensor) -> Tensor:
        conv = self.block[0]
        maps = self.block(z)
        if self.how == "a part on its own":
            maps = maps + conv(z)
        if self.how == "one after another":
            maps = z
            for layer in self.block:
                maps = maps + layer(maps)
        if self.how == "its weights":
            maps = maps + nn.functional.conv1d(z, conv.get_parameter("weight"), padding=1)
        if self.how == "its numbers":
            maps = maps[:, : conv.in_channels]
        if self.how == "shared":
            maps = maps + self.again(z)
        logits: Tensor = self.fc(maps.mean(dim=2))
        return logits


class _Backwards(nn.Sequential):
    def forward(self, input: Tensor) -> Tensor:
        for layer in reversed(self):
            input = layer(input)
        return input


def _halved(layer: nn.Module, given: object) -> None:
    assert isinstance(layer, nn.Conv1d)
    layer.weight.data = torch.full_like(layer.weight, 0.01)


@pytest.mark.parametrize(
    ("how", "copied"),
    [
        ("nothing else", True),
        ("shared", True),
        ("a sequence of its own", True),
        ("a parametrisation", True),
        ("weights set anew", True),
        ("a part on its own", False),
        ("one after another", False),
        ("a hook that doubles", False),
        ("its weights", False),
        ("its numbers", False),
        ("what cannot be copied", False),
    ],
)
def test_a_strangers_net_is_frozen_only_where_that_changes_nothing(how: str, copied: bool) -> None:
    net = _Stranger(how).eval().requires_grad_(False)
    z = _z(torch.float32)
    found = fastest(net, z[:2])
    assert (found is not net) == copied
    with torch.no_grad():
        assert _off(found(5 * z[2:]), net(5 * z[2:])) < 1e-4
