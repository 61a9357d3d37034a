"""What can be checked of the native W benchmark without waiting for it, or for a CUDA device."""

import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import xai_bench as xb
from xai_bench.models import Model

BENCH = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "native_w.py"))
CPU = torch.device("cpu")
SHORT = BENCH["Setting"](samples=1000, precision="fp32", rounds=1, batch=2)


def _rows(**host: float) -> list[object]:
    return [
        BENCH["Row"](name="eager", batch=2, device=0.004, **host),
        BENCH["Row"](name="channels_last", batch=2, device=0.002, **host),
        BENCH["Row"](name="IG-16", batch=2, device=0.05),
    ]


def _off(model: Model) -> float:
    """Largest difference from the W of the model as shipped, relative to its largest weight."""
    data = BENCH["recordings"](1, 1000)
    found = xb.native_attributions(model, data, CPU).W
    expected = xb.native_attributions(xb.load_model("imn", device=CPU), data, CPU).W
    return float((found - expected).abs().max() / expected.abs().max())


ROOF = BENCH["Roof"](gflop=2.0, eager_mb=30.0, fused_mb=15.0, compute=2e12, bandwidth=3e10)


def test_a_roofline_is_its_slower_side() -> None:
    assert ROOF.seconds == 1e-3
    assert ROOF.bound == "compute"
    slow = BENCH["Roof"](gflop=2.0, eager_mb=30.0, fused_mb=15.0, compute=2e12, bandwidth=1e10)
    assert slow.seconds == 1.5e-3
    assert slow.bound == "memory"


def test_a_table_without_absolute_times() -> None:
    found = BENCH["table"](SHORT, ROOF, _rows(), absolute=False).splitlines()
    assert found[5:] == [
        "|  | batch | time / channels_last | % of roofline |",
        "| --- | --- | --- | --- |",
        "| eager | 2 | 2 | 25.0 |",
        "| channels_last | 2 | 1 | 50.0 |",
        "| IG-16 | 2 | 25 |  |",
    ]


def test_a_table_with_absolute_times() -> None:
    found = BENCH["table"](SHORT, ROOF, _rows(host=0.01), absolute=True).splitlines()
    assert "Matrix product 2.0 TFLOP/s, copy 30 GB/s: 1000 recordings/s." in found[3]
    assert found[-3:] == [
        "| eager | 2 | 2 | 25.0 | 250 | 100 |",
        "| channels_last | 2 | 1 | 50.0 | 500 | 100 |",
        "| IG-16 | 2 | 25 |  | 20 |  |",
    ]


def test_elements_moved_are_those_in_and_out_of_layers_that_are_not_free() -> None:
    net = nn.Sequential(nn.Conv1d(12, 3, 1), nn.GELU(), nn.MaxPool1d(2))
    z = torch.zeros(1, 12, 10)
    assert BENCH["moved"](net, z, free=()) == (120 + 30) + (30 + 30) + (30 + 15)
    assert BENCH["moved"](net, z, free=(nn.GELU,)) == (120 + 30) + (30 + 15)


@pytest.mark.slow_but_one
@pytest.mark.parametrize("variant", BENCH["VARIANTS"]["cpu"], ids=lambda variant: variant.name)
def test_every_variant_writes_the_w_of_the_model(variant: Any) -> None:
    model = BENCH["build"](variant, SHORT, CPU)
    assert _off(model) < 1e-5
    layouts = {parameter.is_contiguous() for parameter in model.net.parameters()}
    assert layouts == ({True, False} if variant.channels_last else {True})


@pytest.mark.slow
def test_bf16_is_less_exact_but_explains_itself() -> None:
    setting = BENCH["Setting"](samples=1000, precision="bf16", rounds=1, batch=1)
    model = BENCH["build"](BENCH["FOLDED"], setting, CPU)
    assert 1e-4 < _off(model) < 5e-2
    exact = xb.load_model("imn", device=CPU)
    exact.net.double()
    log_odds, W, identity = BENCH["errors"](model, exact, BENCH["recordings"](1, 1000))
    assert 1e-4 < W < 5e-2
    assert log_odds < 5e-2
    assert identity < 1e-5


def test_longer_recordings_are_read_too() -> None:
    setting = BENCH["Setting"](samples=5000, precision="fp32", rounds=1, batch=1)
    data = BENCH["recordings"](1, 5000)
    found = xb.native_attributions(BENCH["build"](BENCH["FOLDED"], setting, CPU), data, CPU)
    assert found.W.shape == (1, 12, 5000)


@pytest.mark.parametrize("method", BENCH["OTHERS"])
def test_a_pass_of_every_other_method_runs(method: str) -> None:
    model = BENCH["build"](BENCH["SHIPPED"], SHORT, CPU)
    _, make = BENCH["OTHERS"][method]
    make(model)(torch.from_numpy(BENCH["recordings"](2, 1000).microvolt))
