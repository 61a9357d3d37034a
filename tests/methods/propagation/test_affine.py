"""The weights of a step make its output."""

import pytest
import torch
from torch import nn
from torch.nn.functional import batch_norm, linear

from xai_bench.methods.propagation.affine import CONVOLUTIONS, affine
from xai_bench.methods.propagation.tape import Operation, record

KNOWN: frozenset[Operation] = CONVOLUTIONS | {batch_norm, linear}


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), (4, 8)),
        (nn.Conv1d(4, 6, 3, padding="same", dilation=2, bias=False), (4, 8)),
        (nn.Conv2d(4, 6, (1, 3)), (4, 2, 8)),
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
    output, (step,) = record(layer.eval(), z, KNOWN)
    found = affine(step)
    torch.testing.assert_close(found.apply(z, found.weight) + found.bias, output)
    torch.testing.assert_close(found.apply(0 * z, found.weight), 0 * output)
