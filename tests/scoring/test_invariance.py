"""Scores depend on the recording, the method, the model and the seed, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from tests.closed_forms import closed_form
from xai_bench import load_data, load_model
from xai_bench.methods import find_methods
from xai_bench.models import Model
from xai_bench.nets.pooled import PooledNet, conv_norm
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_methods
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

FLOAT32 = {"rtol": 2e-4, "atol": 2e-5}
"""Other shapes of a pass mean another order of float32 sums, which correlations of small falls of
the log-odds magnify."""


@cache
def given() -> Recordings:
    """Two with planted pathology."""
    every = load_data("synthetic", task="norm_vs_mi", n=6)
    assert every.evidence is not None
    sick = np.flatnonzero(every.evidence.any(axis=(1, 2)))[:2]
    return every[[int(row) for row in sick]]


class Small(PooledNet):
    """Two layers of eight channels, which take next to no time.

    Smooth, because Quantus's ratios of single samples magnify what is nearly 0: no gradient is.
    """

    def __init__(self) -> None:
        super().__init__(channels=8, outputs=1, dropout=0.0)
        layers = (conv_norm(12, 8, 9), nn.Tanh(), conv_norm(8, 8, 5), nn.Tanh())
        self.layers = nn.Sequential(*layers)

    def features(self, z: Tensor) -> Tensor:
        maps: Tensor = self.layers(z)
        return maps


@cache
def load(name: str, device: str) -> Model:
    if name != "small":
        return load_model(name, device=device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        net = Small().eval()
    net.rescale_(torch.tensor([20.0]), torch.tensor([0.0]))
    return replace(closed_form(net), name=name).on(torch.device(device))


@pytest.fixture(params=["small", pytest.param("resnet1d", marks=pytest.mark.slow)])
def name(request: pytest.FixtureRequest) -> str:
    """A net that is soon done, and a trained one."""
    return str(request.param)


def scores(
    name: str,
    recordings: Recordings,
    *,
    device: str = "cpu",
    rows: int = 4,
    block: int = 2,
    seed: int = 0,
) -> pd.Series[float]:
    model = load(name, device)
    cards = [metric for metric in Zoo().every_metric() if metric.family != "runtime"]
    methods = find_methods("input-x-gradient,random")
    forward = Forward(model, rows=rows, block=block)
    tables = score_methods(
        model, recordings, methods, metrics=cards, seed=seed, target="MI", forward=forward
    )
    table = pd.concat(tables, names=["method"])
    found: pd.Series[float] = table.set_index(["record_id", "metric"], append=True)["score"]
    return found.droplevel(1).sort_index()


@cache
def usual(name: str) -> pd.Series[float]:
    return scores(name, given())


KINK = {"rtol": 0, "atol": 2e-3}
"""Of scores under random nets: in one of resnet1d, rounding turns the slope of a ReLU over, and 762
samples of one map with it; in float64 none."""


def same(name: str, found: pd.Series[float], **tolerance: Any) -> None:
    expected = usual(name).loc[found.index]
    random = found.index.get_level_values("metric").isin(["mprt", "efficient_mprt"])
    pd.testing.assert_series_equal(found[~random], expected[~random], **(tolerance or FLOAT32))
    pd.testing.assert_series_equal(found[random], expected[random], **(tolerance or KINK))


def test_the_usual_scores_are_there(name: str) -> None:
    assert usual(name).notna().groupby("metric").any().mean() > 0.9
    other = scores(name, given()[:1], seed=1)
    assert (other.dropna() != usual(name).loc[other.index].dropna()).any()


@pytest.mark.parametrize(("rows", "block"), [pytest.param(1, 1, marks=pytest.mark.slow), (5, 2)])
def test_pass_and_block_sizes_do_not_matter(name: str, rows: int, block: int) -> None:
    same(name, scores(name, given(), rows=rows, block=block))


@pytest.mark.slow
def test_order_and_company_do_not_matter(name: str) -> None:
    same(name, scores(name, given()[[1, 0]], block=1))


@contextmanager
def threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@pytest.mark.slow
def test_the_number_of_threads_does_not_matter(name: str) -> None:
    with threads(1 + torch.get_num_threads() % 2):
        same(name, scores(name, given()[:1]))


def test_the_unit_of_the_recordings_does_not_matter(name: str) -> None:
    """In twice as many smaller units all is the same, but for what is stated for each millivolt."""
    one = given()[:1]
    assert one.healthy is not None
    finer = replace(one, microvolt=2 * one.microvolt, healthy=2 * one.healthy)
    found = scores(name, finer)
    per_millivolt = [metric.name for metric in Zoo().every_metric() if "mV" in metric.card.unit]
    assert per_millivolt
    # Quantus puts 1e-6 of whatever unit in the place of samples that are exactly 0.
    per_millivolt.append("relative_input_stability_quantus")
    same(name, found.drop(per_millivolt, level="metric"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cpu_and_cuda_agree(name: str) -> None:
    same(name, scores(name, given(), device="cuda", rows=64, block=2), rtol=2e-3, atol=2e-4)
