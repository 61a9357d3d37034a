"""Local recomputation against the full forward, window by window."""

import pytest
import torch
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets import local
from xai_bench.nets.base import Net
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.fcn import FCN
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.local import LocalForward, supports

SAMPLES = 200
NETS = ("imn1", "imn2", "conv2d")
# Absolute and relative.
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


def net_of(name: str, dtype: torch.dtype = torch.float64) -> Net:
    """A net with random weights, batch norm statistics among them: logits of about 10.

    Drawn such that every window matters.
    """
    generator = torch.Generator().manual_seed(0)
    outputs = 1 if name == "imn1" else 2
    net: Net = ECGConv2d() if name == "conv2d" else ECGIMN(outputs=outputs, weight_scale=0.01)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, generator=generator)
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, generator=generator)
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean = torch.randn(layer.num_features, generator=generator) / 4
            layer.running_var = torch.rand(layer.num_features, generator=generator) + 0.5
            nn.init.uniform_(layer.weight, 0.5, 1.5, generator=generator)
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d) and layer.bias is not None:
            nn.init.normal_(layer.bias, std=0.3, generator=generator)
    return net.eval().requires_grad_(False).to(dtype)


def recordings(count: int, dtype: torch.dtype = torch.float64, samples: int = SAMPLES) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 12, samples, generator=generator, dtype=dtype) + 0.5


def windows_of(width: int) -> list[tuple[int, int, int, int]]:
    """Every lead, every residue of the pooling grid, both borders and all four corners."""
    last = SAMPLES - width
    starts = [0, last, 1, last - 1, 2, last - 2, 3, last - 3, 57, 58, 59, 60]
    found = [(lead, start) for lead, start in enumerate(starts)]
    found += [(0, last), (11, 0), (11, last), (6, 64)]
    return [(lead, lead + 1, start, start + width) for lead, start in found]


def literal(net: Net, z: Tensor, windows: Tensor, infill: Tensor) -> Tensor:
    """Logits (record, window, output) of full passes over copies of the recordings."""
    rows = []
    for one, chosen, values in zip(z, windows.tolist(), infill, strict=True):
        copies = one.repeat(len(chosen), 1, 1)
        for copy, (top, bottom, start, stop), value in zip(copies, chosen, values, strict=True):
            copy[top:bottom, start:stop] = value
        rows.append(net(copies))
    return torch.stack(rows)


def check(found: Tensor, expected: Tensor) -> None:
    tolerance = TOLERANCE[found.dtype]
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", NETS)
def test_the_full_pass_is_the_net(name: str, dtype: torch.dtype) -> None:
    net, z = net_of(name, dtype), recordings(2, dtype)
    check(LocalForward(net).known(z).logits.to(dtype), net(z))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("width", [25, 50, 100])
@pytest.mark.parametrize("name", NETS)
def test_windows_of_one_lead(name: str, width: int, dtype: torch.dtype) -> None:
    net, z = net_of(name, dtype), recordings(1, dtype)
    forward = LocalForward(net)
    known = forward.known(z)
    windows = torch.tensor([windows_of(width)[:: 1 if width == 50 else 3]])
    found = forward.windows(known, windows)
    expected = literal(net, z, windows, torch.zeros(1, windows.shape[1]))
    check(found, expected)
    assert (expected - net(z)).abs().amax(dim=(0, 2)).min() > 2e-4  # every window matters


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("leads", [3, 12])
def test_windows_of_several_leads(name: str, leads: int) -> None:
    net, z = net_of(name), recordings(1)
    forward = LocalForward(net)
    rows = [(top, top + leads, s, s + 40) for top in {0, 12 - leads} for s in (0, 73, 160)]
    windows = torch.tensor([rows])
    found = forward.windows(forward.known(z), windows)
    check(found, literal(net, z, windows, torch.zeros(1, len(rows))))


