"""Local recomputation against full passes over changed recordings, window by window."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from xai_bench.errors import InputError
from xai_bench.nets import local
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.ecgresnet import ECGResNet
from xai_bench.nets.fcn import FCN
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.imn_direct import ECGIMNDirect
from xai_bench.nets.inception1d import Inception1d
from xai_bench.nets.local import LocalForward
from xai_bench.nets.lstm import LSTM
from xai_bench.nets.resnet1d import ResNet1dWang
from xai_bench.nets.windowed import Windowed
from xai_bench.nets.xresnet1d import XResNet1d

SAMPLES = 200
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
"""Absolute and relative."""

SHIPPED: dict[str, Callable[[], nn.Module]] = {
    "imn": partial(ECGIMN, outputs=2, weight_scale=0.01),
    "imn-direct": partial(ECGIMNDirect, samples=SAMPLES, weight_scale=0.01),
    "conv2d": ECGConv2d,
    "fcn": FCN,
    "resnet1d": partial(ResNet1dWang, outputs=3),
    "xresnet1d": XResNet1d,
    "inception1d": Inception1d,
    "ecgresnet": partial(ECGResNet, outputs=2, activation="mish"),
}


class Squeezed(nn.Module):
    """Maps times what is made of their mean: squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.after = nn.Conv1d(12, 6, 5, padding=2), nn.Conv1d(6, 5, 3)
        self.narrow, self.wide = nn.Linear(6, 3), nn.Linear(3, 6)
        self.fc = nn.Linear(5, 2)

    def forward(self, z: Tensor) -> Tensor:
        maps = torch.relu(self.conv(z))
        scale = self.wide(torch.relu(self.narrow(maps.mean(dim=2)))).sigmoid()
        logits: Tensor = self.fc(self.after(maps * scale.unsqueeze(2)).amax(dim=2))
        return logits


class Branches(nn.Module):
    """A bottleneck, kernels side by side, a shortcut that lags behind, in place, as others do."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(12, 8, 4, stride=3, padding=1)
        self.norm = nn.BatchNorm1d(8)
        self.wide = nn.Conv1d(8, 4, 9, padding=8, dilation=2)
        self.narrow = nn.Conv1d(8, 4, 1)
        self.pool = nn.MaxPool1d(3, stride=1, padding=1)
        self.skip = nn.Conv1d(8, 8, 1, stride=4, bias=False)
        self.down = nn.Conv1d(16, 8, 3, stride=4, padding=1, groups=4)
        self.act = nn.PReLU(8)
        self.fc = nn.Linear(8, 3)

    def forward(self, z: Tensor) -> Tensor:
        maps = functional.leaky_relu_(self.norm(self.stem(z)), 0.1)
        cat = torch.cat([self.wide(maps), self.narrow(maps), self.pool(maps)], dim=1)
        out = self.down(cat)
        out += self.skip(maps)
        logits: Tensor = self.fc(self.act(out).mean(dim=-1))
        return logits


class Image(nn.Module):
    """Strides and pools over leads too; the leads become one row, and samples are repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, (3, 5), stride=(2, 1), padding=(1, 2))
        self.rows = nn.Conv2d(4, 6, (6, 1))
        self.last = nn.Conv1d(6, 4, 7, padding=3)
        self.fc = nn.Linear(4, 1)

    def forward(self, z: Tensor) -> Tensor:
        image = functional.max_pool2d(functional.gelu(self.first(z.unsqueeze(1))), (1, 2))
        maps = self.rows(image).squeeze(2).tanh()
        maps = self.last(functional.interpolate(maps, scale_factor=2))
        logits: Tensor = self.fc(functional.adaptive_avg_pool1d(maps, 1).flatten(1))
        return logits


def sequential(*layers: nn.Module) -> Callable[[], nn.Module]:
    """A net of these layers, as if it were trained."""
    return lambda: nn.Sequential(*layers)


