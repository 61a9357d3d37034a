"""Small nets as strangers write them: functions for layers, shared layers, operations in place."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from xai_bench.nets.base import Net

__all__ = ["AFFINE", "CURVES", "MAXIMA", "REFUSED", "Around", "Chain", "written"]

Act = Callable[[Tensor], Tensor]


class Chain(Net):
    """A net of the layers that it is given."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        logits: Tensor = self.layers(z)
        return logits


def _as_if_trained(net: nn.Module, seed: int = 0) -> None:
    """Weights, biases and statistics of one seed."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weights in net.state_dict().items():
            if weights.is_floating_point():
                drawn = torch.rand(weights.shape, generator=generator).to(weights.dtype)
                spread = 2 * max(weights[0].numel(), 4) ** -0.5 if weights.dim() > 1 else 1.0
                weights.copy_(drawn + 0.5 if "var" in name else 2 * spread * (drawn - 0.5))


class Written(Net):
    """Two convolutions with batch norms, a shortcut, a pool and a hidden layer.

    act: the non-linearity at place 0, 1 or 2.
    """

    def __init__(
        self, act: Callable[[nn.Module, int, Tensor], Tensor], **layers: nn.Module
    ) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv1d(12, 6, 100, stride=100), nn.BatchNorm1d(6))
        self.second = nn.Sequential(nn.Conv1d(6, 6, 3, padding=1), nn.BatchNorm1d(6))
        self.hidden, self.out = nn.Linear(6 * 5, 5), nn.Linear(5, 2)
        _as_if_trained(self)
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.act = act

    def forward(self, z: Tensor) -> Tensor:
        maps = self.act(self, 0, self.first(z))
        maps = self.act(self, 1, self.second(maps) + maps)
        maps = functional.max_pool1d(maps, 2).flatten(1)
        logits: Tensor = self.out(self.act(self, 2, self.hidden(maps)))
        return logits

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


@cache
def written() -> dict[str, Net]:
    """One ReLU net, written in all ways."""
    acts: dict[str, Callable[[nn.Module, int, Tensor], Tensor]] = {
        "functional": lambda net, place, x: functional.relu(x),
        "torch": lambda net, place, x: torch.relu(x),
        "method": lambda net, place, x: x.relu(),
        "clamp_min": lambda net, place, x: x.clamp_min(0),
        "clamp": lambda net, place, x: torch.clamp(x, min=0.0),
        "threshold": lambda net, place, x: functional.threshold(x, 0, 0),
        "maximum": lambda net, place, x: torch.maximum(x, torch.zeros(())),
        "in place": lambda net, place, x: x.relu_(),
        "functional in place": lambda net, place, x: functional.relu(x, inplace=True),
    }
    nets: dict[str, Net] = {how: Written(act) for how, act in acts.items()}
    modules = {f"relu{place}": nn.ReLU() for place in range(3)}
    nets["modules"] = Written(lambda net, place, x: _layer(net, f"relu{place}", x), **modules)
    nets["shared"] = Written(lambda net, place, x: _layer(net, "relu", x), relu=nn.ReLU())
    over = nn.ReLU(inplace=True)
    nets["shared in place"] = Written(lambda net, place, x: _layer(net, "relu", x), relu=over)
    return {how: net.eval().requires_grad_(False) for how, net in nets.items()}


def _layer(net: nn.Module, name: str, x: Tensor) -> Tensor:
    found: Tensor = net.get_submodule(name)(x)
    return found


class Around(Net):
    """Convolution, ReLU, `middle`, hidden layer, ReLU, two logits.

    middle: from maps (record, 6, 20) to any, recordings first.
    act: what stands for the ReLU.
    """

    def __init__(self, middle: Callable[[Tensor], Tensor], act: Act = torch.relu) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 6, 50, stride=50)
        if isinstance(middle, nn.Module):
            _as_if_trained(middle.eval(), seed=1)
        self.middle, self.act = middle, act
        with torch.no_grad():
            features = middle(torch.rand(2, 6, 20, generator=torch.Generator().manual_seed(0)))
        size = features[0].numel() if isinstance(features, Tensor) else 1
        self.hidden, self.out = nn.Linear(size, 8), nn.Linear(8, 2)
        for seed, layer in enumerate((self.conv, self.hidden, self.out)):
            _as_if_trained(layer, seed)
        self.eval().requires_grad_(False)

    def forward(self, z: Tensor) -> Tensor:
        maps = self.middle(self.act(self.conv(z)))
        logits: Tensor = self.out(self.act(self.hidden(maps.flatten(1))))
        return logits

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


def _random(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3))


class _InPlace(nn.Module):
    """What it returns is the tensor that it was given, changed."""

    def forward(self, x: Tensor) -> Tensor:
        x = x + 1
        x *= 0.5
        kept = x
        x -= x.mean(dim=2, keepdim=True)
        return kept + x


def _read_and_overwritten(x: Tensor) -> Tensor:
    """The sum is of what is there when it is made, and the product is not."""
    x = x + 1
    before = x + 1
    x.mul_(2)
    return before + x


def _flat_in_place(x: Tensor) -> Tensor:
    flat = (2 * x).flatten(1)
    flat.add_(1)
    return flat * 2


_SQUARE, _TIME, _MAPS = _random(6, 6), _random(20, 7), _random(6, 20)
_MASK = _MAPS > 0

AFFINE: dict[str, Callable[[Tensor], Tensor]] = {
    "nothing": lambda x: x,
    "identity": nn.Identity(),
    "add a constant": lambda x: x + _MAPS,
    "add a number": lambda x: 1.5 + x,
    "add with alpha": lambda x: torch.add(x, _MAPS, alpha=-2),
    "add by keyword": lambda x: torch.add(input=x, other=x[:, :1]),
    "constant less x": lambda x: _MAPS - x,
    "number less x": lambda x: 1 - x,
    "less its mean": lambda x: x - x.mean(dim=-1, keepdim=True),
    "its neighbour less x": lambda x: x[..., 1:] - x[..., :-1],
    "twice": lambda x: x + x,
    "times a number": lambda x: x * 0.3,
    "times a constant": lambda x: _MAPS * x,
    "over a number": lambda x: x / 7,
    "over a constant": lambda x: torch.div(x, _MAPS),
    "negated": lambda x: -x,
    "mean": lambda x: x.mean(dim=2),
    "sum": lambda x: torch.sum(x, dim=1),
    "avg pool": lambda x: functional.avg_pool1d(x, 3, 2),
    "adaptive avg pool": nn.AdaptiveAvgPool1d(4),
    "avg pool 2d": lambda x: nn.AvgPool2d(2)(x.unsqueeze(1)),
    "global avg pool 2d": lambda x: functional.adaptive_avg_pool2d(x.unsqueeze(1), 1),
    "pad": lambda x: functional.pad(x, (2, 1)),
    "pad with ones": lambda x: functional.pad(x, (2, 1), value=1.0),
    "reflect": lambda x: functional.pad(x, (2, 1), mode="reflect"),
    "replicate": nn.ReplicationPad1d(2),
    "nearest": nn.Upsample(scale_factor=2),
    "linear": lambda x: functional.interpolate(x, size=33, mode="linear", align_corners=True),
    "permute": lambda x: functional.linear(x.permute(0, 2, 1), _SQUARE).transpose(1, 2),
    "mT": lambda x: x.mT,
    "reshape": lambda x: x.reshape(len(x), 3, -1),
    "view and unflatten": lambda x: x.view(x.size(0), -1).unflatten(1, (12, 10)),
    "squeeze": lambda x: x.unsqueeze(3).squeeze(3),
    "movedim": lambda x: x.movedim(1, 2).contiguous(),
    "slices": lambda x: x[:, ::2, 3:-2],
    "indices": lambda x: x[:, [4, 0, 0]],
    "index_select": lambda x: torch.index_select(x, 1, torch.tensor([5, 1])),
    "a mask": lambda x: x[:, _MASK],
    "narrow": lambda x: x.narrow(2, 3, 8),
    "cat": lambda x: torch.cat([x, 2 * x], dim=1),
    "cat with a constant": lambda x: torch.cat([x, _MAPS[:1].expand(len(x), 1, 20)], dim=1),
    "stack": lambda x: torch.stack([x[:, 0], x[:, 1] * 3], dim=1),
    "chunk": lambda x: x.chunk(2, dim=1)[1] - x.chunk(2, dim=1)[0],
    "split": lambda x: torch.cat(x.split([2, 4], dim=1)[::-1], dim=1),
    "unbind": lambda x: x.unbind(1)[0] + 2 * x.unbind(dim=1)[3],
    "one channel after another": lambda x: sum(one / 2**k for k, one in enumerate(x.unbind(1))),
    "flip and roll": lambda x: x.flip(2).roll(3, dims=2),
    "repeat": lambda x: x.repeat(1, 1, 2),
    "expand": lambda x: x[:, :, :1].expand(-1, -1, 5),
    "windows": lambda x: x.unfold(2, 6, 4).mean(dim=2),
    "masked_fill": lambda x: x.masked_fill(_MASK, 0.7),
    "where": lambda x: torch.where(_MASK, x, _MAPS),
    "to and back": lambda x: x.double().float(),
    "clone": lambda x: x.clone(),
    "the shape of another": lambda x: x + _MAPS[:1].expand_as(x),
    "types that are looked at": lambda x: x.to(x.dtype) if "Float" in x.type() else -x,
    "dropout in evaluation": nn.Dropout(0.5),
    "dropout by function": lambda x: functional.dropout(x, 0.5, False),
    "batch norm": nn.BatchNorm1d(6),
    "batch norm by function": lambda x: functional.batch_norm(
        x, _MAPS[:, 0], _MAPS[:, 1].abs() + 1
    ),
    "conv": nn.Conv1d(6, 4, 3, padding="same"),
    "conv that reflects": nn.Conv1d(6, 4, 3, padding=1, padding_mode="reflect"),
    "conv by keywords": lambda x: functional.conv1d(
        input=x, weight=_SQUARE.unsqueeze(2), bias=_SQUARE[0], stride=2
    ),
    "conv and norm by functions": lambda x: functional.batch_norm(
        functional.conv1d(x, _SQUARE.unsqueeze(2)), _MAPS[:, 0], _MAPS[:, 1].abs() + 1
    ),
    "conv in groups": nn.Conv1d(6, 6, 3, groups=3),
    "conv 2d": lambda x: functional.conv2d(x.unsqueeze(1), _SQUARE[:2, :4].reshape(2, 1, 2, 2)),
    "conv transposed": nn.ConvTranspose1d(6, 3, 4, stride=2),
    "weight norm": nn.utils.parametrizations.weight_norm(nn.Conv1d(6, 4, 3)),
    "spectral norm": nn.utils.parametrizations.spectral_norm(nn.Conv1d(6, 4, 3)),
    "linear over time": nn.Linear(20, 3),
    "matmul": lambda x: x @ _TIME,
    "matmul from the left": lambda x: _SQUARE @ x,
    "matmul by keywords": lambda x: torch.matmul(input=x, other=_TIME),
    "times a double": lambda x: (x * _MAPS.double() + x).float(),
    "einsum": lambda x: torch.einsum("bct,ck->bkt", x, _SQUARE),
    "in place": _InPlace(),
    "overwritten after it was read": _read_and_overwritten,
    "a view in place": _flat_in_place,
}
"""Affine in maps: right for all methods."""

MAXIMA: dict[str, Callable[[Tensor], Tensor]] = {
    "max pool": nn.MaxPool1d(2),
    "max pool by function": lambda x: functional.max_pool1d(x, 3, 2, 1),
    "max pool of torch": lambda x: torch.max_pool1d(x, 3, stride=1),
    "max pool with places": lambda x: functional.max_pool1d(x, 3, 2, return_indices=True)[0],
    "max pool 2d": lambda x: functional.max_pool2d(x.unsqueeze(1), (2, 3), ceil_mode=True),
    "adaptive": nn.AdaptiveMaxPool1d(3),
    "global": lambda x: functional.adaptive_max_pool2d(x.unsqueeze(1), 1),
    "amax": lambda x: x.amax(dim=-1),
    "amax of two axes": lambda x: torch.amax(x.unflatten(2, (4, 5)), dim=(1, 3), keepdim=True),
    "max": lambda x: x.max(dim=1).values,
    "max and mean": lambda x: torch.cat([torch.max(x, 2)[0], x.mean(2)], dim=1),
}
"""Maxima of several values: right for all methods."""

CURVES: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": nn.GELU(),
    "gelu of tanh": nn.GELU(approximate="tanh"),
    "silu": nn.SiLU(inplace=True),
    "mish": nn.Mish(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: torch.sigmoid(x - 1),
    "leaky relu": lambda x: functional.leaky_relu(x - 1, 0.1),
    "leaky relu in place": nn.LeakyReLU(0.2, inplace=True),
    "prelu": lambda x: nn.functional.prelu(x - 1, _MAPS[:, 0]),
    "elu": lambda x: nn.ELU()(x - 1),
    "selu": lambda x: nn.SELU()(x - 1),
    "celu": lambda x: nn.CELU(0.5)(x - 1),
    "relu6": lambda x: nn.ReLU6()(4 * x),
    "hardtanh": nn.Hardtanh(),
    "hardswish": lambda x: nn.Hardswish()(x - 1),
    "hardsigmoid": lambda x: nn.Hardsigmoid()(x - 1),
    "softplus": nn.Softplus(),
    "softsign": nn.Softsign(),
    "logsigmoid": nn.LogSigmoid(),
    "tanhshrink": nn.Tanhshrink(),
    "softshrink": nn.Softshrink(),
    "clamp": lambda x: x.clamp(0.1, 0.8),
    "clamp_min not at 0": lambda x: x.clamp_min(0.2),
    "abs": lambda x: (x - 1).abs(),
    "square": lambda x: x.square(),
    "power": lambda x: x**3,
    "exp": torch.exp,
    "log1p": torch.log1p,
    "sqrt": lambda x: (x + 0.1).sqrt(),
    "constant over x": lambda x: 2 / (x + 1),
    "constant to the power of x": lambda x: 2**x,
    "division of a constant": lambda x: torch.div(_MAPS, x + 1),
    "sine": torch.sin,
}
"""Functions of each value by itself that are no ReLU: right for DeepLIFT, and refused elsewhere."""


class _Straight(torch.autograd.Function):
    """A gradient that is not that of the values."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x.round()

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> Tensor:
        return gradients[0]


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        steps = x.mT
        attended: Tensor = self.attention(steps, steps, steps)[0]
        return attended


