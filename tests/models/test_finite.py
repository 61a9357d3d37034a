"""Weights and outputs that are no numbers are refused when a model is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from tests.closed_forms import Linear, closed_form
from tests.tiny_zoo import write_model
from xai_bench import load_model
from xai_bench.errors import WeightsError
from xai_bench.models.finite import check_finite
from xai_bench.nets.fcn import FCN
from xai_bench.zoo import Zoo


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_weight_that_is_no_number_is_named_with_its_folder(tmp_path: Path, value: float) -> None:
    net = Linear()
    with torch.no_grad():
        net.w[3, 7:9] = value
    write_model(tmp_path / "models/broken", net, {})
    with pytest.raises(WeightsError, match="2 of the 12000 values of 'w' are nan or inf") as error:
        load_model("broken", zoo=Zoo(tmp_path, allow_code=True))
    assert str(tmp_path / "models/broken") in str(error.value)


def test_statistics_of_a_batch_norm_are_weights_too() -> None:
    model = closed_form(FCN())
    norm = next(m for m in model.net.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d))
    assert norm.running_var is not None
    norm.running_var[0] = torch.nan
    with pytest.raises(WeightsError, match=r"1 of the \d+ values of '.*running_var' are nan"):
        check_finite(model, "here")


def test_finite_weights_whose_output_overflows_are_refused() -> None:
    model = closed_form(Linear())
    model.net.get_parameter("w").data.fill_(3e38)
    with pytest.raises(WeightsError, match=r"here: the net puts out -?(inf|nan) for white noise"):
        check_finite(model, "here")
    check_finite(closed_form(Linear()), "here")
