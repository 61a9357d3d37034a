"""A small ReLU net, and relevance propagation through it with every layer a dense matrix.

Slow and literal: one output at a time, one contribution at a time, in numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from xai_bench.nets.base import Net
from xai_bench.nets.pooled import conv_norm_relu

__all__ = ["DenseTwin", "Small", "small"]

Vector = np.ndarray
Contributions = tuple[list[float], float]
"""Of every input, and of the bias with what stabilises it."""


class Small(Net):
    """Stem, two branches side by side, a norm that follows both, a shortcut, a hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm_relu(12, 3, 3, stride=2)
        self.pool = nn.MaxPool1d(3, stride=1, padding=1)
        self.left, self.right = nn.Conv1d(3, 2, 3, padding=1), nn.Conv1d(3, 2, 1, bias=False)
        self.norm = nn.BatchNorm1d(4)
        self.shortcut = nn.Sequential(nn.AvgPool1d(2), nn.Conv1d(12, 4, 1))
        self.relus = nn.ModuleList([nn.ReLU(), nn.ReLU()])
        self.hidden, self.fc = nn.Linear(4, 6), nn.Linear(6, 2)

    def forward(self, z: Tensor) -> Tensor:
        maps = self.stem(z)
        sides = torch.cat([self.left(maps), self.right(self.pool(maps))], dim=1)
        maps = self.relus[0](self.norm(sides) + self.shortcut(z))
        logits: Tensor = self.fc(self.relus[1](self.hidden(maps.mean(dim=2))))
        return logits

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


def small(seed: int = 0) -> Small:
    """In float64, with norms and biases as if trained."""
    torch.manual_seed(seed)
    net = Small().double().eval()
    for norm in net.modules():
        if isinstance(norm, nn.BatchNorm1d):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            nn.init.normal_(norm.running_mean, std=0.3)
            nn.init.uniform_(norm.running_var, 0.2, 3.0)
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias, std=0.3)
    return net


def epsilon(share: float) -> Callable[[Vector, float, Vector, Vector], list[Contributions]]:
    def rule(M: Vector, size: float, b: Vector, x: Vector) -> list[Contributions]:
        found = []
        for row, bias in zip(M, b, strict=True):
            terms = [w * value for w, value in zip(row, x, strict=True)]
            y = sum(terms) + bias
            found.append((terms, bias + (share * size if y >= 0 else -share * size)))
        return found

    return rule


def gamma(more: float) -> Callable[[Vector, float, Vector, Vector], list[Contributions]]:
    def rule(M: Vector, size: float, b: Vector, x: Vector) -> list[Contributions]:
        found = []
        for row, bias in zip(M, b, strict=True):
            terms = [w * value for w, value in zip(row, x, strict=True)]
            y = sum(terms) + bias
            terms = [c * (1 + more) if c * y > 0 else c for c in terms]
            found.append((terms, bias * (1 + more) if bias * y > 0 else bias))
        return found

    return rule


def squares(M: Vector, size: float, b: Vector, x: Vector) -> list[Contributions]:
    return [([w * w for w in row], 0.0) for row in M]


