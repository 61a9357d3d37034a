"""Explanations of changed recordings are those the method gives itself."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.closed_forms import closed_form
from tests.scoring.blocks import cases, signals
from xai_bench.methods import METHODS
from xai_bench.methods.base import Batch, Needs
from xai_bench.models import Model
from xai_bench.nets.pooled import PooledNet, conv_norm_relu


class TwoConvolutions(PooledNet):
    """With batch norms, which a frozen net has folded in, and ReLU."""

    def __init__(self) -> None:
        super().__init__(channels=8, outputs=1, dropout=0.0)
        self.conv1, self.conv2 = conv_norm_relu(12, 8, 9), conv_norm_relu(8, 8, 5)

    def features(self, z: Tensor) -> Tensor:
        maps: Tensor = self.conv2(self.conv1(z))
        return maps


def _model() -> Model:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return closed_form(TwoConvolutions().eval(), cam_layer="conv2")


@pytest.mark.parametrize(
    "name",
    [
        "saliency",
        "gradcam",
        *(name for name, method in METHODS.items() if Needs.RULES in method.needs),
    ],
)
def test_changed_recordings_are_explained_as_if_they_were_recordings(name: str) -> None:
    """By the frozen copy of the net, or by the net itself for methods that look into layers."""
    model = _model()
    (case,) = cases(model, [name], signals(2, (12, 1000)))
    versions = torch.stack([case.block.z, case.block.z.flip(2)], dim=1)
    found = case.block.explain(case.method, "flipped", versions)
    alone = Batch(z=versions[:, 1].contiguous(), target=case.block.batch.target)
    torch.testing.assert_close(found[:, 0], case.attribution, rtol=1e-3, atol=1e-5)
    expected = case.method.attribute(model, alone)
    torch.testing.assert_close(found[:, 1], expected, rtol=1e-3, atol=1e-5)
