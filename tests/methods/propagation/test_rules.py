"""Rules at single layers, by hand; `test_lrp.py` compares them in a whole net."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from xai_bench.methods.propagation.rules import (
    Rule,
    affine,
    epsilon,
    gamma,
    routed,
    squares,
    unchanged,
)
from xai_bench.methods.propagation.steps import Step
from xai_bench.methods.propagation.tape import record

# y = 1 * 3 - 2 * 1 + 4 = 5 and 0 * 3 + 0 * 1 - 2 = -2
W, B, X = [[1.0, -2.0], [0.0, 0.0]], [4.0, -2.0], [[3.0, 1.0]]
R = torch.tensor([[10.0, 6.0]])


def _step(w: list[list[float]] = W, b: list[float] = B, x: list[list[float]] = X) -> Step:
    layer = nn.Linear(2, 2)
    layer.weight.data, layer.bias.data = torch.tensor(w), torch.tensor(b)
    _, (step,) = record(layer, torch.tensor(x))
    return step


@pytest.mark.parametrize(
    ("rule", "inputs", "absorbed"),
    [
        (epsilon(0.0), [10 * 3 / 5, 10 * -2 / 5], 10 * 4 / 5 + 6),
        # e = half the root of (25 + 4) / 2, added to 5 and taken from -2
        (epsilon(0.5), [30 / (5 + 14.5**0.5 / 2), -20 / (5 + 14.5**0.5 / 2)], None),
        (gamma(1.0), [10 * 6 / 12, 10 * -2 / 12], 10 * 8 / 12 + 6),
        (squares, [10 * 1 / 5, 10 * 4 / 5], 6.0),
    ],
)
def test_shares_by_hand(rule: Rule, inputs: list[float], absorbed: float | None) -> None:
    handed = rule(_step(), R)
    torch.testing.assert_close(handed.inputs, (torch.tensor([inputs]),))
    if absorbed is None:
        absorbed = float(R.sum()) - sum(inputs)
    assert float(handed.absorbed) == pytest.approx(absorbed)


@pytest.mark.parametrize("x", [[[3.0, -1.0]], [[-3.0, 1.0]], [[-3.0, -4.0]], [[0.0, 0.0]]])
@pytest.mark.parametrize("more", [0.0, 0.25, 1.0])
def test_gamma_takes_any_sign_and_loses_nothing(x: list[list[float]], more: float) -> None:
    w, b = [[1.0, -2.0], [-0.5, 2.0]], [0.3, -0.3]
    handed = gamma(more)(_step(w, b, x), R)
    for i in range(2):
        expected = 0.0
        for row, bias, relevance in zip(w, b, R[0].tolist(), strict=True):
            y = row[0] * x[0][0] + row[1] * x[0][1] + bias
            scaled = [
                c * (1 + more) if c * y > 0 else c
                for c in (row[0] * x[0][0], row[1] * x[0][1], bias)
            ]
            expected += relevance * scaled[i] / sum(scaled)
        assert float(handed.inputs[0][0, i]) == pytest.approx(expected, rel=1e-5)
    assert float(handed.inputs[0].sum() + handed.absorbed) == pytest.approx(16.0)


def test_the_winner_of_a_maximum_takes_all_and_a_relu_passes_all() -> None:
    z = torch.tensor([[[1.0, 3.0, 2.0, -1.0]]])
    relevance = torch.tensor([[[5.0, 7.0]]])
    _, (step,) = record(nn.MaxPool1d(2), z)
    handed = routed(step, relevance)
    assert handed.inputs[0].tolist() == [[[0.0, 5.0, 7.0, 0.0]]]
    _, (step,) = record(nn.ReLU(), relevance)
    passed = unchanged(step, relevance)
    assert torch.equal(passed.inputs[0], relevance)
    assert not torch.cat([handed.absorbed, passed.absorbed]).any()


def test_branches_of_a_sum_take_what_they_contribute() -> None:
    class Sum(nn.Module):
        def forward(self, z: Tensor) -> Tensor:
            return torch.cat([z, z], dim=1).add(relu(z))

    _, steps = record(Sum(), torch.tensor([[4.0], [-1.0]]))
    handed = epsilon(0.0)(steps[-1], torch.tensor([[8.0, 6.0], [2.0, 1.0]]))
    assert [part.tolist() for part in handed.inputs] == [[[4.0, 3.0], [2.0, 1.0]], [[7.0], [0.0]]]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), (4, 8)),
        (nn.Conv1d(4, 6, 3, padding="same", dilation=2, bias=False), (4, 8)),
        (nn.Conv2d(4, 6, (1, 3)), (4, 2, 8)),
        (nn.Conv3d(4, 6, 2), (4, 2, 3, 4)),
        (nn.ConvTranspose1d(4, 6, 3, stride=2, groups=2), (4, 8)),
        (nn.ConvTranspose2d(4, 6, (1, 3)), (4, 2, 8)),
        (nn.Linear(4, 3), (4,)),
        (nn.Linear(4, 3, bias=False), (4,)),
        (nn.BatchNorm1d(4), (4, 8)),
        (nn.BatchNorm1d(4), (4,)),
        (nn.BatchNorm1d(4, affine=False), (4, 8)),
        (nn.BatchNorm2d(4), (4, 2, 8)),
    ],
    ids=str,
)
def test_weight_and_bias_make_the_output(layer: nn.Module, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        for buffer in layer.buffers():
            if buffer.is_floating_point():
                nn.init.uniform_(buffer, 0.5, 2.0)
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    z = torch.randn(3, *shape)
    output, (step,) = record(layer.eval(), z)
    found = affine(step)
    torch.testing.assert_close(found.apply(z, found.weight) + found.bias, output)
    torch.testing.assert_close(found.apply(0 * z, found.weight), 0 * output)