class _LSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.lstm(x.mT)[0]
        return states


def _without_gradients(x: Tensor) -> Tensor:
    with torch.no_grad():
        size = x.mean(dim=2, keepdim=True)
    return x / size


def _overwritten_view(x: Tensor) -> Tensor:
    x = x + 1
    first = x[:, :1]
    x.add_(1)
    return x + first


def _written_into(x: Tensor) -> Tensor:
    x[:, 0] = 0
    return x


def _into_a_constant(x: Tensor) -> Tensor:
    return torch.zeros_like(x).add_(x)


def _depends(x: Tensor) -> Tensor:
    return x if x.sum() > 0 else -x


def _scripted() -> Callable[[Tensor], Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted: Callable[[Tensor], Tensor] = torch.jit.trace(nn.Tanh(), torch.zeros(2, 6, 20))
        return scripted


REFUSED: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "softmax": (nn.Softmax(dim=1), "there is none for softmax (layer middle)"),
    "log softmax": (lambda x: x.log_softmax(dim=1), "there is none for log_softmax"),
    "layer norm": (nn.LayerNorm(20), "there is none for layer_norm (layer middle)"),
    "group norm": (nn.GroupNorm(2, 6), "there is none for group_norm (layer middle)"),
    "instance norm": (nn.InstanceNorm1d(6), "there is none for instance_norm (layer middle)"),
    "batch statistics": (
        nn.BatchNorm1d(6, track_running_stats=False),
        "there is none for batch norm with the statistics of the batch (layer middle)",
    ),
    "dropout that never ends": (
        lambda x: functional.dropout(x, 0.5, training=True),
        "there is none for dropout in training mode",
    ),
    "noise": (lambda x: x + torch.randn(x.shape), "the net is random"),
    "noise of its shape": (lambda x: x + torch.randn_like(x), "the net is random"),
    "gate": (
        lambda x: x * torch.relu(x),
        "there is none for mul of two tensors that depend on the recording",
    ),
    "x by x": (
        lambda x: x * x,
        "there is none for mul of two tensors that depend on the recording",
    ),
    "ratio": (
        lambda x: x / (1 + x),
        "there is none for div of two tensors that depend on the recording",
    ),
    "products": (
        lambda x: x @ x.mT,
        "there is none for matmul of two tensors that depend on the recording",
    ),
    "its own kernel": (
        lambda x: functional.conv1d(x, x[:1, :, :3]),
        "there is none for conv1d with arguments that depend on the recording",
    ),
    "larger of two": (
        lambda x: torch.maximum(x, x.flip(2)),
        "there is none for the larger of two tensors (maximum)",
    ),
    "attention": (_Attention(), "there is none for multi_head_attention_forward"),
    "recurrence": (_LSTM(), "there is none for lstm (layer middle.lstm)"),
    "one value and several bounds": (
        lambda x: x[:, :, :1].clamp(max=_MAPS),
        "there is none for clamp",
    ),
    "lp pool": (nn.LPPool1d(2, 2), "there is none for lp_pool1d (layer middle)"),
    "glu": (nn.GLU(dim=1), "there is none for glu (layer middle)"),
    "cumulative sum": (lambda x: x.cumsum(dim=2), "there is none for cumsum"),
    "rounded": (lambda x: x.round(), "there is none for round"),
    "sorted": (lambda x: x.sort(dim=2)[0], "there is none for sort"),
    "places of maxima": (
        lambda x: x * x.max(dim=1).indices.unsqueeze(1),
        "there is none for numbers that max counts",
    ),
    "a branch": (_depends, "there is none for gt"),
    "a number": (lambda x: x * x.mean().item(), "there is none for item"),
    "cut off": (lambda x: x + x.detach(), "there is none for detach"),
    "its data": (lambda x: x + x.data, "there is none for get"),
    "without gradients": (
        _without_gradients,
        "there is none for mean where gradients are switched off",
    ),
    "a gradient of its own": (_Straight.apply, "there is none for"),
    "scripted": (
        _scripted(),
        "there is none for flatten of what was computed out of sight",
    ),
    "a view of what is overwritten": (
        _overwritten_view,
        "there is none for a view of what is overwritten",
    ),
    "written into": (_written_into, "there is none for setitem"),
    "into a constant": (_into_a_constant, "there is none for add over a constant"),
    "batch mean": (
        lambda x: x - x.mean(dim=0),
        "the logits of a recording depend on the others of its batch",
    ),
}
"""What no method has a rule for, and what it says."""
