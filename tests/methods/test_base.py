"""What a method needs, and the words for a model that does not offer it."""

from typing import final

import torch

from tests.closed_forms import Linear, TwoLinear, closed_form
from xai_bench.methods import Batch, Method, Needs
from xai_bench.models import Model
from xai_bench.nets.fcn import FCN


@final
class Picky(Method):
    """A method that needs two things."""

    name = "picky"
    summary = "for this test"
    cite = "xaibench"
    needs = frozenset({Needs.WEIGHTS, Needs.CAM_LAYER})

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        raise AssertionError("not used")


def test_what_is_missing_is_named() -> None:
    weights, cam = (
        "needs a net that generates its own weights",
        "needs a cam_layer in the model card",
    )
    for net, cam_layer, missing in (
        (TwoLinear(), None, f"picky {cam}"),
        (FCN(), "conv3.0", f"picky {weights}"),
        (Linear(), None, f"picky {cam}; {weights}"),
    ):
        model = closed_form(net, cam_layer=cam_layer)
        assert Picky().unsupported(model, evidence=False) == missing