@dataclass
class DenseTwin:
    """Forward and back through `Small`, for one recording."""

    net: Small
    first: Callable[[Vector, float, Vector, Vector], list[Contributions]]
    convolution: Callable[[Vector, float, Vector, Vector], list[Contributions]]
    linear: Callable[[Vector, float, Vector, Vector], list[Contributions]]
    spread: Callable[[Vector, float, Vector, Vector], list[Contributions]]
    absorbed: float = field(default=0.0, init=False)

    def explain(self, z: Vector, target: int) -> tuple[Vector, float]:
        """Relevance of z, and m(z)."""
        net, half = self.net, z.shape[1] // 2
        stem = _conv(net.stem[0], z.shape[1], net.stem[1])
        left, right = _conv(net.left, half), _conv(net.right, half)
        norm = _norm(net.norm, half)
        average = _average(12, z.shape[1])
        shortcut = _conv(net.shortcut[1], half)
        mean = np.kron(np.eye(4), np.full((1, half), 1 / half)), np.zeros(4)
        hidden, fc = _linear(net.hidden), _linear(net.fc)
        sign = 2 * target - 1
        contrast = sign * (fc[0][1:] - fc[0][:1]), sign * (fc[1][1:] - fc[1][:1])

        x = z.reshape(-1)
        a = np.maximum(_apply(stem, x), 0)
        winners = _winners(a.reshape(3, half))
        sides = np.concatenate([_apply(left, a), _apply(right, a[winners])])
        averaged = _apply(average, x)
        main, side = _apply(norm, sides), _apply(shortcut, averaged)
        both = np.concatenate([main, side])
        add = np.concatenate([np.eye(len(main)), np.eye(len(side))], axis=1), np.zeros(len(main))
        maps = np.maximum(_apply(add, both), 0)
        pooled = _apply(mean, maps)
        h = np.maximum(_apply(hidden, pooled), 0)
        (m,) = _apply(contrast, h)

        self.absorbed = 0.0
        R = self._hand(epsilon(0.0), contrast, h, np.array([m]))
        R = self._hand(self.linear, hidden, pooled, R)
        R = self._hand(self.spread, mean, maps, R)
        R = self._hand(self.spread, add, both, R)
        R_main, R_side = R[: len(main)], R[len(main) :]
        R_sides = self._hand(self.convolution, norm, sides, R_main)
        R_a = self._hand(self.convolution, left, a, R_sides[: 2 * half])
        for winner, part in zip(
            winners,
            self._hand(self.convolution, right, a[winners], R_sides[2 * half :]),
            strict=True,
        ):
            R_a[winner] += part
        R_averaged = self._hand(self.first, shortcut, averaged, R_side)
        R_z = self._hand(self.first, stem, x, R_a)
        R_z += self._hand(self.spread, average, x, R_averaged)
        return R_z.reshape(z.shape), m

    def _hand(
        self,
        rule: Callable[[Vector, float, Vector, Vector], list[Contributions]],
        layer: tuple[Vector, Vector],
        x: Vector,
        R: Vector,
    ) -> Vector:
        M, b = layer
        size = float(np.sqrt(np.mean(_apply(layer, x) ** 2)))
        handed = np.zeros(len(x))
        for (terms, constant), relevance in zip(rule(M, size, b, x), R, strict=True):
            whole = sum(terms) + constant
            if relevance == 0:
                continue
            self.absorbed += relevance * constant / whole
            for i, term in enumerate(terms):
                handed[i] += relevance * term / whole
        return handed


def _apply(layer: tuple[Vector, Vector], x: Vector) -> Vector:
    found: Vector = layer[0] @ x + layer[1]
    return found


def _linear(layer: nn.Linear) -> tuple[Vector, Vector]:
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def _conv(conv: nn.Module, length: int, norm: nn.Module | None = None) -> tuple[Vector, Vector]:
    """A convolution, and a norm behind it, as one matrix."""
    assert isinstance(conv, nn.Conv1d)
    w = conv.weight.detach().numpy()
    (kernel,), (stride,) = conv.kernel_size, conv.stride
    assert isinstance(conv.padding, tuple)
    steps = (length + 2 * conv.padding[0] - kernel) // stride + 1
    M = np.zeros((w.shape[0], steps, w.shape[1], length))
    for out in range(w.shape[0]):
        for step in range(steps):
            for channel in range(w.shape[1]):
                for tap in range(kernel):
                    sample = step * stride - conv.padding[0] + tap
                    if 0 <= sample < length:
                        M[out, step, channel, sample] = w[out, channel, tap]
    b = np.zeros(w.shape[0]) if conv.bias is None else conv.bias.detach().numpy()
    flat, shifts = M.reshape(w.shape[0] * steps, -1), np.repeat(b, steps)
    if norm is None:
        return flat, shifts
    scale, shift = _norm(norm, steps)
    return scale @ flat, scale @ shifts + shift


def _norm(norm: nn.Module, steps: int) -> tuple[Vector, Vector]:
    assert isinstance(norm, nn.BatchNorm1d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    mean, variance = norm.running_mean.numpy(), norm.running_var.numpy()
    scale = norm.weight.detach().numpy() / np.sqrt(variance + norm.eps)
    shift = norm.bias.detach().numpy() - scale * mean
    return np.diag(np.repeat(scale, steps)), np.repeat(shift, steps)


def _average(channels: int, length: int) -> tuple[Vector, Vector]:
    """Means of neighbours, two at a time."""
    M = np.kron(np.eye(channels * length // 2), np.array([[0.5, 0.5]]))
    return M, np.zeros(len(M))


def _winners(maps: Vector) -> list[int]:
    """Where the maximum of each sample and its two neighbours lies, in the flat maps."""
    channels, steps = maps.shape
    winners = []
    for channel in range(channels):
        for step in range(steps):
            near = range(max(0, step - 1), min(steps, step + 2))
            best = max(near, key=lambda one: maps[channel, one])
            winners.append(channel * steps + best)
    return winners
