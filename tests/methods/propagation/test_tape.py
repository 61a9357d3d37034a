"""What is recorded of a net, and that it is all that happened."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, relu

from tests.foreign_nets import Chain
from xai_bench.methods.propagation.steps import Kind, Step, UnknownOperationError
from xai_bench.methods.propagation.tape import hand_back, record


class Twice(nn.Module):
    """x + x beside a weight that is computed, and shapes that are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(3, 12, 1))

    def forward(self, z: Tensor) -> Tensor:
        assert z.dim() == len(z.shape)
        doubled = torch.conv1d(z + z, self.w.exp())
        return torch.cat([doubled, relu(doubled)], dim=1)


def test_steps_are_the_operations_on_what_descends_from_the_input() -> None:
    net, z = Chain(nn.Conv1d(12, 3, 1), nn.BatchNorm1d(3), nn.ReLU()).eval(), torch.ones(2, 12, 8)
    output, steps = record(net, z)
    assert [step.operation for step in steps] == [torch.conv1d, batch_norm, relu]
    torch.testing.assert_close(output, net(z), rtol=0, atol=0)
    chain = [z, *(step.output for step in steps)]
    assert all(step.inputs == (before,) for step, before in zip(steps, chain, strict=False))
    assert steps[-1].output is output


def test_an_input_used_twice_is_one_leaf_with_the_gradient_of_both() -> None:
    z = torch.ones(1, 12, 8)
    _, (doubling, convolution, _, side_by_side) = record(Twice().requires_grad_(False), z)
    assert doubling.inputs == (z,)
    (gradient,) = torch.autograd.grad(doubling.output.sum(), doubling.leaves)
    assert (gradient == 2).all()
    assert len(side_by_side.inputs) == 2
    assert convolution.output is side_by_side.inputs[0]


def test_each_step_has_a_gradient_of_its_own() -> None:
    net, z = Chain(nn.Conv1d(12, 3, 1), nn.ReLU()), torch.ones(2, 12, 8)
    _, (first, second) = record(net, z)
    torch.autograd.grad(second.output.sum(), second.leaves)
    assert first.output.requires_grad
    with pytest.raises(RuntimeError, match="to not have been used in the graph"):
        torch.autograd.grad(second.output.sum(), first.leaves)


@pytest.mark.parametrize(
    ("layer", "named"),
    [(nn.GELU(), "gelu"), (nn.Softmax(dim=1), "softmax"), (nn.LayerNorm(8), "layer_norm")],
)
def test_what_is_not_known_is_named_with_its_layer(layer: nn.Module, named: str) -> None:
    net = Chain(nn.Conv1d(12, 3, 1), nn.Sequential(layer))
    with pytest.raises(UnknownOperationError, match=rf"^{named} \(layer layers.1.0\)$"):
        record(net, torch.ones(1, 12, 8), kinds=frozenset(Kind) - {Kind.CURVE})


class _OverItsInput(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        z -= 1
        return z.relu_() * 2


def test_the_recordings_are_never_overwritten() -> None:
    z = torch.randn(2, 12, 8, generator=torch.Generator().manual_seed(0))
    before = z.clone()
    output, steps = record(_OverItsInput(), z)
    assert torch.equal(z, before)
    torch.testing.assert_close(output, 2 * (before - 1).relu())
    assert [step.kind for step in steps] == [Kind.SUM, Kind.RELU, Kind.SCALED]


def test_a_norm_is_taken_into_the_convolution_that_it_reads_and_others_see_that_as_it_was() -> None:
    torch.manual_seed(0)

    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv1d(12, 3, 3), nn.BatchNorm1d(3)
            self.norm.running_mean, self.norm.running_var = torch.randn(3), torch.rand(3) + 0.5

        def forward(self, z: Tensor) -> Tensor:
            maps = self.conv(z)
            both: Tensor = self.norm(maps) + maps
            return both

    net, z = Both().eval().requires_grad_(False), torch.randn(2, 12, 8)
    output, steps = record(net, z, fold=True)
    assert [step.name for step in steps] == ["conv1d", "conv1d", "add"]
    assert steps[0].inputs == steps[1].inputs == (z,)
    torch.testing.assert_close(output, net(z))
    torch.testing.assert_close(steps[1].output, net.norm(net.conv(z)))


def test_what_reaches_the_input_is_the_gradient_where_rules_are_gradients() -> None:
    torch.manual_seed(0)
    net = Chain(nn.Conv1d(12, 3, 3), nn.GELU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(9, 2))
    z = torch.randn(2, 12, 8, requires_grad=True)
    (expected,) = torch.autograd.grad(net(z).sum(), z)
    given = z.detach()
    output, steps = record(net.requires_grad_(False), given)
    found = hand_back(given, output, steps, torch.ones_like(output), Step.gradients)
    torch.testing.assert_close(found, expected)
    assert not steps