HAND_MADE: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "squeeze and excitation": (Squeezed, SAMPLES),
    "branches": (Branches, SAMPLES),
    "branches, an odd length": (Branches, 203),
    "image": (Image, SAMPLES),
    "no padding, a stride beyond the kernel": (
        sequential(
            *(nn.Conv1d(12, 5, 3), nn.ReLU(inplace=True), nn.Conv1d(5, 4, 2, stride=5)),
            *(nn.Sigmoid(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 2)),
        ),
        SAMPLES + 3,
    ),
    "pools": (
        sequential(
            *(nn.Conv1d(12, 4, 5, padding=2), nn.AvgPool1d(3, 2, padding=1), nn.SiLU()),
            *(nn.MaxPool1d(2, ceil_mode=True), nn.Conv1d(4, 4, 3), nn.MaxPool1d(5, 2, padding=2)),
            *(nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(4, 2)),
        ),
        SAMPLES + 1,
    ),
    "a dense head": (
        sequential(
            *(nn.Conv1d(12, 3, 9, stride=4), nn.ELU(), nn.Flatten(), nn.Linear(144, 4)),
            *(nn.ReLU(), nn.Linear(4, 2)),
        ),
        SAMPLES,
    ),
}


@cache
def net_of(name: str, dtype: torch.dtype = torch.float64) -> nn.Module:
    """A net with random weights, batch norm statistics among them, such that windows matter."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = SHIPPED[name]() if name in SHIPPED else HAND_MADE[name][0]()
        for layer in net.modules():
            if isinstance(layer, nn.Conv1d | nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.3)
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                layer.running_mean = torch.randn(layer.num_features) / 4
                layer.running_var = torch.rand(layer.num_features) + 0.5
                nn.init.uniform_(layer.weight, 0.5, 1.5)
            bias = getattr(layer, "bias", None)
            if isinstance(bias, Tensor):
                nn.init.normal_(bias, std=0.3)
    return net.eval().requires_grad_(False).to(dtype)


def samples_of(name: str) -> int:
    return HAND_MADE[name][1] if name in HAND_MADE else SAMPLES


@cache
def local_of(name: str, dtype: torch.dtype = torch.float64) -> LocalForward:
    return LocalForward(net_of(name, dtype), recordings(2, samples_of(name), dtype))


def recordings(count: int, samples: int = SAMPLES, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 12, samples, generator=generator, dtype=dtype) + 0.5


def literal(net: nn.Module, z: Tensor, chains: Tensor) -> Tensor:
    """Logits (record, chain, step, output) of full passes over copies of the recordings."""
    found = []
    for one, of_record in zip(z, chains.tolist(), strict=True):
        for chain in of_record:
            changed = one.clone()
            for top, bottom, start, stop in chain:
                changed[top:bottom, start:stop] = 0
                found.append(changed.clone())
    logits: Tensor = net(torch.stack(found)).unflatten(0, chains.shape[:3])
    return logits


def check(found: Tensor, expected: Tensor) -> None:
    tolerance = TOLERANCE[expected.dtype]
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, expected.double(), rtol=tolerance, atol=tolerance)


def alone(samples: int, width: int, leads: int = 1) -> Tensor:
    """Windows one at a time, of both ends, of all leads, and of every residue of a stride of 4."""
    last = samples - width
    starts = [0, last, 1, last - 1, 2, last - 2, 3, last - 3, 57, 58, 59, 60]
    tops = [min(lead, 12 - leads) for lead in range(12)]
    rows = [(t, t + leads, s, s + width) for t, s in zip(tops, starts, strict=True)]
    return torch.tensor(rows)[None, :, None]


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, torch.float64) for name in SHIPPED), ("imn", torch.float32), ("fcn", torch.float32)],
)
def test_nets_that_are_shipped(name: str, dtype: torch.dtype) -> None:
    """Windows at both ends and between, of one lead and of several, alone and in pairs."""
    net, z, forward = net_of(name, dtype), recordings(1, dtype=dtype), local_of(name, dtype)
    known, last = forward.known(z), SAMPLES - 25
    check(known.logits, net(z))
    rows = [(0, 1, 0, 25), (11, 12, last, SAMPLES), (5, 8, 58, 83), (9, 12, 1, 24)]
    rows += [(3, 4, 101, 126), (4, 5, 119, 144)]
    for windows in (torch.tensor(rows)[None, :, None], torch.tensor(rows).view(1, 3, 2, 4)):
        expected = literal(net, z, windows)
        check(forward.logits(known, windows, (3, 25)), expected)
    assert (expected[0, :, 0] - net(z)).abs().amin() > 1e-4  # every window matters


@pytest.mark.parametrize("name", HAND_MADE)
def test_one_window_at_a_time(name: str) -> None:
    net, z, forward = net_of(name), recordings(1, samples_of(name)), local_of(name)
    known = forward.known(z)
    check(known.logits, net(z))
    for width, leads in ((25, 1), (1, 12)):
        windows = alone(z.shape[2], width, leads)
        expected = literal(net, z, windows)
        check(forward.logits(known, windows, (leads, width)), expected)
        changes = (expected[0, :, 0] - net(z)).abs().amax(dim=1)
        assert (changes > 1e-6).double().mean() > 0.3  # windows matter


@pytest.mark.parametrize("name", HAND_MADE)
def test_chains_of_windows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbours, overlaps and repeats, each recording with its own, of all sizes up to a limit."""
    monkeypatch.setitem(local._TOGETHER, "cpu", 8)  # groups that cross recordings, and a rest
    net, z, forward = net_of(name), recordings(2, samples_of(name)), local_of(name)
    generator = torch.Generator().manual_seed(2)
    first = torch.randint(0, 9, (2, 3, 4), generator=generator)
    start = torch.randint(0, 160, (2, 3, 4), generator=generator)
    start[0, 0] = torch.tensor([100, 70, 100, z.shape[2] - 30])
    start[1, 2] = torch.tensor([0, 30, 10, 60])
    height = torch.randint(1, 4, (2, 3, 4), generator=generator)
    width = torch.randint(1, 31, (2, 3, 4), generator=generator)
    windows = torch.stack([first, first + height, start, start + width], dim=3)
    found = forward.logits(forward.known(z), windows, (3, 30))
    check(found, literal(net, z, windows))


