"""What a method needs, and the words for a model that does not offer it."""

from typing import final

import torch

from tests.closed_forms import Linear, closed_form
from xai_bench.methods import Batch, Method, Needs
from xai_bench.models import Model
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.fcn import FCN


@final
class Picky(Method):
    """A method that needs two things."""

    name = "picky"
    summary = "for this test"
    cite = "xaibench"
    needs = frozenset({Needs.RELU, Needs.CAM_LAYER})

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        raise AssertionError("not used")


def test_what_is_missing_is_named_with_the_layer_that_is_to_blame() -> None:
    relu = "needs a net whose only non-linearities are ReLU and max pooling"
    cam = "needs a cam_layer in the model card"
    for net, cam_layer, missing in (
        (FCN(), "conv3.0", None),
        (FCN(), None, f"picky {cam}"),
        (ECGConv2d(), "conv3.0", f"picky {relu}; its layer conv1.2 is GELU"),
        (Linear(), None, f"picky {cam}; {relu}; the net is Linear"),
    ):
        model = closed_form(net, cam_layer=cam_layer)
        assert Picky().unsupported(model, evidence=False) == missing