@pytest.mark.parametrize("name", NETS)
def test_each_recording_has_its_own_windows_and_values(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_TOGETHER", 3)  # groups that cross recordings, and a rest
    net, z = net_of(name), recordings(2)
    forward = LocalForward(net)
    windows = torch.tensor(
        [
            [(4, 6, 7, 37), (0, 2, 170, 200), (10, 12, 0, 30), (5, 7, 150, 180)],
            [(9, 11, 2, 32), (3, 5, 101, 131), (4, 6, 7, 37), (0, 2, 0, 30)],
        ]
    )
    generator = torch.Generator().manual_seed(2)
    values = torch.randn(2, 4, 2, 30, generator=generator, dtype=torch.float64)
    known = forward.known(z)
    check(forward.windows(known, windows, values), literal(net, z, windows, values))
    constant = torch.full((2, 4), -1.5, dtype=torch.float64)
    check(forward.windows(known, windows, -1.5), literal(net, z, windows, constant))


def test_a_window_as_long_as_the_recording() -> None:
    net, z = net_of("imn2"), recordings(1)
    forward = LocalForward(net)
    windows = torch.tensor([[(0, 12, 0, SAMPLES), (0, 12, 0, SAMPLES)]])
    found = forward.windows(forward.known(z), windows)
    check(found, net(torch.zeros_like(z)).expand(1, 2, -1))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("leads", [1, 12])
@pytest.mark.parametrize("name", NETS)
def test_sequence_sets_one_more_window_each_step(name: str, leads: int, dtype: torch.dtype) -> None:
    """Neighbouring, distant and overlapping windows, in an order of each recording's own."""
    net, z = net_of(name, dtype), recordings(2, dtype)
    forward = LocalForward(net)
    known = forward.known(z)
    before = known.clone()
    starts = torch.tensor([[100, 50, 0, 150, 130, 20], [150, 0, 75, 20, 125, 30]])
    top = torch.zeros_like(starts) if leads == 12 else torch.tensor([[5, 5, 6, 0, 4, 11]] * 2)
    windows = torch.stack([top, top + leads, starts, starts + 50], dim=2)
    found = forward.sequence(known, windows, 0.25)
    changed = z.clone()
    for step in range(6):
        for record in range(2):
            lead, bottom, start, stop = windows[record, step].tolist()
            changed[record, lead:bottom, start:stop] = 0.25
        check(found[:, step], net(changed))
    # What was known is still known.
    assert torch.equal(known.logits, before.logits)
    for one, other in zip(known.maps, before.maps, strict=True):
        assert torch.equal(one.cells, other.cells)


def test_the_weights_are_copied() -> None:
    net, z = net_of("imn1"), recordings(1)
    forward = LocalForward(net)
    expected = net(z)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
    check(forward.known(z).logits, expected)


def test_nets_that_are_supported() -> None:
    assert supports(ECGIMN())
    assert supports(ECGConv2d())
    assert not supports(FCN())
    with pytest.raises(InputError, match="no local recomputation for the net FCN"):
        LocalForward(FCN())


class _Doubling(ECGConv2d):  # type: ignore[misc]
    def forward(self, z: Tensor) -> Tensor:
        return 2 * super().forward(z)


def test_nets_of_ours_that_were_changed_are_not_supported() -> None:
    assert not supports(_Doubling())
    with_other_layers = ECGConv2d()
    with_other_layers.conv2[2] = nn.Softmax(dim=1)
    assert not supports(with_other_layers)
    parametrised = ECGConv2d()
    nn.utils.parametrizations.weight_norm(parametrised.conv2[0])
    assert not supports(parametrised)
    of_the_batch = ECGConv2d()
    of_the_batch.conv2[1] = nn.BatchNorm2d(32, track_running_stats=False)
    assert not supports(of_the_batch)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(0, 1, 0, 50), (0, 1, 0, 49)], "windows of different sizes"),
        ([(0, 1, 0, 50), (0, 2, 0, 50)], "windows of different sizes"),
        ([(12, 13, 0, 50)], "within 12 x 200"),
        ([(0, 1, 151, 201)], "within 12 x 200"),
        ([(0, 1, -1, 49)], "within 12 x 200"),
        ([(0, 1, 7, 7)], "at least a sample"),
    ],
)
def test_windows_that_cannot_be(rows: list[tuple[int, int, int, int]], message: str) -> None:
    forward = LocalForward(net_of("conv2d", torch.float32))
    known = forward.known(recordings(1, torch.float32))
    with pytest.raises(InputError, match=message):
        forward.windows(known, torch.tensor([rows]))
    with pytest.raises(InputError, match=message):
        forward.sequence(known, torch.tensor([rows]))


def test_a_length_that_pooling_would_cut() -> None:
    with pytest.raises(InputError, match="202 samples are no multiple of 4"):
        LocalForward(net_of("conv2d")).known(recordings(1, samples=202))