@pytest.mark.parametrize("name", ["branches", "image"])
def test_all_windows_of_all_leads_one_after_the_other(name: str) -> None:
    net, z, forward = net_of(name), recordings(1), local_of(name)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(3)) * 20
    rows = [(0, 12, start, start + 20) for start in order.tolist()]
    windows = torch.tensor(rows)[None, None]
    found = forward.logits(forward.known(z), windows, (12, 20))
    check(found, literal(net, z, windows))
    check(found[0, 0, -1:], net(torch.zeros_like(z)))


def test_a_window_as_long_as_the_recording() -> None:
    for name in ("image", "branches"):
        z = recordings(1)
        whole = torch.tensor([0, 12, 0, SAMPLES]).expand(1, 2, 1, 4)
        forward = local_of(name)
        found = forward.logits(forward.known(z), whole, (12, SAMPLES))
        check(found, net_of(name)(torch.zeros_like(z)).expand(1, 2, 1, -1))


def test_the_weights_are_copied() -> None:
    net, z = Branches().double().eval().requires_grad_(False), recordings(2)
    forward, expected = LocalForward(net, z), net(z)
    for parameter in net.parameters():
        parameter.zero_()
    check(forward.known(z).logits, expected)


def test_nothing_waits_for_the_device() -> None:
    """Sizes are facts of the host; where windows are is not."""

    class Waiting(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = func._schema.name
            assert not any(part in name for part in ("_local_scalar", "nonzero", "is_nonzero"))
            return func(*args, **(kwargs or {}))

    forward, z = local_of("resnet1d"), recordings(2)
    windows = alone(SAMPLES, 25).reshape(1, 4, 3, 4).expand(2, -1, -1, -1)
    forward.share((1, 25))  # the plan of a size is made once, on the host
    with Waiting():  # type: ignore[no-untyped-call]
        forward.logits(forward.known(z), windows, (1, 25))


def time_attended(z: Tensor) -> Tensor:
    return (torch.softmax(z, dim=2) * z).mean(dim=2)


def decided(z: Tensor) -> Tensor:
    return z.mean(dim=2) if z[0, 0, 0] > 0 else z.mean(dim=2) + 1


class Function(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, z: Tensor) -> Tensor:
        return self.function(z)


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "LSTM": (LSTM, "for LSTM: what transpose puts out is not of a few cells"),
    "windows": (
        lambda: Windowed(FCN(), samples=100, step=50, combine="mean"),
        "what slice puts out",
    ),
    "attention": (lambda: Function(time_attended), "what _softmax puts out"),
    "group norm": (
        lambda: nn.Sequential(nn.GroupNorm(3, 12), nn.AdaptiveAvgPool1d(1), nn.Flatten()),
        "what native_group_norm puts out",
    ),
    "statistics of the batch": (
        lambda: nn.Sequential(
            nn.BatchNorm1d(12, track_running_stats=False), nn.AdaptiveAvgPool1d(1), nn.Flatten()
        ),
        "what native_batch_norm puts out",
    ),
    "transposed": (
        lambda: nn.Sequential(nn.ConvTranspose1d(12, 2, 3), nn.AdaptiveAvgPool1d(1), nn.Flatten()),
        "a convolution that is transposed",
    ),
    "a decision": (lambda: Function(decided), "a net that decides by what"),
    "no tensor": (lambda: Function(lambda z: [z.mean(dim=2)]), "other than one tensor"),  # type: ignore[arg-type,return-value]
    "maps": (lambda: nn.Conv1d(12, 2, 3), "puts out maps"),
    "ends of fewer samples": (
        lambda: nn.AvgPool1d(3, padding=1, count_include_pad=False),
        "a mean of fewer samples",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nets_that_are_refused(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        LocalForward(make().eval(), recordings(2, dtype=torch.float32))


def test_a_net_that_its_operations_do_not_tell() -> None:
    """A view of a map that is overwritten later: what the trace makes of it is another net."""

    class Aliased(nn.Module):
        def forward(self, z: Tensor) -> Tensor:
            maps = z + 1
            row = maps.unsqueeze(2)
            maps.mul_(3)
            return row.mean(dim=(2, 3))

    net = Aliased()
    with pytest.raises(InputError, match="other logits than the net"):
        LocalForward(net, recordings(2))


def test_what_is_saved() -> None:
    """The share is that of the cells which change, of each layer by its multiplications."""
    net = nn.Sequential(nn.Conv1d(12, 4, 5, padding=2, bias=False), nn.AdaptiveAvgPool1d(1))
    forward = LocalForward(nn.Sequential(*net, nn.Flatten()), recordings(2, dtype=torch.float32))
    assert forward.share((1, 10)) == pytest.approx(14 / SAMPLES, rel=0.02)
    assert forward.share((12, SAMPLES)) == 1
    assert forward.saves((1, 10))
    assert forward.saves((1, 10), windows=4)
    assert not forward.saves((1, 10), windows=6)


def test_what_cannot_be_asked() -> None:
    forward = local_of("branches")
    known = forward.known(recordings(1))
    with pytest.raises(InputError, match="within 12 x 200; these are 1 x 201"):
        forward.logits(known, torch.zeros(1, 1, 1, 4, dtype=torch.int64), (1, 201))
    with pytest.raises(InputError, match="at least a sample"):
        forward.share((0, 10))
    with pytest.raises(InputError, match="for 12 leads x 200 samples, not 12 x 100"):
        forward.known(recordings(1, 100))
